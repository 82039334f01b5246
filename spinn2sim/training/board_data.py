"""Converts what the plans of a board have in common to plain data, for the output of the command `map`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.board.sum_tree import sum_tree
from spinn2sim.hardware.packet import Phase
from spinn2sim.hardware.units import QUANTA_PER_US


def board_data(plans: BoardPlan) -> dict[str, Any]:
    """Return the chips of a board, the copies on each, and the exchange of their gradient sums, or what parts of a network they have."""
    board, tree = plans.board, sum_tree(plans.board)
    first = plans.plans[0]
    ticks = [phase for phase in first.schedule.train if phase.phase == Phase.EXCHANGE]
    scalars = first.groups[-1].scalars if first.groups else {}
    exchange = {
        "ticks": sum(phase.ticks for phase in ticks),
        "us": sum(phase.ticks * phase.period_q for phase in ticks) // QUANTA_PER_US,
        "chunk_words": scalars.get("exchange_chunk", 0),
        "chunks": scalars.get("exchange_chunks", 0),
    }
    return {
        "chips": [list(chip) for chip in board.chips],
        "links": sum(1 for _ in board.links()),
        "copies_per_chip": [plan.copies for plan in plans.plans],
        "mapped_around": [list(chip) for chip, plan in zip(board.chips, plans.plans, strict=True) if plan.dead],
        "tree": {"root": list(tree.root), "deepest": tree.deepest},
        "exchange": exchange if ticks else None,
        **({"parts": _parts(plans)} if has_parts(plans) else {}),
    }


def has_parts(plans: BoardPlan) -> bool:
    """Whether chips hold parts of one network, so that some are without a loss."""
    return not all(any(group.name == "loss" for group in plan.groups) for plan in plans.plans)


def _parts(plans: BoardPlan) -> list[dict[str, Any]]:
    """Return what is on each chip that has a part of the network."""
    return [
        {
            "chip": list(chip),
            "pes": {group.name: len(group.cores) for group in plan.groups},
            "routing_entries": len(plan.entries),
        }
        for chip, plan in zip(plans.board.chips, plans.plans, strict=True)
        if plan.groups
    ]


def board_lines(data: dict[str, Any]) -> Iterator[str]:
    """Yield what `map` says of a board before it shows its first chip."""
    chips, tree, exchange = data["chips"], data["tree"], data["exchange"]
    copies, parts = data["copies_per_chip"][0], data.get("parts")
    held = f"parts of {copies} copies on {len(parts)} of them" if parts else f"{copies} copies on each"
    yield f"a board of {len(chips)} chips with {data['links'] // 2} links, {held}"
    for one in parts or ():
        pes = ", ".join(f"{name} {count}" for name, count in one["pes"].items())
        yield f"  chip {tuple(one['chip'])}: PEs: {pes}; {one['routing_entries']} routing entries"
    if exchange:
        yield (
            f"gradient sums go to chip {tuple(tree['root'])} over up to {tree['deepest']} links, and totals back: "
            f"{exchange['us']} us in {exchange['ticks']} ticks, {exchange['chunks']} chunks of "
            f"{exchange['chunk_words']} words from each optimizer PE"
        )
    if data["mapped_around"]:
        yield f"chips with dead parts: {', '.join(str(tuple(chip)) for chip in data['mapped_around'])}"
    yield f"chip {tuple(chips[0])}:"
