"""A drawn recurrent network of LIF neurons as arrays, for a script of this project and for others that lack this project."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

INPUTS, TARGETS, INPUT_WEIGHT = 40, 20, 10
SPIKE_RATE = 0.05  # of an input, in a tick
LIMIT, ALPHA, OFFSET = 20.0, 0.9, 2.3
# The network that benchmarks run: neurons, density and ticks; and how many runs are timed together.
SCRIPT, RUNS = (2000, 0.025, 500), 3


def drawn_script(neurons: int, density: float, ticks: int) -> dict[str, Any]:
    """Draw a network: each input goes to 20 neurons, and a share `density` of the pairs of neurons has a synapse, delayed by 0 to 7 ticks.

    The columns of "in" and "re" (input and recurrent synapses, [synapses, 4]) are source, target, weight and delay; "spikes" has the ticks
    of each input.
    """
    rng = np.random.default_rng(0)
    spikes = drawn_spikes(rng, ticks)
    pairs = np.argwhere(rng.random((neurons, neurons)) < density)
    weights, delays = rng.integers(-5, 6, len(pairs)), rng.integers(0, 8, len(pairs))
    inputs = [[i, int(j), INPUT_WEIGHT, 0] for i in range(INPUTS) for j in rng.integers(0, neurons, TARGETS)]
    return {
        "neurons": neurons,
        "ticks": ticks,
        "spikes": spikes,
        "in": np.array(inputs, np.int64),
        "re": np.column_stack([pairs, weights, delays]),
    }


def drawn_spikes(rng: np.random.Generator, ticks: int) -> dict[int, list[int]]:
    """Draw the ticks in which each input spikes."""
    return {i: np.flatnonzero(rng.random(ticks) < SPIKE_RATE).tolist() for i in range(INPUTS)}


def brian2_arrays(drawn: dict[str, Any]) -> dict[str, NDArray[Any] | float]:
    """Return a drawn network as tools/time_brian2.py takes it."""
    rows = np.array([[t, i] for i, ticks in drawn["spikes"].items() for t in ticks], np.int64).reshape(-1, 2)
    found: dict[str, Any] = {"ticks": drawn["ticks"], "inputs": INPUTS, "neurons": drawn["neurons"]}
    found |= {"limit": LIMIT, "alpha": ALPHA, "offset": OFFSET, "spike_tick": rows[:, 0], "spike_neuron": rows[:, 1]}
    for name in ("in", "re"):
        columns = zip(("source", "target", "weight", "delay"), drawn[name].T, strict=True)
        found |= {f"{name}_{column}": values for column, values in columns}
    return found
