"""Writes the page: losses first, then each view or the reason why it is absent. A run always gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from spinn2sim.files.named_output import write_named_text
from spinn2sim.report.contents.delays import has_delays
from spinn2sim.report.contents.losses import losses
from spinn2sim.report.page.data_tables import DATA, csv_of, download
from spinn2sim.report.page.embed import Embedded
from spinn2sim.report.page.frame import Document, absent, anchor
from spinn2sim.report.page.text import broken
from spinn2sim.report.page.tiles import head
from spinn2sim.report.run_data import AbsentError, RunData


def write_page(folder: Path | str, target: Path, again_s: int = 0) -> Path:
    """Write the page of a run directory, as a whole or not at all; browsers load it again every `again_s` seconds unless that is 0.

    Returns `target`. Raises DataError, OutputError.
    """
    write_named_text(target, page(RunData(folder), again_s))
    return target


def page(run: RunData, again_s: int = 0) -> str:
    """Make the page as HTML."""
    from spinn2sim.report.page.sections import SECTIONS

    found = losses(run)
    with suppress(AbsentError):
        _ = run.results  # read before anything is drawn, since a damaged file is refused
    made = Document(
        f"{run.scenario.name}: {run.folder.name}",
        found.headline,
        bool(found.counts),
        head=head(run),
        faults=broken(run),
        again_s=again_s,
    )
    needless = {
        "What was lost": not found.counts,
        "Delays": not has_delays(run),
        "Board": run.scenario.board is None,
        "Yin-Yang plane": run.scenario.data.source != "yinyang",
        "Confusion": run.scenario.data.source == "yinyang",
    }
    for section in SECTIONS:
        if not needless.get(section[0]):
            _add(run, made, *section)
    return made.html()


def _add(run: RunData, made: Document, title: str, says: str, view: Callable[[RunData, Embedded], str]) -> None:
    try:
        body = view(run, made.views)
    except AbsentError as error:
        made.add(title, says, absent(error))
        return
    if title in DATA:
        name = f"{anchor(title)}.csv"
        made.tables[name], whole = csv_of(DATA[title](run))
        body += download(name, made.tables[name], whole)
    made.add(title, says, body)
