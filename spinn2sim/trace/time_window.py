"""A time window of a run: an epoch, a part, a batch, some ticks. A window outside the trace is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spinn2sim.errors import DataError
from spinn2sim.trace.sql import PACKETS, Row, Tables
from spinn2sim.trace.tables import WORDS

TRACED = """
    SELECT part, epoch, min(batch) AS first, max(batch) AS last, min(tick) AS first_tick, max(tick) AS last_tick
    FROM packets GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True)
class TimeWindow:
    """The packets of an epoch, a part, a batch and some ticks. A field that is None does not restrict them."""

    epoch: int | None = None
    part: str | None = None
    batch: int | None = None
    # The first and the last tick.
    ticks: tuple[int, int] | None = None

    @property
    def condition(self) -> str | None:
        """The window as an SQL condition on packets; None if it contains all of them."""
        parts = [f"part = '{part}'" for part in WORDS["part"] if part == self.part]
        parts += [f"{name} = {int(v)}" for name, v in (("epoch", self.epoch), ("batch", self.batch)) if v is not None]
        if self.ticks is not None:
            parts.append(f"tick BETWEEN {int(self.ticks[0])} AND {int(self.ticks[1])}")
        return " AND ".join(parts) or None

    def covers(self, traced: Row) -> bool:
        """Whether the window and a row of TRACED overlap."""
        ticks = self.ticks or (traced["first_tick"], traced["last_tick"])
        return (
            self.epoch in (None, traced["epoch"])
            and self.part in (None, traced["part"])
            and (self.batch is None or traced["first"] <= self.batch <= traced["last"])
            and ticks[0] <= traced["last_tick"]
            and ticks[1] >= traced["first_tick"]
            and ticks[0] <= ticks[1]
        )

    def __str__(self) -> str:
        parts = [] if self.part is None else [f"{self.part} part"]
        parts += [f"{name} {v}" for name, v in (("epoch", self.epoch), ("batch", self.batch)) if v is not None]
        return ", ".join([*parts, *([f"ticks {self.ticks[0]}..{self.ticks[1]}"] if self.ticks else [])])


def first_traced_part(tables: Tables, window: TimeWindow) -> Row:
    """Return the first traced part that overlaps with `window`, as a row of TRACED. Raises DataError if there is none."""
    tables.need(PACKETS)
    traced = tables.rows(TRACED, trusted=True)
    for row in traced:
        if window.covers(row):
            return row
    raise DataError(f"{tables.folder}: {window}: outside of the trace, which has {_describe(traced)}")


def describe_traced(tables: Tables) -> str:
    """Describe in words which parts of a run were traced."""
    return _describe(tables.rows(TRACED, trusted=True))


def _describe(traced: Sequence[Row]) -> str:
    """Describe in words what was traced; epochs with the same batches and ticks are named together."""
    spans: dict[tuple[str, int, int, int, int], list[int]] = {}
    for row in traced:
        span = (row["part"], row["first"], row["last"], row["first_tick"], row["last_tick"])
        spans.setdefault(span, []).append(row["epoch"])
    texts = [
        f"{part} batches {first}..{last}, ticks {tick}..{end} of epochs {min(epochs)}..{max(epochs)}"
        for (part, first, last, tick, end), epochs in spans.items()
    ]
    return "; ".join(texts) or "no packet"
