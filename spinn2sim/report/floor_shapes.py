"""Where each PE and each channel stands on the drawn floor plan, in quads; it knows no load."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.geometry import pe_in_quad, quad_of

PE_SIDE, PE_OFFSET = 0.26, 0.2
HOP_LONG, HOP_WIDE, LANE = 0.24, 0.07, 0.05  # a mesh channel lies in the gap between two quads, one lane a direction
PORT_WIDE, PORT_HIGH, PORT_LANE = 0.05, 0.6, 0.035  # injection and ejection: bars in the middle of a quad
DRAM_WIDE, DRAM_HIGH, DRAM_LANE = 0.2, 0.3, 0.14
PLACE = re.compile(r"\((\d+),(\d+)\)")
Boxes = dict[str, NDArray[np.float64]]


def pe_boxes() -> Boxes:
    """Centres x, y and sides w, h of PEs 1..152; `pe` is the core id. PE 0 of a quad is at the lower left."""
    quads = np.array([quad_of(core) for core in range(1, N_CORES + 1)], np.float64)
    inner = np.array([pe_in_quad(core) for core in range(1, N_CORES + 1)])
    side = np.full(N_CORES, PE_SIDE)
    x, y = quads[:, 0] + PE_OFFSET * (2 * (inner % 2) - 1), quads[:, 1] + PE_OFFSET * (2 * (inner // 2) - 1)
    return {"x": x, "y": y, "w": side, "h": side.copy(), "pe": np.arange(1.0, N_CORES + 1)}


def channel_boxes(names: Sequence[str]) -> Boxes:
    """Centres x, y and sides w, h of channels."""
    boxes = np.array([_box(name) for name in names], np.float64).reshape(-1, 4)
    return dict(zip("xywh", boxes.T.copy(), strict=True))


def _box(name: str) -> tuple[float, float, float, float]:
    places = [(int(x), int(y)) for x, y in PLACE.findall(name)]
    (ax, ay), (bx, by) = places[0], places[-1]
    if len(places) == 2 and ay == by:
        return (ax + bx) / 2, ay + (LANE if bx > ax else -LANE), HOP_LONG, HOP_WIDE
    if len(places) == 2:
        return ax + (LANE if by > ay else -LANE), (ay + by) / 2, HOP_WIDE, HOP_LONG
    if "DRAM" in name:
        return ax + (-DRAM_LANE if "read" in name else DRAM_LANE), ay - 0.1, DRAM_WIDE, DRAM_HIGH
    return ax + (-PORT_LANE if "injection" in name else PORT_LANE), float(ay), PORT_WIDE, PORT_HIGH
