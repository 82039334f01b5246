"""Checks the two populations that a projection joins."""

from __future__ import annotations

from typing import Any

from spinn2sim.errors import ScriptError, quoted
from spinn2sim.spinnaker2.model_table import NeuronModel, find_model
from spinn2sim.spinnaker2.script_population import Population


def model_of_post(projection: Any, positions: dict[int, int], network: str) -> NeuronModel:
    """Return the model of the population that a projection leads to.

    `positions` are those of the network's populations by their ids. Raises ScriptError if an end was not added, or takes no spikes.
    """
    what = f"projection {projection.name}"
    for side, population in (("pre", projection.pre), ("post", projection.post)):
        if not isinstance(population, Population) or id(population) not in positions:
            name = population.name if isinstance(population, Population) else quoted(population)
            raise ScriptError(f"{what}: {side} is {name}, which was not added to network {network}")
    model = find_model(projection.post.neuron_model, projection.post.name)
    if not model.takes_spikes:
        raise ScriptError(f"{what}: post is {projection.post.name}, a {model.name}, which takes no spikes")
    return model
