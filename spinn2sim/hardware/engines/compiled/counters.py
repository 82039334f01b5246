"""Counters of a part from the compiled engine's arrays; it changes nothing."""

from __future__ import annotations

import numpy as np

from spinn2sim.hardware.counters import CLASSES, Counters, FirstLoss
from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.network_pass import ROUTER_Q
from spinn2sim.hardware.engines.compiled.routes import Ways
from spinn2sim.hardware.engines.compiled.state import Net
from spinn2sim.hardware.packet import KIND_SHIFT, Outcome

RANK_SHIFT = 7  # a rank ends in the bits of the destination quad


def count(net: Net, ways: Ways) -> Counters:
    """All counts of a part that is over."""
    channels, router = net.stage[:-1], net.stage[-1]
    flits = channels[:, at.FLITS] + jumped(net)
    tally, core = net.tally, net.core
    return Counters(
        sent=tally[:, at.N_SENT].copy(),
        hops=tally[:, at.N_HOPS].copy(),
        due=tally[:, at.N_DUE].copy(),
        in_flight=in_flight(net),
        outcomes=tally[:, at.N_OUTCOME :].copy(),
        dma_transfers=net.tally_dma[0].copy(),
        dma_bytes=net.tally_dma[1].copy(),
        overruns=core[:, at.C_OVERRUNS].copy(),
        lost_ticks=core[:, at.C_LOST].copy(),
        busy_cycles=core[:, at.C_BUSY].copy(),
        wakes=core[:, at.C_WAKES].copy(),
        fifo_high_water=core[:, at.C_HIGH].copy(),
        channel_names=tuple(channel.name for channel in ways.channels),
        channel_flits=flits,
        channel_busy_q=flits * channels[:, at.SERVICE],
        channel_longest=channels[:, at.LONGEST].copy(),
        entry_hits=net.lines[: len(ways.lines) - 1, at.LINE_HITS].copy(),
        router_accepted=int(net.clock[at.ACCEPTED]),
        router_busy_q=int(router[at.FLITS]) * ROUTER_Q,
        router_longest=int(router[at.LONGEST]),
        first=first_losses(net),
    )


def jumped(net: Net) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Flits by channel of the packets that went through the router's tree at once: not counted channel by channel then."""
    found = np.zeros(len(net.stage) - 1, np.int64)
    for leg in net.legs[net.legs[:, at.LEG_JUMPED] > 0]:
        first = int(leg[at.LEG_START]) + 1
        found[net.route[first : first + int(leg[at.LEG_HOPS]) - 1]] += leg[at.LEG_JUMPED]
    return found


def in_flight(net: Net) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Deliveries without an outcome, by walking stages, FIFOs and the outbox: an independent count, so that the balance means something."""
    found = np.zeros(len(CLASSES), np.int64)
    for c, waiting in enumerate(net.stage[:, at.COUNT].tolist()):
        for key, load in zip(net.held_key[c, :waiting].tolist(), net.held_load[c, :waiting].tolist(), strict=True):
            leg = net.legs[(load >> at.LEG_SHIFT) & at.LEG_MASK]
            packet = net.packets[(key >> at.INDEX_SHIFT) & at.INDEX_MASK]
            inward = packet[at.P_LINE] >= 0 and key & at.QUAD_MASK == 0
            cores = net.lines[packet[at.P_LINE], at.LINE_DUE] if inward else leg[at.LEG_LAST] - leg[at.LEG_FIRST]
            found[class_of(packet)] += cores
    for key, load in zip(net.finish_key[: net.clock[at.FINISHING]], net.finish_load, strict=False):
        leg = net.legs[(load >> at.LEG_SHIFT) & at.LEG_MASK]
        found[class_of(net.packets[(key >> at.INDEX_SHIFT) & at.INDEX_MASK])] += leg[at.LEG_LAST] - leg[at.LEG_FIRST]
    for core, c in enumerate(net.core):
        for what in net.fifo_load[core, int(c[at.C_HEAD]) : int(c[at.C_TAIL])]:
            found[class_of(net.packets[what >> 20])] += 1
    return found


def class_of(packet: at.Words) -> int:
    """The class of a packet's row."""
    return at.DMA if packet[at.P_LINE] < 0 else (int(packet[at.P_KEY]) & 0xFFFF_FFFF) >> KIND_SHIFT


def first_losses(net: Net) -> dict[str, FirstLoss]:
    """The first of each sort of loss, by its name."""
    names = [f"{outcome.name.lower()} {kind}" for kind in CLASSES for outcome in Outcome]
    found: dict[str, FirstLoss] = {}
    for name, row in zip([*names, "overruns", "lost ticks"], net.firsts.tolist(), strict=True):
        if row[at.F_SEEN]:
            rank = (row[at.F_SENT] << at.SEND_SHIFT | row[at.F_SOURCE]) << RANK_SHIFT
            order = (row[at.F_NOW], rank, row[at.F_CORE])
            found[name] = FirstLoss(order, row[at.F_CORE], row[at.F_BATCH], row[at.F_TRACE], row[at.F_KEY])
    return found
