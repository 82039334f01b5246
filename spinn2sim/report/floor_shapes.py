"""The position and the size of each PE and each channel on the drawn floor plan, in quads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.chip_routes import routes_around
from spinn2sim.hardware.dead_parts import DeadParts, channels_by_name
from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.geometry import ChannelId, ChannelKind, pe_in_quad, quad_of

PE_SIDE, PE_OFFSET = 0.26, 0.2
# A mesh channel lies in the gap between two quads, the two directions side by side.
HOP_LONG, HOP_WIDE, HOP_ASIDE = 0.24, 0.07, 0.05
# Injection and ejection are bars in the middle of a quad, reads and writes are boxes on a DRAM interface.
PORT_WIDE, PORT_HIGH, PORT_ASIDE = 0.05, 0.6, 0.035
DRAM_WIDE, DRAM_HIGH, DRAM_ASIDE, DRAM_BELOW = 0.2, 0.3, 0.14, 0.1
Boxes = dict[str, NDArray[np.float64]]


def pe_boxes() -> Boxes:
    """Return centres x, y and sides w, h of PEs 1..152; `pe` is the core id. PE 0 of a quad is at the lower left."""
    quads = np.array([quad_of(core) for core in range(1, N_CORES + 1)], np.float64)
    inner = np.array([pe_in_quad(core) for core in range(1, N_CORES + 1)])
    side = np.full(N_CORES, PE_SIDE)
    x, y = quads[:, 0] + PE_OFFSET * (2 * (inner % 2) - 1), quads[:, 1] + PE_OFFSET * (2 * (inner // 2) - 1)
    return {"x": x, "y": y, "w": side, "h": side.copy(), "pe": np.arange(1.0, N_CORES + 1)}


def channel_boxes(names: Sequence[str]) -> Boxes:
    """Return centres x, y and sides w, h of channels, which are named as in the tables."""
    boxes = np.array([_box(channels_by_name()[name]) for name in names], np.float64).reshape(-1, 4)
    return dict(zip("xywh", boxes.T.copy(), strict=True))


def dead_boxes(dead: DeadParts) -> tuple[Boxes, list[str]]:
    """Return the boxes of dead PEs, of PEs that they cut off, and of closed channels, with what each of them is."""
    cut_off, closed = routes_around(dead).cut_off, sorted(map(str, dead.channels))
    cores = np.array([*sorted(dead.pes), *cut_off], np.int64)
    pes, bars = pe_boxes(), channel_boxes(closed)
    boxes = {side: np.concatenate([pes[side][cores - 1], bars[side]]) for side in "xywh"}
    said = [*(f"PE {core}: dead" for core in sorted(dead.pes)), *(f"PE {core}: cut off" for core in cut_off)]
    return boxes, [*said, *(f"{name}: closed" for name in closed)]


def _box(channel: ChannelId) -> tuple[float, float, float, float]:
    (ax, ay), (bx, by) = channel.start, channel.end
    match channel.kind:
        case ChannelKind.MESH if ay == by:
            return (ax + bx) / 2, ay + (HOP_ASIDE if bx > ax else -HOP_ASIDE), HOP_LONG, HOP_WIDE
        case ChannelKind.MESH:
            return ax + (HOP_ASIDE if by > ay else -HOP_ASIDE), (ay + by) / 2, HOP_WIDE, HOP_LONG
        case ChannelKind.DRAM_READ:
            return ax - DRAM_ASIDE, ay - DRAM_BELOW, DRAM_WIDE, DRAM_HIGH
        case ChannelKind.DRAM_WRITE:
            return ax + DRAM_ASIDE, ay - DRAM_BELOW, DRAM_WIDE, DRAM_HIGH
        case ChannelKind.INJECTION:
            return ax - PORT_ASIDE, float(ay), PORT_WIDE, PORT_HIGH
        case ChannelKind.EJECTION:
            return ax + PORT_ASIDE, float(ay), PORT_WIDE, PORT_HIGH
