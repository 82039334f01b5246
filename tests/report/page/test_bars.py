"""Bars of the page: what is drawn adds up to what the run counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinn2sim.report.contents.energy_by_state import energy
from spinn2sim.report.page.bars import energy_view, latency_view, sram_view
from spinn2sim.report.run_data import RunData


def test_latency_bars_hold_every_delivery(traced: Path) -> None:
    """The heights of the bars of all kinds add up to the number of deliveries, and no bar is empty."""
    chart = latency_view(RunData(traced))
    heights = [n for renderer in chart.renderers for n in renderer.data_source.data["n"].tolist()]
    assert sum(heights) == RunData(traced).tables.one("SELECT count(*) AS n FROM packets")["n"]
    assert min(heights) > 0


def test_every_pe_in_use_has_one_bar(traced: Path) -> None:
    """SRAM is drawn once for each PE that the run has in its table, in KiB, and the axis ends above what a PE has."""
    chart, rows = sram_view(RunData(traced)), RunData(traced).tables.rows("SELECT DISTINCT pe, sram_bytes FROM pes")
    drawn = {
        pe: kib
        for renderer in chart.renderers
        for pe, kib in zip(*(renderer.data_source.data[name] for name in ("pe", "kib")), strict=True)
    }
    assert drawn == {row["pe"]: row["sram_bytes"] / 1024 for row in rows}
    assert chart.y_range.end > 128


def test_energy_bars_are_in_millijoule(traced: Path) -> None:
    """The bars of all states add up to the energy of the run."""
    chart = energy_view(energy(RunData(traced)))
    (bars,) = (renderer.data_source.data["mj"] for renderer in chart.renderers)
    assert sum(bars) == pytest.approx(1e3 * RunData(traced).summary["totals"]["energy_j"])
