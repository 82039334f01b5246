"""Runs each wake of a program twice, by numba and by the firmware in C, from the same state, and stops at the first bit that differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.charges import add_implied
from firmware_models.jit.by_reference import ByRef
from firmware_models.programs.group_program import GroupProgram
from firmware_models.programs.population_state import PopulationState
from spinn2sim.emulation.arm_program import ArmProgram
from spinn2sim.emulation.bindings import binding_of
from spinn2sim.emulation.cycle_rules import CycleRules
from spinn2sim.emulation.emulated_board import EmulatedBoard
from spinn2sim.emulation.firmware_file import FirmwareFile, shipped
from spinn2sim.hardware.program import Inbox, Outbox, make_outbox

SENT = ("row", "key", "payload", "has_payload", "transfer", "argument")


class BitsDifferError(AssertionError):
    """A wake left another bit in C than in numba."""


class LockstepProgram(ArmProgram):
    """What the firmware does, at the numba program's assumed cycles, so that a run takes the same way as with it."""

    def __init__(self, program: GroupProgram, board: EmulatedBoard) -> None:
        super().__init__(program, board)
        self._reference = program.state
        self._by_reference = ByRef(program.state)
        binding = binding_of(program.state)
        assert binding is not None  # noqa: S101 - ArmProgram took it
        self._scratch = binding.scratch
        self.compared = 0
        # If this is a list, what the numba program charged for every wake is appended: how often each operation was done.
        self.charged: list[NDArray[np.int64]] | None = None

    def step(
        self, pe_first: int, pe_last: int, tick: Any, inbox: Inbox, outbox: Outbox, cycles: NDArray[np.int64]
    ) -> None:
        """Run rows [pe_first, pe_last) in both. Raises BitsDifferError."""
        mine = dict(leaves(self.state))
        for name, array in leaves(self._reference):
            array[...] = mine[name]
        if isinstance(self._reference, PopulationState) and self._reference.has_delays:
            note_reach(self._reference)
        box = Inbox(*(column.copy() for column in inbox))
        out, spent = make_outbox(len(outbox.row)), np.zeros_like(cycles)
        self.kernel(self._by_reference, pe_first, pe_last, tick, ByRef(box), ByRef(out), spent)
        before = int(outbox.count[0])
        super().step(pe_first, pe_last, tick, inbox, outbox, cycles)
        self._compare(f"{self.name}, {tick}", mine, inbox, box)
        self._compare_sent(f"{self.name}, {tick}", before, outbox, out)
        count = int(out.count[0])
        outbox.cycle[before : before + count] = out.cycle[:count]
        cycles[pe_first:pe_last] = spent[pe_first:pe_last]
        self.compared += pe_last - pe_first
        if self.charged is not None:
            charged = self._reference.ledger.times[pe_first:pe_last].sum(axis=1)
            add_implied(charged)
            self.charged += list(charged)

    def _compare(self, where: str, mine: dict[str, NDArray[Any]], inbox: Inbox, box: Inbox) -> None:
        for name, array in leaves(self._reference):
            if name in self._scratch or name.startswith("ledger.") or mine[name].tobytes() == array.tobytes():
                continue
            at = np.argwhere(~same_numbers(mine[name], array))[:3]
            if len(at):
                found, wanted = ([source[tuple(index)] for index in at] for source in (mine[name], array))
                raise BitsDifferError(f"{where}: {name} at {at.tolist()} is {found} in C, {wanted} in numba")
        if not np.array_equal(inbox.matched, box.matched):
            raise BitsDifferError(f"{where}: other packets are marked as unmatched")

    def _compare_sent(self, where: str, before: int, outbox: Outbox, out: Outbox) -> None:
        count = int(out.count[0])
        if int(outbox.count[0]) - before != count:
            raise BitsDifferError(f"{where}: C sent {int(outbox.count[0]) - before}, numba {count}")
        for name in SENT:
            found, wanted = getattr(outbox, name)[before : before + count], getattr(out, name)[:count]
            if not np.array_equal(found, wanted):
                raise BitsDifferError(f"{where}: {name} of what is sent is {found} in C, {wanted} in numba")


def note_reach(s: PopulationState) -> None:
    """Note the delays that each recorded spike may have, which the firmware looks up and the simulator has at hand."""
    incoming = s.incoming
    q = incoming.of_row[s.inputs.neuron]
    s.delays.reach[...] = np.where(incoming.delay_max[q] > 0, incoming.delay_max[q], -1)
    axonal = (incoming.delay_max[q] > 0) & (incoming.axonal[q] == 1)
    line = np.where(axonal, incoming.first_delayed[q] + s.inputs.neuron - incoming.first_row[q], 0)
    s.delays.only[...] = np.where(axonal, np.take_along_axis(s.delay[:, :, 0], line, axis=1), -1)


def same_numbers(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether numbers have the same bits, one by one; of what is no number the sign is the processor's own."""
    same = np.frombuffer(a.tobytes(), f"V{a.itemsize}") == np.frombuffer(b.tobytes(), f"V{b.itemsize}")
    found: NDArray[np.bool_] = same.reshape(a.shape)
    return found | (np.isnan(a) & np.isnan(b)) if a.dtype.kind == "f" else found


def leaves(state: Any, prefix: str = "") -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays of a state that hold something, with their names; one within a structure has a dot."""
    for name, value in zip(state._fields, state, strict=True):
        if isinstance(value, np.ndarray):
            if value.size:
                yield prefix + name, value
        elif hasattr(value, "_fields"):
            yield from leaves(value, f"{prefix}{name}.")


def in_lockstep(
    programs: Sequence[GroupProgram], firmware: FirmwareFile | None = None, rules: CycleRules | None = None
) -> list[LockstepProgram]:
    """Return programs in lockstep, on a board of their own."""
    board = EmulatedBoard(firmware or shipped(), [program.state for program in programs], rules or CycleRules())
    return [LockstepProgram(program, board) for program in programs]
