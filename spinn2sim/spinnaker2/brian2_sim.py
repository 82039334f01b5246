"""The backend of scripts that run without a chip: the mirror of the network, without packets."""

from __future__ import annotations

from typing import Any

from spinn2sim.mirror.script_mirror import mirror_network
from spinn2sim.scripts.own_references import references_of
from spinn2sim.spinnaker2.hardware import checked_ticks
from spinn2sim.spinnaker2.notices import notice
from spinn2sim.spinnaker2.snn import Network, describe_network

NOT_RECORDED = ("time_done", "n_packets")


class Brian2Backend:
    """Runs networks in float64, where a neuron fires at v > threshold, not at v >= threshold as on the chip."""

    def run(self, net: Network, timesteps: int, quantize_weights: bool = True, **ignored: Any) -> None:
        """Run a network for some ticks. Without `quantize_weights` weights keep their fractions.

        Raises ScriptError (a ValueError) or NotModelledError (a RuntimeError) for what cannot be run.
        """
        ticks = checked_ticks(timesteps)
        described = describe_network(net, ticks, quantize_weights)
        net.reset()
        if any(p.neuron_model.startswith("lif_curr_exp") for p in net.populations):
            notice(
                "Brian2Backend: lif_curr_exp has the chip's order of updates here, which py-spinnaker2's backend has not"
            )
        own = references_of(described.graph)
        result = mirror_network(described.graph, described.spikes, ticks, False, quantize_weights, own)
        for number, population in enumerate(net.populations):
            found: dict[str, Any] = {
                "spikes": (result.spikes[number], int(population.size)),
                **result.states[number],
                "v_last": result.voltages[number][-1:],
            }
            population.keep_recording({name: found[name] for name in population.record if name in found})

    def __repr__(self) -> str:
        return "Brian2Backend(mirror)"


def run(net: Network, timesteps: int, **options: Any) -> None:
    """Run a network on a Brian2Backend."""
    Brian2Backend().run(net, timesteps, **options)
