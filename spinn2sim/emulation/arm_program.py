"""A program whose wakes are run by the emulated core: a drop-in for that of firmware_models in the discrete-event engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.charges import PHASES
from firmware_models.programs.group_program import GroupProgram
from spinn2sim.emulation import counting_hook as at
from spinn2sim.emulation.bindings import binding_of
from spinn2sim.emulation.bus_costs import BusCosts
from spinn2sim.emulation.cycle_rules import CycleRules
from spinn2sim.emulation.emulated_board import FIFO_PACKETS, EmulatedBoard
from spinn2sim.emulation.firmware_file import FirmwareFile, shipped
from spinn2sim.emulation.structures import write_structure
from spinn2sim.hardware.program import NO_TRANSFER, Inbox, Outbox, TimerTick

# What the hardware around the core takes, by keys of [chip.cycles]; of registers, the times are wakes, packets and transfers.
BUS_OPERATIONS = "interrupt", "register", "bank_conflict"


@dataclass(frozen=True)
class Wake:
    """What one wake of one PE was, without the interrupt."""

    phase: int
    step: int
    row: int
    packets: int
    sent: int
    cycles: int
    instructions: int


class ArmProgram(GroupProgram):
    """A GroupProgram whose state lies on a board, where transfers and the host find it as ever, and whose wakes the board's core runs."""

    def __init__(self, program: GroupProgram, board: EmulatedBoard) -> None:
        state = board.place_state(program.state)
        super().__init__(program.name, program.rows, program.outbox_capacity, state, program.kernel, program.data_words)
        self._board = board
        binding = binding_of(program.state)
        if binding is None:
            raise ValueError(f"{program.name}: found a program without C")
        self._function = binding.function
        extra = {
            name: board.place(value) if isinstance(value, np.ndarray) else value
            for name, value in binding.beside(self.state).items()
        }
        layout, begins = board.firmware.layouts[binding.function], binding.begins(self.state)
        self._after = binding.after
        self._structures = [
            board.address(board.place(write_structure(layout, self.state, row, extra, board.address, begins)))
            for row in range(self.rows)
        ]
        self._bus = BusCosts.of(program.state, board.rules)
        self._first_profile, board.next_profile = board.next_profile, board.next_profile + PHASES
        # [phase, operation of BUS_OPERATIONS, times or cycles]
        self._around = np.zeros((PHASES, len(BUS_OPERATIONS), 2), np.int64)
        # If this is a list, every wake is appended to it.
        self.wakes: list[Wake] | None = None

    def step(
        self, pe_first: int, pe_last: int, tick: Any, inbox: Inbox, outbox: Outbox, cycles: NDArray[np.int64]
    ) -> None:
        """Run rows [pe_first, pe_last): see spinn2sim.hardware.program.Program."""
        self._board.tick[:] = tick
        for row in range(pe_first, pe_last):
            self._fill_fifo(row, inbox)
            cycles[row] = self._wake(row, tick, inbox, outbox)

    def _fill_fifo(self, row: int, inbox: Inbox) -> None:
        first, last = int(inbox.first[row]), int(inbox.last[row])
        count = last - first
        if count > FIFO_PACKETS:
            raise MemoryError(f"{self.name}: found {count} packets in one FIFO, the emulator holds {FIFO_PACKETS}")
        board = self._board
        board.fifo[0] = count
        if count:
            board.packets[:count, 0] = inbox.key[first:last]
            board.packets[:count, 1] = inbox.payload[first:last].view(np.uint32)
            board.matched[:count] = 1

    def _wake(self, row: int, tick: TimerTick, inbox: Inbox, outbox: Outbox) -> int:
        """Run one PE, and return its cycles with those of the interrupt."""
        board, core = self._board, self._board.core
        core.use(board.memory)
        core.words[at.LOGGED] = 0
        core.words[at.BUS] = self._bus.accelerator
        core.profile_in(self._first_profile + tick.phase)
        structures = self._structures[row], board.address(board.fifo), board.address(board.tick)
        core.call(self._function, structures, board.stack)
        spent, instructions = core.take_counts()
        count = int(board.fifo[0])
        if count:
            first = int(inbox.first[row])
            inbox.matched[first : first + count] &= board.matched[:count]
        sent, waited = self._take_sent(row, outbox)
        arrived = int(inbox.last[row] - inbox.first[row])
        cycles = self._bus.wake + spent + waited + self._bus.packet * arrived
        self._note_around(tick.phase, sent, waited, arrived)
        self._after(self.state, row, tick, count, cycles)
        if self.wakes is not None:
            self.wakes.append(Wake(tick.phase, tick.step, row, count, sent, spent, instructions))
        return cycles

    def _note_around(self, phase: int, sent: int, waited: int, arrived: int) -> None:
        """Note what a wake took around the firmware."""
        bus, around = self._bus, self._around[phase]
        around[0] += 1, bus.interrupt
        around[1] += 1 + sent, bus.wake - bus.interrupt + waited
        around[2] += arrived, bus.packet * arrived

    def take_profile(self) -> list[tuple[int, str, int, int]]:
        """Return where the cycles went since this was called last: phase, operation or C function (as "name()"), times, cycles."""
        found = []
        for phase in range(PHASES):
            functions = self._board.core.take_profile(self._first_profile + phase)
            found += [(phase, f"{name}()", times, cycles) for name, (times, cycles) in functions.items()]
            around = zip(BUS_OPERATIONS, self._around[phase].tolist(), strict=True)
            found += [(phase, name, times, cycles) for name, (times, cycles) in around if cycles]
        self._around[...] = 0
        return found

    def _take_sent(self, row: int, outbox: Outbox) -> tuple[int, int]:
        """Append what the wake has sent. Returns how many entries these are, and the cycles that their registers took."""
        words = self._board.core.words
        count = int(words[at.LOGGED])
        if count == 0:
            return 0, 0
        if count >= at.LOG_ROWS:
            raise MemoryError(f"{self.name}: found {count} sends in one wake, the emulator notes fewer")
        first = int(words[at.LOG_FIRST])
        register, value, extra, cycle = words[first : first + at.LOG_WORDS * count].reshape(count, at.LOG_WORDS).T
        begin = int(outbox.count[0])
        where = slice(begin, begin + count)
        transfer, with_payload = register == at.REG_TRANSFER, register == at.REG_KEY_WITH_PAYLOAD
        outbox.row[where] = row
        outbox.key[where] = np.where(transfer, 0, value)
        outbox.payload[where] = np.where(with_payload, extra, 0)
        outbox.has_payload[where] = with_payload
        waits = np.cumsum(np.where(transfer, self._bus.transfer, self._bus.send))
        outbox.cycle[where] = cycle + self._bus.entry + waits
        outbox.transfer[where] = np.where(transfer, value, NO_TRANSFER)
        outbox.argument[where] = np.where(transfer, extra, 0)
        outbox.count[0] = begin + count
        return count, int(waits[-1])


def emulate(
    programs: Sequence[GroupProgram], firmware: FirmwareFile | None = None, rules: CycleRules | None = None
) -> list[ArmProgram]:
    """Return programs, none of which lacks its C, on a board of their own, with the shipped firmware if no other is given."""
    board = EmulatedBoard(firmware or shipped(), [program.state for program in programs], rules or CycleRules())
    return [ArmProgram(program, board) for program in programs]
