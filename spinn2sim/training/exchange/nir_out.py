"""Writes a trained network as a NIR graph: one Linear and one CubaLIF node per layer, times in seconds."""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.training.exchange.exchanged_network import Spikes, jump
from spinn2sim.training.exchange.nir_in import SCENARIO_KEY, SPIKES_KEY


def nir_bytes(scenario: Scenario, weights: Sequence[NDArray[np.float64]], spikes: Spikes) -> bytes:
    """Make the bytes of a NIR file (HDF5) with `weights` (n_out, n_in), kept bit for bit, and the scenario's neurons.

    In NIR a spike adds w_in jump(tau_syn) W to the current, so w_in is set to 1 / jump(tau_syn). The scenario is stored as metadata,
    without paths. Raises DataError for a network with a readout, or with neurons that rest.
    """
    import nir

    if scenario.has_readout:
        raise DataError(
            f'loss.kind = "{scenario.loss.kind}": NIR files are of LIF layers, allowed here is --npz, which has the weights'
        )
    if scenario.network.refractory_steps:
        raise DataError(
            f"network.refractory_steps = {scenario.network.refractory_steps}: a CubaLIF node of NIR does not rest, "
            "allowed here is --npz, which has the weights"
        )
    nodes: dict[str, Any] = {"input": nir.Input(input_type={"input": np.array([weights[0].shape[1]])})}
    for k, matrix in enumerate(weights):
        nodes[f"linear_{k}"] = nir.Linear(weight=np.array(matrix, np.float64))
        nodes[f"lif_{k}"] = nir.CubaLIF(**_parameters(scenario, len(matrix), spikes))
    nodes["output"] = nir.Output(output_type={"output": np.array([weights[-1].shape[0]])})
    names = list(nodes)
    edges = list(itertools.pairwise(names))
    metadata = {
        SCENARIO_KEY: scenario_without_paths(scenario),
        SPIKES_KEY: spikes,
        "dt": scenario.network.dt_ms / 1000,
    }
    file = io.BytesIO()
    nir.write(file, nir.NIRGraph(nodes, edges, metadata))
    return file.getvalue()


def _parameters(scenario: Scenario, size: int, spikes: Spikes) -> dict[str, NDArray[np.float64]]:
    network = scenario.network
    tau_syn, dt = network.tau_syn_ms / 1000, network.dt_ms / 1000
    values = {
        "tau_mem": network.tau_mem_ms / 1000,
        "tau_syn": tau_syn,
        "r": 1.0,
        "v_leak": 0.0,
        "v_reset": 0.0,
        "v_threshold": network.threshold,
        "w_in": 1 / jump(spikes, tau_syn, dt),
    }
    return {key: np.full(size, value) for key, value in values.items()}


def scenario_without_paths(scenario: Scenario) -> str:
    """Return the scenario as TOML without this machine's paths."""
    plain = replace(
        scenario,
        data=replace(scenario.data, path=None, test_path=None),
        training=replace(scenario.training, start_from=None),
    )
    return resolved_toml(plain)
