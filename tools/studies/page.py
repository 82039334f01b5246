"""Tables of a study, put into its page between two marks; the words around them are written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from spinn2sim.files.atomic import write_text


def spread(values: Sequence[float]) -> str:
    """Mean and standard deviation (n - 1) over seeds."""
    return f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def put(page: Path, name: str, text: str) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->` in a page."""
    before, start, rest = page.read_text().partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not start or not end:
        raise SystemExit(f"{page}: has no marks <!-- {name} --> and <!-- /{name} -->")
    write_text(page, f"{before}{start}{text}\n{end}{after}")
