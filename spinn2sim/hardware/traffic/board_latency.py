"""Joins the deliveries of all chips of a board into ways from end to end, and measures them.

On each chip that a packet passes it has a row of its own. A link delivers one packet at a time, so the chip, the link and the instant of
its arrival name the row on the next chip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.shape import LINK_CORE, N_LINKS, Board, opposite
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.board_choice import board_engine_of
from spinn2sim.hardware.facts import NOC_MHZ, ROUTER_ENGINES
from spinn2sim.hardware.geometry import DRAM_CORE
from spinn2sim.hardware.packet import Outcome, Part
from spinn2sim.hardware.recording import MemoryRecorder
from spinn2sim.hardware.rows import Rows
from spinn2sim.hardware.traffic.measured_latency import MeasuringWindow, RunMeasurement, mean_of, percentile
from spinn2sim.hardware.traffic.send_list import SendList
from spinn2sim.hardware.traffic.traffic_board import TrafficBoard, board_plan_and_programs
from spinn2sim.hardware.units import QUANTA_PER_NS

Ints = NDArray[np.int64]
NO_ROW = -1


@dataclass(frozen=True)
class BoardMeasurement(RunMeasurement):
    """The measurement of one run on a board: `links` are those that a packet passes on average, `lost` the packets that never arrived."""

    links: float
    lost: int

    @property
    def loses(self) -> bool:
        """Whether packets of the window never arrived."""
        return self.lost > 0


@dataclass(frozen=True)
class Ways:
    """Packets from end to end, as arrays [packet]: each has one destination. `arrived` is whether it got there."""

    sent_q: Ints
    delivered_q: Ints
    queued_q: Ints
    hops: Ints
    links: Ints
    arrived: NDArray[np.bool_]


def run_board_lists(
    chips: TrafficBoard, lists: Sequence[SendList], engine: str
) -> tuple[tuple[EngineResult, ...], list[Rows]]:
    """Play the lists of all chips. Returns counts and deliveries of each chip."""
    plan, programs = board_plan_and_programs(chips, lists)
    recorders = [MemoryRecorder() for _ in lists]
    results = board_engine_of(engine)(plan, programs, [{} for _ in lists], recorders).run_part(Part.TRAIN, 0, 1, 0)
    return results, [recorder.deliveries() for recorder in recorders]


def join_ways(board: Board, rows: Sequence[Rows]) -> Ways:
    """Join the rows of all chips, in the order of board.chips, to ways of packets with one destination each."""
    chip = np.repeat(np.arange(len(rows)), [len(one) for one in rows])
    row = np.concatenate(list(rows))
    sender, end = row["src_pe"].astype(np.int64), row["dst_pe"].astype(np.int64)
    sent_q, delivered_q = row["sent_q"], row["delivered_q"]
    leaves = (end >= LINK_CORE) & (row["outcome"] == Outcome.ON_TIME)
    arrives = sender >= LINK_CORE
    next_chip, next_sender = _over_links(board)
    link = np.where(leaves, end - LINK_CORE, 0)
    out = np.flatnonzero(leaves)
    there = _place(next_chip[chip[out], link[out]], next_sender[link[out]], delivered_q[out])
    come = np.flatnonzero(arrives)
    here = _place(chip[come], sender[come], sent_q[come])
    following = np.full(len(row), NO_ROW, np.int64)
    following[out] = come[_matched(here, there)]
    last = np.flatnonzero(~arrives)
    first = last.copy()
    queued, hops, links = (np.zeros(len(last), np.int64) for _ in range(3))
    going = np.arange(len(last))
    while len(going):
        queued[going] += row["queued_q"][last[going]]
        hops[going] += row["hops"][last[going]]
        going = going[following[last[going]] != NO_ROW]
        links[going] += 1
        last[going] = following[last[going]]
    arrived = (end[last] < LINK_CORE) & (end[last] != DRAM_CORE)  # what matches no line ends at core 0
    return Ways(sent_q[first], delivered_q[last], queued, hops, links, arrived)


def measure_board(
    results: Sequence[EngineResult], ways: Ways, window: MeasuringWindow, board: Board
) -> BoardMeasurement:
    """Measure the packets that were sent in the window of a run."""
    measured = (ways.sent_q >= window.first_q) & (ways.sent_q < window.last_q)
    came = measured & ways.arrived
    in_window = ways.arrived & (ways.delivered_q >= window.first_q) & (ways.delivered_q < window.last_q)
    offered = measured.sum() / window.senders / window.us
    ns = np.sort((ways.delivered_q - ways.sent_q)[came]) / QUANTA_PER_NS
    span = max(1, int(ways.delivered_q.max(initial=1) - ways.sent_q.min(initial=0)))
    busiest = [int(result.counters.channel_busy_q.argmax()) for result in results]
    busy = [int(result.counters.channel_busy_q[n]) for result, n in zip(results, busiest, strict=True)]
    chip = int(np.argmax(busy))
    return BoardMeasurement(
        offered=float(offered), accepted=float(offered * in_window.sum() / max(1, measured.sum())),
        flits_per_cycle=float(offered / NOC_MHZ), packets=int(measured.sum()), deliveries=len(ns),
        mean_ns=mean_of(ns), median_ns=percentile(ns, 50), p99_ns=percentile(ns, 99), max_ns=percentile(ns, 100),
        queued_ns=mean_of(ways.queued_q[came] / QUANTA_PER_NS), hops=mean_of(ways.hops[came]),
        busiest_channel=f"{_place_name(board, chip)} {results[chip].counters.channel_names[busiest[chip]]}",
        channel_busy=busy[chip] / span,
        router_busy=max(result.counters.router_busy_q for result in results) / ROUTER_ENGINES / span,
        links=mean_of(ways.links[came]), lost=int(measured.sum() - came.sum()),
    )  # fmt: skip


def _over_links(board: Board) -> tuple[Ints, Ints]:
    """Return [chip, link] the number of the chip over each link, and [link] the sender there of what comes over it."""
    next_chip = np.full((len(board.chips), N_LINKS), NO_ROW, np.int64)
    for chip, link, other in board.links():
        next_chip[board.numbers[chip], link] = board.numbers[other]
    return next_chip, np.array([LINK_CORE + opposite(link) for link in range(N_LINKS)], np.int64)


def _place(chip: Ints, sender: Ints, instant: Ints) -> Ints:
    """Return the arrivals over links as rows of chip, sender and instant."""
    return np.stack([chip, sender, instant], axis=1)


def _matched(here: Ints, there: Ints) -> Ints:
    """Return for each row of `there` the position of the equal row of `here`; both hold the same rows, each once."""
    by_here, by_there = np.lexsort(here.T), np.lexsort(there.T)
    if not np.array_equal(here[by_here], there[by_there]):
        raise ValueError("what leaves over links is not what arrives")
    found = np.zeros(len(there), np.int64)
    found[by_there] = by_here
    return found


def _place_name(board: Board, number: int) -> str:
    x, y = board.chips[number]
    return f"chip ({x},{y})"
