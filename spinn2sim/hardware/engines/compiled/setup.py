"""Makes the arrays of the compiled engine from a plan. They are made once, reset for each part, and given the part's schedule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from spinn2sim.hardware.board.shape import N_LINKS
from spinn2sim.hardware.engines.compiled import limits
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.broken_tables import nothing_broken
from spinn2sim.hardware.engines.compiled.dma_copies import CopyTable
from spinn2sim.hardware.engines.compiled.route_tables import RouteTables, stage_order
from spinn2sim.hardware.engines.compiled.state import EngineState, Words
from spinn2sim.hardware.engines.large_pages import large_room
from spinn2sim.hardware.geometry import ChannelKind, channels
from spinn2sim.hardware.plan import PhasePlan, Plan
from spinn2sim.hardware.program import Program, make_inbox, make_outbox
from spinn2sim.hardware.rows import ROW_TYPE, TICK_TYPE

# The room for open deliveries and for packets at first (on each chip of a board there is less, and it grows), and the size of the cache of
# keys.
CAPACITY, BOARD_CAPACITY = 4096, 1024
PACKETS = 1 << 14
CACHED_KEYS = 1 << 17
LINE_WORDS = 8  # of a cache line


def row_length(count: int) -> int:
    """Choose a row length of at least `count` words such that consecutive rows do not begin in the same set of a cache."""
    return (count // 16) * 16 + 24


def make_state(plan: Plan, programs: Sequence[Program], routes: RouteTables, copies: CopyTable) -> EngineState:
    """Make the arrays for a plan, before they are reset for a part."""
    stages, cores = routes.stages, len(routes.to_router)
    capacity = row_length(BOARD_CAPACITY if routes.machine.ports else CAPACITY)
    crossings = (N_LINKS, capacity, at.CROSS_WORDS) if routes.machine.ports else (1, 1, at.CROSS_WORDS)
    group_cores, group_rows = make_group_table(plan)
    most_rows, sends = max(1, int(group_rows.max())), 2 * most_sends(plan, programs)
    long = routes.machine.long_packets
    shapes: dict[str, tuple[int, ...]] = {
        "registers": (at.N_REGISTERS,),
        "stage": (stages, 8),
        **dict.fromkeys(("arrival_key", "copy_word"), (stages, capacity)),
        "wait_start": (stages, 2 * capacity),
        **dict.fromkeys(("scratch_key", "scratch_word", "way_in", "burst_key", "burst_word"), (capacity,)),
        "passed_last": (stages,),
        "passed_in": (cores,),
        "cached": (CACHED_KEYS,),
        "dram": (max(1, len(copies.names)), 4),
        "packets": (PACKETS, 8),
        "long": (PACKETS if long else 0, 2),
        "core": (cores, 16),
        "fifo": (cores, capacity, 2),
        "cycles": (most_rows,),
        "sends": (sends, 4),
        **dict.fromkeys(("send_key", "scratch_send"), (sends,)),
        "ticks": (1, 8),
        "tick_groups": (1,),
        "wakes": (cores + len(plan.groups), 4),
        "tally": (at.N_CLASSES, at.TALLY_OUTCOME + at.N_OUTCOMES),
        "tally_dma": (2, at.N_OUTCOMES),
        "first_losses": (at.LOST_TICK_ROW + 1, 8),
        **dict.fromkeys(("link_out", "link_in"), crossings),
    }
    empty: dict[str, Any] = arrays_in_one(shapes)
    core = empty["core"]
    core[:, at.CORE_TO_ROUTER], core[:, at.CORE_TO_ROUTER_HOPS] = routes.to_router.T
    for n, group in enumerate(plan.groups):
        core[list(group.cores), at.CORE_GROUP] = n
        core[list(group.cores), at.CORE_ROW] = np.arange(len(group.cores))
    return EngineState(
        **empty,
        **fixed_tables(plan, routes, copies),
        broken=nothing_broken(stages, routes.lines),
        group_cores=group_cores,
        group_rows=group_rows,
        inbox=make_inbox(most_rows, capacity, long),
        outbox=make_outbox(sends, long),
        waiting=np.zeros(stages, np.uint8),
        traced=np.zeros((1, 2), np.uint8),
        trace_rows=np.zeros(0, ROW_TYPE),
        wake_rows=np.zeros(0, TICK_TYPE),
    )


def arrays_in_one(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Words]:
    """Make arrays of zeros in one piece of memory, each from the begin of a cache line on."""
    sizes = {name: -(-math.prod(shape) // LINE_WORDS) * LINE_WORDS for name, shape in shapes.items()}
    room, first, found = large_room(8 * sum(sizes.values())).view(np.int64), 0, {}
    for name, shape in shapes.items():
        found[name] = room[first : first + math.prod(shape)].reshape(shape)
        first += sizes[name]
    return found


def fixed_tables(plan: Plan, routes: RouteTables, copies: CopyTable) -> dict[str, Any]:
    """Make the fields that follow from the plan and do not change: routes, segments, lines, transfers and copy entries."""
    numbers = [transfer.number for transfer in plan.transfers]
    transfer_row = np.full(max([0, *numbers]) + 1, -1, np.int64)
    transfer_row[numbers] = np.arange(len(numbers))
    names = ("routes", "from_router", "segments", "segment_cores", "lines", "transfers")
    return {
        **{name: getattr(routes, name) for name in names},
        "stage_order": stage_order(plan.routes, N_LINKS if routes.machine.ports else 0),
        "transfer_row": transfer_row,
        "dma_first": copies.first,
        "dma_count": copies.count,
        "dma_copies": copies.entries,
    }


def make_group_table(plan: Plan) -> tuple[Words, Words]:
    """Make the table of cores by group and row, and the number of rows of each group."""
    limits.check_groups([core for group in plan.groups for core in group.cores])
    # A chip of a board can have no group: one of no PE then stands in the table.
    rows = np.array([len(group.cores) for group in plan.groups] or [0], np.int64)
    cores = np.zeros((len(rows), max(1, int(rows.max()))), np.int64)
    for n, group in enumerate(plan.groups):
        cores[n, : len(group.cores)] = group.cores
    return cores, rows


def most_sends(plan: Plan, programs: Sequence[Program]) -> int:
    """Compute the most outbox entries of one instant, in which a PE can wake twice: late for one tick and in time for the next."""
    pairs = zip(plan.groups, programs, strict=True)
    most = 2 * sum(len(group.cores) * program.outbox_capacity for group, program in pairs)
    limits.check_outboxes(most)
    return max(1, most)


def reset(state: EngineState, plan: Plan, routes: RouteTables, start_q: int, sequence: int, sends: int) -> None:
    """Set the arrays to an empty machine at `start_q` that numbers packets from `sequence` and sends at most `sends` entries an instant."""
    for array in (state.registers, state.stage, state.passed_in, state.tally, state.tally_dma, state.first_losses):
        array[:] = 0
    state.core[:, : at.CORE_GROUP] = 0
    state.lines[:, at.LINE_HITS] = state.segments[:, at.SEGMENT_BYPASS_FLITS] = 0
    state.stage[: routes.router, at.STAGE_SERVICE] = routes.service_q
    state.core[:, at.CORE_PENDING] = at.NO_TICK
    state.core[:, at.CORE_LAST_SEND] = -1
    state.outbox.count[0] = 0
    state.waiting[:] = 0
    registers = state.registers
    registers[[at.NOW, at.BASE, at.NEXT_INTERRUPT, at.PART_START, at.LAST_EVENT]] = start_q
    registers[at.TIMES_DELIVERED], registers[at.NEXT_ACTION] = 1, at.NO_ACTION
    registers[at.NEXT_SEQ], registers[at.CYCLE_Q] = sequence, plan.core_quanta
    registers[at.FIFO_CAPACITY], registers[at.FIFO_POLICY] = plan.fifo_capacity, at.POLICIES.index(plan.fifo_policy)
    registers[at.ROUTER_STAGE] = routes.router
    registers[at.EJECT_FIRST], registers[at.EJECT_LAST] = ejections()
    registers[at.SENDS_PER_INSTANT] = sends
    registers[at.WAY_IN_SERVICE] = routes.way_in_service()
    registers[at.LARGEST_PAYLOAD] = at.LONG if len(state.long) else at.HAS_PAYLOAD
    registers[at.BYPASS_ALLOWED] = registers[at.FIFO_POLICY] != at.POLICY_STALL
    registers[at.WINDOW_END], registers[at.LINK_STAGE], registers[at.DEFAULT_LINE] = (
        at.FOREVER,
        routes.router + 1,
        at.NO_LINE,
    )
    if routes.machine.ports:
        options = routes.machine.ports.options
        registers[at.LINK_ROOM], registers[at.MOST_PASSED] = options.queue, routes.machine.ports.most_passed
        registers[at.DEFAULT_LINE] = len(routes.machine.table.entries)
        state.stage[routes.router + 1 :, at.STAGE_SERVICE] = options.service_q
        registers[at.LINK_LATENCY], registers[at.LINK_LONG_SERVICE] = options.latency_q, options.long_service_q


@cache
def ejections() -> tuple[int, int]:
    """Return the first ejection channel, and the one after the last."""
    found = [n for n, channel in enumerate(channels()) if channel.kind is ChannelKind.EJECTION]
    return found[0], found[-1] + 1


class ScheduleTable(NamedTuple):
    """The ticks of a part's first batch and of each later one, as arrays; the phases that they were made of."""

    phases: tuple[Sequence[PhasePlan], Sequence[PhasePlan]]
    ticks: Words
    tick_groups: Words
    # Of the first and of a later batch, how many ticks and quanta.
    sizes: tuple[tuple[int, int], ...]


