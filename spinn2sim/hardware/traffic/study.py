"""Sends a pattern or a packet list through the network at several loads, for the command `traffic`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.hardware.engines.choice import COMPILED, engine_of
from spinn2sim.hardware.traffic.board_patterns import BOARD_PATTERNS, BoardPattern
from spinn2sim.hardware.traffic.board_sweep import board_sweep
from spinn2sim.hardware.traffic.broken_chip import on_broken_chip
from spinn2sim.hardware.traffic.load_sweep import LoadPoint, Timing, Watch, list_sweep, sweep
from spinn2sim.hardware.traffic.packet_list import PacketList, differences, read_list
from spinn2sim.hardware.traffic.patterns import PATTERNS, Pattern, usable_cores
from spinn2sim.hardware.traffic.traffic_board import TrafficBoard

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
    pattern: Pattern | BoardPattern | None = None
    timing: Timing | None = None
    seeds: tuple[int, ...] = ()
    compared: int = 0
    differing: int = 0
    # The dead parts of the chip.
    dead: DeadParts = NOTHING_DEAD
    # None: one chip.
    board: TrafficBoard | None = None

    @property
    def silent(self) -> int:
        """How many application PEs do not send in this pattern."""
        if self.pattern is None:
            return 0
        if isinstance(self.pattern, Pattern):
            return len(usable_cores(self.dead)) - len(self.pattern.senders(self.dead))
        return sum(map(len, self.board.cores)) - self.pattern.senders(self.board) if self.board else 0

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
    pattern: Pattern | BoardPattern | None = None,
    timing: Timing | None = None,
    seed: int = 0,
    seeds: int = 3,
    engine: str = COMPILED,
    watch: Watch | None = None,
    dead: DeadParts = NOTHING_DEAD,
    board: TrafficBoard | None = None,
) -> Study:
    """Measure latency against load. `what` is a pattern's name (with its parameters in `pattern`), a packet list, or a run directory.

    On a `board` it is a pattern over chips; `dead` does not count then.

    `loads` are packets/PE/us for a pattern (none: up to saturation), factors of speed for a list (none: 1). Raises ScenarioError or
    DataError.
    """
    engine_of(engine)  # refuses an unknown engine before any work
    if not 1 <= seeds <= MOST_SEEDS or seed < 0:
        raise ScenarioError(f"traffic: seeds: found {seeds} from {seed}, allowed is 1 to {MOST_SEEDS} from 0 on")
    all_seeds, timing = tuple(range(seed, seed + seeds)), timing or Timing()
    if board is not None:
        chosen = _board_pattern(str(what), pattern)
        points = board_sweep(chosen, board, timing, loads, all_seeds, engine, watch)
        return Study(str(what), engine, tuple(points), chosen, timing, all_seeds, board=board)
    if isinstance(pattern, BoardPattern) or str(what) in set(BOARD_PATTERNS) - set(PATTERNS):
        raise ScenarioError(f"traffic: pattern: found {what} without a board, allowed are {', '.join(PATTERNS)}")
    if str(what) in PATTERNS:
        on_chip = pattern or Pattern(str(what))
        points = sweep(on_chip, timing, loads, all_seeds, engine, watch, dead)
        return Study(str(what), engine, tuple(points), on_chip, timing, all_seeds, dead=dead)
    if not Path(what).exists():
        raise DataError(
            f"{what}: found no such file, allowed is a packet list, a run directory, or {', '.join(PATTERNS)}"
        )
    packets = read_list(what)
    played = replace(packets, traffic=on_broken_chip(packets.traffic, dead, str(what))) if dead else packets
    return _study_list(str(what), played, loads or (1.0,), engine, watch)


def _board_pattern(what: str, pattern: Pattern | BoardPattern | None) -> BoardPattern:
    """Return the pattern over chips. Raises ScenarioError for a pattern of one chip, and for a list of packets."""
    if isinstance(pattern, Pattern) or what not in BOARD_PATTERNS:
        raise ScenarioError(f"traffic: found {what} with a board, allowed are the patterns {', '.join(BOARD_PATTERNS)}")
    return pattern or BoardPattern(what)


def _study_list(what: str, packets: PacketList, speeds: Sequence[float], engine: str, watch: Watch | None) -> Study:
    """Play a list at several speeds. Its own delivery times, if it has them, are compared at speed 1."""
    points, played = list_sweep(packets.traffic, speeds, engine, watch)
    study = Study(what, engine, tuple(points), dead=packets.traffic.dead)
    if packets.delivered is None or played is None:
        return study
    return replace(study, compared=len(packets.delivered), differing=differences(packets, played))
