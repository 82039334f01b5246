"""The head of the page: facts of the epoch that was kept, as text, and a command that makes the run again."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

from spinn2sim.report.page.tiles import Tile, repeat, tiles, tiles_html
from spinn2sim.report.run_data import RunData
from spinn2sim.report.run_state import duration


def shown(run: RunData) -> dict[str, Tile]:
    """The tiles by title."""
    return {tile.title: tile for tile in tiles(run)}


def test_the_tiles_are_the_runs_own_figures(traced: Path) -> None:
    """Accuracy, network, copies, tick, packets, energy, losses and seed are those of metrics, summary and scenario."""
    run, found = RunData(traced), shown(RunData(traced))
    last, totals = run.metrics[-1], run.summary["totals"]
    assert found["test accuracy"].value == f"{last['test_accuracy']:.1%}"
    assert f"{last['test_accuracy_strict']:.1%}" in found["test accuracy"].more
    assert found["network"].value == "5 - 8 - 3"
    assert (found["copies"].value, found["seed"].value, found["lost"].value) == ("4", "3", "nothing")
    assert found["tick"].value == f"{run.summary['tick_us']['forward']} us"
    assert found["packets"].value == f"{sum(totals['packets'].values()):,}"
    assert found["energy"].value == f"{totals['energy_j']:.3g} J"


def test_a_run_without_an_end_says_so(traced: Path, tmp_path: Path) -> None:
    """Without summary, provenance and weights the tiles have what the metrics tell."""
    for name in ("scenario.toml", "metrics.jsonl"):
        shutil.copy(traced / name, tmp_path / name)
    found = shown(RunData(tmp_path))
    assert found["seed"].more == "status: stopped before its end"
    assert (found["network"].value, found["date"].value) == ("? - 8 - ?", "unknown")
    assert "packets" not in found


def test_the_command_repeats_the_run(traced: Path, tmp_path: Path) -> None:
    """It is a command line of the shell, whatever the folder is called, and names the digest that must come out."""
    run = shutil.copytree(traced, tmp_path / "a b$(x)")
    text = repeat(RunData(run))
    command = shlex.split(text.split("<pre>")[1].split("</pre>")[0].replace("&#x27;", "'"))
    assert command == ["spinn2sim", "run", str(run / "scenario.toml")]
    assert RunData(run).summary["weights_sha256"][:16] in text


def test_tiles_are_text() -> None:
    """What looks like HTML is shown as it is."""
    assert "<b>" not in tiles_html([Tile("<b>", "<b>", "<b>")])


def test_durations_have_small_numbers() -> None:
    """Each length has a unit of its own."""
    assert [duration(s) for s in (0.0123, 5, 600, 86400)] == ["12.3 ms", "5 s", "10 min", "24 h"]
