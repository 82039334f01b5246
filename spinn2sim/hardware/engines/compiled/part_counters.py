"""Reads the counters of a part from the arrays of the compiled engine when the part is over."""

from __future__ import annotations

import numpy as np

from spinn2sim.hardware.counters import CLASSES, CORES, Counters, FirstLoss, Ints
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.route_tables import RouteTables
from spinn2sim.hardware.engines.compiled.state import EngineState, Words
from spinn2sim.hardware.facts import ROUTER_Q
from spinn2sim.hardware.network.packet_copy import QUAD_BITS
from spinn2sim.hardware.packet import KIND_SHIFT, Outcome


def collect_counters(state: EngineState, routes: RouteTables) -> Counters:
    """Collect all counters of a part."""
    router, links = state.stage[routes.router], routes.machine.stages.links
    channels = state.stage[routes.counted]
    flits = channels[:, at.STAGE_FLITS].copy()
    flits[: routes.router] += count_bypassed_flits(state, routes) + count_passed_flits(state, routes)
    busy_q = flits * channels[:, at.STAGE_SERVICE]
    if routes.machine.ports:
        options = routes.machine.ports.options
        long = state.registers[[at.LONG_BY_LINK + link for link in links]]
        busy_q[routes.router :] += long * (options.long_service_q - options.service_q)
    tally, core = state.tally, state.core[:CORES]
    return Counters(
        sent=tally[:, at.TALLY_SENT].copy(),
        hops=tally[:, at.TALLY_HOPS].copy(),
        due=tally[:, at.TALLY_DUE].copy(),
        in_flight=count_in_flight(state),
        outcomes=tally[:, at.TALLY_OUTCOME :].copy(),
        dma_transfers=state.tally_dma[0].copy(),
        dma_bytes=state.tally_dma[1].copy(),
        overruns=core[:, at.CORE_OVERRUNS].copy(),
        lost_ticks=core[:, at.CORE_LOST_TICKS].copy(),
        busy_cycles=core[:, at.CORE_BUSY].copy(),
        wakes=core[:, at.CORE_WAKES].copy(),
        fifo_high_water=core[:, at.CORE_HIGH_WATER].copy(),
        channel_names=routes.names,
        channel_flits=flits,
        channel_busy_q=busy_q,
        channel_longest=channels[:, at.STAGE_LONGEST].copy(),
        entry_hits=state.lines[: len(routes.machine.table.entries), at.LINE_HITS].copy(),
        router_accepted=int(state.registers[at.ROUTER_ACCEPTED]),
        router_busy_q=int(router[at.STAGE_FLITS]) * ROUTER_Q,
        router_longest=int(router[at.STAGE_LONGEST]),
        first=read_first_losses(state),
    )


def count_bypassed_flits(state: EngineState, routes: RouteTables) -> Ints:
    """Count, by channel, the flits that bypassed the queues below the event router's ports, which a pass counts only by segment."""
    found = np.zeros(routes.router, np.int64)
    segments, channels = routes.bypassed.T
    flits = state.segments[segments, at.SEGMENT_BYPASS_FLITS]
    passed = flits > 0
    np.add.at(found, channels[passed], flits[passed])
    return found


def count_passed_flits(state: EngineState, routes: RouteTables) -> Ints:
    """Count, by channel, the flits that came to the event router without waiting, which a sweep counts only by their sender."""
    found = np.zeros(routes.router, np.int64)
    for core in np.flatnonzero(state.passed_in).tolist():
        first, hops = routes.to_router[core].tolist()
        np.add.at(found, state.routes[first : first + hops], state.passed_in[core])
    return found


def count_in_flight(state: EngineState) -> Ints:
    """Count deliveries without an outcome, by class.

    They are counted in all queues and FIFOs, not read from register OPEN_DELIVERIES, so that the balance of counters checks that register.
    """
    found = np.zeros(len(CLASSES), np.int64)
    queued_at = state.stage[:, at.STAGE_QUEUED]
    for stage, queued in ((stage, queued_at[stage]) for stage in np.flatnonzero(queued_at).tolist()):
        queue = zip(state.arrival_key[stage, :queued].tolist(), state.copy_word[stage, :queued].tolist(), strict=True)
        for key, word in queue:
            packet = packet_of(state, key)
            if packet[at.PACKET_LINE] >= 0 and key & at.QUAD_MASK == 0:
                # on its way to the event router
                found[class_of(packet)] += state.lines[packet[at.PACKET_LINE], at.LINE_DUE]
            else:
                found[class_of(packet)] += count_segment_cores(state, word)
    for link, crossings in enumerate(state.link_in if state.registers[at.DEFAULT_LINE] != at.NO_LINE else ()):
        for row in crossings[state.registers[at.IN_FIRST + link] : state.registers[at.IN_LAST + link]]:
            found[(int(row[at.CROSS_KEY]) & at.KEY_MASK) >> KIND_SHIFT] += state.lines[row[at.CROSS_LINE], at.LINE_DUE]
    for key, word in zip(state.burst_key[: state.registers[at.BURSTS_ENDING]], state.burst_word, strict=False):
        found[class_of(packet_of(state, key))] += count_segment_cores(state, word)
    for core in np.flatnonzero(state.core[:, at.CORE_TAIL]).tolist():
        row = state.core[core]
        for entry in state.fifo[core, int(row[at.CORE_HEAD]) : int(row[at.CORE_TAIL]), at.FIFO_WORD]:
            found[class_of(state.packets[entry >> at.FIFO_SEGMENT_BITS])] += 1
    return found


def packet_of(state: EngineState, key: int) -> Words:
    """Return the row of the packet that an arrival key names."""
    row: Words = state.packets[(key >> at.INDEX_SHIFT) & at.INDEX_MASK]
    return row


def count_segment_cores(state: EngineState, word: int) -> int:
    """Count the cores to which the segment of a copy word leads."""
    segment = state.segments[(word >> at.SEGMENT_SHIFT) & at.SEGMENT_MASK]
    return int(segment[at.SEGMENT_LAST] - segment[at.SEGMENT_FIRST])


def class_of(packet: Words) -> int:
    """Return the class of a packet, given its row."""
    direct = packet[at.PACKET_LINE] < 0
    return at.DMA_CLASS if direct else (int(packet[at.PACKET_KEY]) & at.KEY_MASK) >> KIND_SHIFT


def read_first_losses(state: EngineState) -> dict[str, FirstLoss]:
    """Read the first loss of each kind that occurred, by the kind's name."""
    names = [f"{outcome.name.lower()} {kind}" for kind in CLASSES for outcome in Outcome]
    found: dict[str, FirstLoss] = {}
    if not state.first_losses[:, at.LOSS_SEEN].any():
        return found
    for name, row in zip([*names, "overruns", "lost ticks"], state.first_losses.tolist(), strict=True):
        if row[at.LOSS_SEEN]:
            rank = (row[at.LOSS_SENT] << at.ORDERED_TIME_SHIFT | row[at.LOSS_SOURCE]) << QUAD_BITS
            core, batch, tick, key = (row[n] for n in (at.LOSS_CORE, at.LOSS_BATCH, at.LOSS_TRACE_NUMBER, at.LOSS_KEY))
            found[name] = FirstLoss((row[at.LOSS_TIME], rank, core), core, batch, tick, key)
    return found
