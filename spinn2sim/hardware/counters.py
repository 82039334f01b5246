"""The counters of one or more parts of a run, and the check that they balance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import BalanceError
from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.packet import Kind, Outcome

CLASSES = (
    *(kind.name.lower() for kind in Kind),
    "dma",
)  # "dma" stands for direct transfers; weights are multicast bursts
DMA = len(Kind)
CORES = N_CORES + 1  # arrays are indexed by core id; 0 is the DRAM
Ints = NDArray[np.int64]


class FirstLoss(NamedTuple):
    """The first loss of its kind by `order` = (instant, rank, core): where and when. `key` is -1 if there is none."""

    order: tuple[int, int, int]
    core: int
    batch: int
    tick: int
    key: int
    # Of the counts of a board: on which chip.
    chip: tuple[int, int] | None = None


class LostCount(NamedTuple):
    """A count that should be zero."""

    what: str
    times: int
    first: FirstLoss | None

    def __str__(self) -> str:
        text = f"{self.what}: {self.times}"
        if self.first is None:
            return text
        direct = self.what.endswith(CLASSES[DMA])  # a direct transfer has no key
        where = f"PE {self.first.core}" if self.first.core else "the DRAM" if direct else "no PE"
        where += f" of chip {self.first.chip}" if self.first.chip is not None else ""
        key = f", key 0x{self.first.key:08x}" if self.first.key >= 0 and not direct else ""
        return f"{text} (first at {where}, batch {self.first.batch}, tick {self.first.tick}{key})"


def _per_core() -> Ints:
    return np.zeros(CORES, np.int64)


def _per_class() -> Ints:
    return np.zeros(len(CLASSES), np.int64)


@dataclass
class Counters:
    """Counts by class (CLASSES), outcome (Outcome), core id or channel. `hops` are channels passed x flits.

    The sum of two takes the larger `fifo_high_water`, `channel_longest` and `router_longest`, and adds all other counts.
    """

    sent: Ints = field(default_factory=_per_class)
    hops: Ints = field(default_factory=_per_class)
    due: Ints = field(default_factory=_per_class)
    in_flight: Ints = field(default_factory=_per_class)
    outcomes: Ints = field(default_factory=lambda: np.zeros((len(CLASSES), len(Outcome)), np.int64))
    dma_transfers: Ints = field(default_factory=lambda: np.zeros(len(Outcome), np.int64))
    dma_bytes: Ints = field(default_factory=lambda: np.zeros(len(Outcome), np.int64))
    overruns: Ints = field(default_factory=_per_core)
    lost_ticks: Ints = field(default_factory=_per_core)
    busy_cycles: Ints = field(default_factory=_per_core)
    wakes: Ints = field(default_factory=_per_core)
    fifo_high_water: Ints = field(default_factory=_per_core)
    channel_names: tuple[str, ...] = ()
    channel_flits: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    channel_busy_q: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    channel_longest: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    entry_hits: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    router_accepted: int = 0
    router_busy_q: int = 0
    router_longest: int = 0
    first: dict[str, FirstLoss] = field(default_factory=dict)
    # Injected, masked, lost and detected faults: [kinds, 4], or empty if nothing breaks.
    faults: Ints = field(default_factory=lambda: np.zeros((0, 4), np.int64))

    def __add__(self, other: Counters) -> Counters:
        """Add the counts of two parts. Channels and routing table must be the same, or missing on one side."""
        merged: dict[str, Any] = {}
        for name, mine in vars(self).items():
            theirs = getattr(other, name)
            if name == "channel_names":
                merged[name] = mine or theirs
            elif name == "first":
                merged[name] = {what: _earlier(mine.get(what), theirs.get(what)) for what in {**mine, **theirs}}
            elif name == "router_longest":
                merged[name] = max(mine, theirs)
            elif isinstance(mine, int):
                merged[name] = mine + theirs
            else:
                merged[name] = _merge(name, mine, theirs)
        return Counters(**merged)

    def router(self) -> dict[str, int]:
        """The event router's diagnostic counters, by the names that SpiNNaker's provenance gives them."""
        return {
            "Local_Multicast_Packets": self.router_accepted,
            "Dropped_Multicast_Packets": int(self.outcomes[:, Outcome.NO_ROUTE].sum()),
        }

    def balance(self) -> None:
        """Raise BalanceError unless, for each class, deliveries due = outcomes + in flight."""
        found = self.outcomes.sum(axis=1) + self.in_flight
        for name, due, have in zip(CLASSES, self.due.tolist(), found.tolist(), strict=True):
            if due != have:
                raise BalanceError(
                    f"packet counts of kind {name}: {due} deliveries due, but outcomes and in flight make {have}"
                )

    def losses(self) -> list[LostCount]:
        """List every count that should be zero and is not, with its first occurrence."""
        found = [
            self._loss(f"{outcome.name.lower()} {name}", int(self.outcomes[kind, outcome]))
            for outcome in Outcome
            if outcome is not Outcome.ON_TIME
            for kind, name in enumerate(CLASSES)
        ]
        found += [
            self._loss("overruns", int(self.overruns.sum())),
            self._loss("lost ticks", int(self.lost_ticks.sum())),
        ]
        return [loss for loss in found if loss.times]

    def _loss(self, what: str, count: int) -> LostCount:
        return LostCount(what, count, self.first.get(what))


def _merge(name: str, mine: Ints, theirs: Ints) -> Ints:
    if not len(mine):
        return theirs.copy()
    if not len(theirs):
        return mine.copy()
    if name in ("fifo_high_water", "channel_longest"):
        return np.maximum(mine, theirs)
    return mine + theirs


def _earlier(mine: FirstLoss | None, theirs: FirstLoss | None) -> FirstLoss | None:
    if mine is None or theirs is None:
        return mine or theirs
    return min(mine, theirs, key=lambda first: first.order)
