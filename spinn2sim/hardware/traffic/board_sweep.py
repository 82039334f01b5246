"""Measures latency against load over a board: one kind of traffic at several rates and seeds, up to saturation."""

from __future__ import annotations

from collections.abc import Sequence

from spinn2sim.hardware.traffic.board_latency import BoardMeasurement, join_ways, measure_board, run_board_lists
from spinn2sim.hardware.traffic.board_patterns import BoardPattern, make_board_traffic
from spinn2sim.hardware.traffic.load_sweep import (
    STEPS,
    LoadPoint,
    LoadSearch,
    Timing,
    Watch,
    measure_loads,
    refuse_empty_window,
)
from spinn2sim.hardware.traffic.traffic_board import TrafficBoard

# Further steps, since a board saturates when many of its links are full, not one.
BEYOND = (1.6, 2.0, 2.5)
PROBES = 8  # slow links may be full at a hundredth of the first probe's load


def board_sweep(
    pattern: BoardPattern,
    chips: TrafficBoard,
    timing: Timing,
    loads: Sequence[float],
    seeds: Sequence[int],
    engine: str,
    watch: Watch | None = None,
) -> list[LoadPoint]:
    """Measure each of `loads` (packets/PE/us) in rising order; if there are none, loads up to saturation."""
    window = timing.window(pattern.senders(chips))

    def measure(load: float, seed: int) -> BoardMeasurement:
        lists = make_board_traffic(pattern, chips, load, timing.total_us, seed)
        refuse_empty_window(lists, window, f"load {load:g}, seed {seed}")
        results, rows = run_board_lists(chips, lists, engine)
        return measure_board(results, join_ways(chips.board, rows), window, chips.board)

    search = LoadSearch(pattern.most_per_us(), (*STEPS, *BEYOND), PROBES)
    return measure_loads(measure, search, loads, seeds, watch)
