"""The frame of every page: its style for screens of any width, light, dark and on paper, and the script that draws the views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from string import Template

from spinn2sim.report.page.embed import Embedded, script_json, scripts
from spinn2sim.report.palette import DARK

# Sections that take the whole width where two others stand side by side.
WIDE = ("What was lost", "Training", "Where the cycles went", "Energy", "Runs", "Accuracy and loss")

# The page follows the reader's system: light or dark. The columns of contents and sections depend on the width alone.
STYLE = """
:root { --paper: #FFFFFF; --ink: #222222; --soft: #5A6068; --line: #DDDDDD; --tile: #F6F7F8; --link: #005C91;
  --lost: #FBE9DD; --lost-edge: #D55E00; --whole: #E3F3EE; --whole-edge: #009E73; }
@media screen and (prefers-color-scheme: dark) { :root { --paper: #15181C; --ink: #D5DAE0; --soft: #9AA1A9; --line: #343A41;
  --tile: #1E2227; --link: #6DBBF2; --lost: #3B2617; --lost-edge: #F07F3C; --whole: #15302A; --whole-edge: #2CC295; } }
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 2600px; margin: 1em auto;
  padding: 0 1em; overflow-wrap: break-word; }
a { color: var(--link); }
.lost, .whole { font-weight: 600; padding: .6em .9em; border-left: 6px solid; margin: .4em 0; }
.lost { background: var(--lost); border-color: var(--lost-edge); }
.whole { background: var(--whole); border-color: var(--whole-edge); }
h1 { font-size: 1.5em; margin: .6em 0 .4em; }
h2 { font-size: 1.15em; margin: 0 0 .2em; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); gap: .5em; margin: 0; }
.tiles > div { background: var(--tile); border: 1px solid var(--line); border-radius: 6px; padding: .45em .7em; min-width: 0; }
.tiles dt, .tiles dd.more { color: var(--soft); font-size: .82em; }
.tiles dd { margin: 0; } .tiles dd.value { font-size: 1.2em; font-weight: 600; }
pre { background: var(--tile); border: 1px solid var(--line); border-radius: 6px; padding: .5em .7em; overflow-x: auto; margin: .3em 0; }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .1em 1em; }
main { min-width: 0; }
section { border-top: 1px solid var(--line); padding: .9em 0 1.2em; min-width: 0; scroll-margin-top: .5em; }
section > p { margin: .2em 0 .6em; max-width: 75em; }
.absent { color: var(--soft); font-style: italic; }
.data { font-size: .85em; }
button.data { font: inherit; font-size: .85em; color: var(--link); background: none; border: 1px solid var(--line); border-radius: 4px;
  padding: .1em .6em; cursor: pointer; margin-right: .5em; }
