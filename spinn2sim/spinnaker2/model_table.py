"""The neuron models that a script can name: their parameters with defaults, the range of their weights, and the names that are refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

from spinn2sim.errors import NotModelledError, quoted

# Parameters without a default.
REQUIRED = None
RESETS = ("reset_by_subtraction", "reset_to_v_reset")
LIF: dict[str, float | None] = {
    "threshold": REQUIRED, "alpha_decay": REQUIRED, "i_offset": 0.0, "v_init": 0.0, "v_reset": 0.0,
}  # fmt: skip
CURRENT: dict[str, float | None] = {**LIF, "exc_decay": 0.5, "inh_decay": 0.5, "t_refrac": 0.0}
ADAPTIVE: dict[str, float | None] = {
    **LIF,
    "threshold_adp_decay": REQUIRED,
    "threshold_adp_inc": REQUIRED,
    "t_refract": 0.0,
}
IZHIKEVICH: dict[str, float | None] = {
    "recovery_decay": REQUIRED, "recovery_sensitivity": REQUIRED, "v_reset": REQUIRED, "reset_recovery_increment": REQUIRED,
    "i_offset": 0.0,
}  # fmt: skip
POISSON: dict[str, float | None] = {"p": REQUIRED, "Tref": 0.0, "seed": 0.0}
WHOLE = ("t_refrac", "t_refract", "Tref", "seed")
PROBABILITIES = ("p", "firing_prob")
SPIKING_AT = 30.0  # Izhikevich's threshold
RECORDS = ("spikes", "v", "v_last", "time_done", "n_packets")
# What py-spinnaker2 does by default with decays is not known.
UNKNOWN_DEFAULTS = ("exc_decay", "inh_decay")
REFUSED = (
    "lif_fugu",
    "qubo_neuron", "neurofem_2048", "conv2d_if_neuron_rate_code", "charge_and_spike", "gas", "relay", "spike_receiver",
    "spike_replicator", "spikes_from_array_latency_code",
)  # fmt: skip


@dataclass(frozen=True)
class NeuronModel:
    """A neuron model. Weights into it are whole numbers from -most_weight to most_weight."""

    name: str
    parameters: dict[str, float | None] = field(default_factory=dict)
    most_weight: int = 0
    delays: bool = False
    # Whether the original's equations are known in part alone.
    approximate: bool = False
    takes_spikes: bool = True
    recordable: tuple[str, ...] = RECORDS


MODELS = {
    model.name: model
    for model in (
        NeuronModel("spike_list", takes_spikes=False, recordable=("spikes", "time_done", "n_packets")),
        NeuronModel("lif", LIF, 15, delays=True),
        NeuronModel("lif_no_delay", LIF, 127),
        NeuronModel("lif_conv2d", LIF, 127),
        NeuronModel("lif_curr_exp", CURRENT, 15, delays=True),
        NeuronModel("lif_curr_exp_no_delay", CURRENT, 127),
        NeuronModel("alif", ADAPTIVE, 15, delays=True, approximate=True, recordable=(*RECORDS, "v_th")),
        NeuronModel("lif_prob", {**LIF, "firing_prob": REQUIRED, "seed": 0.0}, 15, delays=True, approximate=True),
        NeuronModel("izhikevich", IZHIKEVICH, 15, delays=True, approximate=True),
        NeuronModel(
            "poisson_process",
            POISSON,
            approximate=True,
            takes_spikes=False,
            recordable=("spikes", "time_done", "n_packets"),
        ),
    )
}


def find_model(name: object, population: str) -> NeuronModel:
    """Return a model by name. Raises NotModelledError for one that is not modelled, with those that are."""
    if isinstance(name, str) and name in MODELS:
        return MODELS[name]
    near = get_close_matches(str(name), MODELS, 1) if name not in REFUSED else []
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise NotModelledError(
        f"population {population}: neuron model {quoted(name)} is not modelled{hint}; there are {', '.join(MODELS)}"
    )
