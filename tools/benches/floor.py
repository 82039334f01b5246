"""The least that the work costs: arithmetic, bytes and steps of packets from counts, at the speed that plain loops reach here.

How each term of a training sample is counted:

- a neuron and step: 5 operations forward, and 4 backward in half of the steps at least, where its error is not zero;
- a spike: the row of its synapses that exist, an addition each; in the backward pass a row of gradients (2 each) and, if its source has
  an error or a delay that is learned, a dot product with the row (2 each);
- a projection with delays: an addition for each neuron and step, of what arrives now;
- Adam: 12 operations for each number that is learned, once a batch; on the chip one more to add the gradients of each copy;
- on the chip a hop of a packet, a delivery and the wake of a PE: 4 operations each, which wait for each other: load, maximum, add, store;
- bytes of the first cache, where rows that several spikes share may be: rows of weights that are read (twice if there is a dot product),
  rows of gradients read and written, on the chip 32 bytes written and read for a hop, and for a delivery 48;
- bytes of the memory that holds all numbers of a network: Adam's 8 words of each number that is learned, once a batch.

Multiplying and adding, packets and bytes each have their speed, measured in the same run, that of bytes by the size of the memory.
Arithmetic and packets follow each other, and bytes are moved meanwhile, so the floor is the longer of the two. This module knows no
network, and runs none.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from benches.clock import lap, say

FORWARD, BACKWARD, ADAM, STEP = 5, 4 / 2, 12, 4
HOP_BYTES, DELIVERY_BYTES, ADAM_WORDS = 64, 96, 8
ARITHMETIC, CHAINED = "float64 multiply-and-add in cache", "integer steps in a chain"
STREAMED = (1 << 14, 1 << 17, 1 << 20, 1 << 24)  # numbers of two arrays that are added


class Width(NamedTuple):
    """Bytes of a weight, of a gradient, and of a word of the optimizer."""

    weight: int
    gradient: int
    word: int


FLOAT64, FIXED, CHIP = Width(8, 8, 8), Width(2, 4, 4), Width(2, 4, 4)


class Floor(NamedTuple):
    """Counts for one unit of work (a sample, a tick, a delivery): operations, those that wait for each other, bytes moved in the first
    cache, and bytes of numbers that are learned, of which there are `held` bytes.
    """

    arithmetic: float
    chained: float = 0.0
    moved: float = 0.0
    learned: float = 0.0
    held: float = 0.0


def training_floor(inputs: Any, spikes: list[int], samples: int, batch: int, width: Width = FLOAT64) -> Floor:
    """Count a training sample of a network off the chip; `spikes` of each population are those of all samples."""
    graph, steps = inputs.graph, inputs.scenario.network.steps
    operations, moved, learned = 0.0, 0.0, 0
    for population in graph.populations:
        if population.kind != "input":
            operations += population.size * (steps - 1) * (FORWARD + BACKWARD)
    for k, q in enumerate(graph.projections):
        size, post = graph.populations[q.pre].size, graph.populations[q.post].size
        synapses = int(np.prod(graph.shape(k)) if q.exists is None else q.exists.sum())
        error = graph.populations[q.pre].kind != "input" or q.learns_delays
        row = spikes[q.pre] / samples * synapses / size
        operations += row * (1 + 2 + 2 * error) + (post * (steps - 1) if q.delay_max else 0)
        moved += row * (width.weight * (1 + error) + 2 * width.gradient)
        learned += synapses * (q.learns_weights + (q.learns_delays and q.learn != "axonal"))
        learned += size * (q.learn == "axonal")
    held = learned * (width.weight + width.gradient + 2 * width.word)
    return Floor(
        operations + ADAM * learned / batch, 0.0, moved, ADAM_WORDS * width.word * learned / batch, float(held)
    )


def chip_floor(inputs: Any, moved: dict[str, Any], copies: int) -> Floor:
    """Count a training sample on the chip, of which `moved` says spikes, hops, deliveries and wakes of all samples."""
    samples = moved["samples"]
    plain = training_floor(inputs, moved["spikes"], samples, copies, CHIP)
    packets = packet_floor(moved["packet_hops"], moved["deliveries"], moved["wakes"], samples)
    added = plain.held / (CHIP.weight + CHIP.gradient + 2 * CHIP.word)  # the gradients of each sample's copy
    bytes_moved = plain.moved + packets.moved + added * CHIP.gradient
    return Floor(plain.arithmetic + added, packets.chained, bytes_moved, plain.learned, plain.held)


def packet_floor(hops: int, deliveries: int, wakes: int, units: int) -> Floor:
    """Count packets alone, for each of so many units of work."""
    moved_bytes = HOP_BYTES * hops + DELIVERY_BYTES * deliveries
    return Floor(0.0, STEP * (hops + deliveries + wakes) / units, moved_bytes / units)


class Speeds(NamedTuple):
    """Operations a CPU second, and bytes a CPU second by the bytes of what is gone through, fewest first."""

    arithmetic: float
    chained: float
    streamed: tuple[tuple[int, float], ...]

    def seconds(self, floor: Floor) -> tuple[float, str]:
        """Return the least time of a unit of work, and what it is made of."""
        stored = next((rate for size, rate in self.streamed if size >= floor.held), self.streamed[-1][1])
        times = {"arithmetic": floor.arithmetic / self.arithmetic, "packets": floor.chained / self.chained}
        moving = floor.moved / self.streamed[0][1] + floor.learned / stored
        if moving > sum(times.values()):
            return moving, "bytes"
        return sum(times.values()), max(times, key=lambda name: times[name])


@numba.njit(cache=True)
def float_ops(a: Any, b: Any, rounds: int) -> None:
    """2 operations per element and round, 24 bytes."""
    for _ in range(rounds):
        for j in range(a.size):
            a[j] = 0.5 * a[j] + b[j]


@numba.njit(cache=True)
def integer_ops(a: Any, rounds: int) -> Any:
    """4 operations per element and round that wait for each other, as a hop does: load, maximum, add, store."""
    now = 0
    for _ in range(rounds):
        for j in range(a.size):
            now = max(now, a[j]) + 5
            a[j] = now - (now >> 1)
    return now


def main() -> None:
    """Two speeds of operations, and that of bytes in memories of some sizes."""
    a, b = np.ones(123), np.ones(123)
    c = np.zeros(128, np.int64)
    float_ops(a, b, 1)
    integer_ops(c, 1)
    rounds = 200_000
    with lap() as took:
        float_ops(a, b, rounds)
    moved, held = 24 * a.size * rounds, 16 * a.size
    say("floor", ARITHMETIC, took, operations=2 * a.size * rounds, bytes=moved, held=held)
    with lap() as took:
        integer_ops(c, rounds)
    say("floor", CHAINED, took, operations=4 * c.size * rounds, bytes=16 * c.size * rounds)
    for size in STREAMED:
        a, b, rounds = np.ones(size), np.ones(size), 3 * STREAMED[-1] // size
        float_ops(a, b, 1)
        with lap() as took:
            float_ops(a, b, rounds)
        say(
            "floor", f"bytes added over {16 * size / 1e6:.1f} MB", took, operations=2 * size * rounds,
            bytes=24 * size * rounds, held=16 * size,
        )  # fmt: skip


if __name__ == "__main__":
    main()
