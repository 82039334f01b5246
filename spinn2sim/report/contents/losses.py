"""The losses of a run: counts per epoch and cause, and where they occurred first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spinn2sim.report.contents.chip_faults import total_faults
from spinn2sim.report.run_data import RunData

CAUSES = {
    "late": "packets late",
    "early": "packets taken early",
    "dropped": "packets dropped by a full FIFO",
    "no_route": "packets without a route",
    "unmatched": "errors without a recorded spike",
    "overruns": "overruns of a tick",
    "lost_ticks": "ticks lost",
    "saturations": "values saturated",
    "unrecorded": "spikes without room in a record",
}


@dataclass(frozen=True)
class Losses:
    """The counts per epoch of each cause that occurred."""

    epochs: list[int]
    # The counts of each epoch, by the cause in words.
    counts: dict[str, list[int]]
    # Lines from the run about where a loss occurred first.
    places: list[str]
    # False for a run of the mirror, which has no packets.
    on_chip: bool

    @property
    def headline(self) -> str:
        """The most important fact about the losses, in one line."""
        if not self.counts and not self.on_chip:
            return "Nothing was lost: no value saturated. The mirror moves no packets."
        if not self.counts:
            return "Nothing was lost: no packet late or dropped, no tick overrun, no value saturated."
        return "LOST: " + "; ".join(f"{cause} {sum(counts):,}" for cause, counts in self.counts.items())


def losses(run: RunData) -> Losses:
    """Collect the losses of the finished epochs. Raises AbsentError if there are none."""
    lines = run.metrics
    causes = CAUSES | ({"dropped": "packets dropped by a fault or a full FIFO"} if total_faults(lines) else {})
    counts = {words: [_count(line.get(cause)) for line in lines] for cause, words in causes.items()}
    happened = {words: found for words, found in counts.items() if any(found)}
    places = [f"epoch {line['epoch']} {text}" for line in lines for text in line.get("losses", [])]
    on_chip = any(value is not None for line in lines for value in (line.get("late") or {}).values())
    return Losses([int(line["epoch"]) for line in lines], happened, places, on_chip)


def _count(by_part: Any) -> int:
    return sum(value or 0 for value in (by_part or {}).values())
