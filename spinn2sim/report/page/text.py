"""Makes the text of the page: what broke, lists, and the table of places where packets were lost."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from spinn2sim.report.contents.chip_faults import faults_line, total_faults
from spinn2sim.report.run_data import RunData


def broken(run: RunData) -> str:
    """Say in HTML what broke on the chip; nothing if nothing could."""
    line = faults_line(total_faults(run.metrics))
    return f'<p class="lost" id="faults">{escape(line)}</p>\n' if line else ""


def items(lines: Iterable[str]) -> str:
    """Make an HTML list."""
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def lost_places(run: RunData) -> str:
    """Make a table of where most traced deliveries were lost, or, without a trace, say how to get one."""
    if "packets" not in run.tables.names:
        return '<p class="absent">Which packets: run the scenario with --set trace.packets=all (or window)</p>'
    rows = run.tables.rows(
        """SELECT outcome, kind, phase, count(*) AS deliveries, count(DISTINCT dst_pe) AS pes, mode(dst_pe) AS "most at PE",
            min(tick) AS "first tick", max(tick) AS "last tick", min(seq) AS "first seq"
        FROM packets WHERE outcome <> 'on_time' GROUP BY outcome, kind, phase ORDER BY deliveries DESC, outcome, kind, phase""",
        trusted=True,
    )
    if not rows:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in rows[0])
    cells = ("".join(f"<td>{escape(str(value))}</td>" for value in row.values()) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in cells)
    how = "Traced deliveries that were lost or came at a wrong time; spinn2sim packets RUN --follow SEQ tells one packet's life:"
    return f'<p>{how}</p><div class="scroll"><table><tr>{head}</tr>{body}</table></div>'
