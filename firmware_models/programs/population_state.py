"""The arrays of the PEs that hold a population, spiking or readout."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.cost import Costs
from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.kernel_constants import Arithmetic
from firmware_models.kernels.neuron_arrays import Neurons, make_neurons
from firmware_models.programs.group_program import Group, column
from firmware_models.programs.spike_record import SpikeRecord, make_spike_record
from firmware_models.words import Int32s, Int64s


class PopulationState(NamedTuple):
    """Rows are the PEs of all copies' shares of one population. n is the largest share, pre the population below, T the steps.

    What only a spiking population needs has no place in a readout (size 0), and the reverse.
    """

    # Whether the neurons fire; those of a readout remember their highest voltage.
    spiking: bool
    layer: int
    # Neurons of the population below.
    sources: int
    output: bool
    arithmetic: Arithmetic
    costs: Costs
    # [1]: the part's noise seed
    seed: Int64s
    # [pe]
    copy: Int32s
    # [pe]: reduce round in which this copy sends
    turn: Int32s
    # [pe, slices]: numbers of its gradient transfers, -1 where none
    transfer: Int32s
    neurons: Neurons
    # [pe, pre, n] weight format
    weight: Int32s
    # [pe, pre, n] adjoint format
    gradient: Int64s
    # Spikes of the population below, by the step before the one they came in.
    inputs: SpikeRecord
    # [pe, n] error format: what the loss sent to an output
    loss_error: Int32s
    # Spiking: own spikes.
    own: SpikeRecord
    # [pe, own]: D = I - U at each own spike, state format
    own_v_slope: Int32s
    # [pe, n]: T if none
    first_spike: Int32s
    # [pe, n]: spikes of steps 0..T-2 in this batch
    spike_count: Int32s
    # Readout: [pe, n] state format, the highest V so far, 0 until one is above rest
    peak: Int32s
    # [pe, n]: the first step with that V; 0 where V was never above rest
    peak_step: Int32s
    # Scratch of one wake, spiking: [pe, n] sums of the errors that came, [pe, n] and [pe, pre] who is meant
    received: Int64s
    expects_error: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    # What the simulator watches; no SRAM is charged. [pe, own]: lV and lI after the jump of that spike
    probe_adjoint: Int32s
    probe_current: Int32s
    # [pe, 4]: by quantity
    saturated: Int64s
    # [pe]: spikes for which a record had no room
    unrecorded: Int64s
    # [pe]: own spikes since the part began
    spikes: Int64s


def make_population_state(c: FirmwareConstants, group: Group, spiking: bool) -> PopulationState:
    """An empty state for a group's PEs."""
    rows, sources, steps = len(group.cores), group.scalars["sources"], c.arithmetic.steps
    neurons = make_neurons(column(group, "first"), column(group, "size"), spiking)
    n = neurons.current.shape[1]
    fires, holds = (n, 0) if spiking else (0, n)
    own = c.spikes_per_neuron * fires

    def zeros(*shape: int, dtype: Any = np.int32) -> Any:
        return np.zeros((rows, *shape), dtype)

    return PopulationState(
        spiking=spiking,
        layer=group.layer,
        sources=sources,
        output=bool(group.scalars["output"]),
        arithmetic=c.arithmetic,
        costs=c.costs,
        seed=np.zeros(1, np.int64),
        copy=column(group, "copy"),
        turn=column(group, "turn"),
        transfer=column(group, "transfer"),
        neurons=neurons,
        weight=zeros(sources, n),
        gradient=zeros(sources, n, dtype=np.int64),
        inputs=make_spike_record(rows, steps, c.spikes_per_neuron * sources),
        loss_error=zeros(n),
        own=make_spike_record(rows, steps if spiking else 0, own),
        own_v_slope=zeros(own),
        first_spike=zeros(fires),
        spike_count=zeros(fires),
        peak=zeros(holds),
        peak_step=zeros(holds),
        received=zeros(fires, dtype=np.int64),
        expects_error=zeros(fires, dtype=np.uint8),
        seen=zeros(sources if spiking else 0, dtype=np.uint8),
        probe_adjoint=zeros(own),
        probe_current=zeros(own),
        saturated=zeros(4, dtype=np.int64),
        unrecorded=zeros(dtype=np.int64),
        spikes=zeros(dtype=np.int64),
    )
