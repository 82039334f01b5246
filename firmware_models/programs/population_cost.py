"""The SRAM that a population's PE needs, and the most cycles that a wake can take, for a spiking population and for a readout."""

from __future__ import annotations

from typing import Any

from firmware_models.charges import NUMBERS_A_NEURON
from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.programs.group_program import Unit
from firmware_models.wake_bounds import bounded, dma_cost, error_packet_cost, packet_cost, send_cost, wake_cost
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
        resting = k.rest_neuron if unit.rests else 0
        fired = k.neuron + k.fire + k.record + send_cost(k)
        return bounded(_forward_cycles(c, unit) + neurons * (fired + resting))
    if phase == BACKWARD:
        packets, push = error_packet_cost(k) * neurons * max(1, int(unit.error_senders)), 0.0
        if unit.output and c.neuron.push:
            push = error_packet_cost(k) + k.push_synapse * sources + k.push * c.spikes_per_neuron * sources
        resting = k.rest_neuron if unit.rests else 0
        return bounded(_backward_cycles(c, unit) + packets + push + neurons * (k.jump + resting))
    return bounded(_other_cycles(c, unit, phase, spiking=True))


def readout_cycles(c: FirmwareConstants, unit: Unit, phase: int) -> int:
    """Return the most cycles of a wake, in which every source fires once, every error arrives, and every maximum or average is sent."""
    k, neurons, averages = c.costs, int(unit.neurons), answers_by_average(c, unit)
    if phase == FORWARD:
        each = k.readout_neuron + send_cost(k) + (k.average_neuron if averages else 0)
        return bounded(_forward_cycles(c, unit) + neurons * each)
    if phase == BACKWARD:
        each = error_packet_cost(k) + (k.average_neuron if averages else k.peak_error)
        return bounded(_backward_cycles(c, unit) + neurons * each)
    clear = 2 * k.clear_word * neurons if phase == LOAD and averages else 0
    return bounded(clear + _other_cycles(c, unit, phase, spiking=False))


def _forward_cycles(c: FirmwareConstants, unit: Unit) -> float:
    """Return the cycles of a forward wake without those that depend on the kind of neuron."""
    k, undelayed = c.costs, held_synapses(unit) - _delayed_synapses(unit)
    heard = int(unit.sources) * (packet_cost(k) + k.record)
    synapses = _of_synapses(unit, k.synapse, k.listed_synapse) * undelayed + k.delayed_synapse * _delayed_synapses(unit)
    return wake_cost(k) + k.tick_forward + heard + synapses + _noise_cycles(c, unit) + _ring_cycles(c, unit)


def _backward_cycles(c: FirmwareConstants, unit: Unit) -> float:
    """Return the cycles of a backward wake without those that depend on the kind of neuron.

    Each synapse with a delay acts on one step's spike in a backward step, but a spike is looked at in as many steps as there are slots.
    """
    k, neurons, delayed = c.costs, int(unit.neurons), int(unit.delayed_sources)
    noise = k.noise if c.arithmetic.stochastic else 0
    looked_at = 2 * delayed * int(unit.delay_slots) * k.look_delay
    per_delayed = k.delayed_error_synapse + k.delay_gradient + k.delayed_gradient_synapse + noise
    errors = int(unit.error_sources) * (k.error + send_cost(k))
    error_synapses = int(unit.error_sources) * neurons - int(unit.listed.absent_errors)
    errors += (_of_synapses(unit, k.error_synapse, k.listed_error_synapse) + noise) * error_synapses
    undelayed = held_synapses(unit) - _delayed_synapses(unit)
    gradients = k.gradient_row * (int(unit.sources) - delayed)
    gradients += _of_synapses(unit, k.gradient_synapse, k.listed_gradient_synapse) * undelayed
    delays = looked_at + per_delayed * _delayed_synapses(unit)
    each = wake_cost(k) + k.tick_backward + neurons * k.adjoint + _noise_cycles(c, unit)
    return each + errors + gradients + delays


def _of_synapses(unit: Unit, matrix: float, listed: float) -> float:
    """Return what a synapse costs, of a matrix or of a row of targets; the larger if a PE has both."""
    return max(matrix, listed) if unit.listed.rows else matrix


def _delayed_synapses(unit: Unit) -> int:
    return int(unit.delayed_sources) * int(unit.neurons) - int(unit.listed.absent_delayed)


def _noise_cycles(c: FirmwareConstants, unit: Unit) -> float:
    """Return the cycles of the random numbers that neurons take in a step."""
    return c.costs.noise * int(NUMBERS_A_NEURON) * int(unit.neurons) if c.arithmetic.stochastic else 0


def _ring_cycles(c: FirmwareConstants, unit: Unit) -> float:
    """Return the cycles of taking what is due from a ring (after lost ticks, all of it), or of sorting synapses before step 1."""
    slots, neurons = int(unit.delay_slots), int(unit.neurons)
    if slots == 0:
        return 0
    sorting = int(unit.delayed_sources) * (neurons + slots) - int(unit.listed.absent_delayed)
    return max(c.costs.ring_neuron * neurons * slots, c.costs.sort_delay * sorting)


def _other_cycles(c: FirmwareConstants, unit: Unit, phase: int, spiking: bool) -> float:
    """Return the most cycles of a wake in phases in which no neuron is updated."""
    k = c.costs
    if phase == LOAD:
        words = int(words_to_clear(spiking, unit.sources, unit.neurons, c.arithmetic.steps))
        delays = 2 * int(unit.neurons) * (int(unit.delay_slots) + int(unit.delayed_sources)) + 2 * int(
            unit.delayed_sources
        )
        saved = 2 * int(unit.listed.absent + unit.listed.absent_learning)
        return wake_cost(k) + k.tick_load + k.clear_word * (words + delays - saved)
    if phase == LOSS:  # the spikes of the last step are left unread
        return wake_cost(k) + k.bank_conflict * int(unit.sources)
    return wake_cost(k) + (k.tick_reduce + dma_cost(k) * int(unit.slices) if phase == REDUCE else 0)
