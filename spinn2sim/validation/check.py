"""check: a reference case on the float64 mirror, or in fixed point on the simulated chip, in rounds where a batch does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_models.qformat import parse_format
from spinn2sim.errors import DataError, MappingError
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load_text
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs
from spinn2sim.training.trainer import PartResult
from spinn2sim.validation.batch import BatchView
from spinn2sim.validation.case import Case, load_case
from spinn2sim.validation.chip_view import chip_view
from spinn2sim.validation.reference import (
    FloatReport,
    case_samples,
    case_scenario,
    check_float64,
    gradient_cosine,
    relative_error,
    spike_agreement,
)  # fmt: skip


@dataclass(frozen=True)
class FixedReport:
    """Per layer k = 0, ...: agreement of spikes, cosine and relative error of the gradient, relative errors of what the chip keeps."""

    copies: int
    rounds: int
    spikes: tuple[int, ...]  # on the chip
    agreement: tuple[float | None, ...]  # None where the case expects no spikes_k or grad_k
    cosine: tuple[float | None, ...]
    error: tuple[float | None, ...]
    kept: tuple[dict[str, float], ...]  # "D", "lambda_v", "lambda_i" at spikes that both have
    losses: tuple[str, ...]
    ignored: tuple[str, ...] = ()  # arrays of the case that no comparison knows


def check(path: Path | str, arithmetic: str = "float64", overrides: Overrides = ()) -> FloatReport | FixedReport:
    """Check a case. Raises DataError (also where the case expects nothing), ScenarioError, MappingError."""
    case = load_case(path)
    if not case.expected:
        raise DataError(
            f"{path}: found no array that says what to expect, allowed is one at least, such as spikes_0 or grad_0"
        )
    return check_float64(case) if arithmetic == "float64" else check_fixed(case, overrides, str(path))


def check_fixed(case: Case, overrides: Overrides, name: str) -> FixedReport:
    """The case on the simulated chip with the default formats, or those that `overrides` name."""
    scenario = _with_overrides(case, overrides, name, case.batch)
    data = case_samples(case)
    copies = _copies_that_fit(case, data, scenario, overrides, name)
    views: list[BatchView] = []
    losses: list[str] = []
    for start in range(0, case.batch, copies):
        samples = np.arange(start, min(start + copies, case.batch))
        trainer = _trainer(case, data, _with_overrides(case, overrides, name, len(samples)))
        outcome = _one_batch(trainer, samples, views)
        losses += [str(loss) for loss in outcome.counters.losses()] if outcome.counters else []
        if outcome.saturations.sum():
            losses.append(f"saturations: {outcome.saturations.tolist()} (weight, state, adjoint, error)")
    return _report(case, scenario, views, copies, losses)


def _one_batch(trainer: OnChipTrainer, samples: NDArray[np.int64], views: list[BatchView]) -> PartResult:
    """Train on one batch and keep what the PEs hold at its end."""
    trainer.observe = lambda part, batch: views.append(chip_view(trainer, batch))
    return trainer.train(1, samples)


def _with_overrides(case: Case, overrides: Overrides, name: str, copies: int) -> Scenario:
    """The case's scenario with the user's keys laid over it."""
    return load_text(resolved_toml(case_scenario(case, copies, name)), overrides, name)


def _trainer(case: Case, data: Dataset, scenario: Scenario) -> OnChipTrainer:
    return OnChipTrainer(RunInputs(scenario, data, data, case.weights))


def _copies_that_fit(case: Case, data: Dataset, scenario: Scenario, overrides: Overrides, name: str) -> int:
    """The most samples that the chip takes at once. Raises MappingError when not even one fits."""
    for copies in range(scenario.training.copies, 1, -1):
        try:
            _trainer(case, data, _with_overrides(case, overrides, name, copies))
        except MappingError:
            continue
        return copies
    return 1


def _report(case: Case, scenario: Scenario, views: list[BatchView], copies: int, losses: list[str]) -> FixedReport:
    layers = range(len(case.weights))
    spikes = [np.concatenate([v.spikes[k] for v in views], axis=1) for k in layers]
    formats = {q: parse_format(getattr(scenario.numerics, q)) for q in ("state", "adjoint")}
    word = 2.0 ** (formats["adjoint"].fraction + scenario.numerics.error_shift)
    expected = case.expected
    agreement, cosine, error, kept = [], [], [], []
    for k in layers:
        # The chip's words are per sample, scaled by 2^error_shift, without 1/B and tau_syn: undone here before comparing.
        gradient = (
            sum((v.gradients[k].sum(axis=0) for v in views), np.zeros(case.weights[k].shape))
            * case.tau_syn
            / (case.batch * word)
        )
        target = expected.get(f"grad_{k}")
        fired = expected.get(f"spikes_{k}")
        agreement.append(None if fired is None else spike_agreement(spikes[k], fired))
        cosine.append(None if target is None else gradient_cosine(gradient, target))
        error.append(None if target is None else relative_error(gradient, target))
        kept.append(
            {}
            if fired is None
            else _kept(case, views, spikes[k], fired, k, 2.0 ** formats["state"].fraction, word * case.batch)
        )
    counts = tuple(int(z.sum()) for z in spikes)
    return FixedReport(
        copies,
        len(views),
        counts,
        tuple(agreement),
        tuple(cosine),
        tuple(error),
        tuple(kept),
        tuple(losses),
        case.ignored,
    )


def _kept(
    case: Case,
    views: list[BatchView],
    spikes: NDArray[np.uint8],
    fired: NDArray[np.float64],
    k: int,
    state: float,
    adjoint: float,
) -> dict[str, float]:
    """Relative error of D = I - U and of both adjoints at the spikes that chip and case share."""
    both = (spikes != 0) & (fired != 0)
    found: dict[str, float] = {}
    u, i = case.expected.get(f"v_{k}"), case.expected.get(f"i_{k}")
    if u is not None and i is not None:
        found["D"] = relative_error(np.concatenate([v.d[k] for v in views], axis=1)[both] / state, (i - u)[both])
    for name in ("lambda_v", "lambda_i"):
        expected = case.expected.get(f"{name}_{k}")
        if expected is not None:
            before = np.zeros_like(expected)
            before[1:] = expected[:-1]  # a spike of step s jumps in lV[s - 1]
            words = np.concatenate([getattr(v, name)[k] for v in views], axis=1)[both]
            found[name] = relative_error(words / adjoint, before[both])
    return found
