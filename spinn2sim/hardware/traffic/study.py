"""Sends a pattern or a packet list through the network at several loads, for the command `traffic`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.hardware.engines.choice import COMPILED, engine_of
from spinn2sim.hardware.traffic.broken_chip import on_broken_chip
from spinn2sim.hardware.traffic.load_sweep import LoadPoint, Timing, Watch, list_sweep, sweep
from spinn2sim.hardware.traffic.packet_list import PacketList, differences, read_list
from spinn2sim.hardware.traffic.patterns import PATTERNS, Pattern, usable_cores

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
    # The dead parts of the chip.
    dead: DeadParts = NOTHING_DEAD

    @property
    def silent(self) -> int:
        """How many application PEs do not send in this pattern."""
        return len(usable_cores(self.dead)) - len(self.pattern.senders(self.dead)) if self.pattern else 0

    @property
    def saturation(self) -> tuple[float | None, float | None]:
        """The offered loads, in packets/PE/us, of the last point before saturation and of the first saturated one."""
        last: float | None = None
        for load in self.loads:
            if load.saturated:
                return last, load.mean("offered")
            last = load.mean("offered")
        return last, None


def traffic(  # noqa: PLR0913 - what a user may choose, each with a default
    what: Path | str,
    loads: Sequence[float] = (),
    *,
    pattern: Pattern | None = None,
    timing: Timing | None = None,
    seed: int = 0,
    seeds: int = 3,
    engine: str = COMPILED,
    watch: Watch | None = None,
    dead: DeadParts = NOTHING_DEAD,
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
        points = sweep(chosen, timing, loads, all_seeds, engine, watch, dead)
        return Study(str(what), engine, tuple(points), chosen, timing, all_seeds, dead=dead)
    if not Path(what).exists():
        raise DataError(
            f"{what}: found no such file, allowed is a packet list, a run directory, or {', '.join(PATTERNS)}"
        )
    packets = read_list(what)
    on_chip = replace(packets, traffic=on_broken_chip(packets.traffic, dead, str(what))) if dead else packets
    return _study_list(str(what), on_chip, loads or (1.0,), engine, watch)


def _study_list(what: str, packets: PacketList, speeds: Sequence[float], engine: str, watch: Watch | None) -> Study:
    """Play a list at several speeds. Its own delivery times, if it has them, are compared at speed 1."""
    points, played = list_sweep(packets.traffic, speeds, engine, watch)
    study = Study(what, engine, tuple(points), dead=packets.traffic.dead)
    if packets.delivered is None or played is None:
        return study
    return replace(study, compared=len(packets.delivered), differing=differences(packets, played))
