"""The arrays of a population's neurons that the LIF kernels read and write."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from firmware_models.words import Int32s, Int64s


class Neurons(NamedTuple):
    """Rows are PEs, n is the largest share. Neurons that never fire have no place in `fired` and `v_slope`."""

    # [pe]: first neuron of the share
    first: Int32s
    # [pe]: neurons in the share
    size: Int32s
    # [pe, n]: I, state format
    current: Int32s
    # [pe, n]: V, state format
    potential: Int32s
    # [pe, n]: lV, adjoint format
    adjoint: Int32s
    # [pe, n]: lI, adjoint format
    adjoint_current: Int32s
    # [pe, n], scratch of one wake: sums, before they are narrowed
    total: Int64s
    # [pe, n], scratch of one wake: U
    before_reset: Int64s
    # [pe, n], scratch of one wake: local indices of the neurons that fired
    fired: Int32s
    # [pe, n], scratch of one wake: their D = I - U, tau_mem times the slope of V, state format
    v_slope: Int32s


def make_neurons(first: Int32s, size: Int32s, spiking: bool) -> Neurons:
    """Neurons at rest on len(size) PEs."""
    rows, n = len(size), int(size.max())

    def zeros(length: int, dtype: Any = np.int32) -> Any:
        return np.zeros((rows, length), dtype)

    return Neurons(
        first=first,
        size=size,
        current=zeros(n),
        potential=zeros(n),
        adjoint=zeros(n),
        adjoint_current=zeros(n),
        total=zeros(n, np.int64),
        before_reset=zeros(n, np.int64),
        fired=zeros(n if spiking else 0),
        v_slope=zeros(n if spiking else 0),
    )
