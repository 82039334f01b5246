"""The arrays of a readout's PEs, what they take of SRAM, and the most cycles a wake can cost; it computes no neuron."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from firmware_models.settings import Arithmetic, Costs, Settings
from firmware_models.words import BACKWARD, FORWARD, LOAD, LOSS, REDUCE, Int32s, Int64s


class ReadoutState(NamedTuple):
    """Rows are the PEs of all copies' shares of the output layer. n is the largest share, pre the layer below, T the steps."""

    layer: int
    sources: int  # neurons of the layer below
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
    peak: Int32s  # [pe, n] state format: the highest V so far, 0 until one is above rest
    peak_step: Int32s  # [pe, n]: the first step with that V; 0 where V was never above rest
    adjoint: Int32s  # [pe, n] adjoint format
    adjoint_current: Int32s  # [pe, n] adjoint format
    loss_error: Int32s  # [pe, n] error format: what the loss sent
    in_first: Int32s  # [pe, T + 2]: spikes of the layer below, by the step before the one they came in
    in_source: Int32s  # [pe, in]
    in_count: Int32s  # [pe]
    in_step: Int32s  # [pe]
    # scratch of one wake
    total: Int64s  # [pe, n]
    wide: Int64s  # [pe, n]
    # what the simulator watches; no SRAM is charged
    saturated: Int64s  # [pe, 4]
    unrecorded: Int64s  # [pe]: spikes for which the record had no room
    spikes: Int64s  # [pe]: none, ever


def make_readout_state(
    settings: Settings,
    layer: int,
    sources: int,
    copy: Int32s,
    first: Int32s,
    size: Int32s,
    turn: Int32s,
    transfer: Int32s,
) -> ReadoutState:
    """An empty state for len(copy) PEs."""
    rows, n, steps = len(copy), int(size.max()), settings.arithmetic.steps
    into = settings.spikes_per_neuron * sources

    def zeros(*shape: int, dtype: Any = np.int32) -> Any:
        return np.zeros((rows, *shape), dtype)

    return ReadoutState(
        layer=layer, sources=sources, arithmetic=settings.arithmetic, costs=settings.costs,
        seed=np.zeros(1, np.int64), copy=copy, first=first, size=size, turn=turn, transfer=transfer,
        weight=zeros(sources, n), gradient=zeros(sources, n, dtype=np.int64),
        current=zeros(n), potential=zeros(n), peak=zeros(n), peak_step=zeros(n),
        adjoint=zeros(n), adjoint_current=zeros(n), loss_error=zeros(n),
        in_first=zeros(steps + 2), in_source=zeros(into), in_count=zeros(), in_step=zeros(),
        total=zeros(n, dtype=np.int64), wide=zeros(n, dtype=np.int64),
        saturated=zeros(4, dtype=np.int64), unrecorded=zeros(dtype=np.int64), spikes=zeros(dtype=np.int64),
    )  # fmt: skip


def readout_regions(settings: Settings, word_bytes: dict[str, int], sources: int, neurons: int) -> dict[str, int]:
    """SRAM bytes by name, as firmware would lay them out: 16-bit indices, 32-bit states, 64-bit sums. No spike of its own is kept."""
    steps, record = settings.arithmetic.steps, settings.spikes_per_neuron
    return {
        "weights": word_bytes["weight"] * sources * neurons,
        "gradients": 8 * sources * neurons,
        "neuron states": 2 * (word_bytes["state"] + word_bytes["adjoint"]) * neurons,
        "maxima and errors": (word_bytes["state"] + 2 + word_bytes["error"]) * neurons,
        "input spikes": 2 * record * sources + 2 * (steps + 2),
        "scratch": (8 + 8) * neurons,
    }


def readout_cycles(settings: Settings, phase: int, sources: int, neurons: int, slices: int, layer: int) -> int:
    """The most cycles that one wake can take: every source fires once, every error comes, every maximum is sent."""
    c = settings.costs
    if phase == LOAD:
        return c.tick + c.clear_word * int(clear_words(sources, neurons, settings.arithmetic.steps))
    if phase == FORWARD:
        return c.tick + sources * (c.packet + c.synapse * neurons + c.record) + neurons * (c.neuron + c.send)
    if phase == LOSS:
        return c.tick + c.packet * sources
    if phase == BACKWARD:
        errors = sources * (c.error_synapse * neurons + c.send) if layer > 1 else 0
        return c.tick + errors + neurons * (c.packet + c.synapse + c.adjoint + c.gradient_synapse * sources)
    return c.tick + (c.dma * slices if phase == REDUCE else 0)


def clear_words(sources: Any, neurons: Any, steps: Any) -> Any:
    """32-bit words that are zeroed between batches: gradients, states, maxima, the record's bounds."""
    return 2 * neurons * sources + 6 * neurons + (steps + 1)
