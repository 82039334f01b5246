"""Synthetic traffic: which PE sends to which, and when, drawn at random from named generators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.hardware.facts import FLIT_Q, PES_PER_QUAD, QUADS
from spinn2sim.hardware.geometry import pe_in_quad, quad_of
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import RoutingEntry
from spinn2sim.hardware.program import NO_TRANSFER
from spinn2sim.hardware.traffic.send_list import SendList
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.seeds import generator

PATTERNS = UNIFORM, HOTSPOT, TRANSPOSE, BURST = "uniform", "hotspot", "transpose", "burst"
SOURCES = BERNOULLI, POISSON = "bernoulli", "poisson"
EXACT = 0xFFFF_FFFF
SETS_PER_PE = (
    32  # how many sets of destinations a PE chooses from if fanout > 1; more would make the routing table slow to build
)
PES = HardwareOptions().available_pes  # on a whole chip applications have core ids 1..PES
ALL_PES = range(1, PES + 1)


@dataclass(frozen=True)
class Pattern:
    """Which PEs a PE sends to, and when.

    uniform    to any other PE
    hotspot    `hot_share` of the packets to PE `hot_pe`, the others uniform
    transpose  to the PE of the same index in quad (y, x)
    burst      uniform, but each PE alternates between on and off: on for on_us on average and for the share `duty` of the time, both
               periods drawn from exponential distributions
    """

    name: str = UNIFORM
    fanout: int = 1
    hot_pe: int = 101
    hot_share: float = 0.2
    on_us: float = 1.0
    duty: float = 0.25
    source: Literal["bernoulli", "poisson"] = "bernoulli"

    def __post_init__(self) -> None:
        for name, found, holds, allowed in (
            ("pattern", self.name, self.name in PATTERNS, " or ".join(PATTERNS)),
            ("fanout", self.fanout, 1 <= self.fanout < PES, f"1 to {PES - 1} destinations"),
            ("fanout", self.fanout, self.fanout == 1 or self.name != TRANSPOSE, "1 with transpose"),
            ("hot-pe", self.hot_pe, 1 <= self.hot_pe <= PES, f"a core id from 1 to {PES}"),
            ("hot-share", self.hot_share, 0 < self.hot_share <= 1, "a share above 0, up to 1"),
            ("on-us", self.on_us, 0 < self.on_us <= 1e6, "a time above 0 us, up to 1 s"),
            ("duty", self.duty, 0 < self.duty <= 1, "a share above 0, up to 1"),
            ("source", self.source, self.source in SOURCES, " or ".join(SOURCES)),
        ):
            if not holds:
                raise ScenarioError(f"traffic: {name}: found {found}, allowed is {allowed}")

    def senders(self, dead: DeadParts = NOTHING_DEAD) -> tuple[int, ...]:
        """The PEs that send: all that applications may use, but with "transpose" only those whose transposed PE is another of them."""
        cores = usable_cores(dead)
        if self.name == TRANSPOSE:
            return tuple(core for core in cores if transpose_core(core, cores) not in (None, core))
        return cores

    def check_chip(self, dead: DeadParts) -> None:
        """Raise ScenarioError if a chip with these dead parts cannot carry the pattern."""
        cores = usable_cores(dead)
        if len(cores) < 2 or not self.senders(dead):
            raise ScenarioError(
                f"traffic: found {len(cores)} PEs that work and are reached, allowed are two or more that can send"
            )
        if self.fanout >= len(cores):
            raise ScenarioError(
                f"traffic: fanout: found {self.fanout}, allowed is 1 to {len(cores) - 1} destinations on this chip"
            )
        if self.name == HOTSPOT and self.hot_pe not in cores:
            raise ScenarioError(
                f"traffic: hot-pe: found {self.hot_pe}, which is dead, cut off or reserved; allowed is another PE"
            )

    def most_per_us(self) -> float:
        """Return the largest mean load that the sources can make, in packets/PE/us."""
        if self.source == POISSON:
            return 1000.0
        return QUANTA_PER_US / FLIT_Q * (self.duty if self.name == BURST else 1)


def usable_cores(dead: DeadParts = NOTHING_DEAD) -> tuple[int, ...]:
    """Return the core ids that applications may use, in order."""
    return HardwareOptions(dead=dead).usable_pes


def transpose_core(core: int, cores: Sequence[int] = ALL_PES) -> int | None:
    """Return the PE of the same index in the quad with x and y exchanged; None if there is no such quad, or that PE is not in `cores`."""
    x, y = quad_of(core)
    if (y, x) not in QUADS:
        return None
    found = QUADS.index((y, x)) * PES_PER_QUAD + pe_in_quad(core) + 1
    return found if found in cores else None


def make_traffic(
    pattern: Pattern, per_us: float, length_us: float, seed: int, dead: DeadParts = NOTHING_DEAD
) -> SendList:
    """Make open-loop traffic of `per_us` packets/PE/us (mean over the senders) for length_us, on a chip with dead parts."""
    pattern.check_chip(dead)
    if not 0 < per_us <= pattern.most_per_us():
        most = f"above 0, up to {pattern.most_per_us():g} packets/PE/us"
        raise ScenarioError(f"traffic: load: found {per_us:g}, allowed is {most} with this source and pattern")
    senders = pattern.senders(dead)
    times = [_send_times(pattern, per_us, length_us, seed, core) for core in senders]
    source = np.repeat(np.array(senders, np.int64), [len(t) for t in times])
    key, entries = _choose_keys(pattern, source, np.array(usable_cores(dead), np.int64), seed)
    if len(entries) > dead.live_router_lines:
        raise ScenarioError(
            f"traffic: fanout: takes {len(entries)} lines of the event router's table, {dead.live_router_lines} work; allowed is 1"
        )
    sent_q = np.concatenate(times)
    order = np.lexsort((source, sent_q))
    no_transfer = np.full(len(order), NO_TRANSFER, np.int32)
    return SendList(sent_q[order], source[order], key[order].astype(np.uint32), no_transfer, entries, dead=dead)


def _send_times(pattern: Pattern, per_us: float, length_us: float, seed: int, core: int) -> NDArray[np.int64]:
    """Draw when a PE sends, in quanta. Each PE has its own generator, so that its draws do not depend on other PEs."""
    draw = generator(seed, "traffic.times", core)
    if pattern.name != BURST:
        return _draw_steady_times(pattern, draw, per_us, length_us)
    on = _draw_steady_times(pattern, draw, per_us / pattern.duty, length_us)
    return on[_is_on(pattern, draw, length_us, on)]


def _draw_steady_times(
    pattern: Pattern, draw: np.random.Generator, per_us: float, length_us: float
) -> NDArray[np.int64]:
    """Draw times at a constant rate. Bernoulli: in each NoC cycle with equal probability; Poisson: at any quantum."""
    length_q = round(length_us * QUANTA_PER_US)
    if pattern.source == BERNOULLI:
        cycles = length_q // FLIT_Q
        return np.flatnonzero(draw.random(cycles) < per_us * FLIT_Q / QUANTA_PER_US) * FLIT_Q
    count = draw.poisson(per_us * length_us)
    return np.sort(draw.integers(0, length_q, count))


def _is_on(pattern: Pattern, draw: np.random.Generator, length_us: float, when: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether a PE is on at each of these times. It starts on or off with the probabilities of the long run."""
    if pattern.duty == 1:
        return np.ones(len(when), np.bool_)
    means = (pattern.on_us, pattern.on_us * (1 / pattern.duty - 1))
    starts_on = bool(draw.random() < pattern.duty)
    periods = 2 * int(2 + length_us / sum(means))
    ends: NDArray[np.float64] = np.zeros(0)
    while not len(ends) or ends[-1] < length_us:
        more = draw.exponential(1, (periods, 2)) * (means if starts_on else means[::-1])
        ends = np.concatenate([ends, more.ravel().cumsum() + (ends[-1] if len(ends) else 0)])
    switched = np.searchsorted(ends, when / QUANTA_PER_US, side="right")
    is_on: NDArray[np.bool_] = (switched % 2 == 0) == starts_on
    return is_on


