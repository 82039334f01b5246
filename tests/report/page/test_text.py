"""The text of the page: everything that comes from a run is escaped, and what was lost is counted."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.report.page.text import items, lost_places
from spinn2sim.report.run_data import RunData


def test_a_list_is_text() -> None:
    """Lines that look like HTML are shown as they are."""
    assert items(["a < b", "<img>"]) == "<ul><li>a &lt; b</li><li>&lt;img&gt;</li></ul>"


def test_places_of_losses_are_counted(faulty: Path) -> None:
    """The table has a row for each kind and phase in which traced deliveries were lost, the most frequent first."""
    run, table = RunData(faulty), lost_places(RunData(faulty))
    rows = run.tables.rows(
        "SELECT count(*) AS n FROM packets WHERE outcome <> 'on_time' GROUP BY outcome, kind, phase ORDER BY n DESC"
    )
    assert table.count("<tr>") == len(rows) + 1
    assert table.index(f"<td>{rows[0]['n']}</td>") < table.index("</tr>", table.index("</tr>") + 1)


def test_no_table_without_losses_or_without_a_trace(traced: Path, untraced: Path) -> None:
    """A run that lost nothing has no table; one that was not traced says how to trace it."""
    assert lost_places(RunData(traced)) == ""
    assert "--set trace.packets=all" in lost_places(RunData(untraced))
    assert "<table" not in lost_places(RunData(untraced))
