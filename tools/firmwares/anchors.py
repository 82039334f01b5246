"""The rules of cycles against a published figure of the chip: synaptic events per second of one core."""

from __future__ import annotations

import shutil
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np

from firmwares.compilers import FIRMWARE, Compiler
from spinn2sim.emulation.cycle_rules import CycleRules
from spinn2sim.emulation.emulated_board import EmulatedBoard
from spinn2sim.emulation.firmware_file import parse

SOURCE = Path(__file__).resolve().parent / "anchor" / "sparse.c"
NEURONS, SOURCES, DELAYS = 1024, 512, 16
# Published for one core at 300 MHz with 1024 sparse neurons and steps of 1 ms: docs/reference/firmware.md has the source.
PUBLISHED_PER_S, CYCLES_PER_STEP, STEPS_PER_S = 12e6, 300_000, 1000


def events_per_second(compiler: Compiler, synapses: int) -> tuple[float, float]:
    """Return the synaptic events a second that fill a core's steps, for rows of so many synapses, and the cycles of one event."""
    few, many = (_cycles(compiler, synapses, spikes) for spikes in (10, 110))
    spike = (many - few) / 100
    free = CYCLES_PER_STEP - (few - 10 * spike)
    return free / spike * synapses * STEPS_PER_S, spike / synapses


def _cycles(compiler: Compiler, synapses: int, spikes: int) -> int:
    """Count a step in which so many spikes come."""
    with tempfile.TemporaryDirectory() as name:
        folder, image = Path(name), Path(name) / "anchor.elf"
        shutil.copytree(FIRMWARE / "board", folder / "board")
        (folder / "c").mkdir()
        for source in (SOURCE, FIRMWARE / "c" / "fixed.h"):
            shutil.copy(source, folder / "c")
        compiler.build(image, folder, ("-Wl,-u,sparse_wake",))
        firmware = parse(BytesIO(image.read_bytes()), "{}")
    board, rng = EmulatedBoard(firmware, [], CycleRules()), np.random.default_rng(0)
    target, delay, weight = (rng.integers(0, most, SOURCES * synapses) for most in (NEURONS, DELAYS, 100))
    words = [
        np.arange(SOURCES + 1) * synapses, weight << 16 | delay << 10 | target, np.zeros(DELAYS * NEURONS // 2),
        np.zeros(NEURONS), np.zeros(NEURONS), np.zeros(1 + NEURONS),
    ]  # fmt: skip
    places = [board.address(board.place(array.astype(np.uint32))) for array in words]
    numbers = [round(2**32 * np.exp(-1 / 5)), round(2**32 * np.exp(-1 / 20)), 1, 1 << 15]
    state = board.address(board.place(np.array([*places, *numbers], np.uint32)))
    heard = board.address(board.place(rng.integers(0, SOURCES, spikes).astype(np.uint32)))
    board.core.use(board.memory)
    board.core.take_counts()
    board.core.call("sparse_wake", (state, heard, spikes), board.stack)
    return board.core.take_counts()[0]


def anchor_text(compilers: tuple[Compiler, ...]) -> str:
    """Return what rows of several lengths give, beside the published figure."""
    lines = [f"{'compiler':10} {'synapses a row':>14} {'cycles an event':>16} {'events/s':>12} {'of published':>13}"]
    for compiler in compilers:
        for synapses in (10, 30, 100):
            rate, cycles = events_per_second(compiler, synapses)
            lines.append(
                f"{compiler.name:10} {synapses:14} {cycles:16.2f} {rate / 1e6:10.2f} M {100 * rate / PUBLISHED_PER_S:11.0f} %"
            )
    return "\n".join(lines)
