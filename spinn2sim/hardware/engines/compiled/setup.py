"""A plan becomes the arrays that the compiled engine works on, and they grow and are tidied between passes; it moves no packet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from firmware_models.jit.by_reference import ByRef
from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.delivery import compact
from spinn2sim.hardware.engines.compiled.dma_copies import Strips
from spinn2sim.hardware.engines.compiled.routes import OTHER_ENGINE, Ways, stage_order
from spinn2sim.hardware.engines.compiled.state import Net, Words
from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.plan import PhasePlan, Plan
from spinn2sim.hardware.program import Program, make_inbox, make_outbox
from spinn2sim.hardware.rows import ROW_TYPE, TICK_TYPE

CAPACITY = 4096
PACKETS = 1 << 14
MEMO = 1 << 14
MOST_SENDS = at.SEND_MASK + 1
MOST_PACKETS = at.INDEX_MASK + 1


def padded(count: int) -> int:
    """At least `count`, so that rows of that many words don't all begin at the same place of a cache."""
    return (count // 16) * 16 + 24


def make_net(plan: Plan, programs: Sequence[Program], ways: Ways, strips: Strips) -> Net:
    """Arrays for a plan, not yet set to a part."""
    stages, cores = len(ways.channels) + 1, N_CORES + 1
    capacity = padded(CAPACITY)
    group_cores, rows = group_table(plan)
    sends = most_sends(plan, programs)
    numbers = [transfer.number for transfer in plan.transfers]
    transfer_row = np.full(max([0, *numbers]) + 1, -1, np.int64)
    transfer_row[numbers] = np.arange(len(numbers))

    def words(*shape: int) -> Words:
        return np.zeros(shape, np.int64)

    return Net(
        clock=words(at.CLOCKS), order=stage_order(ways.machine.stages), route=ways.route, stage=words(stages, 8),
        outward=ways.outward, held_key=words(stages, capacity), held_load=words(stages, capacity), begun=words(stages, 2 * capacity),
        scratch_key=words(capacity), scratch_load=words(capacity), legs=ways.legs, members=ways.members, lines=ways.lines,
        memo_key=np.full(MEMO, -1, np.int64), memo_line=words(MEMO), transfers=ways.transfers, transfer_row=transfer_row,
        strip_first=strips.first, strip_count=strips.count, strips=strips.strips, dram=words(max(1, len(strips.names)), 4),
        packets=words(PACKETS, 8), core=words(cores, 16), fifo_time=words(cores, capacity), fifo_load=words(cores, capacity),
        finish_key=words(capacity), finish_load=words(capacity), outbox=make_outbox(2 * sends), sends=words(2 * sends, 4),
        send_key=words(2 * sends), scratch_send=words(2 * sends), inbox=make_inbox(int(rows.max()), capacity),
        cycles=words(int(rows.max())),
        group_cores=group_cores, group_rows=rows, traced=np.zeros((1, 2), np.uint8), ticks=words(1, 8), tick_groups=words(1),
        wakes=words(cores + len(plan.groups), 4),
        tally=words(at.N_CLASSES, at.N_OUTCOME + at.N_OUTCOMES), tally_dma=words(2, at.N_OUTCOMES),
        firsts=words(at.F_LOST_TICKS + 1, 8), rows=np.zeros(0, ROW_TYPE), tick_rows=np.zeros(0, TICK_TYPE),
    )  # fmt: skip


def group_table(plan: Plan) -> tuple[Words, Words]:
    """Cores by group and row, and rows by group. A core in two groups is refused."""
    found = [core for group in plan.groups for core in group.cores]
    if len(set(found)) < len(found):
        twice = next(core for core in found if found.count(core) > 1)
        raise ScenarioError(f"compiled engine: found PE {twice} in two groups, allowed is one{OTHER_ENGINE}")
    rows = np.array([len(group.cores) for group in plan.groups], np.int64)
    cores = np.zeros((len(rows), int(rows.max())), np.int64)
    for n, group in enumerate(plan.groups):
        cores[n, : len(group.cores)] = group.cores
    return cores, rows


def most_sends(plan: Plan, programs: Sequence[Program]) -> int:
    """The most outbox entries of one instant: a PE can wake twice in it, late for a tick and for the next one."""
    pairs = zip(plan.groups, programs, strict=True)
    most = 2 * sum(len(group.cores) * program.outbox_capacity for group, program in pairs)
    if 2 * most > MOST_SENDS:
        raise ScenarioError(
            f"compiled engine: found outboxes of {most} entries, allowed are {MOST_SENDS // 2}{OTHER_ENGINE}"
        )
    return max(1, most)


def reset(net: Net, plan: Plan, ways: Ways, start_q: int, sequence: int, sends: int) -> None:
    """An empty machine at `start_q` that counts packets from `sequence`."""
    for array in (net.clock, net.stage, net.core, net.tally, net.tally_dma, net.firsts):
        array[:] = 0
    net.lines[:, at.LINE_HITS] = net.legs[:, at.LEG_JUMPED] = 0
    net.stage[:, at.SERVICE] = [channel.service_q for channel in ways.channels] + [0]
    net.core[:, at.C_PENDING] = net.core[:, at.C_LAST_SEND] = -1
    net.core[:, at.C_START], net.core[:, at.C_IN_HOPS] = ways.inward.T
    for n, group in enumerate(plan.groups):
        net.core[list(group.cores), at.C_GROUP] = n
        net.core[list(group.cores), at.C_ROW] = np.arange(len(group.cores))
    net.outbox.count[0] = 0
    clock = net.clock
    clock[[at.NOW, at.BASE, at.TIMER, at.START, at.LAST]] = start_q
    clock[at.SEQ], clock[at.CORE_Q], clock[at.FIFO_CAPACITY] = sequence, plan.core_quanta, plan.fifo_capacity
    clock[at.POLICY], clock[at.ROUTER] = at.POLICIES.index(plan.fifo_policy), ways.router
    quads = len(ways.machine.stages.injection)
    clock[at.EJECT_FIRST], clock[at.EJECT_LAST], clock[at.WAKE_SENDS] = quads, 2 * quads, sends
    clock[at.JUMPS] = plan.fifo_policy != "stall"


def with_schedule(net: Net, first: Sequence[PhasePlan], later: Sequence[PhasePlan]) -> Net:
    """The ticks of a first batch, then those of a later one."""
    rows: list[list[int]] = []
    groups: list[int] = []
    sizes: list[tuple[int, int]] = []
    for phases in (first, later):
        before, offset = len(rows), 0
        for phase in phases:
            here = len(groups)
            if len(set(phase.groups)) < len(phase.groups):
                raise ScenarioError(
                    f"compiled engine: phase {phase.phase.name} wakes a group twice a tick{OTHER_ENGINE}"
                )
            groups += phase.groups
            for j in range(phase.ticks):
                step, trace = phase.first_step + j * phase.stride, phase.first_tick + j
                rows.append([int(phase.phase), step, trace, phase.period_q, offset, here, len(groups), 0])
                offset += phase.period_q
        sizes.append((len(rows) - before, offset))
    clock = net.clock
    clock[at.FIRST_TICKS], clock[at.FIRST_QUANTA] = sizes[0]
    clock[at.LATER_TICKS], clock[at.LATER_QUANTA] = sizes[1]
    clock[at.LATER_AT] = sizes[0][0]
    return net._replace(ticks=np.array(rows or [[0] * 8], np.int64), tick_groups=np.array(groups or [0], np.int64))


def more_room(net: Net) -> Net:
    """Tidy, and grow what is still too small."""
    clock = net.clock
    tidy(net)
    opened, packets = int(clock[at.OPEN] + clock[at.NEW_DUE]), int(clock[at.PACKETS] + net.outbox.count[0])
    sends = int(net.outbox.count[0] + clock[at.WAKE_SENDS])
    changed: dict[str, Any] = {}
    if opened > net.held_key.shape[1]:
        capacity = padded(2 * opened)
        for name in ("held_key", "held_load", "fifo_time", "fifo_load", "finish_key", "finish_load"):
            changed[name] = grown(getattr(net, name), capacity)
        changed["begun"] = grown(net.begun, 2 * capacity)
        changed["scratch_key"], changed["scratch_load"] = np.zeros(capacity, np.int64), np.zeros(capacity, np.int64)
        changed["inbox"] = make_inbox(len(net.inbox.first), capacity)
    if packets > len(net.packets) // 2:
        size = min(2 * packets, MOST_PACKETS)
        if packets > size:
            raise ScenarioError(
                f"compiled engine: found {packets} packets at once, allowed are {MOST_PACKETS}{OTHER_ENGINE}"
            )
        changed["packets"] = grown(net.packets.T, size).T.copy()
    if sends > len(net.sends):
        if 2 * sends > MOST_SENDS:
            raise ScenarioError(f"compiled engine: found {sends} sends at once, allowed are {MOST_SENDS}{OTHER_ENGINE}")
        box = make_outbox(2 * sends)
        columns: list[tuple[Any, Any]] = list(zip(net.outbox, box, strict=True))
        for old, new in columns:
            new[: len(old)] = old
        changed |= {
            "outbox": box,
            "sends": grown(net.sends.T, 2 * sends).T.copy(),
            "send_key": np.zeros(2 * sends, np.int64),
        }
        changed["scratch_send"] = np.zeros(2 * sends, np.int64)
    return net._replace(**changed)


def grown(array: Words, columns: int) -> Words:
    """A copy with more columns."""
    found = np.zeros((*array.shape[:-1], columns), np.int64)
    found[..., : array.shape[-1]] = array
    return found


def tidy(net: Net) -> None:
    """Number the packets that are on their way or in a FIFO from 0, and set BASE to now."""
    clock = net.clock
    earlier = int(clock[at.NOW] - clock[at.BASE])
    seen: Any = ByRef(net)
    for core in range(len(net.core)):
        compact(seen, core, clock[at.NOW])
    keys = [net.held_key[c, :n] for c, n in enumerate(net.stage[:, at.COUNT])]
    keys.append(net.finish_key[: clock[at.FINISHING]])
    held = [net.fifo_load[core, int(c[at.C_HEAD]) : int(c[at.C_TAIL])] for core, c in enumerate(net.core)]
    numbers = [(k >> at.INDEX_SHIFT) & at.INDEX_MASK for k in keys] + [load >> 20 for load in held]
    alive = np.unique(np.concatenate(numbers))
    place = np.zeros(len(net.packets), np.int64)
    place[alive] = np.arange(len(alive))
    for key in keys:
        index = (key >> at.INDEX_SHIFT) & at.INDEX_MASK
        if len(key) and int(key.min() >> at.TIME_SHIFT) - earlier < -at.TIME_LIMIT:
            raise ScenarioError(f"compiled engine: a packet waits for seconds at a full FIFO{OTHER_ENGINE}")
        key += ((place[index] - index) << at.INDEX_SHIFT) - (earlier << at.TIME_SHIFT)
    for load in held:
        load += (place[load >> 20] - (load >> 20)) << 20
    net.packets[: len(alive)] = net.packets[alive]
    clock[at.PACKETS] = len(alive)
    clock[at.BASE] = clock[at.NOW]


def too_late(core: int, sent_q: int) -> ScenarioError:
    """A program sends too long after its wake."""
    return ScenarioError(
        f"compiled engine: PE {core} sends at {sent_q} q, more than a second after its wake{OTHER_ENGINE}"
    )
