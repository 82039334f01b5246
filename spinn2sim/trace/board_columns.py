"""Converts the counters of a board's chips to the columns of the tables `chips` and `links`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.shape import Chip, link_name
from spinn2sim.hardware.counters import DMA, Counters
from spinn2sim.hardware.packet import Outcome
from spinn2sim.trace.tables import Columns


def chip_columns(plans: BoardPlan, counters: Sequence[Counters]) -> Columns:
    """Make one row per chip, in the order of the board: what its PEs sent, and what arrived, passed and happened there.

    `packets` are those that were sent on the chip or came to it over a link, weight bursts among them; `over_links` are those that left.
    """
    places = _places("x", "y", plans.board.chips)
    counted = {
        "pes": [sum(len(group.cores) for group in plan.groups) for plan in plans.plans],
        "packets": [int(c.sent[:DMA].sum()) for c in counters],
        "deliveries": [int(c.due.sum()) for c in counters],
        "dma_bytes": [int(c.dma_bytes.sum()) for c in counters],
        "flit_hops": [int(c.hops.sum()) for c in counters],
        "over_links": [sum(row[3] for row in _links(plans, chip, c)) for chip, c in zip(plans.board.chips, counters, strict=True)],
        "late": [int(c.outcomes[:, Outcome.LATE].sum()) for c in counters],
        "dropped": [int(c.outcomes[:, Outcome.DROPPED].sum()) for c in counters],
        **{name: [int(getattr(c, name).sum()) for c in counters] for name in ("wakes", "busy_cycles", "overruns", "lost_ticks")},
        "fifo_high_water": [int(c.fifo_high_water.max()) for c in counters],
    }  # fmt: skip
    return {
        **places,
        **{name: np.array(values, np.int32 if name == "pes" else np.int64) for name, values in counted.items()},
    }


def link_columns(plans: BoardPlan, counters: Sequence[Counters]) -> Columns:
    """Make one row per direction of a link that works: where it leads from and to, packets, quanta in which it was busy, longest queue."""
    rows = [row for chip, c in zip(plans.board.chips, counters, strict=True) for row in _links(plans, chip, c)]
    return {
        **_places("x", "y", [row[0] for row in rows]),
        "link": np.array([row[1] for row in rows], np.int8),
        **_places("to_x", "to_y", [row[2] for row in rows]),
        **{
            name: np.array([row[at] for row in rows], np.int64)
            for at, name in enumerate(("packets", "busy_q", "longest"), 3)
        },
    }


def _links(plans: BoardPlan, chip: Chip, counters: Counters) -> list[tuple[Chip, int, Chip, int, int, int]]:
    """Return chip, link, neighbour, packets, busy quanta and longest queue of each link of a chip."""
    at = {name: n for n, name in enumerate(counters.channel_names)}
    return [
        (
            chip,
            link,
            other,
            int(counters.channel_flits[at[link_name(link)]]),
            int(counters.channel_busy_q[at[link_name(link)]]),
            int(counters.channel_longest[at[link_name(link)]]),
        )
        for link, other in plans.board.links_of(chip)
    ]


def _places(x: str, y: str, chips: Sequence[Chip]) -> dict[str, NDArray[np.int16]]:
    return {x: np.array([chip[0] for chip in chips], np.int16), y: np.array([chip[1] for chip in chips], np.int16)}
