"""What was lost in a run, in words and per epoch; it never hides a count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
class Lost:
    """Counts per epoch of each cause that occurred at all, and the run's own words on where."""

    epochs: list[int]
    counts: dict[str, list[int]]  # by cause, in words
    said: list[str]
    chip: bool  # else the mirror, which moves no packet

    @property
    def headline(self) -> str:
        """One line: what a reader must know before anything else."""
        if not self.counts and not self.chip:
            return "Nothing was lost: no value saturated. The mirror moves no packets."
        if not self.counts:
            return "Nothing was lost: no packet late or dropped, no tick overrun, no value saturated."
        return "LOST: " + "; ".join(f"{cause} {sum(counts):,}" for cause, counts in self.counts.items())


def lost(run: RunData) -> Lost:
    """What was lost in the finished epochs. Raises AbsentError when there are none."""
    lines = run.metrics
    counts = {words: [_count(line.get(cause)) for line in lines] for cause, words in CAUSES.items()}
    happened = {words: found for words, found in counts.items() if any(found)}
    said = [f"epoch {line['epoch']} {text}" for line in lines for text in line.get("losses", [])]
    chip = any(value is not None for line in lines for value in (line.get("late") or {}).values())
    return Lost([int(line["epoch"]) for line in lines], happened, said, chip)


def _count(by_part: Any) -> int:
    return sum(value or 0 for value in (by_part or {}).values())
