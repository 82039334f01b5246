"""A pattern or a packet list through the network at several loads, as data for people and for `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.hardware.engines.choice import COMPILED, engine_of
from spinn2sim.hardware.traffic.load_sweep import LoadPoint, Timing, Watch, list_sweep, sweep
from spinn2sim.hardware.traffic.packet_list import PacketList, differences, read_list
from spinn2sim.hardware.traffic.patterns import PATTERNS, PES, Pattern

MOST_SEEDS = 1000


@dataclass(frozen=True)
class Study:
    """What was found. `compared` and `differing` are deliveries of a list that says when each was made, played at its own speed."""

    what: str
    engine: str
    loads: tuple[LoadPoint, ...]
    # none of a packet list
    pattern: Pattern | None = None
    timing: Timing | None = None
    seeds: tuple[int, ...] = ()
    compared: int = 0
    differing: int = 0

    @property
    def silent(self) -> int:
        """Application PEs that do not send in this pattern."""
        return PES - len(self.pattern.senders()) if self.pattern else 0

    @property
    def saturation(self) -> tuple[float | None, float | None]:
        """The largest load before the first saturated one, and that one: offered packets/PE/us."""
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
    """Latency against load. `what` is the name of a pattern (its numbers in `pattern`), a packet list, or a run directory.

    `loads` are packets/PE/us for a pattern (none: up to saturation), factors of speed for a list (none: 1). Raises ScenarioError and
    DataError.
    """
    engine_of(engine)  # refuses early
    if not 1 <= seeds <= MOST_SEEDS or seed < 0:
        raise ScenarioError(f"traffic: seeds: found {seeds} from {seed}, allowed is 1 to {MOST_SEEDS} from 0 on")
    if str(what) in PATTERNS:
        chosen, timing, all_seeds = pattern or Pattern(str(what)), timing or Timing(), tuple(range(seed, seed + seeds))
        found = sweep(chosen, timing, loads, all_seeds, engine, watch)
        return Study(str(what), engine, tuple(found), chosen, timing, all_seeds)
    if not Path(what).exists():
        raise DataError(
            f"{what}: found no such file, allowed is a packet list, a run directory, or {', '.join(PATTERNS)}"
        )
    return _of_list(str(what), read_list(what), loads or (1.0,), engine, watch)


def _of_list(what: str, packets: PacketList, speeds: Sequence[float], engine: str, watch: Watch | None) -> Study:
    """A list's own delivery times, if it has them, are those of speed 1."""
    found, played = list_sweep(packets.traffic, speeds, engine, watch)
    study = Study(what, engine, tuple(found))
    if packets.delivered is None or played is None:
        return study
    return Study(what, engine, tuple(found), compared=len(packets.delivered), differing=differences(packets, played))
