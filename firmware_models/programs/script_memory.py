"""The SRAM that a PE of a script's network needs, in the words of generated code for the chip (nestml, resources_spinnaker2)."""

from __future__ import annotations

from typing import Any

WORD_BYTES = 4
# Data lie between these addresses; code, constants and the neurons' states are below them.
DATA_FIRST, DATA_LAST = 0xE900, 0x1F000
DATA_BYTES = DATA_LAST - DATA_FIRST
# Packets that a PE can have received and not yet taken.
RECEIVE_PACKETS = 512
WORDS_PER_ROW, WORDS_PER_SOURCE = 3, 3
# A kernel's weight has 8 bits. Sizes, strides, pads, windows, channels and the place of the kernels are a word each.
KERNEL_WEIGHTS_PER_WORD, WORDS_PER_CONVOLUTION = 4, 16
# The states of so many neurons lie below the data. Those of more have, as assumed, v, four parameters, sums of both signs, and a spare.
NEURONS_BELOW, WORDS_PER_NEURON = 250, 8
# What is recorded besides states, which are floats with the tick before those of each tick.
OTHER_RECORDS = ("spikes", "v_last", "time_done", "n_packets")


def script_regions(population: Any, counts: Any, ticks: int) -> dict[str, int]:
    """Return the bytes by region name of a PE that holds `counts` of a population, for a run of some ticks.

    The words of a spike list (a 16-bit tick each, and a pointer for each neuron) are assumed.
    """
    n, record = counts.neurons, population.record
    words = {
        "packets": RECEIVE_PACKETS,
        "synapse rows": WORDS_PER_ROW * counts.sources + counts.synapse_words,
        "source table": WORDS_PER_SOURCE * counts.sources,
        "convolutions": WORDS_PER_CONVOLUTION * counts.convolutions,
        "kernels": -(-counts.kernel_weights // KERNEL_WEIGHTS_PER_WORD),
        "more neurons": WORDS_PER_NEURON * max(0, n - NEURONS_BELOW) if population.kind != "input" else 0,
        "spike list": n + -(-counts.spikes // 2) if population.kind == "input" else 0,
        "spikes": ticks * (2 + -(-n // 32)) if "spikes" in record else 0,
        **{state: ticks * (1 + n) for state in record if state not in OTHER_RECORDS},
        "v_last": 1 + n if "v_last" in record else 0,
        "time_done": ticks if "time_done" in record else 0,
        "model": -(-(population.neuron_bytes * n + population.pe_bytes) // WORD_BYTES),
    }
    return {name: WORD_BYTES * count for name, count in words.items() if count}
