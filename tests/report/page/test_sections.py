"""The sections of the page: losses come first, and each section gives HTML or the reason why it has no data."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinn2sim.report.page.embed import Embedded
from spinn2sim.report.page.sections import SECTIONS
from spinn2sim.report.run_data import AbsentError, RunData


def test_losses_come_first() -> None:
    """A reader meets what was lost before any result, and no two sections share a title."""
    titles = [title for title, _, _ in SECTIONS]
    assert titles[0] == "What was lost"
    assert len(set(titles)) == len(titles)


def test_sections_of_a_traced_run_embed_their_views(faulty: Path) -> None:
    """Each section of a traced run has a table or a list, or adds a view and refers to it; a chain has no delays, a chip no board."""
    views = Embedded()
    for title, _, section in SECTIONS:
        if title in ("Delays", "Board"):
            continue
        before = len(views.items)
        html = section(RunData(faulty), views)
        assert all(f'id="view-{k}"' in html for k in range(before, len(views.items)))
        assert len(views.items) > before or "<table" in html or "<ol>" in html


def test_sections_without_packets_say_how_to_get_them(untraced: Path) -> None:
    """Raster and latency of a run that was not traced are refused with the option that traces it."""
    for title, _, section in SECTIONS:
        if title in ("Raster", "Latency"):
            with pytest.raises(AbsentError, match=r"--set trace\.packets=all"):
                section(RunData(untraced), Embedded())
