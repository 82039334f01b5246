"""The SRAM that an optimizer PE needs, and the most cycles that a wake can take."""

from __future__ import annotations

from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.programs.exchange_state import chunk_packets
from firmware_models.programs.group_program import Unit
from firmware_models.wake_bounds import bounded, dma_cost, long_packet_cost, long_send_cost, wake_cost
from firmware_models.words import EXCHANGE, LOAD, REDUCE


def optimizer_regions(c: FirmwareConstants, unit: Unit) -> dict[str, int]:
    """Return SRAM bytes by region name, with float32 weights only if there is a master; SGD keeps one moment, Adam two."""
    words, listed = unit.pre_rows * unit.neurons - unit.listed.absent, unit.listed
    counts = 4 * unit.neurons if c.send_counts else 0
    return {
        "gradient buffer": unit.slots * (8 * words + counts),
        "gradient sum": 8 * words + counts,
        "master weights": 4 * words if unit.delays or c.weight_format.master else 0,
        "moments": 4 * (2 if c.adam else 1) * words,
        "weights": (2 if unit.delays else c.word_bytes.weight) * words,
        **({"targets": 2 * (listed.synapses + listed.rows)} if listed.rows else {}),
    }


def optimizer_cycles(c: FirmwareConstants, unit: Unit, phase: int) -> int:
    """Return the most cycles that one wake can take."""
    k, neurons, words = c.costs, int(unit.neurons), int(unit.pre_rows * unit.neurons) - int(unit.listed.absent)
    if phase == LOAD:
        return bounded(wake_cost(k) + dma_cost(k))
    add = k.reduce_word * int(unit.slots) * (words + (neurons if c.send_counts else 0))
    if phase == REDUCE:
        cleared = 2 * k.clear_word * (words + (neurons if c.send_counts else 0))
        return bounded(wake_cost(k) + k.tick_optimizer + max(add, cleared))
    # Packets of a chunk; a chip takes those of its children, and as many with totals.
    packets = chunk_packets(unit.chunk)
    taken = packets * long_packet_cost(k) + k.exchange_word * int(unit.chunk)
    if phase == EXCHANGE:
        # The first tick adds the last gradients, when no packet can have come.
        received = max(add, (int(unit.chunk_senders) + 1) * taken)
        return bounded(wake_cost(k) + k.tick_exchange + received + packets * long_send_cost(k)) if packets else 0
    guard = k.penalty_word if c.neuron.rate_penalty else k.raise_word
    guarded = k.guard_neuron * neurons + guard * words if c.send_counts else 0
    limit = k.limit_delay if unit.delays else k.clip_word if c.neuron.clip else 0
    each = (k.adam_word if c.adam else k.sgd_word) + limit + (k.noise_word if c.weight_format.stochastic else 0)
    return bounded(wake_cost(k) + k.tick_update + (taken if packets else add) + guarded + each * words)
