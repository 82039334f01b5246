"""Draws what populations recorded: their spikes one above the other, and under them voltages and other states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spinn2sim.errors import NotModelledError
from spinn2sim.report.palette import GREY, SERIES

MOST_CURVES, GAP = 5, 4
WIDTH, RASTER, CURVES = 11, 4.0, 2.0
OTHER = ("spikes", "v_last", "time_done", "n_packets")


def figure_of(populations: Sequence[Any]) -> Any:
    """Draw a matplotlib figure, which a notebook shows. Raises NotModelledError if nothing was recorded."""
    from spinn2sim.report.figures import notebook_figure

    fired = [p for p in populations if "spikes" in p.recording]
    states = [(p, name) for p in populations for name in p.recording if name not in OTHER]
    if not fired and not states:
        names = ", ".join(str(p.name) for p in populations) or "none"
        raise NotModelledError(
            f"found no recording of {names} to draw; run the network first, with record=['spikes', 'v']"
        )
    heights = [RASTER] * bool(fired) + [CURVES] * len(states)

    def draw(figure: Any) -> None:
        figure.set_size_inches(WIDTH, sum(heights))
        axes = list(np.atleast_1d(figure.subplots(len(heights), sharex=True, height_ratios=heights)))
        if fired:
            _raster(axes[0], fired)
        for plot, (population, name) in zip(axes[bool(fired) :], states, strict=True):
            _curves(plot, population, name)
        axes[-1].set_xlabel("tick")

    return notebook_figure(draw)


def _raster(axes: Any, populations: Sequence[Any]) -> None:
    places, at = {}, 0
    for number, population in enumerate(populations):
        rows, size = population.recording["spikes"]
        axes.scatter(rows[:, 0], rows[:, 1] + at, s=6, lw=0, color=SERIES[number % len(SERIES)])
        places[at + size // 2] = f"{population.name} ({size})"
        at += size + GAP
        axes.axhline(at - GAP / 2 - 0.5, color=GREY, lw=0.6)
    axes.set_yticks(list(places), list(places.values()))
    axes.set_ylim(-1, at - GAP)


def _curves(axes: Any, population: Any, name: str) -> None:
    values = population.recording[name]
    for neuron in range(min(MOST_CURVES, values.shape[1])):
        axes.plot(values[:, neuron], lw=1, color=SERIES[neuron % len(SERIES)], label=f"neuron {neuron}")
    axes.set_ylabel(f"{population.name}: {name}")
    axes.legend(loc="upper right", ncols=MOST_CURVES, frameon=False, fontsize="small")
