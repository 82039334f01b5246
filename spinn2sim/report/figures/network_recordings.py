"""Draws what a script's populations recorded: their spikes one above the other, and under them voltages and other states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from spinn2sim.report.palette import GREY, SERIES
from spinn2sim.report.script_run import ScriptRunData

MOST_CURVES, GAP = 5, 4
WIDTH, RASTER, CURVES = 11, 4.0, 2.0


class Recorded(NamedTuple):
    """A population's recordings: rows (tick, neuron) of its spikes, None if there are none, and states [tick, neuron] by name."""

    name: str
    size: int
    spikes: NDArray[np.int64] | None
    states: Mapping[str, NDArray[Any]]


def draw_network(run: ScriptRunData, figure: Figure) -> None:
    """Draw the recordings of a script's run, and its spike lists."""
    draw_recordings(
        figure,
        [
            Recorded(p.name, p.size, run.recordings[f"spikes_{n}"], run.states_of(n))
            for n, p in enumerate(run.graph.populations)
        ],
    )


def draw_recordings(figure: Figure, populations: Sequence[Recorded]) -> None:
    """Draw a raster of those that have spikes, and a plot of each state."""
    fired = [p for p in populations if p.spikes is not None]
    states = [(p.name, name, values) for p in populations for name, values in p.states.items()]
    heights = [RASTER] * bool(fired) + [CURVES] * len(states)
    figure.set_size_inches(WIDTH, sum(heights))
    axes = list(np.atleast_1d(figure.subplots(len(heights), sharex=True, height_ratios=heights)))
    if fired:
        _raster(axes[0], fired)
    for plot, (population, name, values) in zip(axes[bool(fired) :], states, strict=True):
        _curves(plot, f"{population}: {name}", values)
    axes[-1].set_xlabel("tick")


def _raster(axes: Any, populations: Sequence[Recorded]) -> None:
    places, at = {}, 0
    for number, population in enumerate(populations):
        rows: Any = population.spikes
        axes.scatter(rows[:, 0], rows[:, 1] + at, s=6, lw=0, color=SERIES[number % len(SERIES)])
        places[at + population.size // 2] = f"{population.name} ({population.size})"
        at += population.size + GAP
        axes.axhline(at - GAP / 2 - 0.5, color=GREY, lw=0.6)
    axes.set_yticks(list(places), list(places.values()))
    axes.set_ylim(-1, at - GAP)


def _curves(axes: Any, title: str, values: NDArray[Any]) -> None:
    for neuron in range(min(MOST_CURVES, values.shape[1])):
        axes.plot(values[:, neuron], lw=1, color=SERIES[neuron % len(SERIES)], label=f"neuron {neuron}")
    axes.set_ylabel(title)
    axes.legend(loc="upper right", ncols=MOST_CURVES, frameon=False, fontsize="small")
