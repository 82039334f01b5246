"""The arrays of a population's neurons that the LIF kernels read and write."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from firmware_models.words import Int32s, Int64s


class Neurons(NamedTuple):
    """The arrays, with a row for each PE; n is the largest share. `fired` and `v_slope` are empty if the neurons never fire."""

    # [pe], the first neuron of the share
    first: Int32s
    # [pe], the number of neurons in the share
    size: Int32s
    # [pe, n], exp(-dt/tau_syn) and exp(-dt/tau_mem) with 32 fraction bits; empty if they are the same for all neurons
    alpha: Int64s
    beta: Int64s
    # [pe, n], I in the state format
    current: Int32s
    # [pe, n], V in the state format
    potential: Int32s
    # [pe, n], lV in the adjoint format
    adjoint: Int32s
    # [pe, n], lI in the adjoint format
    adjoint_current: Int32s
    # [pe, n], scratch of one wake: sums before they are narrowed
    total: Int64s
    # [pe, n], scratch of one wake: local indices of the neurons that fired
    fired: Int32s
    # [pe, n], scratch of one wake: D = I - U of the neurons that fired (tau_mem times the slope of V), in the state format
    v_slope: Int32s


def make_neurons(first: Int32s, size: Int32s, spiking: bool, each: bool = False) -> Neurons:
    """Make neurons at rest on len(size) PEs; with `each`, with room for decay factors of each neuron."""
    rows, n = len(size), int(size.max())

    def zeros(length: int, dtype: Any = np.int32) -> Any:
        return np.zeros((rows, length), dtype)

    return Neurons(
        first=first,
        size=size,
        alpha=zeros(n if each else 0, np.int64),
        beta=zeros(n if each else 0, np.int64),
        current=zeros(n),
        potential=zeros(n),
        adjoint=zeros(n),
        adjoint_current=zeros(n),
        total=zeros(n, np.int64),
        fired=zeros(n if spiking else 0),
        v_slope=zeros(n if spiking else 0),
    )
