"""Prints docs/reference/scale.md's table: what data-parallel training of Yin-Yang would take on ever more chips, on paper.

    python tools/scale_on_paper.py

Ticks are measured here, on one chip and on 48; the simulator's own costs stand below with the command that measures them. All else follows
from the shape of the machine.
"""

from __future__ import annotations

import math
import sys
from collections import deque
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.shape import N_LINKS, Board, hexagon, rectangle
from spinn2sim.hardware.board.sum_tree import sum_tree
from spinn2sim.hardware.packet import Phase
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.measured_ticks import choose_periods
from spinn2sim.training.plan_of_scenario import make_plans
from spinn2sim.training.run_inputs import load_run_inputs

# Of the simulator: CPU us for a sample on 48 chips and MB for a chip (`python tools/board_cost.py`, docs/reference/board.md).
CPU_US, CHIP_MB = 97, 15
COPIES, TRAIN_SAMPLES, CORES, PES = 22, 5000, 148, 1_000_000
# Bytes of a sample in DRAM (board.md): to the chips five spikes with their count, and a label, from them an answer.
TO_CHIPS, FROM_CHIPS = 48, 16
# The host's link (board.md), and what an Ethernet frame with IP and UDP has beside its payload: 38 bytes with preamble and gap, 20 and 8.
HOST_BIT_S, FRAME_BYTES, FRAME_OVERHEAD = 1e9, 1472, 66


class Measured(NamedTuple):
    """Ticks of a batch, in us: all without the exchange, and the exchange's first one and each other one, of which there are so many."""

    batch_us: float
    first_us: float
    tick_us: float
    chunks: int


def plans_of(scenario: str) -> BoardPlan:
    """Map a scenario with the ticks that are measured for it."""
    inputs = load_run_inputs(scenario)
    firmware = make_firmware(inputs.scenario)
    return make_plans(inputs.scenario, inputs.graph, inputs.most_spikes, firmware, choose_periods(inputs))


def measure() -> Measured:
    """Measure the ticks of Yin-Yang on one chip, and of the exchange on 48."""
    chip, board = plans_of("yinyang"), plans_of("yinyang-board")
    first, others = (phase for phase in board.plans[0].schedule.train if phase.phase is Phase.EXCHANGE)
    batch_q = sum(phase.ticks * phase.period_q for phase in chip.plans[0].schedule.train)
    chunks = first.ticks + others.ticks - sum_tree(board.board).deepest
    return Measured(batch_q / QUANTA_PER_US, first.period_q / QUANTA_PER_US, others.period_q / QUANTA_PER_US, chunks)


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


def host_ms(payload: int) -> float:
    """Return how long the host's link takes for so many bytes, in full frames."""
    return (payload + math.ceil(payload / FRAME_BYTES) * FRAME_OVERHEAD) * 8 / HOST_BIT_S * 1e3


def line(name: str, board: Board, measured: Measured) -> str:
    """Make a line of the table."""
    chips = len(board.chips)
    depth = max(radius(board), math.ceil(math.log2(chips + 1)) - 1)
    exchange = measured.first_us + (measured.chunks + depth - 1) * measured.tick_us if chips > 1 else 0
    batch, took = chips * COPIES, measured.batch_us + exchange
    return (
        f"| {name} | {chips:,} | {chips * CORES:,} | {batch:,} | {TRAIN_SAMPLES / batch:.2g} | {depth} | {exchange / 1e3:.2f} | "
        f"{took / 1e3:.2f} | {took / batch:.3g} | {host_ms(batch * TO_CHIPS):.3g} | {host_ms(batch * FROM_CHIPS):.2g} | "
        f"{chips * CHIP_MB / 1e3:.3g} | {batch * CPU_US / 1e6:.2g} |"
    )


def main() -> None:
    """Print the table."""
    side = math.ceil(math.sqrt(PES / CORES))
    measured = measure()
    print(f"{measured.batch_us:,.0f} us a batch on one chip")
    print(
        f"{measured.first_us:.0f} us for the exchange's first tick, {measured.tick_us:.0f} us for each other, {measured.chunks} chunks\n"
    )
    print(
        "| machine | chips | PEs | batch | batches in 5,000 samples | depth of the tree | exchange, ms | batch, ms | us a sample | "
        "samples over the host's link, ms a batch | answers back, ms | GB to simulate | CPU s to simulate a batch |"
    )
    print("|---" * 13 + "|")
    print(line("one chip", rectangle(1, 1), measured))
    print(line("one board", hexagon(), measured))
    print(line("three boards", rectangle(12, 12, wrap=True), measured))
    print(line("a million PEs", rectangle(side, side, wrap=True), measured))


if __name__ == "__main__":
    main()
