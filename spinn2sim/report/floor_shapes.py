"""Where each PE and each channel stands on the drawn floor plan, in quads; it knows no load."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.report.contents.channels import Stage
from spinn2sim.spec.chip import N_CORES, pe_in_quad, quad_of

PE_SIDE, PE_OFFSET = 0.26, 0.2
HOP_LONG, HOP_WIDE, LANE = 0.24, 0.07, 0.05  # a mesh channel lies in the gap between two quads, one lane a direction
PORT_WIDE, PORT_HIGH = 0.05, 0.6  # injection and ejection: bars in the middle of a quad
Boxes = dict[str, NDArray[np.float64]]


def pe_boxes() -> Boxes:
    """Centres x, y and sides w, h of PEs 1..152; `pe` is the core id. PE 0 of a quad is at the lower left."""
    quads = np.array([quad_of(core) for core in range(1, N_CORES + 1)], np.float64)
    inner = np.array([pe_in_quad(core) for core in range(1, N_CORES + 1)])
    side = np.full(N_CORES, PE_SIDE)
    x, y = quads[:, 0] + PE_OFFSET * (2 * (inner % 2) - 1), quads[:, 1] + PE_OFFSET * (2 * (inner // 2) - 1)
    return {"x": x, "y": y, "w": side, "h": side.copy(), "pe": np.arange(1.0, N_CORES + 1)}


def channel_boxes(stages: Sequence[Stage]) -> Boxes:
    """Centres x, y and sides w, h of channels."""
    boxes = np.array([_box(stage) for stage in stages], np.float64).reshape(-1, 4)
    return dict(zip("xywh", boxes.T.copy(), strict=True))


def _box(stage: Stage) -> tuple[float, float, float, float]:
    kind, (ax, ay), (bx, by) = stage
    if kind == "hop":
        x, y = (ax + bx) / 2, (ay + by) / 2
        if ay == by:
            return x, y + (LANE if bx > ax else -LANE), HOP_LONG, HOP_WIDE
        return x + (LANE if by > ay else -LANE), y, HOP_WIDE, HOP_LONG
    lane = -0.035 if kind in ("in", "read") else 0.035
    if kind in ("read", "write"):
        return ax + 4 * lane, ay - 0.1, 0.2, 0.3
    return ax + lane, float(ay), PORT_WIDE, PORT_HIGH


def name_of(stage: Stage) -> str:
    """A channel in words."""
    kind, start, end = stage
    if kind == "hop":
        return f"{start} to {end}"
    words = {"in": "injection of quad", "out": "ejection of quad", "read": "DRAM read at", "write": "DRAM write at"}
    return f"{words[kind]} {start}"
