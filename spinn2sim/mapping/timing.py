"""When: the phases of a batch and a tick period that covers each program's worst case plus a bound on network time; it runs nothing.

The bound: at a first-come-first-served channel a packet waits at most for all other flits that pass it in the same tick, so the time to
its destination is at most the sum over the channels of its path of (5 NoC cycles + all flits of that channel), plus the event
router's share. By induction no packet of an earlier tick is left when a tick begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spinn2sim.hardware import facts as c
from spinn2sim.hardware.packet import Key, Kind, Phase, RoutingEntry
from spinn2sim.hardware.plan import Group, PhasePlan, Schedule, Share, Transfer
from spinn2sim.hardware.program import Firmware, Unit
from spinn2sim.hardware.units import QUANTA_PER_US, whole_us
from spinn2sim.mapping.partition import Partition
from spinn2sim.scenario.keys import Scenario

Stage = tuple[str, object]

STEP_PHASES = (Phase.FORWARD, Phase.LOSS, Phase.BACKWARD)

# Which programs wake in which phase.
WAKES: dict[Phase, tuple[str, ...]] = {
    Phase.LOAD: ("input", "lif", "readout", "loss", "peak_loss", "optimizer"),
    Phase.FORWARD: ("input", "lif", "readout", "loss", "peak_loss"),
    Phase.LOSS: ("lif", "readout", "loss", "peak_loss"),
    Phase.BACKWARD: ("lif", "readout"),
    Phase.REDUCE: ("lif", "readout", "optimizer"),
    Phase.UPDATE: ("optimizer",),
}


@dataclass(frozen=True)
class Flow:
    """`packets` packets of `flits` flits each over these stages, in one tick."""

    stages: tuple[tuple[Stage, ...], ...]  # one path per destination quad
    packets: int
    flits: int
    latency_q: int = 0


@dataclass(frozen=True)
class Load:
    """What the bound is computed from."""

    partition: Partition
    shares: tuple[Share, ...]
    groups: tuple[Group, ...]
    units: dict[str, tuple[Unit, ...]]
    entries: tuple[RoutingEntry, ...]
    transfers: tuple[Transfer, ...]
    firmware: Firmware
    core_quanta: int
    dram_flit_q: int
    dram_latency_q: int
    guard: bool


def schedule(load: Load, scenario: Scenario, step_us: Mapping[Phase, int] | None) -> Schedule:
    """The phases of a batch. Load ticks are numbered -1; forward tick k is step k; the loss sends in the place of step T-1."""
    steps, rounds = scenario.network.steps, -(-scenario.training.copies // load.partition.slots)
    bounds = {phase: phase_bound_us(load, phase) for phase in Phase}
    periods = step_periods_us(bounds, scenario, step_us)

    def phase(which: Phase, ticks: int, tick: int, step: int, stride: int, us: int, weights: bool = True) -> PhasePlan:
        wake = tuple(
            i for i, g in enumerate(load.groups) if g.program in WAKES[which] and (weights or g.program != "optimizer")
        )
        return PhasePlan(which, ticks, tick, step, stride, us * QUANTA_PER_US, wake)

    first_load = phase(Phase.LOAD, 1, -1, 0, 0, bounds[Phase.LOAD])
    forward = phase(Phase.FORWARD, steps, 0, 0, 1, periods[Phase.FORWARD])
    loss = phase(Phase.LOSS, 1, steps, steps - 1, 0, periods[Phase.LOSS])
    backward = phase(Phase.BACKWARD, steps - 1, steps + 1, steps - 2, -1, periods[Phase.BACKWARD])
    reduce = phase(Phase.REDUCE, rounds, 2 * steps, 0, 1, bounds[Phase.REDUCE])
    update = phase(Phase.UPDATE, 1, 2 * steps + rounds, 0, 0, bounds[Phase.UPDATE])
    return Schedule(
        train=(first_load, forward, loss, backward, reduce, update),
        test_first=(first_load, forward, loss),
        test=(phase(Phase.LOAD, 1, -1, 0, 0, bounds[Phase.LOAD], weights=False), forward, loss),
    )


def step_periods_us(
    bounds: Mapping[Phase, int], scenario: Scenario, given: Mapping[Phase, int] | None
) -> dict[Phase, int]:
    """Tick period of the step phases: as given, else the scenario's number, else one period that covers all their bounds."""
    longest = max(bounds[p] for p in STEP_PHASES)
    tick = scenario.chip.tick_us
    period = longest if isinstance(tick, str) else int(tick)
    return {p: (given or {}).get(p, period) for p in STEP_PHASES}


def phase_bound_us(load: Load, phase: Phase) -> int:
    """The smallest whole number of us that covers the worst wake of the phase and the bound on its network time."""
    waking = (unit for units in load.units.values() for unit in units if unit.program in WAKES[phase])
    worst = max(load.firmware.worst_cycles(unit, phase) for unit in waking)
    return max(1, whole_us(worst * load.core_quanta + network_bound_q(load, phase)))


