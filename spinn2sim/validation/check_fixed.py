"""Runs a reference case in fixed point on the simulated hardware, in several rounds if its batch does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from firmware_models.qformat import parse_format
from spinn2sim.errors import MappingError
from spinn2sim.scenario.keys import QUANTITIES, Numerics
from spinn2sim.scenario.load import load_text
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs
from spinn2sim.training.trainer import PartResult
from spinn2sim.validation.agreement import gradient_cosine, relative_error, spike_agreement
from spinn2sim.validation.batch_comparison import BatchView
from spinn2sim.validation.case import Case
from spinn2sim.validation.case_inputs import case_samples, case_scenario
from spinn2sim.validation.chip_view import chip_view

# Default limits. Fixed point stays well above them if the formats can hold the network; below, the chip computes something different.
MIN_SPIKE_AGREEMENT, MIN_GRADIENT_COSINE = 0.9, 0.9


@dataclass(frozen=True)
class LayerReport:
    """How well a layer on the chip agrees with the case. A value is None if the case does not have that array of the layer."""

    # The number of spikes on the chip.
    spikes: int
    agreement: float | None
    # The cosine and the relative error of the gradient.
    cosine: float | None
    error: float | None
    # The relative errors of "D", "lambda_v" and "lambda_i" at the spikes that both have.
    at_spikes: dict[str, float]
    # What it is called in a graph, and its array in the case; in a chain the layer's number says both.
    name: str = ""
    array: str = ""


@dataclass(frozen=True)
class FixedReport:
    """The results of a case on the simulated hardware, with its layers from the first after the input on."""

    copies: int
    rounds: int
    layers: tuple[LayerReport, ...]
    # Lost packets and saturated values, a line for each kind.
    losses: tuple[str, ...]
    # The names of arrays in the case that are not compared.
    ignored: tuple[str, ...] = ()

    def below(
        self, min_agreement: float = MIN_SPIKE_AGREEMENT, min_cosine: float = MIN_GRADIENT_COSINE
    ) -> tuple[str, ...]:
        """Return a line for each limit that the smallest value over the layers does not reach."""
        lines = []
        for what, limit, values in (
            ("spike agreement", min_agreement, [k.agreement for k in self.layers if k.agreement is not None]),
            ("gradient cosine", min_cosine, [k.cosine for k in self.layers if k.cosine is not None]),
        ):
            if values and not min(values) >= limit:
                lines.append(f"{what} {min(values):.6g}, allowed is at least {limit:g}")
        return tuple(lines)

    @property
    def compared(self) -> bool:
        """Whether the case says what spikes or gradients to expect."""
        return any(k.agreement is not None or k.cosine is not None for k in self.layers)

    @property
    def holds(self) -> bool:
        """Whether something was compared, and nothing is below the default limits."""
        return self.compared and not self.below()


@dataclass(frozen=True)
class Rounds:
    """A batch run on the simulated hardware, `copies` samples at a time."""

    copies: int
    views: tuple[BatchView, ...]
    losses: tuple[str, ...]
    numerics: Numerics


def check_fixed(case: Case, overrides: Overrides, name: str) -> FixedReport:
    """Run the case on the simulated hardware with the default formats, or with those in `overrides`."""
    rounds = run_rounds(case.batch, partial(_trainer, case, overrides, name))
    layers = tuple(_layer_report(case, rounds.numerics, rounds.views, layer) for layer in range(len(case.weights)))
    return FixedReport(rounds.copies, len(rounds.views), layers, rounds.losses, case.ignored)


def run_rounds(batch: int, trainer: Callable[[int], OnChipTrainer]) -> Rounds:
    """Run samples 0 .. batch - 1 on trainers that `trainer` makes for a number of copies, as many at a time as fit the chip."""
    copies = _copies_that_fit(batch, trainer)
    views: list[BatchView] = []
    losses: list[str] = []
    for start in range(0, batch, copies):
        samples = np.arange(start, min(start + copies, batch))
        chip = trainer(len(samples))
        result = _run_batch(chip, samples, views)
        losses += [str(loss) for loss in result.counters.losses()] if result.counters else []
        if result.saturations.sum():
            losses.append(f"saturations: {result.saturations.tolist()} ({', '.join(QUANTITIES)})")
    return Rounds(copies, tuple(views), tuple(losses), chip.scenario.numerics)


def _run_batch(trainer: OnChipTrainer, samples: NDArray[np.int64], views: list[BatchView]) -> PartResult:
    """Train on one batch, and add to `views` what the PEs hold at its end."""
    trainer.observe = lambda part, batch: views.append(chip_view(trainer, batch))
    return trainer.train(1, samples)


def _trainer(case: Case, overrides: Overrides, name: str, copies: int) -> OnChipTrainer:
    """Make the case's scenario with the user's overrides, and a chip for it."""
    scenario, samples = load_text(resolved_toml(case_scenario(case, copies, name)), overrides, name), case_samples(case)
    return OnChipTrainer(RunInputs(scenario, samples, samples, case.weights))


def _copies_that_fit(batch: int, trainer: Callable[[int], OnChipTrainer]) -> int:
    """Return the most samples that fit the chip at once. If not even one fits, returns 1, which the mapping refuses later."""
    for copies in range(batch, 1, -1):
        try:
            trainer(copies)
        except MappingError:
            continue
        return copies
    return 1


def _layer_report(case: Case, numerics: Numerics, views: Sequence[BatchView], layer: int) -> LayerReport:
    readings = _Readings(case, numerics, views, layer)
    target, fired = case.expected.get(f"grad_{layer}"), case.expected.get(f"spikes_{layer}")
    gradient = readings.gradient()
    return LayerReport(
        spikes=int(readings.spikes.sum()),
        agreement=None if fired is None else spike_agreement(readings.spikes, fired),
        cosine=None if target is None else gradient_cosine(gradient, target),
        error=None if target is None else relative_error(gradient, target),
        at_spikes={} if fired is None else readings.errors_at_spikes(fired),
    )


class _Readings:
    """What the PEs of one layer held in all rounds, converted to the units of the case."""

    def __init__(self, case: Case, numerics: Numerics, views: Sequence[BatchView], layer: int) -> None:
        self._case, self._views, self._layer = case, views, layer
        self._state_scale = 2.0 ** parse_format(numerics.state).fraction
        self._adjoint_scale = 2.0 ** (parse_format(numerics.adjoint).fraction + numerics.error_shift)
        self.spikes = np.concatenate([view.spikes[layer] for view in views], axis=1)

    def gradient(self) -> NDArray[np.float64]:
        """Return the gradient of the mean loss. A gradient word is of one sample, is scaled by 2^error_shift, and lacks 1/B and tau_syn."""
        words = (view.gradients[self._layer].sum(axis=0) for view in self._views)
        total = sum(words, np.zeros(self._case.weights[self._layer].shape))
        return total * self._case.tau_syn / (self._case.batch * self._adjoint_scale)

    def errors_at_spikes(self, fired: NDArray[np.float64]) -> dict[str, float]:
        """Compute the relative errors of D = I - U and of both adjoints at the spikes that chip and case have in common."""
        common = (self.spikes != 0) & (fired != 0)
        expected = self._case.expected
        errors: dict[str, float] = {}
        u, i = expected.get(f"v_{self._layer}"), expected.get(f"i_{self._layer}")
        if u is not None and i is not None:
            errors["D"] = relative_error(self._words("v_slope", common) / self._state_scale, (i - u)[common])
        for name in ("lambda_v", "lambda_i"):
            adjoint = expected.get(f"{name}_{self._layer}")
            if adjoint is not None:
                before = np.zeros_like(adjoint)
                before[1:] = adjoint[:-1]  # a spike of step s jumps in lV[s - 1]
                scale = self._adjoint_scale * self._case.batch
                errors[name] = relative_error(self._words(name, common) / scale, before[common])
        return errors

    def _words(self, name: str, common: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the words of one quantity at the common spikes."""
        words = np.concatenate([getattr(view, name)[self._layer] for view in self._views], axis=1)[common]
        return np.asarray(words, np.int64)
