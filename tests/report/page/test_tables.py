"""The page's tables of busy cycles and of energy per sample."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from firmware_models.cost import HARDWARE
from spinn2sim.report.contents.published_energy import PUBLISHED
from spinn2sim.report.page.tables import cycles_tables, energy_tables
from spinn2sim.report.run_data import RunData


def rows(table: str) -> list[list[str]]:
    """The cells of all rows but heads."""
    found = [re.findall("<td>(.*?)</td>", row) for row in re.findall("<tr>(.*?)</tr>", table)]
    return [[unescape(cell) for cell in row] for row in found if row]


def test_the_shares_of_programs_and_operations_are_the_run_s(traced: Path) -> None:
    """Programs' shares add up to all cycles, those of the table of PEs; each assumption on the hardware has its share."""
    run = RunData(traced)
    html = cycles_tables(run, {})
    busy = run.tables.rows("SELECT sum(busy_cycles) AS n FROM pes")[0]["n"]
    assert f"<p>{busy:,.0f} busy core cycles" in html
    by_program, by_operation = (rows(table) for table in html.split("</table>")[:2])
    assert sum(float(row[-1].split()[0]) for row in by_program) == pytest.approx(100, abs=0.5)
    cycles = {
        row[0]: (float(row[1].replace(",", "")), float(row[2]), float(row[3].replace(",", ""))) for row in by_operation
    }
    assert all(times * each == pytest.approx(whole, abs=1) for times, each, whole in cycles.values())
    assert list(cycles) == sorted(cycles, key=lambda name: -cycles[name][2])
    assert all(re.search(rf"{name} (-|[\d.]+ %)", html) for name in HARDWARE)


def test_energy_per_sample_is_the_run_s_and_stands_beside_published_figures(traced: Path) -> None:
    """Energy per sample times samples is the energy of the summary, and each published figure has its source and what is assumed."""
    run = RunData(traced)
    found = rows(energy_tables(run))
    own = [row for row in found if row[0].startswith("this run")]
    joule = sum(float(row[1].split()[0].replace(",", "")) * float(row[2]) / 1e3 for row in own)
    assert joule == pytest.approx(run.summary["totals"]["energy_j"], rel=0.01)
    assert [row[4:] for row in found[len(own) :]] == [[one.source, one.assumed] for one in PUBLISHED]
