"""The SRAM in use on each PE that runs a program."""

from __future__ import annotations

from dataclasses import dataclass

from spinn2sim.report.labels import label
from spinn2sim.report.run_data import RunData

HOW = "this version writes it with every `spinn2sim run`; `spinn2sim map RUN/scenario.toml` shows SRAM without a run"


@dataclass(frozen=True)
class SramUse:
    """Core id, group and bytes of each PE in use, sorted by core id."""

    pe: list[int]
    group: list[str]
    used_bytes: list[int]


def sram(run: RunData) -> SramUse:
    """Read the SRAM use. Raises AbsentError if the run has no table of PEs."""
    rows = run.need("pes", HOW).rows(
        'SELECT pe, any_value("group") AS name, max(sram_bytes) AS bytes FROM pes GROUP BY pe ORDER BY pe', trusted=True
    )
    return SramUse([row["pe"] for row in rows], [label(row["name"]) for row in rows], [row["bytes"] for row in rows])
