"""Trains the chip and the fixed-point mirror side by side, batch by batch, from the same weights, for the command `validate`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.engines.choice import ENGINES
from spinn2sim.hardware.packet import Part
from spinn2sim.mirror import BatchRecord, Mirror, record_batch
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.scenario.given import ScenarioLike
from spinn2sim.scenario.keys import QUANTITIES, Scenario
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.trace.run_directory import SCENARIO
from spinn2sim.training.board_limits import refuse_with_board
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.reporter import Watch
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs
from spinn2sim.training.trainer import PartResult
from spinn2sim.validation.batch_comparison import differences, first_difference, mirror_view, of_existing
from spinn2sim.validation.chip_view import chip_view


@dataclass
class Validation:
    """How much was compared, and which differences and losses there were."""

    batches: int = 0
    # Spikes of the hidden and output layers that were compared: a silent network proves nothing.
    spikes: int = 0
    # Highest or average voltages of a readout, other than 0, that were compared.
    peaks: int = 0
    # Gradient words that are not zero.
    gradient_words: int = 0
    differences: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether chip and mirror agree on a network that fired and learned, and nothing was late, lost or saturated."""
        return not self.differences and not self.losses and self.spikes + self.peaks > 0 and self.gradient_words > 0


def validate_scenario(
    scenario: ScenarioLike,
    batches: int = 20,
    overrides: Overrides = (),
    watch: Watch | None = None,
    engine: str = ENGINES[0],
) -> Validation:
    """Run training batches of a scenario, or of a run directory's scenario, on the chip and on the fixed-point mirror.

    Stops after an epoch with a difference. Raises ScenarioError, DataError, MappingError.
    """
    of_run = Path(scenario) / SCENARIO if isinstance(scenario, Path | str) else None
    inputs = load_run_inputs(of_run if of_run is not None and of_run.is_file() else scenario, overrides)
    return validate_inputs(inputs, batches, engine, watch)


def validate_inputs(inputs: RunInputs, batches: int, engine: str, watch: Watch | None = None) -> Validation:
    """Run the same batches of a run's inputs on the chip and on the mirror. Raises MappingError."""
    refuse_dynamic_faults(inputs.scenario)
    refuse_with_board(inputs.scenario, engine)
    comparison = _Comparison(inputs, engine, batches, watch)
    validation, epoch = comparison.validation, 0
    while validation.batches < batches and not validation.differences:
        epoch += 1
        before = validation.batches
        comparison.run_epoch(epoch)
        if validation.batches == before:
            break
    return validation


def refuse_dynamic_faults(scenario: Scenario) -> None:
    """Raise ScenarioError for a chip that breaks during the run: the mirror has no chip, so the two cannot agree."""
    if scenario.faults is not None and scenario.faults.has_dynamic:
        raise ScenarioError(
            f"{scenario.name}: faults.{scenario.faults.dynamic_keys[0]}: found what breaks during a run, allowed in validate are "
            "dead parts alone: the mirror has no chip that could break"
        )


class _Comparison:
    """A chip and a mirror that train on the same batches."""

    def __init__(self, inputs: RunInputs, engine: str, batches: int, watch: Watch | None) -> None:
        self._inputs, self._batches, self._watch = inputs, batches, watch
        self._chip = OnChipTrainer(inputs, engine=engine)
        self._mirror = Mirror(inputs.scenario, inputs.graph, inputs.weights, "fixed", inputs.delays)
        self.validation = Validation()

    def run_epoch(self, epoch: int) -> None:
        """Train for an epoch, or for the remaining batches; the mirror runs each batch when the chip has finished it."""
        order = epoch_order(self._inputs.scenario.seed, epoch, len(self._inputs.train))
        copies, saturations = self._inputs.scenario.training.copies, np.zeros(4, np.int64)
        self._mirror.begin_part(epoch, Part.TRAIN)

        def compare(part: Part, batch: int) -> None:
            samples = order[batch * copies : (batch + 1) * copies]
            record = record_batch(self._mirror, self._inputs.train, samples, batch)
            saturations[:] += self._mirror.train_batch(self._inputs.train, samples, batch).saturations
            self._compare(record, epoch, batch)
            if self._watch:
                self._watch(self.validation.batches, self._batches)

        self._chip.observe = compare
        result = self._chip.train(epoch, order, batches=self._batches - self.validation.batches)
        self.validation.losses += [f"epoch {epoch} {loss}" for loss in _losses(result, saturations)]

    def _compare(self, record: BatchRecord, epoch: int, batch: int) -> None:
        """Compare everything that both keep of the batch that has just ended, and their weights after it."""
        validation, graph = self.validation, self._inputs.graph
        view, expected = (of_existing(found, graph) for found in (chip_view(self._chip, batch), mirror_view(record)))
        where = f"epoch {epoch} batch {batch}: "
        validation.batches += 1
        validation.spikes += sum(int(z.sum()) for z in view.spikes)
        validation.peaks += int(np.count_nonzero(view.peak))
        validation.gradient_words += sum(int(np.count_nonzero(g)) for g in view.gradients)
        validation.differences += [where + line for line in differences(view, expected)]
        for k, (a, b) in enumerate(zip(self._chip.weights, self._mirror.weights, strict=True)):
            line = first_difference(a, b)
            if line:
                validation.differences.append(f"{where}weights_{k} at (neuron, source) {line}")
        for k, (c, d) in enumerate(zip(self._chip.delays, self._mirror.delays, strict=True)):
            line = "" if c is None or d is None else first_difference(c, d)
            if line:
                validation.differences.append(f"{where}delays_{k} at (neuron, source) {line}")


def _losses(result: PartResult, mirror_saturations: NDArray[np.int64]) -> Iterator[str]:
    """Describe what the chip lost in an epoch, and what saturated on either side."""
    yield from (str(loss) for loss in (result.counters or Counters()).losses())
    for who, counts in (("chip", result.saturations), ("mirror", mirror_saturations)):
        if counts.sum():
            saturated = (f"{name} {count}" for name, count in zip(QUANTITIES, counts, strict=True) if count)
            yield f"saturations on the {who}: " + ", ".join(saturated)
    if result.unrecorded:
        yield f"spikes without room in a record: {result.unrecorded}"
