"""The references of a network's models that come from packages, for the mirror."""

from __future__ import annotations

from spinn2sim.errors import NotModelledError
from spinn2sim.graph import Graph
from spinn2sim.mirror.script_neurons import REFERENCES, Reference
from spinn2sim.spinnaker2.model_table import find_model


def references_of(graph: Graph) -> dict[str, Reference]:
    """Return the references of models that are not built in. Raises NotModelledError if a model has none."""
    found = {}
    for population in graph.populations:
        name = getattr(population, "model", "")
        if population.kind == "input" or name in REFERENCES:
            continue
        model = find_model(name, population.name)
        if model.reference is None:
            raise NotModelledError(
                f"population {population.name}: neuron model {name} declares no reference, so it runs on the chip alone"
            )
        found[name] = Reference(model.start_of, model.reference)
    return found
