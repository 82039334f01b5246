"""The load of a board's chips and links over a whole run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spinn2sim.hardware.board.shape import LINK_NAMES
from spinn2sim.hardware.units import QUANTA_PER_S
from spinn2sim.report.run_data import AbsentError, RunData

ONE_CHIP = "the scenario has no [board]: the floor plan shows its chip"


@dataclass(frozen=True)
class BoardLoad:
    """Rows of chips and of directions of links, with what was counted in all finished epochs."""

    # x, y, pes, packets, over_links, busy: the share of time in which its PEs were busy, on average.
    chips: list[dict[str, Any]]
    # x, y, to_x, to_y, link, packets, longest, busy: the share of time in which the link was busy.
    links: list[dict[str, Any]]


def board_load(run: RunData) -> BoardLoad:
    """Read the load. Raises AbsentError for a run on one chip."""
    if run.scenario.board is None:
        raise AbsentError(ONE_CHIP)
    tables = run.need("chips", ONE_CHIP)
    seconds = sum(line.get(f"{part}_chip_s") or 0.0 for line in run.metrics for part in ("train", "test", "validation"))
    cycles = max(1e-12, seconds * run.core_mhz * 1e6)
    quanta = max(1e-12, seconds * QUANTA_PER_S)
    chips = tables.rows(
        "SELECT x, y, max(pes) AS pes, sum(packets)::BIGINT AS packets, sum(over_links)::BIGINT AS over_links, "
        "sum(busy_cycles)::BIGINT AS cycles FROM chips GROUP BY x, y ORDER BY y, x",
        (),
        True,
    )
    links = tables.rows(
        "SELECT x, y, to_x, to_y, link, sum(packets)::BIGINT AS packets, max(longest) AS longest, sum(busy_q)::BIGINT AS busy_q "
        "FROM links GROUP BY ALL ORDER BY y, x, link",
        (),
        True,
    )
    for chip in chips:
        chip["busy"] = chip.pop("cycles") / max(1, chip["pes"]) / cycles
    for link in links:
        link["busy"] = link.pop("busy_q") / quanta
        link["link"] = link["link"] if link["link"] in LINK_NAMES else LINK_NAMES[int(link["link"])]
    return BoardLoad(chips, links)
