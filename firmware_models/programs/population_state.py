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


class IncomingProjections(NamedTuple):
    """The projections into a population. Their source neurons are the population's rows, one projection after the other."""

    # [projections], the population that projects
    population: Int32s
    # [projections], the row of its first neuron
    first_row: Int32s
    # [projections], the number of its neurons
    size: Int32s
    # [projections], 1 if it takes errors for its spikes, which an input does not
    takes_errors: Int32s
    # [rows], the number of the projection
    of_row: Int32s


class PopulationState(NamedTuple):
    """The arrays, with a row for each PE of one population in all copies. n is the largest share, rows the source neurons, T the steps.

    Arrays that only a spiking population needs are empty for a readout, and the reverse.
    """

    # Whether the neurons fire; those of a readout keep their highest voltage.
    spiking: bool
    # The position of the population in the graph.
    population: int
    # The number of source neurons of all incoming projections.
    sources: int
    incoming: IncomingProjections
    output: bool
    # Whether populations send errors, which they do if this one projects to them.
    hears_errors: bool
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
    # [pe, rows, n], in the weight format
    weight: Int32s
    # [pe, rows, n], in the adjoint format
    gradient: Int64s
    # Rows of the source neurons that fired, by the step in which they did.
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
    # Scratch of one wake of a spiking population: [pe, n], sums of errors; [pe, n], neurons that expect an error; [pe, rows], sources seen
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


def make_incoming(group: Group) -> IncomingProjections:
    """Describe the projections into a group's population."""
    found = group.incoming

    def numbers(name: str) -> Int32s:
        return np.array([getattr(one, name) for one in found], np.int32)

    size = numbers("size")
    of_row = np.repeat(np.arange(len(found), dtype=np.int32), size)
    return IncomingProjections(numbers("population"), numbers("first_row"), size, numbers("takes_errors"), of_row)


def make_population_state(c: FirmwareConstants, group: Group, spiking: bool) -> PopulationState:
    """Make an empty state for a group's PEs."""
    incoming = make_incoming(group)
    rows, sources, steps = len(group.cores), len(incoming.of_row), c.arithmetic.steps
    neurons = make_neurons(column(group, "first"), column(group, "size"), spiking)
    n = neurons.current.shape[1]
    fires, holds = (n, 0) if spiking else (0, n)
    own = c.spikes_per_neuron * fires

    def zeros(*shape: int, dtype: Any = np.int32) -> Any:
        return np.zeros((rows, *shape), dtype)

    return PopulationState(
        spiking=spiking,
        population=group.layer,
        sources=sources,
        incoming=incoming,
        output=bool(group.scalars["output"]),
        hears_errors=bool(group.scalars["hears_errors"]),
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
