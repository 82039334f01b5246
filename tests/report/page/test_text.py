"""The text of the page: everything that comes from a run is escaped, and a run that is not whole says so."""

from __future__ import annotations

import shutil
from pathlib import Path

from spinn2sim.report.page.text import facts, items, lost_places
from spinn2sim.report.run_data import RunData


def test_a_list_is_text() -> None:
    """Lines that look like HTML are shown as they are."""
    assert items(["a < b", "<img>"]) == "<ul><li>a &lt; b</li><li>&lt;img&gt;</li></ul>"


def test_facts_are_those_of_the_last_epoch(traced: Path) -> None:
    """The line names the last epoch's accuracy, the packets of the summary, the tick of each phase and how the run ended."""
    run, line = RunData(traced), facts(RunData(traced))
    last = run.metrics[-1]
    assert line.startswith(f"epoch {last['epoch']}: test accuracy {last['test_accuracy']:.1%}; ")
    assert f"{run.summary['totals']['packets']['spike']:,} spikes" in line
    assert all(f"{phase} {us} us" in line for phase, us in run.summary["tick_us"].items())
    assert line.endswith("status: complete")


def test_a_run_without_an_end_says_so(traced: Path, tmp_path: Path) -> None:
    """Without a summary the line has the metrics, and that the run was stopped."""
    for name in ("scenario.toml", "metrics.jsonl"):
        shutil.copy(traced / name, tmp_path / name)
    line = facts(RunData(tmp_path))
    assert "spikes" not in line
    assert line.endswith("status: stopped before its end")


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
    assert "<table>" not in lost_places(RunData(untraced))
