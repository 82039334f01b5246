"""The arrays of a LIF layer's PEs, what they take of SRAM, and the most cycles a wake can cost; it computes no neuron."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.settings import Arithmetic, Costs, Settings
from firmware_models.words import BACKWARD, FORWARD, LOAD, LOSS, REDUCE, Int32s, Int64s


class LayerState(NamedTuple):
    """Rows are the PEs of all copies' shares of one layer. n is the largest share, pre the layer below, T the steps."""

    layer: int
    sources: int  # neurons of the layer below
    output: bool
    arithmetic: Arithmetic
    costs: Costs
    seed: Int64s  # [1]: the part's noise seed
    copy: Int32s  # [pe]
    first: Int32s  # [pe]: first neuron of the share
    size: Int32s  # [pe]: neurons in the share
    turn: Int32s  # [pe]: reduce round in which this copy sends
    transfer: Int32s  # [pe, slices]: numbers of its gradient transfers, -1 where none
    weight: Int32s  # [pe, pre, n] weight format
    gradient: Int64s  # [pe, pre, n] adjoint format
    current: Int32s  # [pe, n] state format
    potential: Int32s  # [pe, n] state format
    adjoint: Int32s  # [pe, n] adjoint format
    adjoint_current: Int32s  # [pe, n] adjoint format
    own_first: Int32s  # [pe, T + 2]: own spikes of step i are [own_first[i], own_first[i + 1])
    own_neuron: Int32s  # [pe, own]: local index
    own_slack: Int32s  # [pe, own]: D, state format
    own_count: Int32s  # [pe]
    own_step: Int32s  # [pe]: last step written
    in_first: Int32s  # [pe, T + 2]: spikes of the layer below, by the step before the one they came in
    in_source: Int32s  # [pe, in]
    in_count: Int32s  # [pe]
    in_step: Int32s  # [pe]
    loss_error: Int32s  # [pe, n]: output layer, what the loss sent
    first_spike: Int32s  # [pe, n]: T if none
    spike_count: Int32s  # [pe, n]: spikes of steps 0..T-2 in this batch
    # scratch of one wake
    total: Int64s  # [pe, n]
    wide: Int64s  # [pe, n]
    received: Int64s  # [pe, n]
    fired: Int32s  # [pe, n]
    slack: Int32s  # [pe, n]
    mark: NDArray[np.uint8]  # [pe, n]
    seen: NDArray[np.uint8]  # [pe, pre]
    # what the simulator watches; no SRAM is charged
    probe_adjoint: Int32s  # [pe, own]: lV after the jump of that spike
    probe_current: Int32s  # [pe, own]: lI then
    saturated: Int64s  # [pe, 4]
    unrecorded: Int64s  # [pe]: spikes for which the record had no room
    spikes: Int64s  # [pe]


def make_layer_state(
    settings: Settings,
    layer: int,
    sources: int,
    output: bool,
    copy: Int32s,
    first: Int32s,
    size: Int32s,
    turn: Int32s,
    transfer: Int32s,
) -> LayerState:
    """An empty state for len(copy) PEs."""
    rows, n, steps = len(copy), int(size.max()), settings.arithmetic.steps
    own, into = settings.spikes_per_neuron * n, settings.spikes_per_neuron * sources

    def zeros(*shape: int, dtype: Any = np.int32) -> Any:
        return np.zeros((rows, *shape), dtype)

    return LayerState(
        layer=layer, sources=sources, output=output, arithmetic=settings.arithmetic, costs=settings.costs,
        seed=np.zeros(1, np.int64), copy=copy, first=first, size=size, turn=turn, transfer=transfer,
        weight=zeros(sources, n), gradient=zeros(sources, n, dtype=np.int64),
        current=zeros(n), potential=zeros(n), adjoint=zeros(n), adjoint_current=zeros(n),
        own_first=zeros(steps + 2), own_neuron=zeros(own), own_slack=zeros(own), own_count=zeros(), own_step=zeros(),
        in_first=zeros(steps + 2), in_source=zeros(into), in_count=zeros(), in_step=zeros(),
        loss_error=zeros(n), first_spike=zeros(n), spike_count=zeros(n),
        total=zeros(n, dtype=np.int64), wide=zeros(n, dtype=np.int64), received=zeros(n, dtype=np.int64),
        fired=zeros(n), slack=zeros(n), mark=zeros(n, dtype=np.uint8), seen=zeros(sources, dtype=np.uint8),
        probe_adjoint=zeros(own), probe_current=zeros(own),
        saturated=zeros(4, dtype=np.int64), unrecorded=zeros(dtype=np.int64), spikes=zeros(dtype=np.int64),
    )  # fmt: skip


def layer_regions(
    settings: Settings, word_bytes: dict[str, int], sources: int, neurons: int, output: bool
) -> dict[str, int]:
    """SRAM bytes by name, as firmware would lay them out: 16-bit indices, 32-bit states, 64-bit sums."""
    steps, record = settings.arithmetic.steps, settings.spikes_per_neuron
    return {
        "weights": word_bytes["weight"] * sources * neurons,
        "gradients": 8 * sources * neurons,
        "neuron states": 2 * (word_bytes["state"] + word_bytes["adjoint"]) * neurons,
        "own spikes": (2 + word_bytes["state"]) * record * neurons + 2 * (steps + 2),
        "input spikes": 2 * record * sources + 2 * (steps + 2),
        "counts and errors": (2 + 2 + (word_bytes["error"] if output else 0)) * neurons,
        "scratch": (8 + 8 + 2 + 1) * neurons + sources,
    }


def layer_cycles(
    settings: Settings, phase: int, sources: int, neurons: int, parts_above: int, slices: int, layer: int, output: bool
) -> int:
    """The most cycles that one wake can take: every source fires once, every neuron fires, every error comes."""
    c = settings.costs
    if phase == LOAD:
        return c.tick + c.clear_word * (2 * neurons * sources + 4 * neurons + 2 * (settings.arithmetic.steps + 1))
    if phase == FORWARD:
        return c.tick + sources * (c.packet + c.synapse * neurons + c.record) + neurons * (c.neuron + c.send + c.record)
    if phase == LOSS:
        return c.tick + c.packet * sources
    if phase == BACKWARD:
        errors = sources * (c.error_synapse * neurons + c.send) if layer > 1 else 0
        packets = c.packet * neurons * max(1, parts_above)
        push = 0
        if output and settings.arithmetic.push:
            push = c.packet + c.gradient_synapse * sources + settings.spikes_per_neuron * sources
        return (
            c.tick + packets + push + errors + neurons * (c.adjoint + c.jump) + c.gradient_synapse * neurons * sources
        )
    return c.tick + (c.dma * slices if phase == REDUCE else 0)
