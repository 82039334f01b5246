"""DMA: a burst's data moves all at once, at the instant at which the burst is complete.

The row of a slice in DRAM is the argument that the sender gave. DRAM arrays are looked up when the data moves, so the host may replace them
between two parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.facts import flits_of
from spinn2sim.hardware.network.accounting import DeliveryAccounting
from spinn2sim.hardware.network.event_scheduler import EventScheduler
from spinn2sim.hardware.network.packet_copy import PacketCopy
from spinn2sim.hardware.packet import Outcome
from spinn2sim.hardware.plan import DRAM, Plan, Slice, Transfer
from spinn2sim.hardware.program import Program
from spinn2sim.hardware.rows import NO_COPY

Array = NDArray[Any]


class ResolvedSlice(NamedTuple):
    """A slice and its view of a program's state; the view is None for a slice in DRAM."""

    view: Array | None
    slice: Slice


class Burst(NamedTuple):
    """A transfer with its slices resolved: `moves[core]` are the (source, destination) pairs to copy when it is complete at `core`."""

    transfer: Transfer
    bytes: int
    flits: int
    # The copy of the network that the burst belongs to, or NO_COPY.
    copy: int
    moves: Mapping[int, tuple[tuple[ResolvedSlice, ResolvedSlice], ...]]


class BurstHeadEnd:
    """The end of a burst's path for its head; the tail follows after (flits - 1) services of the slowest channel."""

    __slots__ = ("_scheduler",)

    def __init__(self, scheduler: EventScheduler) -> None:
        self._scheduler = scheduler

    def arrive(self, packet_copy: PacketCopy, now: int) -> None:
        """Wait for the tail."""
        packet_copy.at += 1
        if packet_copy.flits == 1:
            self._scheduler.finish_now(packet_copy)
        else:
            self._scheduler.arrive_at(now + (packet_copy.flits - 1) * packet_copy.segment.slowest_q, packet_copy)


class BurstTailEnd:
    """The end of a burst's path for its tail."""

    __slots__ = ("_scheduler",)

    def __init__(self, scheduler: EventScheduler) -> None:
        self._scheduler = scheduler

    def arrive(self, packet_copy: PacketCopy, now: int) -> None:
        """Have the complete burst's data moved."""
        self._scheduler.finish_now(packet_copy)


class Dma:
    """All transfers of a plan, as bursts whose slices are resolved once, and the moving of their data."""

    def __init__(
        self, plan: Plan, programs: Sequence[Program], dram: Mapping[str, Array], accounting: DeliveryAccounting
    ) -> None:
        self._dram = dram
        self._accounting = accounting
        self._places = {group.name: (group, program) for group, program in zip(plan.groups, programs, strict=True)}
        copies = {
            core: copy for g in plan.groups for core, copy in zip(g.cores, g.columns.get("copy", ()), strict=False)
        }
        self.bursts = {transfer.number: self._resolve(transfer, copies) for transfer in plan.transfers}

    def finish(self, packet_copy: PacketCopy, now: int) -> None:
        """Move the data of `packet_copy`, and settle whether it was in time for the issuer's next tick."""
        packet, burst = packet_copy.packet, packet_copy.packet.burst
        if not isinstance(burst, Burst):
            raise RuntimeError(f"{packet} ended in SRAM, but it is no DMA burst")
        due_q, faults = packet.tick_label.due_q, self._accounting.faults
        for core in packet_copy.segment.cores:
            wanted_q = due_q if faults is None else min(due_q, faults.drifted_q(core, due_q))
            outcome = Outcome.ON_TIME if now <= wanted_q else Outcome.LATE
            for source, destination in burst.moves.get(core, ()):
                self._move(burst, source, destination, packet.argument)
            self._accounting.settle(packet, packet_copy.segment, core, now, outcome, now)

    def _move(self, burst: Burst, source: ResolvedSlice, destination: ResolvedSlice, argument: int) -> None:
        start = self._view(burst, source, argument)
        end = self._view(burst, destination, argument)
        np.copyto(end, start, casting="safe")

    def _view(self, burst: Burst, end: ResolvedSlice, argument: int) -> Array:
        if end.view is not None:
            return end.view
        array, where = self._dram[end.slice.array], end.slice
        if not 0 <= argument < len(array):
            raise IndexError(
                f"transfer {burst.transfer.name}: row {argument} of DRAM array {where.array} with {len(array)} rows"
            )
        return _flat(array[argument : argument + 1], burst.transfer, where)

    def _resolve(self, transfer: Transfer, copies: Mapping[int, int]) -> Burst:
        moves: dict[int, tuple[tuple[ResolvedSlice, ResolvedSlice], ...]] = {}
        for move in transfer.moves:
            source = self._resolve_slice(transfer, move.source)
            for slot in move.destinations:
                core = self._core(slot)
                if core not in transfer.destination_cores:
                    raise ValueError(
                        f"transfer {transfer.name}: moves data to core {core}, which is not among its destinations"
                    )
                moves[core] = (*moves.get(core, ()), (source, self._resolve_slice(transfer, slot)))
        flits = flits_of(transfer.bytes)
        ends = {
            copies.get(transfer.source_core, NO_COPY),
            *(copies.get(core, NO_COPY) for core in transfer.destination_cores),
        } - {NO_COPY}
        return Burst(
            transfer,
            transfer.bytes,
            flits,
            ends.pop() if len(ends) == 1 and not transfer.multicast else NO_COPY,
            moves,
        )

    def _core(self, where: Slice) -> int:
        return 0 if where.place == DRAM else self._places[where.place][0].cores[where.row]

    def _resolve_slice(self, transfer: Transfer, where: Slice) -> ResolvedSlice:
        if where.place == DRAM:
            return ResolvedSlice(None, where)
        array: Array = getattr(self._places[where.place][1].state, where.array)
        return ResolvedSlice(_flat(array[where.row : where.row + 1], transfer, where), where)


def _flat(row: Array, transfer: Transfer, where: Slice) -> Array:
    """Return words [first, last) of a row as a view. Raises ValueError if the row has fewer words or is not contiguous."""
    if not row.flags.c_contiguous:
        raise ValueError(f"transfer {transfer.name}: {where.place} {where.array} is not contiguous")
    words = row.reshape(-1)
    if not 0 <= where.first <= where.last <= len(words):
        found = f"{where.place} {where.array} has {len(words)}"
        raise ValueError(f"transfer {transfer.name}: words {where.first}..{where.last}, but {found}")
    return words[where.first : where.last]
