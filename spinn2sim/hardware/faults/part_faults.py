"""The faults of one part of an epoch: what happens in which tick, what is down or drifts, and the record of all of it.

Both engines ask this object, or copy its numbers into their tables, so that they draw the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import mix, part_seed
from spinn2sim.hardware.counters import Counters, Ints
from spinn2sim.hardware.dynamic_faults import DynamicFaults, Instant, first_part
from spinn2sim.hardware.facts import ROUTER_ENTRIES
from spinn2sim.hardware.faults import draws
from spinn2sim.hardware.faults.injections import (
    NONE,
    FaultKind,
    FaultOutcome,
    Injection,
    InjectionLog,
    Injections,
    as_injections,
    outcome_counts,
    refuse_unbalanced,
)
from spinn2sim.hardware.faults.sram_words import SramWords
from spinn2sim.hardware.packet import Outcome, Part
from spinn2sim.hardware.part_ticks import PartTicks
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.routing_table import WORD_BITS

FAULT_DRAWS = 0xFA17  # sets these draws apart from the noise of rounding
FIRST_HITS = 256  # for how many hits of a rate there is room at first


@dataclass
class FaultMemory:
    """What faults leave behind for later parts: flipped bits of the table, and how many packets were sent if there is no recorder."""

    # [lines of the event router's table, 2]: flipped bits of key and mask
    table: NDArray[np.uint32] = field(default_factory=lambda: np.zeros((ROUTER_ENTRIES, 2), np.uint32))
    sent: int = 0

    def flips(self) -> list[tuple[int, int]]:
        """List the flipped bits as (line, bit): bits 0 to 31 are the key's, 32 to 63 the mask's."""
        found = [(line, word) for line, word in np.argwhere(self.table).tolist()]
        return [
            (line, WORD_BITS * word + bit)
            for line, word in found
            for bit in range(WORD_BITS)
            if int(self.table[line, word]) >> bit & 1
        ]

    def flip(self, line: int, bit: int) -> None:
        """Flip one bit."""
        self.table[line, bit // WORD_BITS] ^= np.uint32(1 << bit % WORD_BITS)


class Action(NamedTuple):
    """Something that happens at the begin of a tick, before PEs wake for it."""

    tick: int
    kind: FaultKind
    place: int
    word: int = NONE
    bit: int = NONE


class Down(NamedTuple):
    """A channel that carries nothing from an instant on, and the row of its injection."""

    at_q: int
    row: int


class PartFaults:
    """What breaks in one part. `log` is the record; `actions` are sorted by tick."""

    def __init__(
        self, plan: Plan, faults: DynamicFaults, programs: Sequence[Program], memory: FaultMemory,
        part: Part, epoch: int, ticks: PartTicks,
    ) -> None:  # fmt: skip
        self.rates, self.ticks, self.memory = faults, ticks, memory
        self.stream = int(mix(part_seed(faults.seed, epoch, int(part)), FAULT_DRAWS))
        self.log = InjectionLog()
        self.words = SramWords(plan, programs)
        self._part, self._epoch = part, epoch
        # The lines of the event router's table that hold the plan's entries, in their order.
        self._lines = plan.dead.line_numbers(len(plan.entries))
        # The cores that run a program.
        self.cores = sorted(core for group in plan.groups for core in group.cores)
        self.actions = sorted([*self._named_actions(), *self._drawn_actions()])
        self.down = {fault.channel: down for fault in faults.channels_down if (down := self._down(*fault))}
        # By core: parts per billion, and the row of the injection.
        self.drifts = {
            drift.core: (drift.ppb, self._add(0, FaultKind.CLOCK_DRIFT, drift.core)) for drift in faults.drifts
        }
        # By core: how many ticks it had lost when it hung, and the row of the injection.
        self.hung: dict[int, tuple[int, int]] = {}
        # By the number of an entry of the plan: the row of its line's last flip.
        self.flipped_entries: dict[int, int] = {}
        # Cores that sent or got something that was early or late.
        self.off_time: set[int] = set()

    def begin_of(self, at: Instant) -> int | None:
        """Return the tick of this part from which a lasting fault is in force; None if it is not."""
        first = first_part(at.epoch)
        if (at.epoch, first) == (self._epoch, self._part):
            return self.ticks.find(at.batch, at.tick)
        return 0 if (at.epoch, first) < (self._epoch, self._part) and self.ticks.count else None

    def drifted_q(self, core: int, at_q: int) -> int:
        """Return when a core's clock shows the instant `at_q`."""
        start_q = self.ticks.start_q
        return start_q + int(draws.drifted(at_q - start_q, self.drifts[core][0])) if core in self.drifts else at_q

    def flip_word(self, action: Action) -> None:
        """Carry out a flip in SRAM. One in a word that holds nothing is masked; of any other, nothing on the chip shows it."""
        used = self.words.flip(action.place, action.word, action.bit)
        self._record(action, FaultOutcome.LOST if used else FaultOutcome.MASKED)

    def note_table_flip(self, action: Action) -> int | None:
        """Record a flip in the event router's table, and return which of the plan's entries the line holds; None if it holds none."""
        row = self._record(action, FaultOutcome.MASKED)
        if action.place not in self._lines:
            return None
        entry = self._lines.index(action.place)
        self.flipped_entries[entry] = row
        return entry

    def note_hung(self, action: Action, lost_ticks: int) -> None:
        """Record that a PE hangs, which has lost so many ticks before."""
        self.hung[action.place] = lost_ticks, self._record(action, FaultOutcome.MASKED)

    def note_line(self, line: int, healthy: int, no_line: int, row: int) -> int:
        """Note the entry that a key takes, and the one that it would take in a healthy table. `row` is the packet's injection, or NONE.

        Returns the injection by which the packet goes astray, or NONE.
        """
        if line == healthy:
            return row
        flip = self.flipped_entries[healthy if healthy in self.flipped_entries else line]
        self.log.raise_to(flip, FaultOutcome.DETECTED if line == no_line else FaultOutcome.LOST)
        return flip if row == NONE else row

    def note_detected(self, row: int, outcome: Outcome, cores: tuple[int, int]) -> None:
        """Note that a delivery was not on time, given the packet's injection or NONE, and its sender and receiver."""
        if row != NONE:
            self.log.raise_to(row, FaultOutcome.DETECTED)
        if outcome in (Outcome.EARLY, Outcome.LATE):
            self.off_time.update(cores)

    def finish(self, counters: Counters) -> Injections:
        """Decide the outcomes that are still open, check that they balance, and return the injections.

        Flips of the table stay in `memory`, and the counts are written into `counters`. Raises BalanceError.
        """
        for lost_before, row in self.hung.values():
            if int(counters.lost_ticks[self.log.table[row, 1]]) > lost_before:
                self.log.raise_to(row, FaultOutcome.DETECTED)
        for core, (_, row) in self.drifts.items():
            if core in self.off_time or counters.overruns[core] or counters.lost_ticks[core]:
                self.log.raise_to(row, FaultOutcome.DETECTED)
        rows = self.log.rows()
        refuse_unbalanced(self.log.injected.tolist(), rows)
        self.memory.table[:] = 0
        for action in self.actions:
            if action.kind is FaultKind.TABLE_FLIP:
                self.memory.flip(action.place, action.bit)
        counters.faults = np.concatenate([self.log.injected[:, None], outcome_counts(rows)], axis=1)
        return as_injections(rows, self.ticks)

    def _named_actions(self) -> list[Action]:
        """List the faults that are named one by one, and the table's flips of earlier parts, which are in force from the start."""
        faults = self.rates
        found = [Action(0, FaultKind.TABLE_FLIP, line, NONE, bit) for line, bit in self.memory.flips()]
        for flip in faults.sram_flips:
            if (tick := self._tick_in_part(flip.at)) is not None:
                found.append(Action(tick, FaultKind.SRAM_FLIP, flip.core, flip.word, flip.bit))
        for line in faults.table_flips:
            if (tick := self._tick_in_part(line.at)) is not None:
                found.append(Action(tick, FaultKind.TABLE_FLIP, line.line, NONE, line.bit))
        for hung in faults.hung_pes:
            if (tick := self.begin_of(hung.at)) is not None:
                found.append(Action(tick, FaultKind.HUNG_PE, hung.core))
        return found

    def _drawn_actions(self) -> list[Action]:
        """List the flips in SRAM and table that the rates bring in this part."""
        found = []
        for kind, draw, places, rate in (
            (FaultKind.SRAM_FLIP, draws.SRAM_DRAW, self.cores, self.rates.sram_flip),
            (FaultKind.TABLE_FLIP, draws.TABLE_DRAW, [0], self.rates.table_flip if self._lines else 0),
        ):
            for batch, core, word in self._hits(int(draw), places, rate):
                count = self.words.count(core) if kind is FaultKind.SRAM_FLIP else len(self._lines)
                place = int(draws.below(mix(word, draws.PLACE_DRAW), count))
                position = int(draws.below(mix(word, draws.TICK_DRAW), self.ticks.ticks_in(batch)))
                bit = int(mix(word, draws.BIT_DRAW))
                tick = self.ticks.number_of(batch, position)
                if kind is FaultKind.SRAM_FLIP:
                    found.append(Action(tick, kind, core, place, bit & 31))
                else:
                    found.append(Action(tick, kind, self._lines[place], NONE, bit & 63))
        return found

    def _hits(self, draw: int, places: Sequence[int], rate: int) -> list[tuple[int, int, int]]:
        """Return (batch, place, word of the draw) for each batch and place that a rate hits."""
        if not rate:
            return []
        named, room = mix(self.stream, draw), FIRST_HITS
        while True:
            hits: Ints = np.zeros((room, 3), np.int64)
            count = int(draws.draw_hits(named, self.ticks.batches, np.array(places, np.int64), rate, hits))
            if count <= room:
                return [(batch, place, word) for batch, place, word in hits[:count].tolist()]
            room = count

    def _tick_in_part(self, at: Instant) -> int | None:
        return (
            self.ticks.find(at.batch, at.tick)
            if (at.epoch, first_part(at.epoch)) == (self._epoch, self._part)
            else None
        )

    def _down(self, channel: int, at: Instant) -> Down | None:
        tick = self.begin_of(at)
        if tick is None:
            return None
        return Down(self.ticks.tick(tick).at_q, self._add(tick, FaultKind.CHANNEL_DOWN, channel))

    def _record(self, action: Action, outcome: FaultOutcome) -> int:
        at_q = self.ticks.tick(action.tick).at_q
        return self.log.add(
            Injection(action.kind, action.place, action.word, action.bit, action.tick, at_q, NONE, outcome)
        )

    def _add(self, tick: int, kind: FaultKind, place: int) -> int:
        return self._record(Action(tick, kind, place), FaultOutcome.MASKED)
