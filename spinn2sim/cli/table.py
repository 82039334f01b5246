"""Formats rows as a text table with a heading; numbers are aligned to the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

# How many rows are shown by default.
SHOWN = 40
# Columns of counts, which are often large: they are printed with thousands separators.
COUNTS = {"packets", "deliveries", "flits", "sent", "received", "lost"}


def table_lines(rows: Sequence[Mapping[str, object]], shown: int | None = SHOWN) -> Iterator[str]:
    """Yield a heading and a line for each of the first `shown` rows, and how many more there are."""
    if not rows:
        yield "no rows"
        return
    names = list(rows[0])
    texts = [[_text(row[name], name in COUNTS) for name in names] for row in rows[:shown]]
    widths = [max(len(name), *(len(line[k]) for line in texts)) for k, name in enumerate(names)]
    right = [isinstance(rows[0][name], int | float) and not isinstance(rows[0][name], bool) for name in names]
    for line in [names, *texts]:
        cells = zip(line, widths, right, strict=True)
        yield "  ".join(
            text.rjust(width) if to_right else text.ljust(width) for text, width, to_right in cells
        ).rstrip()
    if len(texts) < len(rows):
        yield f"... and {len(rows) - len(texts):,} rows more: --top N, --csv FILE or --json"


def _text(value: object, count: bool) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if count else str(value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
