"""The state of the population program, for spiking populations and readouts."""

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
    """The arrays, with a row for each PE of one population in all copies. n is the largest share, pre the population below, T the steps.

    Arrays that only a spiking population needs are empty for a readout, and the reverse.
    """

    # Whether the neurons fire; those of a readout keep their highest voltage.
    spiking: bool
    layer: int
    # The number of neurons of the population below.
    sources: int
    output: bool
    arithmetic: Arithmetic
    costs: Costs
    # [1], the part's noise seed
    seed: Int64s
    # [pe]
    copy: Int32s
    # [pe], the reduce round in which this copy sends
    turn: Int32s
    # [pe, slices], the numbers of its gradient transfers; -1 if there are fewer
    transfer: Int32s
    neurons: Neurons
    # [pe, pre, n], in the weight format
    weight: Int32s
    # [pe, pre, n], in the adjoint format
    gradient: Int64s
    # Spikes of the population below, by the step in which they were fired.
    inputs: SpikeRecord
    # [pe, n], the errors that the loss sent to outputs, in the error format
    loss_error: Int32s
    # For a spiking population: own spikes.
    own: SpikeRecord
    # [pe, own], D = I - U at each own spike, in the state format
    own_v_slope: Int32s
    # [pe, n], the step of the first spike; T if there is none
    first_spike: Int32s
    # [pe, n], the number of spikes in steps 0 .. T-2 of this batch
    spike_count: Int32s
    # [pe, n], for a readout: the highest V so far, in the state format; 0 until one is above rest
    peak: Int32s
    # [pe, n], the first step with that V; 0 if V was never above rest
    peak_step: Int32s
    # Scratch of one wake of a spiking population: [pe, n], sums of errors; [pe, n], neurons that expect an error; [pe, pre], sources seen
    received: Int64s
    expects_error: NDArray[np.uint8]
    seen: NDArray[np.uint8]
    # [pe, own], lV and lI after the jump of each own spike, for validation; not counted as SRAM
    probe_adjoint: Int32s
    probe_current: Int32s
    # [pe, 4], saturations by quantity
    saturated: Int64s
    # [pe], spikes that did not fit into a record
    unrecorded: Int64s
    # [pe], own spikes since the part began
    spikes: Int64s


def make_population_state(c: FirmwareConstants, group: Group, spiking: bool) -> PopulationState:
    """Make an empty state for a group's PEs."""
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
