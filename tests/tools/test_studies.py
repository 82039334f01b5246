"""What the studies share: kept runs are the ones asked for, and a page keeps its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from small_scenario import SMALL
from studies.kept import accuracies, first_epoch_at, kept
from studies.page import put, spread, table


def test_a_kept_run_is_reused_only_for_the_same_scenario(tmp_path: Path) -> None:
    """A run that is there is not run again; another setting under its name is never taken for it."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    run = kept(tmp_path / "kept", "float64", path, {"training.epochs": 1})
    start = (run.folder / "provenance.json").stat().st_mtime_ns
    assert (
        kept(run.folder, "float64", path, {"training.epochs": 1}).folder / "provenance.json"
    ).stat().st_mtime_ns == start
    longer = kept(run.folder, "float64", path, {"training.epochs": 2})
    assert len(accuracies(longer)) == 3
    assert first_epoch_at(longer, 0.0) == 0
    assert first_epoch_at(longer, 101.0) is None


def test_a_page_keeps_its_words(tmp_path: Path) -> None:
    """Only what stands between the marks is replaced; a page without them is left alone and named."""
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- a -->\nold\n<!-- /a -->\nafter\n")
    put(page, "a", table(["seed", "accuracy"], [[0, spread([90.0, 92.0])]]))
    assert (
        page.read_text()
        == "before\n<!-- a -->\n| seed | accuracy |\n| --- | --- |\n| 0 | 91.0 ± 1.4 |\n<!-- /a -->\nafter\n"
    )
    with pytest.raises(SystemExit, match="has no marks"):
        put(page, "b", "")
