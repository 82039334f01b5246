"""The populations of a run's network with their neurons, read from the scenario and from the shapes of the weights."""

from __future__ import annotations

from spinn2sim.errors import DataError
from spinn2sim.report.contents.raster import layer_names
from spinn2sim.report.run_data import RunData
from spinn2sim.training.start_values import read_weights


def network_sizes(run: RunData) -> list[tuple[str, int | None]]:
    """Return name and size of each population; None for input and output of a chain whose weights cannot be read."""
    scenario = run.scenario
    names = layer_names(scenario)
    if scenario.population is not None:
        return [(population.name, population.size) for population in scenario.population]
    hidden = tuple(scenario.network.hidden or ())
    try:
        weights = read_weights(run.folder)
        ends: tuple[int | None, int | None] = weights[0].shape[1], weights[-1].shape[0]
    except DataError:
        ends = None, None
    return list(zip(names, (ends[0], *hidden, ends[1]), strict=True))
