"""The state of the program that runs the networks of scripts: all PEs of a network in one structure of flat arrays.

One structure and one kernel serve networks of any number of populations and any mixture of models, so that the kernel is compiled once
and not again for each network. Neuron n of the network is neuron `n - at[pe]` of its PE; synapses are rows of a table for each PE.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.charges import Ledger, make_ledger
from firmware_models.cost import Costs
from firmware_models.programs.group_program import GroupProgram
from firmware_models.words import Int32s, Int64s

Float32s = NDArray[np.float32]
# Delays are 0 to 7 ticks; each slot of the ring has the sums of positive and of negative weights.
RING_SLOTS, SIGNS = 8, 2
# What stands in place of a kernel's address for a spike list.
SPIKE_LIST = np.int64(0)


# The arrays of 64-bit numbers.
LONG = (
    "update", "cost_key", "cost_times", "at", "seed", "trace_first", "trace_last", "trace_state", "trace_column", "base", "row_first",
    "convolution_first", "convolution_last", "convolution",
)  # fmt: skip


class ScriptState(NamedTuple):
    """The state, [pe], [neuron] or [synapse row]; a network has rows for all its PEs."""

    ledger: Ledger
    # How many ticks the network runs. In the tick after them, PEs only take the packets that have come.
    ticks: int
    # In quanta: a core cycle, and from one tick to the next.
    core_quanta: int
    period_q: int
    # [pe]: the address of the kernel that updates a neuron, or SPIKE_LIST; and the operation that it is charged as, and how often
    update: Int64s
    cost_key: Int64s
    cost_times: Int64s
    # [pe]: the position of the population in the graph, the first neuron of the PE in its population, their number, the first in `x`
    population: Int32s
    first: Int32s
    size: Int32s
    at: Int64s
    # [pe]: whether any PE listens, and the seed of those that fire by chance
    sends: Int32s
    seed: Int64s
    # [pe]: the states that are recorded are [trace_first, trace_last) of [trace]: a column of `x`, and the first column in `traces`
    trace_first: Int64s
    trace_last: Int64s
    trace_state: Int64s
    trace_column: Int64s
    # [neuron, parameter], [neuron, state] at the start, and [neuron, state]; the columns are those of the neuron's model
    p: Float32s
    x_init: Float32s
    x: Float32s
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
    traces: Float32s
    packets: Int32s
    done_q: Int64s
    busy_until_q: Int64s


def reset(s: ScriptState) -> None:
    """Set a network to its start: states as they were given, rings empty, nothing recorded."""
    s.x[...] = s.x_init
    for array in (s.ring, s.fired, s.packets, s.done_q, s.busy_until_q, s.ledger.times):
        array[...] = 0
    s.traces[...] = np.nan


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

    `numbers` are ticks, core_quanta, period_q, columns of `traces`, and spikes, the room for spikes; `arrays` are the fields from
    `update` to `kernel`, but for `x`.
    """
    rows, ticks, x_init = len(arrays["update"]), numbers["ticks"], np.ascontiguousarray(arrays["x_init"], np.float32)
    kinds: dict[str, Any] = dict.fromkeys(LONG, np.int64) | {"p": np.float32, "x_init": np.float32, "kernel": np.int8}
    fields = {name: np.ascontiguousarray(array, kinds.get(name, np.int32)) for name, array in arrays.items()}
    state = ScriptState(
        ledger=make_ledger(costs, rows),
        ticks=ticks,
        core_quanta=numbers["core_quanta"],
        period_q=numbers["period_q"],
        **fields,
        x=x_init.copy(),
        ring=np.zeros(len(x_init) * RING_SLOTS * SIGNS, np.int32),
        next=np.zeros(rows, np.int64),
        last=np.zeros(rows, np.int64),
        spike_tick=np.zeros(numbers["spikes"], np.int32),
        spike_neuron=np.zeros(numbers["spikes"], np.int32),
        fired=np.zeros((ticks, len(x_init)), np.uint8),
        traces=np.zeros((ticks, numbers["columns"]), np.float32),
        packets=np.zeros((ticks, rows), np.int32),
        done_q=np.zeros((ticks, rows), np.int64),
        busy_until_q=np.zeros(rows, np.int64),
    )
    reset(state)
    return state


def build_script_program(name: str, state: ScriptState, step: Any) -> GroupProgram:
    """Build the program of all PEs of a network: in a wake a PE sends at most one packet for each of its neurons."""
    most = int(state.size.max(initial=1))
    return GroupProgram(name, len(state.update), most, state, step, (("x", 0), ("ring", 0)))
