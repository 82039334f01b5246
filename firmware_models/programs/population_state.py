"""The state of the population program, for spiking populations and readouts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.charges import Ledger, make_ledger
from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.kernel_constants import Arithmetic
from firmware_models.kernels.neuron_arrays import Neurons, make_neurons
from firmware_models.programs.group_program import Group, column
from firmware_models.programs.neuron_constants import per_share, population_constants
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
    # [projections], the most steps of delay; 0 for a projection without delays
    delay_max: Int32s
    # [projections], the first of its rows in arrays that have a row for each source with delays
    first_delayed: Int32s
    # [projections], 1 if the optimizer needs gradients of delays, and 1 if it needs only their sum for each source neuron
    learns_delays: Int32s
    axonal: Int32s
    # [rows], the number of the projection
    of_row: Int32s
    # [projections], 1 if its synapses are held as rows of targets, and the first of its rows in arrays that have a row for each of these
    listed: Int32s
    first_listed: Int32s


class SynapseLists(NamedTuple):
    """The targets of projections that are held as rows; empty without any. A listed row is a source of such a projection."""

    # [pe, listed rows, n], local neurons in rising order
    target: Int32s
    # [pe, listed rows], how many there are
    length: Int32s
    # [pe], places of the matrix of gradients, and of that of delay gradients, which no synapse has, so that a PE need not hold them
    absent: Int64s
    absent_delays: Int64s


class DelayLines(NamedTuple):
    """What a PE keeps of synapses with delays; all are empty without any. A delayed row is a source of a projection with delays."""

    # [pe, delayed rows, n], neurons of the share in the order of their delays
    order: Int32s
    # [pe, delayed rows, slots + 1], where the neurons with each delay begin in `order`
    start: Int32s
    # [pe, slots, n], sums of what acts in steps to come, in the state format; slots is the longest delay + 1
    ring: Int64s
    # [pe], the step of the last wake that took from the ring
    last_step: Int32s
    # [pe, capacity of the input record], the error for each recorded spike so far, in the error format
    error_sum: Int64s
    # The simulator's own, so that a spike which has nothing to do in a backward step is passed over at once: [pe, capacity of the input
    # record], the most steps of delay of the spike's projection, -1 without delays, and the only delay of an axon's spike, -1 for others.
    reach: Int32s
    only: Int32s
    # Likewise, of acting_spikes.py: [pe, capacity], recorded spikes in the order of the steps in which they act; [pe, T + 1], where those
    # of a step begin; [pe, T + 1], how many the firmware looks at in a step; [pe], whether this is of the spikes that are recorded now.
    acting: Int32s
    acting_first: Int32s
    looks: Int32s
    listed: Int32s


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
    # Whether any source neuron takes errors, and whether any projection has delays.
    sends_errors: bool
    has_delays: bool
    # Whether any projection is held as rows of targets.
    has_lists: bool
    output: bool
    # Whether populations send errors, which they do if this one projects to them.
    hears_errors: bool
    arithmetic: Arithmetic
    # [pe, n], what the guard "push" takes off the gradient words of a silent label neuron
    push: Int64s
    ledger: Ledger
    # [1], the part's noise seed
    seed: Int64s
    # [pe], and what is added to it to name its noise: the copies of the batch on the chips before
    copy: Int32s
    first_copy: int
    # [pe], the reduce round in which this copy sends
    turn: Int32s
    # [pe, slices], the numbers of its gradient transfers; -1 if there are fewer
    transfer: Int32s
    neurons: Neurons
    # [pe, rows, n], in the weight format
    weight: Int32s
    # [pe, rows, n], in the adjoint format
    gradient: Int64s
    lists: SynapseLists
    delays: DelayLines
    # [pe, delayed rows, n], steps
    delay: Int32s
    # [pe, delayed rows, n], in the error format; empty if no delay is learned
    delay_gradient: Int64s
    # [pe, delayed rows], axonal delays, of all synapses of a source, and their gradients; empty without any
    axon_delay: Int32s
    axon_gradient: Int64s
    # Rows of the source neurons that fired, by the step in which they did.
    inputs: SpikeRecord
    # [pe, n], the errors that the loss sent to outputs, in the error format
    loss_error: Int32s
    # For a spiking population: own spikes.
    own: SpikeRecord
    # [pe, own], D = I - U at each own spike, in the state format
    own_v_slope: Int32s
    # For how many steps a neuron rests after a spike; 0: it does not. [pe, own], I at its restart, and from there on backward the product
    # with lV, in the product of both formats; 0 if it does not restart.
    rest_steps: int
    own_restart: Int64s
    # [pe, n], the step of the first spike; T if there is none
    first_spike: Int32s
    # [pe, n], the number of spikes in steps 0 .. T-2 of this batch
    spike_count: Int32s
    # [pe, n], for a readout: the highest V so far, in the state format, 0 until one is above rest; or the average
    peak: Int32s
    # [pe, n], the first step with that V; 0 if V was never above rest
    peak_step: Int32s
    # For an output whose average voltage answers: [T], the share of each step with 32 fraction bits, and [pe, n], sums of c_i V with 8
    # fraction bits beyond the state's; the average takes the place of the highest V in step T-1. Otherwise empty.
    averages: bool
    average: Int64s
    average_sum: Int64s
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

    delayed = [one.size if one.delay_max else 0 for one in found]
    listed = [0 if one.exists is None else one.size for one in found]
    return IncomingProjections(
        population=numbers("population"),
        first_row=numbers("first_row"),
        size=numbers("size"),
        takes_errors=numbers("takes_errors"),
        delay_max=numbers("delay_max"),
        first_delayed=np.array([sum(delayed[:q]) for q in range(len(found))], np.int32),
        learns_delays=numbers("learns_delays"),
        axonal=numbers("axonal"),
        of_row=np.repeat(np.arange(len(found), dtype=np.int32), numbers("size")),
        listed=np.array(listed, np.int32).astype(bool).astype(np.int32),
        first_listed=np.array([sum(listed[:q]) for q in range(len(found))], np.int32),
    )


def make_synapse_lists(group: Group, incoming: IncomingProjections, n: int, learned_delays: bool) -> SynapseLists:
    """List the targets of each source neuron on each PE, of the projections that are held as rows."""
    first, size = column(group, "first"), column(group, "size")
    rows, listed = len(group.cores), int(incoming.size[incoming.listed == 1].sum())
    lists = SynapseLists(
        target=np.zeros((rows, listed, n), np.int32),
        length=np.zeros((rows, listed), np.int32),
        absent=np.zeros(rows, np.int64),
        absent_delays=np.zeros(rows, np.int64),
    )
    for q, one in enumerate(group.incoming):
        if one.exists is not None:
            at = slice(incoming.first_listed[q], incoming.first_listed[q] + one.size)
            for pe in range(rows):
                exists = one.exists[first[pe] : first[pe] + size[pe]].T
                lists.length[pe, at] = np.count_nonzero(exists, axis=1)
                # A stable sort puts the neurons with a synapse first, in rising order.
                lists.target[pe, at, : size[pe]] = np.argsort(~exists, axis=1, kind="stable")
                absent = exists.size - np.count_nonzero(exists)
                lists.absent[pe] += absent
                lists.absent_delays[pe] += absent if one.delay_max and learned_delays else 0
    return lists


def make_delay_lines(incoming: IncomingProjections, rows: int, n: int, capacity: int, steps: int) -> DelayLines:
    """Make empty delay lines for `rows` PEs with up to n neurons and a record of `capacity` input spikes in `steps` steps."""
    delayed, slots = delayed_rows(incoming), int(incoming.delay_max.max()) + 1
    slots, capacity, bounds = (slots, capacity, steps + 1) if delayed else (0, 0, 0)
    return DelayLines(
        order=np.zeros((rows, delayed, n), np.int32),
        start=np.zeros((rows, delayed, slots + 1), np.int32),
        ring=np.zeros((rows, slots, n), np.int64),
        last_step=np.zeros(rows, np.int32),
        error_sum=np.zeros((rows, capacity), np.int64),
        reach=np.zeros((rows, capacity), np.int32),
        only=np.zeros((rows, capacity), np.int32),
        acting=np.zeros((rows, capacity), np.int32),
        acting_first=np.zeros((rows, bounds), np.int32),
        looks=np.zeros((rows, bounds), np.int32),
        listed=np.zeros(rows, np.int32),
    )


def delayed_rows(incoming: IncomingProjections) -> int:
    """Return the number of source neurons of projections with delays."""
    return int(incoming.size[incoming.delay_max > 0].sum())


def make_population_state(c: FirmwareConstants, group: Group, spiking: bool) -> PopulationState:
    """Make an empty state for a group's PEs."""
    incoming = make_incoming(group)
    rows, sources, steps = len(group.cores), len(incoming.of_row), c.arithmetic.steps
    own_constants, each = population_constants(c, group)[0], len(group.time_constants) > 1
    neurons = make_neurons(column(group, "first"), column(group, "size"), spiking, each)
    n = neurons.current.shape[1]
    if each:
        neurons.alpha[:] = per_share(c, group, "alpha", n)
        neurons.beta[:] = per_share(c, group, "beta", n)
    fires, holds = (n, 0) if spiking else (0, n)
    own = c.spikes_per_neuron * fires
    delayed = delayed_rows(incoming)
    learned = delayed if (incoming.learns_delays > incoming.axonal).any() else 0
    axons = delayed if incoming.axonal.any() else 0
    averages = bool(group.scalars["output"]) and not spiking and len(c.average) > 0
    rest = int(group.scalars["refractory_steps"])

    def zeros(*shape: int, dtype: Any = np.int32) -> Any:
        return np.zeros((rows, *shape), dtype)

    return PopulationState(
        spiking=spiking,
        population=group.layer,
        sources=sources,
        incoming=incoming,
        sends_errors=bool(incoming.takes_errors.any()),
        has_delays=delayed > 0,
        has_lists=bool(incoming.listed.any()),
        output=bool(group.scalars["output"]),
        hears_errors=bool(group.scalars["hears_errors"]),
        arithmetic=c.arithmetic._replace(each=each, alpha=own_constants.alpha, beta=own_constants.beta),
        push=per_share(c, group, "push", n),
        ledger=make_ledger(c.costs, len(group.cores)),
        seed=np.zeros(1, np.int64),
        copy=column(group, "copy"),
        first_copy=int(group.scalars.get("first_copy", 0)),
        turn=column(group, "turn"),
        transfer=column(group, "transfer"),
        neurons=neurons,
        weight=zeros(sources, n),
        gradient=zeros(sources, n, dtype=np.int64),
        lists=make_synapse_lists(group, incoming, n, learned > 0),
        delays=make_delay_lines(incoming, rows, n, c.spikes_per_neuron * sources, steps),
        delay=zeros(delayed, n),
        delay_gradient=zeros(learned, n, dtype=np.int64),
        axon_delay=zeros(axons),
        axon_gradient=zeros(axons, dtype=np.int64),
        inputs=make_spike_record(rows, steps, c.spikes_per_neuron * sources),
        loss_error=zeros(n),
        own=make_spike_record(rows, steps if spiking else 0, own),
        own_v_slope=zeros(own),
        rest_steps=rest,
        own_restart=zeros(own if rest else 0, dtype=np.int64),
        first_spike=zeros(fires),
        spike_count=zeros(fires),
        peak=zeros(holds),
        peak_step=zeros(holds),
        averages=averages,
        average=c.average if averages else c.average[:0],
        average_sum=zeros(n if averages else 0, dtype=np.int64),
        received=zeros(fires, dtype=np.int64),
        expects_error=zeros(fires, dtype=np.uint8),
        seen=zeros(sources if spiking else 0, dtype=np.uint8),
        probe_adjoint=zeros(own),
        probe_current=zeros(own),
        saturated=zeros(4, dtype=np.int64),
        unrecorded=zeros(dtype=np.int64),
        spikes=zeros(dtype=np.int64),
    )
