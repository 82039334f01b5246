"""Makes the text of the page: its frame, the run in one line, lists and tables."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from string import Template

from spinn2sim.report.contents.chip_faults import faults_line, total_faults
from spinn2sim.report.run_data import RunData

PAGE = Template(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>$title</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; color: #222; max-width: 1240px; margin: 1.2em auto; padding: 0 1em; }
.lost, .whole { font-weight: 600; padding: .6em .9em; border-left: 6px solid; }
.lost { background: #FBE9DD; border-color: #D55E00; }
.whole { background: #E3F3EE; border-color: #009E73; }
h1 { font-size: 1.5em; margin: .6em 0 .2em; } h2 { font-size: 1.15em; margin: 1.6em 0 .2em; border-top: 1px solid #ddd; padding-top: .8em; }
section > p { margin: .2em 0 .6em; } .absent { color: #666; font-style: italic; }
.view { overflow-x: auto; } table { border-collapse: collapse; }
td, th { padding: .15em .8em; text-align: right; border-bottom: 1px solid #eee; }
</style>
$scripts
</head>
<body>
$faults<p class="$lost_class" id="lost">$lost</p>
<h1>$title</h1>
<p id="facts">$facts</p>
$sections
<script type="application/json" id="views">$items</script>
<script>
(async () => {
  for (const item of JSON.parse(document.getElementById('views').textContent)) {
    await new Promise(done => setTimeout(done));  // the page can be read and scrolled before all is drawn
    await Bokeh.embed.embed_item(item);
  }
  document.body.dataset.ready = 'yes';
})();
</script>
</body>
</html>
"""
)


def broken(run: RunData) -> str:
    """Say in HTML what broke on the chip; nothing if nothing could."""
    line = faults_line(total_faults(run.metrics))
    return f'<p class="lost" id="faults">{escape(line)}</p>\n' if line else ""


def facts(run: RunData) -> str:
    """Describe the run in one line of HTML."""
    last, summary = run.metrics[-1], run.summary
    said = [f"epoch {last['epoch']}: test accuracy {last['test_accuracy']:.1%}"]
    said.append(f"label neuron silent in {last['test_silent_label']:.1%} of the test samples")
    packets = (summary.get("totals") or {}).get("packets")
    if packets:
        said.append(", ".join(f"{count:,} {kind}s" for kind, count in packets.items() if count))
    if summary.get("tick_us"):
        said.append("ticks of " + ", ".join(f"{phase} {us} us" for phase, us in summary["tick_us"].items()))
    said.append(f"status: {summary.get('status', 'stopped before its end')}")
    return escape("; ".join(said))


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
    return f"<p>{how}</p><table><tr>{head}</tr>{body}</table>"
