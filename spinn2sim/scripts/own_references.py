"""The models of a network's populations, and the references of those that come from packages, for the mirror."""

from __future__ import annotations

from typing import Any

from firmware_models.neuron_model import NeuronModel
from spinn2sim.errors import NotModelledError, quoted
from spinn2sim.graph import Graph
from spinn2sim.mirror.script_neurons import REFERENCES, Reference
from spinn2sim.scripts.neuron_models import find_neuron_model


def model_of(population: Any) -> NeuronModel:
    """Return the model of a population. Raises NotModelledError if there is none of its name."""
    try:
        model = find_neuron_model(population.model)
    except NotModelledError as error:
        raise NotModelledError(f"population {population.name}: {error}") from error
    if model is None:
        raise NotModelledError(
            f"population {population.name}: found neuron model {quoted(population.model)}, which there is not; is its package installed?"
        )
    return model


def references_of(graph: Graph) -> dict[str, Reference]:
    """Return the references of models that are not built in. Raises NotModelledError if a model has none."""
    found = {}
    for population in graph.populations:
        name = getattr(population, "model", "")
        if population.kind == "input" or name in REFERENCES:
            continue
        model = model_of(population)
        if model.reference is None:
            raise NotModelledError(
                f"population {population.name}: neuron model {name} declares no reference, so it runs on the chip alone"
            )
        found[name] = Reference(model.start_of, model.reference)
    return found
