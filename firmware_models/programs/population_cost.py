"""The SRAM that a population's PE needs, and the most cycles that a wake can take, for a spiking population and for a readout."""

from __future__ import annotations

from typing import Any

from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.programs.group_program import Unit
from firmware_models.words import BACKWARD, FORWARD, LOAD, LOSS, REDUCE


def delay_regions(c: FirmwareConstants, unit: Unit) -> dict[str, int]:
    """Return SRAM bytes of synapses with delays by region name: 16-bit delays and indices, 64-bit sums. Without delays there are none."""
    delayed, slots, neurons = int(unit.delayed_sources), int(unit.delay_slots), int(unit.neurons)
    if delayed == 0:
        return {}
    return {
        "delays": (2 + 2) * (delayed * neurons - unit.listed.absent_delayed) + 2 * (slots + 1) * delayed,
        "delay gradients": 8 * (int(unit.learning_sources) * neurons - unit.listed.absent_learning) + (8 + 2) * delayed,
        "delay ring": 8 * slots * neurons,
        "error sums": 8 * c.spikes_per_neuron * int(unit.sources),
    }


def list_regions(unit: Unit) -> dict[str, int]:
    """Return SRAM bytes of projections that are held as rows: a 16-bit target for each synapse, and where each row begins."""
    return {"targets": 2 * (unit.listed.synapses + unit.listed.rows)} if unit.listed.rows else {}


def held_synapses(unit: Unit) -> int:
    """Return the number of weights that a PE holds: the places of matrices, and the synapses of rows."""
    return int(unit.sources) * int(unit.neurons) - int(unit.listed.absent)


def words_to_clear(spiking: Any, sources: Any, neurons: Any, steps: Any) -> Any:
    """Count the 32-bit words that are cleared before a batch: gradients, states, errors or maxima, bounds of the spike records."""
    if spiking:
        return 2 * neurons * sources + 4 * neurons + 2 * (steps + 1)
    return 2 * neurons * sources + 6 * neurons + (steps + 1)


def spiking_regions(c: FirmwareConstants, unit: Unit) -> dict[str, int]:
    """Return SRAM bytes by region name, as firmware on a chip would need: 16-bit indices, states in their word size, 64-bit sums."""
    size, steps, sources, neurons = c.word_bytes, c.arithmetic.steps, int(unit.sources), int(unit.neurons)
    return {
        "weights": size.weight * held_synapses(unit),
        "gradients": 8 * held_synapses(unit),
        "neuron states": (2 * (size.state + size.adjoint) + (8 if unit.own_time_constants else 0)) * neurons,
        "own spikes": (2 + size.state + (8 if unit.rests else 0)) * c.spikes_per_neuron * neurons + 2 * (steps + 2),
        "input spikes": 2 * c.spikes_per_neuron * sources + 2 * (steps + 2),
        "counts and errors": (2 + 2 + (size.error if unit.output else 0)) * neurons,
        "scratch": (8 + 8 + 2 + 1) * neurons + sources,
        **list_regions(unit),
        **delay_regions(c, unit),
    }


def readout_regions(c: FirmwareConstants, unit: Unit) -> dict[str, int]:
    """Return SRAM bytes by region name; a readout has no record of own spikes."""
    size, steps, sources, neurons = c.word_bytes, c.arithmetic.steps, int(unit.sources), int(unit.neurons)
    averages = {"averages": 4 * steps + 8 * neurons} if answers_by_average(c, unit) else {}
    return {
        "weights": size.weight * held_synapses(unit),
        "gradients": 8 * held_synapses(unit),
        "neuron states": (2 * (size.state + size.adjoint) + (8 if unit.own_time_constants else 0)) * neurons,
        "maxima and errors": (size.state + 2 + size.error) * neurons,
        "input spikes": 2 * c.spikes_per_neuron * sources + 2 * (steps + 2),
        "scratch": (8 + 8) * neurons,
        **averages,
        **list_regions(unit),
        **delay_regions(c, unit),
    }


def answers_by_average(c: FirmwareConstants, unit: Unit) -> bool:
    """Whether a readout keeps average voltages, with a table of the steps' shares and a sum for each neuron."""
    return bool(unit.output) and len(c.average) > 0


