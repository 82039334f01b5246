"""The latency of deliveries, counted in bins by kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.units import QUANTA_PER_NS
from spinn2sim.report.run_data import AbsentError, RunData

BINS_PER_DECADE = 20


@dataclass(frozen=True)
class LatencyHistogram:
    """Deliveries per bin: edges_ns [bins + 1], evenly spaced on a logarithmic axis, and counts by kind [bins]."""

    edges_ns: NDArray[np.float64]
    counts: dict[str, NDArray[np.int64]]

    def bar(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return left and right edges [bins] of the bars of the kind with this number; within a bin, kinds are side by side."""
        step = np.log10(self.edges_ns[1] / self.edges_ns[0]) / (len(self.counts) + 0.5)
        return self.edges_ns[:-1] * 10 ** (step * number), self.edges_ns[:-1] * 10 ** (step * (number + 1))


def latency(run: RunData) -> LatencyHistogram:
    """Count the time from sending to delivery of all traced deliveries that reached a PE or the DRAM. Raises AbsentError."""
    rows = run.need("packets").rows(
        f"""SELECT kind, CAST(floor(log10((delivered_q - sent_q) / {QUANTA_PER_NS}.0) * {BINS_PER_DECADE}) AS INTEGER) AS bin,
            count(*) AS n
        FROM packets WHERE outcome <> 'no_route' AND delivered_q > sent_q GROUP BY ALL ORDER BY ALL""",
        trusted=True,
    )
    if not rows:
        raise AbsentError("the trace holds no delivery: widen the [trace] filters")
    first, last = min(row["bin"] for row in rows), max(row["bin"] for row in rows)
    counts: dict[str, NDArray[np.int64]] = {}
    for row in rows:
        counts.setdefault(row["kind"], np.zeros(last - first + 1, np.int64))[row["bin"] - first] = row["n"]
    return LatencyHistogram(10 ** (np.arange(first, last + 2) / BINS_PER_DECADE), counts)
