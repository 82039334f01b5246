"""Draws latency, SRAM and energy as bars, with matplotlib."""

from __future__ import annotations

from matplotlib.figure import Figure

from spinn2sim.hardware.facts import SRAM_BYTES
from spinn2sim.report.contents.delivery_latency import latency
from spinn2sim.report.contents.energy_by_state import energy
from spinn2sim.report.contents.sram import sram
from spinn2sim.report.palette import BLACK, KIND, SERIES
from spinn2sim.report.run_data import RunData

MOST_COLUMNS, LEGEND_CHARACTERS = 9, 130  # of the legend below a figure of 11 inches


def draw_latency(run: RunData, figure: Figure) -> None:
    """Draw the deliveries per bin of latency, each kind in its colour."""
    found = latency(run)
    figure.set_size_inches(10, 3.8)
    axes = figure.subplots()
    for number, (kind, counts) in enumerate(found.counts.items()):
        left, right = found.bar(number)
        axes.bar(left, counts, right - left, align="edge", color=KIND[kind], label=kind)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="sending to delivery (ns)",
        ylabel="deliveries per bin",
        title="Time on the way, by kind",
    )
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=4, frameon=False)


def draw_sram(run: RunData, figure: Figure) -> None:
    """Draw a bar for each PE in use, coloured by what it runs."""
    found = sram(run)
    names = list(dict.fromkeys(found.group))
    columns = max(1, min(MOST_COLUMNS, LEGEND_CHARACTERS // (max(map(len, names), default=0) + 6)))
    figure.set_size_inches(11, 3.6 + 0.2 * -(-len(names) // columns))
    axes = figure.subplots()
    for number, name in enumerate(names):
        chosen = [k for k, group in enumerate(found.group) if group == name]
        kib = [found.used_bytes[k] / 1024 for k in chosen]
        axes.bar([found.pe[k] for k in chosen], kib, 0.8, color=SERIES[number % len(SERIES)], label=name)
    axes.axhline(SRAM_BYTES / 1024, ls="--", color=BLACK, lw=1)
    axes.set(xlabel="PE (core id)", ylabel="SRAM (KiB)", title="SRAM in use, of 128 KiB")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=columns, frameon=False)


def draw_energy(run: RunData, figure: Figure) -> None:
    """Draw a bar for each state, and below it the assumptions."""
    found = energy(run)
    figure.set_size_inches(8, 4)
    axes = figure.subplots()
    states = list(found.joule)[::-1]
    axes.barh(states, [1e3 * found.joule[state] for state in states], 0.6, color=SERIES[0])
    assumed = "\n".join(f"assumed: {line}" for line in found.assumptions)
    axes.set(title=f"Energy by state in {found.chip_s:.3g} s of simulated time", xlabel="energy (mJ)")
    figure.supxlabel(assumed, fontsize=7)