def _choose_keys(
    pattern: Pattern, source: NDArray[np.int64], cores: NDArray[np.int64], seed: int
) -> tuple[NDArray[np.int64], tuple[RoutingEntry, ...]]:
    """Choose each packet's key, which stands for one set of destinations, and make the routing table."""
    draw = generator(seed, "traffic.destinations")
    if pattern.name == TRANSPOSE:
        usable = cores.tolist()
        of_core = {core: transpose_core(core, usable) or 0 for core in usable}
        return np.array([of_core[core] for core in source.tolist()], np.int64), _one_key_per_core(cores)
    if pattern.fanout == 1:
        target = _draw_other_cores(draw, source, cores)
        if pattern.name == HOTSPOT:
            hot = (draw.random(len(source)) < pattern.hot_share) & (source != pattern.hot_pe)
            target = np.where(hot, pattern.hot_pe, target)
        return target, _one_key_per_core(cores)
    return source * SETS_PER_PE + draw.integers(0, SETS_PER_PE, len(source)), _keys_with_fanout(pattern, draw, cores)


def _one_key_per_core(cores: NDArray[np.int64]) -> tuple[RoutingEntry, ...]:
    """Make a table with one key per destination core: its core id."""
    return tuple(RoutingEntry(core, EXACT, (core,)) for core in cores.tolist())


def _draw_other_cores(
    draw: np.random.Generator, source: NDArray[np.int64], cores: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Draw another of `cores`, which are sorted, for each source, uniformly."""
    target = draw.integers(0, len(cores) - 1, len(source))
    return cores[target + (target >= np.searchsorted(cores, source))]


def _keys_with_fanout(
    pattern: Pattern, draw: np.random.Generator, cores: NDArray[np.int64]
) -> tuple[RoutingEntry, ...]:
    """Make SETS_PER_PE keys per sender, each for `fanout` other PEs. With "hotspot", `hot_share` of the sets include the hot PE."""
    core, own = np.repeat(cores, SETS_PER_PE), np.repeat(np.arange(len(cores)), SETS_PER_PE)
    rank = draw.random((len(core), len(cores)))
    rank[np.arange(len(core)), own] = 2.0  # never among the smallest, since no PE sends to itself
    if pattern.name == HOTSPOT:
        hot = (draw.random(len(core)) < pattern.hot_share) & (core != pattern.hot_pe)
        rank[hot, np.searchsorted(cores, pattern.hot_pe)] = -1.0
    chosen = cores[np.sort(np.argpartition(rank, pattern.fanout - 1)[:, : pattern.fanout])]
    keys = core * SETS_PER_PE + np.tile(np.arange(SETS_PER_PE), len(cores))
    return tuple(RoutingEntry(key, EXACT, tuple(row)) for key, row in zip(keys.tolist(), chosen.tolist(), strict=True))
