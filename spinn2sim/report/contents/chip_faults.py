"""What broke on the chip during a run, in one line: the first line of all reports of a run with faults."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from spinn2sim.hardware.faults.injections import FaultKind

OUTCOMES = ("detected", "masked", "lost")


def faults_line(totals: Mapping[str, Any]) -> str:
    """Return the line for the totals of a run, or of summary.json; empty if nothing could break."""
    counts = totals.get("faults")
    if not isinstance(counts, Mapping):
        return ""
    parts = " + ".join(f"{int(counts.get(name, 0)):,} {name}" for name in OUTCOMES)
    names = (kind.name.lower() for kind in FaultKind)
    kinds = ", ".join(f"{name.replace('_', ' ')} {int(counts[name]):,}" for name in names if counts.get(name))
    return f"FAULTS: {int(counts.get('injected', 0)):,} injected = {parts}" + (f" ({kinds})" if kinds else "")


def total_faults(lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Add up the faults of the lines of metrics.jsonl, as totals for `faults_line`."""
    found: dict[str, int] = {}
    for line in lines:
        for counts in (line.get("faults") or {}).values():
            for name, times in (counts or {}).items():
                found[name] = found.get(name, 0) + int(times)
    return {"faults": found} if found else {}
