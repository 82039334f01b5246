"""The page's tables: where the cycles went, and energy per sample beside published figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from spinn2sim.report.contents.cycle_profile import cycle_profile
from spinn2sim.report.contents.published_energy import PUBLISHED, energy_per_sample
from spinn2sim.report.page.embed import Embedded
from spinn2sim.report.run_data import RunData
from spinn2sim.trace.tables import WORDS

OPERATIONS_SHOWN = 16


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Make an HTML table of texts."""
    lines = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    return f'<div class="scroll"><table><tr>{names}</tr>{"".join(f"<tr>{line}</tr>" for line in lines)}</table></div>'


def cycles_tables(run: RunData, _views: Embedded | None = None) -> str:
    """Make the tables of busy cycles: by program and phase, and by operation or C function."""
    found = cycle_profile(run)
    phases = [phase for phase in WORDS["phase"] if any(phase in of for of in found.shares.values())]
    by_program = (
        [name, *(_percent(of.get(phase, 0.0)) for phase in phases), _percent(sum(of.values()))]
        for name, of in found.shares.items()
    )
    operations = (
        [one["operation"], f"{one['times']:,}", f"{one['each']:.8g}", f"{one['cycles']:,.0f}", _percent(one["share"]), one["source"]]
        for one in found.operations[:OPERATIONS_SHOWN]
    )  # fmt: skip
    hardware = ", ".join(f"{name} {_percent(share)}" for name, share in found.hardware.items())
    return (
        f"<p>{found.cycles:,.0f} busy core cycles in all parts of the run.</p>"
        + html_table(["program", *phases, "all"], by_program)
        + html_table(["operation or C function", "times", "cycles each", "cycles", "share", "source"], operations)
        + f"<p>Of the hardware, assumed, with what it took of all cycles: {escape(hardware)} (chip.cycles).</p>"
    )


def energy_tables(run: RunData) -> str:
    """Make the tables of energy per sample: of the run, and published ones of other chips."""
    own = (
        [f"this run, {one.part}", f"{one.samples:,} samples", _number(one.mj), _number(one.ms), "simulated; assumptions above",
         ", ".join(f"{words} {_number(mj)} mJ" for words, mj in one.mj_by_state.items())]
        for one in energy_per_sample(run)
    )  # fmt: skip
    others = (
        [one.chip, one.what, _number(one.mj), "-" if one.ms is None else _number(one.ms), one.source, one.assumed]
        for one in PUBLISHED
    )
    return (
        "<p>Per sample, beside published figures. Networks, data and accuracies differ: the order of magnitude compares.</p>"
        + html_table(["chip", "what", "mJ", "ms", "source", "parts, or what is assumed"], [*own, *others])
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share else "-"


def _number(value: float) -> str:
    return f"{value:.3g}"
