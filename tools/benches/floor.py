"""The least that the work costs: arithmetic and bytes from counts, at the speed that plain loops reach here; it runs no network.

python -m benches.floor measures that speed: multiply-and-add of float64 arrays in the first cache, integer steps that wait for each other.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numba
import numpy as np

from benches.clock import lap, say

LINE_BYTES = 64


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


def mirror_ops(spikes: list[int], samples: int, batch: int, steps: int, sizes: tuple[int, ...] = (5, 120, 3)) -> float:
    """float64 operations per training sample.

    Forward 5 and backward 4 per neuron and step, at least half of the backward steps; each spike adds one row of weights, and in the
    backward pass one row of gradients (2 each) and, above the input, one dot product (2 each); Adam 12 per weight and batch.
    """
    ops = 0.0
    for k in range(1, len(sizes)):
        below = spikes[k - 1] / samples
        ops += sizes[k] * (steps - 1) * (5 + 2) + below * sizes[k] * (1 + 2 + (2 if k > 1 else 0))
    weights = sum(a * b for a, b in pairwise(sizes))
    return ops + 12 * weights / batch


def engine_ops(line: dict[str, Any], steps: int, hidden: int = 120, copies: int = 22) -> tuple[float, float]:
    """(arithmetic operations, bytes) per training sample on the chip.

    Arithmetic in integers counts like the mirror's; a packet's hop (a burst's are not counted) is 4 operations on one line of 64 bytes,
    a delivery 24 bytes written and read
    in a FIFO; gradients of all copies are written, cleared, moved, added (8 bytes a word each).
    """
    samples, sizes = line["samples"], (5, hidden, 3)
    words = 5 * hidden + 3 * hidden
    arithmetic = mirror_ops(line["spikes"], samples, copies, steps, sizes) + words
    network = 4 * line["packet_hops"] / samples
    moved = LINE_BYTES * line["packet_hops"] / samples + 48 * line["deliveries"] / samples + 4 * 8 * words
    return arithmetic + network, moved


def main() -> None:
    """Two speeds."""
    a, b = np.ones(123), np.ones(123)
    c = np.zeros(128, np.int64)
    float_ops(a, b, 1)
    integer_ops(c, 1)
    rounds = 200_000
    with lap() as took:
        float_ops(a, b, rounds)
    say("floor", "float64 multiply-and-add in cache", took, operations=2 * a.size * rounds, bytes=24 * a.size * rounds)
    with lap() as took:
        integer_ops(c, rounds)
    say("floor", "integer steps in a chain", took, operations=4 * c.size * rounds, bytes=16 * c.size * rounds)


if __name__ == "__main__":
    main()
