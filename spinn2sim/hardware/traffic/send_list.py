"""Traffic as a list of sends, with the routing table and the transfers that they need, and the plan that plays the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import Phase, RoutingEntry
from spinn2sim.hardware.plan import Group, PhasePlan, Plan, Schedule, Transfer
from spinn2sim.hardware.traffic.list_program import ListPlayer, ListState
from spinn2sim.hardware.units import QUANTA_PER_US

CORES = tuple(range(1, N_CORES + 1))
CORE_QUANTA = 1  # a core cycle of one quantum, so that PEs can send at any quantum
TICK_Q = 10 * QUANTA_PER_US
MOST_PER_TICK = 512  # most sends of one PE in a tick: ticks are halved until this holds, so that outboxes stay small
BIG_FIFO = 1 << 30  # the capacity of FIFOs, which never fill


@dataclass(frozen=True)
class SendList:
    """Sends, sorted by (sent_q, source, order of sending). `transfer` is NO_TRANSFER for a packet with a key."""

    # All arrays are [sends]. `source` is a core id, for a transfer that of its issuer.
    sent_q: NDArray[np.int64]
    source: NDArray[np.int64]
    key: NDArray[np.uint32]
    transfer: NDArray[np.int32]
    entries: tuple[RoutingEntry, ...]
    transfers: tuple[Transfer, ...] = ()
    # The dead parts of the chip that the list is for.
    dead: DeadParts = NOTHING_DEAD

    def __len__(self) -> int:
        return len(self.sent_q)

    def at_speed(self, factor: float) -> SendList:
        """Return the list with all times, counted from the first, divided by `factor`."""
        start = self.sent_q[:1].sum()
        sent_q = start + np.rint((self.sent_q - start) / factor).astype(np.int64)
        order = np.lexsort((np.arange(len(self)), self.source, sent_q))
        return SendList(
            sent_q[order],
            self.source[order],
            self.key[order],
            self.transfer[order],
            self.entries,
            self.transfers,
            self.dead,
        )


@dataclass(frozen=True)
class SendTicks:
    """The ticks in which something is sent, by their numbers from instant 0 on, ascending, and their length in quanta."""

    slots: NDArray[np.int64]
    tick_q: int

    def phases(self, *, crosses: bool) -> tuple[PhasePlan, ...]:
        """Return a phase for each tick, and one for the time before the first of them; `crosses`: packets may leave the chip."""
        periods = np.append(np.diff(self.slots), 1) * self.tick_q
        start_q = int(self.slots[0]) * self.tick_q if len(self.slots) else 0
        lead = [PhasePlan(Phase.LOAD, 1, -1, -1, 0, start_q, (0,))] if start_q else []
        ticks = (
            PhasePlan(Phase.FORWARD, 1, n, n, 0, period, (0,), crosses) for n, period in enumerate(periods.tolist())
        )
        return (*lead, *ticks)


def ticks_of(lists: Sequence[SendList]) -> SendTicks:
    """Return the ticks in which something of the lists is sent, so short that no PE sends too much in one."""
    tick_q = min(_tick_length(traffic) for traffic in lists)
    return SendTicks(np.unique(np.concatenate([traffic.sent_q // tick_q for traffic in lists])), tick_q)


def plan_and_program(traffic: SendList, shared: SendTicks | None = None) -> tuple[Plan, ListPlayer]:
    """Make the plan of hardware whose PEs only send the list, and their program. PEs wake only in ticks in which something is sent.

    On a board, these are the ticks of the lists of all chips, which are `shared`.
    """
    ticks = shared or ticks_of([traffic])
    slot = traffic.sent_q // ticks.tick_q
    phases = ticks.phases(crosses=shared is not None)
    group = Group("list", "list", 1, CORES, {}, {}, {}, (0,) * len(CORES))
    hardware = HardwareOptions()
    plan = Plan(
        copies=1, graph=None, shares=(), groups=(group,), entries=traffic.entries, transfers=traffic.transfers,
        schedule=Schedule(phases, phases, phases), core_quanta=CORE_QUANTA, fifo_capacity=BIG_FIFO, fifo_policy="drop",
        dram_flit_q=hardware.dram_flit_q, dram_latency_q=hardware.dram_latency_q, dead=traffic.dead,
    )  # fmt: skip
    step = np.searchsorted(ticks.slots, slot).astype(np.int64)
    return plan, _program(traffic, step, traffic.sent_q - slot * ticks.tick_q)


def _program(traffic: SendList, step: NDArray[np.int64], cycle: NDArray[np.int64]) -> ListPlayer:
    by_pe = np.argsort(traffic.source, kind="stable")
    bounds = np.searchsorted(traffic.source[by_pe], np.arange(1, N_CORES + 2))
    state = ListState(
        bounds[:-1].astype(np.int64), bounds[1:].astype(np.int64), step[by_pe], cycle[by_pe], traffic.key[by_pe],
        traffic.transfer[by_pe],
    )  # fmt: skip
    return ListPlayer("list", N_CORES, max(1, _most_in_a_tick(traffic.source, step)), state)


def _tick_length(traffic: SendList) -> int:
    tick_q = TICK_Q
    while tick_q > 1 and _most_in_a_tick(traffic.source, traffic.sent_q // tick_q) > MOST_PER_TICK:
        tick_q //= 2
    return tick_q


def _most_in_a_tick(source: NDArray[np.int64], tick: NDArray[np.int64]) -> int:
    """Return the most entries that one PE sends in one tick."""
    _, counts = np.unique(tick * (N_CORES + 1) + source, return_counts=True)
    return int(counts.max(initial=0))
