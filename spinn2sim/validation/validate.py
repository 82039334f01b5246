"""validate: the chip and the fixed-point mirror side by side, batch for batch, from the same weights; it stops at nothing it finds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spinn2sim.hardware.counters import Counters
from spinn2sim.hardware.engines.choice import ENGINES
from spinn2sim.hardware.packet import Part
from spinn2sim.mirror import Mirror, record_batch
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.trace.run_directory import SCENARIO
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.reporter import Watch
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs
from spinn2sim.validation.batch import differences, first_difference, mirror_view
from spinn2sim.validation.chip_view import chip_view


@dataclass
class Validation:
    """What was compared and what was found. It holds when nothing differs and nothing was lost or saturated."""

    batches: int = 0
    spikes: int = 0  # output and hidden spikes compared: a silent network proves nothing
    peaks: int = 0  # highest voltages of a readout above rest
    gradient_words: int = 0  # that are not zero
    differences: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether chip and mirror agree on a network that fired and learned, and nothing was late, lost or saturated."""
        return not self.differences and not self.losses and self.spikes + self.peaks > 0 and self.gradient_words > 0


def validate(
    scenario: Path | str,
    batches: int = 20,
    overrides: Overrides = (),
    watch: Watch | None = None,
    engine: str = ENGINES[0],
) -> Validation:
    """Run `batches` training batches of a scenario (or of a run directory's) on the chip and on the fixed-point mirror."""
    path = Path(scenario)
    inputs = load_run_inputs(path / SCENARIO if path.is_dir() else path, overrides)
    chip = OnChipTrainer(inputs, engine=engine)
    mirror = Mirror(inputs.scenario, inputs.sizes, inputs.weights, "fixed")
    found, epoch = Validation(), 0
    while found.batches < batches and not found.differences:
        epoch += 1
        before = found.batches
        _epoch(inputs, chip, mirror, found, epoch, batches, watch)
        if found.batches == before:
            break
    return found


def _epoch(
    inputs: RunInputs,
    chip: OnChipTrainer,
    mirror: Mirror,
    found: Validation,
    epoch: int,
    batches: int,
    watch: Watch | None,
) -> None:
    """Batches of one epoch; the mirror takes each batch when the chip has ended it."""
    order = epoch_order(inputs.scenario.seed, epoch, len(inputs.train))
    copies, saturated = inputs.scenario.training.copies, np.zeros(4, np.int64)
    mirror.begin_part(epoch, Part.TRAIN)

    def compare(part: Part, batch: int) -> None:
        samples = order[batch * copies : (batch + 1) * copies]
        record = record_batch(mirror, inputs.train, samples, batch)
        saturated[:] += mirror.train_batch(inputs.train, samples, batch).saturations
        seen = chip_view(chip, batch)
        where = f"epoch {epoch} batch {batch}: "
        found.batches += 1
        found.spikes += sum(int(z.sum()) for z in seen.spikes)
        found.peaks += int(np.count_nonzero(seen.peak))
        found.gradient_words += sum(int(np.count_nonzero(g)) for g in seen.gradients)
        found.differences += [where + line for line in differences(seen, mirror_view(record))]
        for k, (a, b) in enumerate(zip(chip.weights, mirror.weights, strict=True)):
            line = first_difference(a, b)
            if line:
                found.differences.append(f"{where}weights_{k} at (neuron, source) {line}")
        if watch:
            watch(found.batches, batches)

    chip.observe = compare
    outcome = chip.train(epoch, order, batches=batches - found.batches)
    counters = outcome.counters or Counters()
    found.losses += [f"epoch {epoch} {loss}" for loss in counters.losses()]
    for who, counts in (("chip", outcome.saturations), ("mirror", saturated)):
        if counts.sum():
            names = ("weight", "state", "adjoint", "error")
            found.losses.append(
                f"epoch {epoch} saturations on the {who}: "
                + ", ".join(f"{n} {c}" for n, c in zip(names, counts, strict=True) if c)
            )
    if outcome.unrecorded:
        found.losses.append(f"epoch {epoch} spikes without room in a record: {outcome.unrecorded}")
