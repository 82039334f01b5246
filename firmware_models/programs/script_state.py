"""The state of the program that runs the networks of scripts: all PEs of a network in one structure of flat arrays.

One structure and one kernel serve networks of any number of populations and any mixture of models, so that the kernel is compiled once
and not again for each network. Neuron n of the network is neuron `n - at[pe]` of its PE; synapses are rows of a table for each PE.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.cost import Costs
from firmware_models.programs.group_program import GroupProgram
from firmware_models.words import Int32s, Int64s

Float32s = NDArray[np.float32]
# Delays are 0 to 7 ticks; each slot of the ring has the sums of positive and of negative weights.
RING_SLOTS, SIGNS = 8, 2
# What runs on a PE.
SPIKE_LIST, LIF, CURRENT = np.int64(0), np.int64(1), np.int64(2)
ADAPTIVE, CHANCE, POISSON, IZHIKEVICH = np.int64(3), np.int64(4), np.int64(5), np.int64(6)
MOST_OWN = 3  # parameters that a model has for itself
# The arrays with one number for each neuron that follow from the script's parameters, and their values for a spike list.
PARAMETERS = ("alpha", "threshold", "offset", "v_reset", "v_init", "exc_decay", "inh_decay", "refractory")


class ScriptState(NamedTuple):
    """The state, [pe], [neuron] or [synapse row]; a network has rows for all its PEs."""

    costs: Costs
    # How many ticks the network runs. In the tick after them, PEs only take the packets that have come.
    ticks: int
    # In quanta: a core cycle, and from one tick to the next.
    core_quanta: int
    period_q: int
    # [pe]: SPIKE_LIST, LIF, ...
    model: Int32s
    # [pe]: the position of the population in the graph, the first neuron of the PE in its population, their number, the first in `v`
    population: Int32s
    first: Int32s
    size: Int32s
    at: Int64s
    # [pe]: whether a reset subtracts the threshold, and whether any PE listens
    subtracts: Int32s
    sends: Int32s
    # [pe]: the first column in `voltages`, or -1 if they are not recorded
    column: Int64s
    # [pe]: the first column in `thresholds`, or -1; and the seed of those that fire by chance
    threshold_column: Int64s
    seed: Int64s
    # [neuron, MOST_OWN], by model, and [neuron], the start of `second`
    own: Float32s
    second_init: Float32s
    # [neuron]
    alpha: Float32s
    threshold: Float32s
    offset: Float32s
    v_reset: Float32s
    v_init: Float32s
    exc_decay: Float32s
    inh_decay: Float32s
    refractory: Int32s
    v: Float32s
    # The second state of models that have one: the rise of an adaptive threshold, Izhikevich's u.
    second: Float32s
    exc: Float32s
    inh: Float32s
    silent: Int32s
    # [neuron x RING_SLOTS x SIGNS], by PE: slot, sign, neuron
    ring: Int32s
    # [pe, population]: the row of the population's neuron 0 in `row_first`, or -1 if it has no synapse here; and [row + 1]
    base: Int64s
    row_first: Int64s
    # [synapse]; the target is a neuron of the PE
    target: Int32s
    weight: Int32s
    delay: Int32s
    # [pe, population]: the convolutions from it are [convolution_first, convolution_last); [convolution, field]; and their weights
    convolution_first: Int64s
    convolution_last: Int64s
    convolution: Int64s
    kernel: NDArray[np.int8]
    # [pe]: the spikes of a spike list that are not sent yet; and [spike], by PE and tick
    next: Int64s
    last: Int64s
    spike_tick: Int32s
    spike_neuron: Int32s
    # Recordings: [tick, neuron], [tick, column], [tick, pe], and the quanta since the first tick at which a PE is free
    fired: NDArray[np.uint8]
    voltages: Float32s
    thresholds: Float32s
    packets: Int32s
    done_q: Int64s
    busy_until_q: Int64s


def reset(s: ScriptState) -> None:
    """Set a network to its start: voltages at v_init, currents and rings empty, nothing recorded."""
    s.v[:], s.second[:] = s.v_init, s.second_init
    for array in (s.exc, s.inh, s.silent, s.ring, s.fired, s.packets, s.done_q, s.busy_until_q):
        array[...] = 0
    s.voltages[...] = s.thresholds[...] = np.nan


def set_spikes(s: ScriptState, pe: Int64s, tick: Int64s, neuron: Int64s) -> bool:
    """Set the spikes that spike lists send: rows (PE, tick, neuron of the PE), sorted. Returns False if there is no room for so many."""
    if len(tick) > len(s.spike_tick):
        return False
    s.spike_tick[: len(tick)], s.spike_neuron[: len(tick)] = tick, neuron
    rows = np.arange(len(s.next))
    s.next[:], s.last[:] = np.searchsorted(pe, rows), np.searchsorted(pe, rows, side="right")
    return True


def make_state(costs: Costs, numbers: Mapping[str, int], arrays: Mapping[str, NDArray[Any]]) -> ScriptState:
    """Make the state of a network from the fields that describe it; all others follow from their sizes.

    `numbers` are ticks, core_quanta, period_q, columns and threshold_columns, and spikes, the room for spikes; `arrays` are the fields
    from `model` to `kernel`.
    """
    rows, neurons, ticks = len(arrays["model"]), len(arrays["alpha"]), numbers["ticks"]
    kinds: dict[str, Any] = {name: np.float32 for name in (*PARAMETERS, "own", "second_init") if name != "refractory"}
    kinds |= {
        "at": np.int64,
        "column": np.int64,
        "threshold_column": np.int64,
        "seed": np.int64,
        "base": np.int64,
        "row_first": np.int64,
        "convolution_first": np.int64,
        "convolution_last": np.int64,
        "convolution": np.int64,
        "kernel": np.int8,
    }
    fields = {name: np.ascontiguousarray(array, kinds.get(name, np.int32)) for name, array in arrays.items()}
    state = ScriptState(
        costs=costs,
        ticks=ticks,
        core_quanta=numbers["core_quanta"],
        period_q=numbers["period_q"],
        **fields,
        v=np.zeros(neurons, np.float32),
        second=np.zeros(neurons, np.float32),
        exc=np.zeros(neurons, np.float32),
        inh=np.zeros(neurons, np.float32),
        silent=np.zeros(neurons, np.int32),
        ring=np.zeros(neurons * RING_SLOTS * SIGNS, np.int32),
        next=np.zeros(rows, np.int64),
        last=np.zeros(rows, np.int64),
        spike_tick=np.zeros(numbers["spikes"], np.int32),
        spike_neuron=np.zeros(numbers["spikes"], np.int32),
        fired=np.zeros((ticks, neurons), np.uint8),
        voltages=np.zeros((ticks, numbers["columns"]), np.float32),
        thresholds=np.zeros((ticks, numbers["threshold_columns"]), np.float32),
        packets=np.zeros((ticks, rows), np.int32),
        done_q=np.zeros((ticks, rows), np.int64),
        busy_until_q=np.zeros(rows, np.int64),
    )
    reset(state)
    return state


def build_script_program(name: str, state: ScriptState, step: Any) -> GroupProgram:
    """Build the program of all PEs of a network: in a wake a PE sends at most one packet for each of its neurons."""
    most = int(state.size.max(initial=1))
    return GroupProgram(name, len(state.model), most, state, step, (("v", 0), ("exc", 0), ("inh", 0), ("ring", 0)))
