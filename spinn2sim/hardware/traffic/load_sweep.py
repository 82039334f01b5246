"""Measures latency against load: one kind of traffic at several rates and seeds, up to saturation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.hardware.rows import Rows
from spinn2sim.hardware.traffic.measured_latency import (
    ACCEPTED_SHARE,
    MeasuringWindow,
    RunMeasurement,
    measure_run,
    run_list,
)
from spinn2sim.hardware.traffic.patterns import Pattern, make_traffic
from spinn2sim.hardware.traffic.send_list import SendList
from spinn2sim.hardware.units import QUANTA_PER_US

# The load of the first probe, packets/PE/us.
PROBE_PER_US = 0.1
# The loads of a sweep, as shares of the load at which the busiest stage would be full.
STEPS = (0.05, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.3)
FULL_SHARE = 0.9  # a stage that is busy for a larger share may be full at a much smaller load
BUSY_SHARE = 0.5  # a network whose busiest stage is busy for a smaller share of the time is not saturated
Watch = Callable[[int, int], None]
# Measures a run of a load, in packets/PE/us, with a seed.
Measure = Callable[[float, int], RunMeasurement]


@dataclass(frozen=True)
class Timing:
    """Synthetic sources send for warmup + window + warmup us. Packets sent in the window are measured, while the sources go on sending."""

    warmup_us: float = 10.0
    window_us: float = 40.0

    def __post_init__(self) -> None:
        for name, found, least in (("warmup-us", self.warmup_us, 0.0), ("window-us", self.window_us, 0.1)):
            if not least <= found <= 1e6:
                raise ScenarioError(f"traffic: {name}: found {found:g}, allowed is {least:g} to 1000000 us")

    @property
    def total_us(self) -> float:
        """How long the sources send, in us."""
        return 2 * self.warmup_us + self.window_us

    def window(self, senders: int) -> MeasuringWindow:
        """Return the window in which packets of so many PEs are measured."""
        first_q = round(self.warmup_us * QUANTA_PER_US)
        return MeasuringWindow(first_q, first_q + round(self.window_us * QUANTA_PER_US), senders)


@dataclass(frozen=True)
class LoadSearch:
    """How loads are chosen: up to `most_per_us`, in `steps` of the load that `probes` at most find to fill the busiest stage."""

    most_per_us: float
    steps: tuple[float, ...] = STEPS
    probes: int = 2


@dataclass(frozen=True)
class LoadPoint:
    """The runs of one load, one per seed. `load` is the nominal load in packets/PE/us, or for a list the factor of its speed."""

    load: float
    runs: tuple[RunMeasurement, ...]

    def mean(self, name: str) -> float:
        """Return the mean over the seeds of a field of RunMeasurement."""
        return float(np.mean([getattr(run, name) for run in self.runs]))

    def spread(self, name: str) -> tuple[float, float]:
        """Return the smallest and the largest value of a field over the seeds."""
        values = [float(getattr(run, name)) for run in self.runs]
        return min(values), max(values)

    @property
    def busiest_channel(self) -> str:
        """The busiest channel of the run in which it is busiest."""
        return max(self.runs, key=lambda run: run.channel_busy).busiest_channel

    @property
    def saturated(self) -> bool:
        """Whether the network cannot carry more: less is accepted than offered, and packets wait longer than they travel, or are dropped.

        A stage must be busy most of the time besides, since a short window, or a burst at its end, gives the other two by chance.
        """
        waits, takes = self.mean("queued_ns"), self.mean("mean_ns")
        accepts_less = self.mean("accepted") < ACCEPTED_SHARE * self.mean("offered")
        busiest = max(self.mean("channel_busy"), self.mean("router_busy"))
        return accepts_less and (waits > takes - waits or self.mean("loses") > 0) and busiest >= BUSY_SHARE


def sweep(
    pattern: Pattern,
    timing: Timing,
    loads: Sequence[float],
    seeds: Sequence[int],
    engine: str,
    watch: Watch | None = None,
    dead: DeadParts = NOTHING_DEAD,
) -> list[LoadPoint]:
    """Measure each of `loads` (packets/PE/us) in rising order. If there are none, measure those of `choose_loads` up to saturation."""

    def measure(load: float, seed: int) -> RunMeasurement:
        return _run(pattern, timing, load, seed, engine, dead)

    return measure_loads(measure, LoadSearch(pattern.most_per_us()), loads, seeds, watch)


def measure_loads(
    measure: Measure,
    search: LoadSearch,
    loads: Sequence[float],
    seeds: Sequence[int],
    watch: Watch | None = None,
) -> list[LoadPoint]:
    """Measure each load with each seed, in rising order. If there are none, measure those of `choose_loads` up to saturation."""
    auto = not loads
    points: list[LoadPoint] = []
    rising = choose_loads(measure, search, seeds[0]) if auto else sorted(loads)
    for n, load in enumerate(rising):
        points.append(LoadPoint(load, tuple(measure(load, seed) for seed in seeds)))
        if watch is not None:
            watch(n + 1, len(rising))
        if auto and len(points) > 1 and points[-1].saturated and points[-2].saturated:
            break
    return points


def choose_loads(measure: Measure, search: LoadSearch, seed: int) -> list[float]:
    """Choose loads from near 0 to beyond saturation: shares of the load at which the busiest stage would be full, found by probes."""
    most = search.most_per_us
    full = measure(min(PROBE_PER_US, most), seed).full_at
    for _ in range(search.probes - 1):
        probe = measure(min(0.5 * full, most), seed)
        full = probe.full_at
        if max(probe.channel_busy, probe.router_busy) < FULL_SHARE:
            break
    return sorted({min(float(f"{step * full:.3g}"), most) for step in search.steps})


def _run(pattern: Pattern, timing: Timing, per_us: float, seed: int, engine: str, dead: DeadParts) -> RunMeasurement:
    traffic = make_traffic(pattern, per_us, timing.total_us, seed, dead)
    window = timing.window(len(pattern.senders(dead)))
    refuse_empty_window([traffic], window, f"load {per_us:g}, seed {seed}")
    return measure_run(*run_list(traffic, engine), window)


def refuse_empty_window(lists: Sequence[SendList], window: MeasuringWindow, where: str) -> None:
    """Raise ScenarioError if nothing of the lists is sent in the window."""
    if not any(((one.sent_q >= window.first_q) & (one.sent_q < window.last_q)).any() for one in lists):
        raise ScenarioError(
            f"traffic: {where}: no packet was sent in the window of {window.us:g} us, so nothing is measured; allowed is a larger load "
            "or a longer window"
        )


def list_sweep(
    traffic: SendList, speeds: Sequence[float], engine: str, watch: Watch | None = None
) -> tuple[list[LoadPoint], Rows | None]:
    """Play a list at several speeds (1: as it is), and measure all of its packets, as a load per sending PE.

    Also returns the deliveries at speed 1, if that is among the speeds. Raises ScenarioError for a speed out of range.
    """
    for speed in speeds:
        if not 1e-6 <= speed <= 1e6:
            raise ScenarioError(f"traffic: speed: found {speed:g}, allowed is 0.000001 to 1000000 times as fast")
    points, at_own_speed = [], None
    for n, speed in enumerate(sorted(speeds)):
        played = traffic.at_speed(speed)
        window = MeasuringWindow(int(played.sent_q[0]), int(played.sent_q[-1]) + 1, len(np.unique(played.source)))
        result, rows = run_list(played, engine)
        points.append(LoadPoint(speed, (measure_run(result, rows, window),)))
        at_own_speed = rows if speed == 1 else at_own_speed
        if watch is not None:
            watch(n + 1, len(speeds))
    return points, at_own_speed
