"""What scripts' runs lost, since ticks were too short: told in the last lines of a script, or by a notice after the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from spinn2sim.hardware.counters import Counters
from spinn2sim.spinnaker2.notices import notice

MOST_LINES = 10


@dataclass
class _Losses:
    """The runs of one network with one length of ticks."""

    runs: int = 0
    with_losses: int = 0
    counters: Counters | None = None


_gathered: dict[tuple[str, float], _Losses] | None = None


@contextmanager
def gathering() -> Iterator[None]:
    """Gather what runs lose for the block, for `lines` at its end, instead of giving notices."""
    global _gathered
    _gathered = {}
    try:
        yield
    finally:
        _gathered = None


def tell_losses(network: str, tick_s: float, counters: Counters) -> None:
    """Take the counters of a run: what was lost is kept for the last lines, or told at once."""
    losses = counters.losses()
    if _gathered is None:
        if losses:
            text = ", ".join(map(str, losses))
            notice(f"network {network}, ticks of {tick_s:g} s: {text}; its results differ from those of longer ticks")
        return
    kept = _gathered.setdefault((network, tick_s), _Losses())
    kept.runs += 1
    if losses:
        kept.with_losses += 1
        kept.counters = counters if kept.counters is None else kept.counters + counters


def lines() -> list[str]:
    """Return a line for each network that lost something since `gathering` began: in how many runs, and what in all of them."""
    found = [(name, tick_s, kept) for (name, tick_s), kept in (_gathered or {}).items() if kept.counters is not None]
    told = [
        f"LOST: network {name}, ticks of {tick_s:g} s, {kept.with_losses} of {kept.runs} runs: "
        f"{', '.join(map(str, kept.counters.losses()))}; results differ from those of longer ticks"
        for name, tick_s, kept in found[:MOST_LINES]
        if kept.counters is not None
    ]
    more = len(found) - len(told)
    return [*told, f"LOST: something in {more} more networks"] if more else told