.view { max-width: 100%; overflow-x: auto; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); gap: 1em; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
td, th { padding: .15em .7em; text-align: right; border-bottom: 1px solid var(--line); }
td { min-width: 4em; max-width: 30em; }
td:first-child, th:first-child { text-align: left; }
@media (min-width: 1150px) {
  body { display: grid; grid-template-columns: 11.5em minmax(0, 1fr); column-gap: 1.6em; align-content: start; }
  body > p, header { grid-column: 1 / -1; }
  nav { position: sticky; top: .6em; align-self: start; max-height: 96vh; overflow-y: auto; padding-top: 1em; }
  nav ul { display: block; } nav li { margin: .25em 0; }
}
@media (min-width: 1900px) {
  main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); column-gap: 2.5em; align-items: start; }
  section.wide { grid-column: 1 / -1; }
}
@media print {
  body { display: block; max-width: none; margin: 0; font-size: 10pt; }
  main { display: block; }
  nav, button.data { display: none; }
  section { break-inside: avoid; } section.wide { break-inside: auto; }
  h2 { break-after: avoid; } tr { break-inside: avoid; }
  .lost, .whole, .tiles > div { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body.dark .view { filter: invert(1) hue-rotate(180deg); }
}
body > .bk-Tooltip { --tooltip-color: var(--paper); --tooltip-text: var(--ink); --tooltip-border: var(--line); }
"""

# What draws a page. In the dark the views' colours are exchanged before they are drawn. A button makes a file of a table on the page.
SCRIPT = """
(async () => {
  const read = id => JSON.parse(document.getElementById(id).textContent);
  const colours = read('colours'), query = matchMedia('(prefers-color-scheme: dark)'), dark = query.matches;
  document.body.classList.toggle('dark', dark);
  query.addEventListener('change', () => setTimeout(() => {
    if (query.matches !== dark && !matchMedia('print').matches) location.reload();
  }, 500));
  const exchanged = (value, key) => {
    if (typeof value === 'string') return key.endsWith('color') ? colours[value] ?? value : value;
    if (Array.isArray(value)) return value.map(entry => exchanged(entry, ''));
    if (value === null || typeof value !== 'object') return value;
    const inner = name => name === 'value' && value.type === 'value' ? key : name;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, exchanged(entry, inner(name))]));
  };
  const tables = read('tables');
  for (const button of document.querySelectorAll('button.data')) button.addEventListener('click', () => {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([tables[button.dataset.name]], {type: 'text/csv'}));
    link.download = button.dataset.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  for (const item of read('views')) {
    await new Promise(done => setTimeout(done));  // the page can be read and scrolled before all is drawn
    await Bokeh.embed.embed_item(dark ? exchanged(item, '') : item);
  }
  document.body.dataset.ready = 'yes';
})();
"""

PAGE = Template(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>$style</style>
$scripts
</head>
<body>
$faults<p class="$lost_class" id="lost">$lost</p>
<header>
<h1>$title</h1>
$head
</header>
<nav aria-label="Contents">$contents</nav>
<main>
$sections
</main>
<script type="application/json" id="colours">$colours</script>
<script type="application/json" id="tables">$tables</script>
<script type="application/json" id="views">$items</script>
<script>$script</script>$after
</body>
</html>
"""
)
# While a run goes on, its page is loaded again: a number of seconds.
AGAIN = Template("\n<script>setTimeout(() => location.reload(), 1000 * $seconds);</script>")


@dataclass
class Document:
    """What stands on a page: `head`, `sections` and `faults` are HTML; `tables` are CSV by the name of the file."""

    title: str
    # The first line, and whether it tells of losses.
    lost: str
    bad: bool
    head: str = ""
    faults: str = ""
    titles: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    tables: dict[str, str] = field(default_factory=dict)
    views: Embedded = field(default_factory=Embedded)
    # Browsers load the page again after so many seconds; 0: never.
    again_s: int = 0

    def add(self, title: str, says: str, body: str) -> None:
        """Add a section whose `body` is HTML."""
        self.titles.append(title)
        wide = ' class="wide"' if title in WIDE else ""
        name = anchor(title)
        self.sections.append(
            f'<section id="{name}"{wide}><h2>{escape(title)}</h2><p>{escape(says)}</p>{body}</section>'
        )

    def html(self) -> str:
        """Return the page."""
        return PAGE.substitute(
            title=escape(self.title),
            style=STYLE,
            script=SCRIPT,
            faults=self.faults,
            lost=escape(self.lost),
            lost_class="lost" if self.bad else "whole",
            head=self.head,
            contents=_contents(self.titles),
            sections="\n".join(self.sections),
            scripts=scripts(),
            colours=script_json(DARK),
            tables=script_json(self.tables),
            items=script_json(self.views.items),
            after=AGAIN.substitute(seconds=self.again_s) if self.again_s else "",
        )


def anchor(title: str) -> str:
    """Return the name under which a section is found in the page."""
    return title.lower().replace(" ", "-")


def absent(why: object) -> str:
    """Say in HTML why a section has nothing to show."""
    return f'<p class="absent">Not shown: {escape(str(why))}</p>'


def data_button(name: str, text: str) -> str:
    """Make the button that gives the reader the table `name` of the page as a file."""
    return f'<p><button type="button" class="data" data-name="{escape(name)}">{escape(text)}</button></p>'


def _contents(titles: Sequence[str]) -> str:
    return "<ul>" + "".join(f'<li><a href="#{anchor(title)}">{escape(title)}</a></li>' for title in titles) + "</ul>"
