"""Writes the page: losses first, then each view or the reason why it is absent. A run always gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from html import escape
from pathlib import Path

from spinn2sim.files.named_output import write_named_text
from spinn2sim.report.contents.delays import has_delays
from spinn2sim.report.contents.losses import losses
from spinn2sim.report.page.embed import Embedded, script_json, scripts
from spinn2sim.report.page.text import PAGE, broken, facts
from spinn2sim.report.run_data import AbsentError, RunData


def write_page(folder: Path | str, target: Path) -> Path:
    """Write the page of a run directory, as a whole or not at all. Returns `target`. Raises DataError, OutputError."""
    write_named_text(target, page(RunData(folder)))
    return target


def page(run: RunData) -> str:
    """Make the page as HTML."""
    from spinn2sim.report.page.sections import SECTIONS

    found, said = losses(run), facts(run)
    with suppress(AbsentError):
        _ = run.results  # read before anything is drawn, since a damaged file is refused
    views = Embedded()
    needless = {"What was lost": not found.counts, "Delays": not has_delays(run)}
    parts = [_section(run, views, *section) for section in SECTIONS if not needless.get(section[0])]
    return PAGE.substitute(
        title=escape(f"{run.scenario.name}: {run.folder.name}"),
        faults=broken(run),
        lost=escape(found.headline),
        lost_class="lost" if found.counts else "whole",
        facts=said,
        sections="\n".join(parts),
        scripts=scripts(),
        items=script_json(views.items),
    )


def _section(run: RunData, views: Embedded, title: str, says: str, view: Callable[[RunData, Embedded], str]) -> str:
    try:
        body = view(run, views)
    except AbsentError as error:
        body = f'<p class="absent">Not shown: {escape(str(error))}</p>'
    return (
        f'<section id="{title.lower().replace(" ", "-")}"><h2>{escape(title)}</h2><p>{escape(says)}</p>{body}</section>'
    )
