"""Prints docs/reference/scale.md's table: what data-parallel training of Yin-Yang would take on ever more chips, on paper.

    python tools/scale_on_paper.py

Terms that were measured stand below with the command that measures them; all others follow from the shape of the machine.
"""

from __future__ import annotations

import math
import sys
from collections import deque
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from spinn2sim.hardware.board.shape import N_LINKS, Board, hexagon, rectangle

# Simulated, in us: a batch without exchange (`spinn2sim run yinyang`, docs/results/energy.md), the first tick of the exchange and each
# later one, and how many chunks of sums there are (`spinn2sim run yinyang-board`, docs/reference/board.md).
BATCH_US, FIRST_US, TICK_US, CHUNKS = 2730, 219, 14, 45
# Of the simulator: CPU us for a sample on 48 chips and MB for a chip (`python tools/board_cost.py`), windows of a batch.
CPU_US, CHIP_MB = 133, 34
COPIES, TRAIN_SAMPLES, CORES, PES = 22, 5000, 148, 1_000_000
# A sample's spikes in DRAM: four inputs and the bias, a word each; the host's link takes 1 Gbit/s (board.md).
SAMPLE_BYTES, HOST_BIT_S = 20, 1e9


def radius(board: Board) -> int:
    """Return how many links lie between the chip in the middle and the one farthest from it; a torus is alike everywhere."""
    start = board.chips[0] if board.wrap else min(board.chips, key=lambda chip: abs(chip[0] - 4) + abs(chip[1] - 4))
    far, queue = {start: 0}, deque([start])
    while queue:
        chip = queue.popleft()
        for link in range(N_LINKS):
            other = board.neighbour(chip, link)
            if other is not None and other not in far:
                far[other] = far[chip] + 1
                queue.append(other)
    return max(far.values())


def line(name: str, board: Board) -> str:
    """Make a line of the table."""
    chips = len(board.chips)
    depth = max(radius(board), math.ceil(math.log2(chips + 1)) - 1)
    exchange = FIRST_US + (CHUNKS + depth - 1) * TICK_US if chips > 1 else 0
    batch, took = chips * COPIES, BATCH_US + exchange
    host_ms = batch * SAMPLE_BYTES * 8 / HOST_BIT_S * 1e3
    return (
        f"| {name} | {chips:,} | {chips * CORES:,} | {batch:,} | {TRAIN_SAMPLES / batch:.2g} | {depth} | {exchange / 1e3:.2f} | "
        f"{took / 1e3:.2f} | {took / batch:.3g} | {host_ms:.3g} | {chips * CHIP_MB / 1e3:.3g} | {batch * CPU_US / 1e6:.2g} |"
    )


def main() -> None:
    """Print the table."""
    side = math.ceil(math.sqrt(PES / CORES))
    print(
        "| machine | chips | PEs | batch | batches in 5,000 samples | depth | exchange, ms | batch, ms | us a sample | "
        "samples over the host's link, ms a batch | GB to simulate | CPU s to simulate a batch |"
    )
    print("|---" * 12 + "|")
    print(line("one chip", rectangle(1, 1)))
    print(line("one board", hexagon()))
    print(line("three boards", rectangle(12, 12, wrap=True)))
    print(line("a million PEs", rectangle(side, side, wrap=True)))


if __name__ == "__main__":
    main()