def spiking_cycles(c: FirmwareConstants, unit: Unit, phase: int) -> int:
    """Return the most cycles of a wake, in which every source fires once, every neuron fires, and every error arrives."""
    k, sources, neurons = c.costs, int(unit.sources), int(unit.neurons)
    if phase == FORWARD:
        spikes = sources * (k.packet + k.record) + k.synapse * held_synapses(unit)
        resting = k.record * neurons if unit.rests else 0
        return k.tick + spikes + neurons * (k.neuron + k.send + k.record) + resting + _ring_cycles(c, unit)
    if phase == BACKWARD:
        packets, push = k.packet * neurons * max(1, int(unit.error_senders)), 0
        if unit.output and c.neuron.push:
            push = k.packet + k.gradient_synapse * sources + c.spikes_per_neuron * sources
        updates = neurons * (k.adjoint + k.jump + (k.record if unit.rests else 0)) + k.gradient_synapse * held_synapses(
            unit
        )
        return k.tick + packets + push + _error_cycles(c, unit) + updates
    return _other_cycles(c, unit, phase, spiking=True)


def readout_cycles(c: FirmwareConstants, unit: Unit, phase: int) -> int:
    """Return the most cycles of a wake, in which every source fires once, every error arrives, and every maximum or average is sent."""
    k, sources, neurons = c.costs, int(unit.sources), int(unit.neurons)
    if phase == FORWARD:
        spikes = sources * (k.packet + k.record) + k.synapse * held_synapses(unit)
        average = k.synapse * neurons if answers_by_average(c, unit) else 0
        return k.tick + spikes + neurons * (k.neuron + k.send) + average + _ring_cycles(c, unit)
    if phase == BACKWARD:
        updates = neurons * (k.packet + k.synapse + k.adjoint) + k.gradient_synapse * held_synapses(unit)
        return k.tick + _error_cycles(c, unit) + updates
    clear = 2 * k.clear_word * neurons if phase == LOAD and answers_by_average(c, unit) else 0
    return clear + _other_cycles(c, unit, phase, spiking=False)


def _error_cycles(c: FirmwareConstants, unit: Unit) -> int:
    """Return the cycles for an error to every source neuron, which inputs take none of, and for what synapses with delays add.

    Each synapse with a delay acts on one step's spike in a backward step, but a spike is looked at in as many steps as there are slots.
    """
    k, neurons, delayed = c.costs, int(unit.neurons), int(unit.delayed_sources)
    looked_at = 2 * delayed * int(unit.delay_slots) * k.record
    per_synapse = (k.error_synapse + k.gradient_synapse) * (delayed * neurons - int(unit.listed.absent_delayed))
    errors = k.error_synapse * (int(unit.error_sources) * neurons - int(unit.listed.absent_errors))
    return int(unit.error_sources) * k.send + errors + looked_at + per_synapse


def _ring_cycles(c: FirmwareConstants, unit: Unit) -> int:
    """Return the cycles of taking what is due from a ring (after lost ticks, all of it), or of sorting synapses before step 1."""
    slots, neurons = int(unit.delay_slots), int(unit.neurons)
    if slots == 0:
        return 0
    sorting = int(unit.delayed_sources) * (neurons + slots) - int(unit.listed.absent_delayed)
    return max(c.costs.synapse * neurons * slots, c.costs.record * sorting)


def _other_cycles(c: FirmwareConstants, unit: Unit, phase: int, spiking: bool) -> int:
    """Return the most cycles of a wake in phases in which no neuron is updated."""
    k = c.costs
    if phase == LOAD:
        words = int(words_to_clear(spiking, unit.sources, unit.neurons, c.arithmetic.steps))
        delays = 2 * int(unit.neurons) * (int(unit.delay_slots) + int(unit.delayed_sources)) + 2 * int(
            unit.delayed_sources
        )
        saved = 2 * int(unit.listed.absent + unit.listed.absent_learning)
        return k.tick + k.clear_word * (words + delays - saved)
    if phase == LOSS:
        return k.tick + k.packet * int(unit.sources)
    return k.tick + (k.dma * int(unit.slices) if phase == REDUCE else 0)
