"""The neuron models that a script can name, and what is said of those that there are not."""

from __future__ import annotations

from difflib import get_close_matches

from firmware_models.neuron_model import REQUIRED, RESET, RESETS, NeuronModel
from spinn2sim.errors import NotModelledError, quoted
from spinn2sim.scripts.neuron_models import MODELS, find_neuron_model, models_of_packages

__all__ = [
    "MODELS",
    "REQUIRED",
    "RESET",
    "RESETS",
    "UNKNOWN_DEFAULTS",
    "NeuronModel",
    "find_model",
    "models_of_packages",
]

# What py-spinnaker2 does by default with these is not known.
UNKNOWN_DEFAULTS = ("exc_decay", "inh_decay", "Vspike", "decay")
REFUSED = (
    "qubo_neuron", "neurofem_2048", "conv2d_if_neuron_rate_code", "charge_and_spike", "gas", "relay", "spike_receiver",
    "spike_replicator", "spikes_from_array_latency_code",
)  # fmt: skip


def find_model(name: object, population: str) -> NeuronModel:
    """Return a model by name. Raises NotModelledError for one that is not modelled, with those that are."""
    known = MODELS.get(name) if isinstance(name, str) else None
    if known is not None:
        return known
    try:
        own = find_neuron_model(name) if isinstance(name, str) else None
    except NotModelledError as error:
        raise NotModelledError(f"population {population}: {error}") from error
    if own is not None:
        return own
    names = (*MODELS, *models_of_packages())
    near = get_close_matches(name, names, 1) if isinstance(name, str) and name not in REFUSED else []
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise NotModelledError(
        f"population {population}: neuron model {quoted(name)} is not modelled{hint}; there are {', '.join(names)}"
    )
