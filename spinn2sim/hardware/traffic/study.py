"""Sends a pattern or a packet list through the network at several loads, for the command `traffic`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.hardware.dead_parts import DeadParts
from spinn2sim.hardware.engines.choice import COMPILED, engine_of
from spinn2sim.hardware.traffic.load_sweep import LoadPoint, Timing, Watch, list_sweep, sweep
from spinn2sim.hardware.traffic.packet_list import PacketList, differences, read_list
from spinn2sim.hardware.traffic.patterns import PATTERNS, PES, Pattern

MOST_SEEDS = 1000


@dataclass(frozen=True)
class Study:
    """The results of a study.

    If a list has delivery times and was played at its own speed, `compared` deliveries were compared with them and `differing` differed.
    """

    what: str
    engine: str
    loads: tuple[LoadPoint, ...]
    # A packet list has none of these three.
    pattern: Pattern | None = None
    timing: Timing | None = None
    seeds: tuple[int, ...] = ()
    compared: int = 0
    differing: int = 0

    @property
    def silent(self) -> int:
        """How many application PEs do not send in this pattern."""
        return PES - len(self.pattern.senders()) if self.pattern else 0

    @property
    def saturation(self) -> tuple[float | None, float | None]:
        """The offered loads, in packets/PE/us, of the last point before saturation and of the first saturated one."""
        last: float | None = None
        for load in self.loads:
            if load.saturated:
                return last, load.mean("offered")
            last = load.mean("offered")
        return last, None


def traffic(
    what: Path | str,
    loads: Sequence[float] = (),
    *,
    pattern: Pattern | None = None,
    timing: Timing | None = None,
    seed: int = 0,
    seeds: int = 3,
    engine: str = COMPILED,
    watch: Watch | None = None,
) -> Study:
    """Measure latency against load. `what` is a pattern's name (with its parameters in `pattern`), a packet list, or a run directory.

    `loads` are packets/PE/us for a pattern (none: up to saturation), factors of speed for a list (none: 1). Raises ScenarioError or
    DataError.
    """
    engine_of(engine)  # refuses an unknown engine before any work
    if not 1 <= seeds <= MOST_SEEDS or seed < 0:
        raise ScenarioError(f"traffic: seeds: found {seeds} from {seed}, allowed is 1 to {MOST_SEEDS} from 0 on")
    if str(what) in PATTERNS:
        chosen, timing, all_seeds = pattern or Pattern(str(what)), timing or Timing(), tuple(range(seed, seed + seeds))
        points = sweep(chosen, timing, loads, all_seeds, engine, watch)
        return Study(str(what), engine, tuple(points), chosen, timing, all_seeds)
    if not Path(what).exists():
        raise DataError(
            f"{what}: found no such file, allowed is a packet list, a run directory, or {', '.join(PATTERNS)}"
        )
    return _study_list(str(what), read_list(what), loads or (1.0,), engine, watch)


def traffic_on_broken_chip(
    what: Path | str, dead: DeadParts, speeds: Sequence[float], engine: str = COMPILED, watch: Watch | None = None
) -> Study:
    """Play a packet list or a run's packets, as `traffic` does, on a chip with dead parts. Raises ScenarioError or DataError."""
    engine_of(engine)
    packets = read_list(what)
    on_chip = replace(packets, traffic=replace(packets.traffic, dead=dead))
    return _study_list(str(what), on_chip, speeds or (1.0,), engine, watch)


def _study_list(what: str, packets: PacketList, speeds: Sequence[float], engine: str, watch: Watch | None) -> Study:
    """Play a list at several speeds. Its own delivery times, if it has them, are compared at speed 1."""
    points, played = list_sweep(packets.traffic, speeds, engine, watch)
    study = Study(what, engine, tuple(points))
    if packets.delivered is None or played is None:
        return study
    return Study(what, engine, tuple(points), compared=len(packets.delivered), differing=differences(packets, played))