def network_bound_q(load: Load, phase: Phase) -> int:
    """The longest that anything sent in this phase can take, in quanta, whatever else is sent in the same tick."""
    flows = list(_flows(load, phase))
    flits: dict[Stage, int] = {}
    for flow in flows:
        for at, path in enumerate(flow.stages):
            split = 1 + max((i for i, s in enumerate(path) if s[0] == "router"), default=-1)
            for stage in path if at == 0 else path[split:]:  # copies part behind the router
                flits[stage] = flits.get(stage, 0) + flow.packets * flow.flits
    longest = 0
    for flow in flows:
        for path in flow.stages:
            longest = max(longest, flow.latency_q + sum(_stage_q(load, s, flits[s], flow.flits) for s in path))
    return longest


def _stage_q(load: Load, stage: Stage, total: int, own: int) -> int:
    """The most time that a burst of `own` flits spends at one stage through which `total` flits go."""
    if stage[0] == "router":
        return (-(-total // c.ROUTER_ENGINES) + own + c.ROUTER_PIPELINE_CYCLES) * c.ROUTER_Q
    if stage[0] == "dram":
        return c.HOP_Q + total * load.dram_flit_q
    return c.HOP_Q + total * c.FLIT_Q


def _flows(load: Load, phase: Phase) -> Iterator[Flow]:
    """Everything that can be sent in one tick of a phase."""
    if phase == Phase.FORWARD:
        for share in load.shares:
            yield _packets(load, share.core, Key(Kind.SPIKE, share.copy, share.layer, share.first), share.size)
    elif phase == Phase.LOSS:
        yield from _loss_flows(load)
        yield from _transfer_flows(load, "result")
    elif phase == Phase.BACKWARD:
        for share in load.shares:
            for below in load.shares:
                if share.layer >= 2 and below.copy == share.copy and below.layer == share.layer - 1:
                    yield _packets(load, share.core, Key(Kind.ERROR, share.copy, below.layer, below.first), below.size)
    elif phase == Phase.LOAD:
        for prefix in ("sample", "label", "weights"):
            yield from _transfer_flows(load, prefix)
    elif phase == Phase.REDUCE:
        yield from _transfer_flows(load, "gradient")


def _loss_flows(load: Load) -> Iterator[Flow]:
    """The loss PEs' errors and guards to the output layer."""
    cores = next(g.cores for g in load.groups if g.name == "loss")
    output = max(s.layer for s in load.shares)
    for share in load.shares:
        if share.layer == output:
            yield _packets(load, cores[share.copy], Key(Kind.ERROR, share.copy, output, share.first), share.size)
            if load.guard:
                yield _packets(load, cores[share.copy], Key(Kind.GUARD, share.copy, output, share.first), 1)


def _packets(load: Load, core: int, key: Key, count: int) -> Flow:
    """`count` single-flit packets with this key."""
    word = key.pack()
    entry = next(e for e in load.entries if word & e.mask == e.key)
    return Flow(multicast_paths(core, entry.cores), count, 1)


def _transfer_flows(load: Load, prefix: str) -> Iterator[Flow]:
    """Each transfer of one sort, once."""
    for t in load.transfers:
        if t.name.startswith(prefix):
            flits = c.flits_of(t.bytes)
            if t.multicast:
                yield Flow(multicast_paths(t.source_core, t.destination_cores), 1, flits)
            else:
                latency = load.dram_latency_q if t.source_core == 0 else 0
                yield Flow((direct_path(t.source_core, t.destination_cores[0]),), 1, flits, latency)


def multicast_paths(core: int, targets: tuple[int, ...]) -> tuple[tuple[Stage, ...], ...]:
    """Stages from a PE through the event router to each destination quad."""
    quad = c.quad_of(core)
    up: tuple[Stage, ...] = (("in", quad), *(("hop", h) for h in c.xy_route(quad, c.slot_of(quad))), ("router", None))
    paths = []
    for target in sorted({c.quad_of(t) for t in targets}):
        down = c.xy_route(c.slot_of(target), target)
        paths.append((*up, *((("hop", h)) for h in down), ("out", target)))
    return tuple(paths)


def direct_path(source: int, target: int) -> tuple[Stage, ...]:
    """Stages of a DMA transfer between PEs, or between a PE and the DRAM (core 0)."""
    if source == 0:
        quad = c.quad_of(target)
        slot = c.dram_slot_of(quad)
        return (("dram", slot), *(("hop", h) for h in c.xy_route(slot, quad)), ("out", quad))
    start = c.quad_of(source)
    end = c.dram_slot_of(start) if target == 0 else c.quad_of(target)
    last: Stage = ("dram", end) if target == 0 else ("out", end)
    return (("in", start), *(("hop", h) for h in c.xy_route(start, end)), last)
