"""Refuses faults in instants that a run does not have, and in words of SRAM that are not modelled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.dynamic_faults import Instant, first_part
from spinn2sim.hardware.faults.sram_words import SramWords
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.part_ticks import PartTicks, phases_of
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Program
from spinn2sim.training.run_inputs import RunInputs

# A problem: the key, what was found, what is allowed.
Problem = tuple[str, object, str]


def refuse_faults(inputs: RunInputs, plan: Plan, programs: Sequence[Program]) -> None:
    """Raise ScenarioError for a fault in an instant that the run does not have, or in a word that is not modelled."""
    if plan.faults is not None:
        for key, found, allowed in (*_instant_problems(inputs, plan), *_word_problems(plan, programs)):
            raise ScenarioError(f"{inputs.scenario.name}: faults.{key}: found {found}, allowed is {allowed}")


def _instant_problems(inputs: RunInputs, plan: Plan) -> Iterator[Problem]:
    epochs, faults = inputs.scenario.training.epochs, plan.faults
    assert faults is not None  # noqa: S101 - refuse_faults has looked
    named: dict[str, Sequence[Instant]] = {
        "sram_flips": [flip.at for flip in faults.sram_flips],
        "table_flips": [flip.at for flip in faults.table_flips],
        "hung_pes": [hung.at for hung in faults.hung_pes],
        "channels_down": [down.at for down in faults.channels_down],
    }
    batches = {Part.TRAIN: len(inputs.train) // plan.copies, Part.TEST: -(-len(inputs.test) // plan.copies)}
    for key, instants in named.items():
        for n, at in enumerate(instants):
            part = first_part(at.epoch)
            ticks = PartTicks(phases_of(plan.schedule, part), batches[part], 0)
            where = f"{key}[{n}]"
            if at.epoch > epochs:
                yield where, f"epoch {at.epoch}", f"0 to training.epochs = {epochs}"
            elif at.batch >= batches[part]:
                yield where, f"batch {at.batch}", f"0 to {batches[part] - 1}: those of the {part.name.lower()} part"
            elif ticks.find(at.batch, at.tick) is None:
                last = ticks.number_of(at.batch, ticks.ticks_in(at.batch) - 1)
                first_tick = ticks.tick(ticks.number_of(at.batch, 0)).trace_tick
                allowed = f"{first_tick} to {ticks.tick(last).trace_tick}: those of the batch"
                yield where, f"tick {at.tick}", allowed


def _word_problems(plan: Plan, programs: Sequence[Program]) -> Iterator[Problem]:
    faults = plan.faults
    assert faults is not None  # noqa: S101 - refuse_faults has looked
    words = SramWords(plan, programs) if faults.sram_flips else None
    for n, flip in enumerate(faults.sram_flips):
        if words is not None and flip.word >= words.count(flip.core):
            data, count = words.data(flip.core), words.count(flip.core)
            allowed = (
                f"0 to {count - 1}: {data} words of numbers, then {count - data} that nothing uses; code, stack, FIFO and "
                "indices are not modelled word by word"
            )
            yield f"sram_flips[{n}]", f"word {flip.word} of PE {flip.core}", allowed