def schedule_table(first: Sequence[PhasePlan], later: Sequence[PhasePlan]) -> ScheduleTable:
    """Make the table of a schedule."""
    rows: list[list[int]] = []
    groups: list[int] = []
    sizes: list[tuple[int, int]] = []
    for phases in (first, later):
        before, offset = len(rows), 0
        for phase in phases:
            here = len(groups)
            limits.check_phase(phase.phase.name, phase.groups)
            groups += phase.groups
            for j in range(phase.ticks):
                step, trace = phase.first_step + j * phase.stride, phase.first_tick + j
                rows.append([int(phase.phase), step, trace, phase.period_q, offset, here, len(groups), phase.crosses])
                offset += phase.period_q
        sizes.append((len(rows) - before, offset))
    ticks, tick_groups = np.array(rows or [[0] * 8], np.int64), np.array(groups or [0], np.int64)
    return ScheduleTable((first, later), ticks, tick_groups, tuple(sizes))


def with_schedule(state: EngineState, table: ScheduleTable) -> EngineState:
    """Return the state with a schedule: the ticks of the first batch, then those of each later one."""
    registers, sizes = state.registers, table.sizes
    registers[at.FIRST_TICKS], registers[at.FIRST_QUANTA] = sizes[0]
    registers[at.LATER_TICKS], registers[at.LATER_QUANTA] = sizes[1]
    registers[at.LATER_ROW] = sizes[0][0]
    # Copies, since the state keeps an array that is longer than its own, and the next schedule is written into it.
    return with_arrays(state, ticks=table.ticks.copy(), tick_groups=table.tick_groups.copy())


def with_arrays(state: EngineState, **arrays: Any) -> EngineState:
    """Return the state with other content of arrays; one that has enough rows is filled, since a reference to another state is dear."""
    longer = {}
    for name, array in arrays.items():
        mine = getattr(state, name)
        if len(mine) < len(array):
            longer[name] = array
        else:
            mine[: len(array)] = array
    return state._replace(**longer) if longer else state
