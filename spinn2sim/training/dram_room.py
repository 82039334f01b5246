"""Refuses a board on which a chip's DRAM has no room for the samples of a part of an epoch."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_models.words import aligned_words
from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.facts import DRAM_BYTES
from spinn2sim.hardware.plan import Plan
from spinn2sim.mapping.transfers import DRAM_ALIGNMENT, WORD_BYTES, align


def refuse_full_dram(plans: BoardPlan, graph: Graph, samples: Sequence[int], copies: int) -> None:
    """Raise MappingError if a chip has no room for what it needs of the largest part. `samples` are those of each part.

    A chip needs a row for each sample that its copies work on: with `copies` in all, those of a batch are dealt to chips.
    """
    for chip, plan in zip(plans.board.chips, plans.plans, strict=True):
        rows = -(-max(samples, default=0) // copies) * plan.copies
        needed = rows * row_bytes(plan, graph)
        if needed > DRAM_BYTES:
            raise MappingError(
                f"chip {chip} of the board: the records of {rows} samples need {needed} bytes of DRAM, there are {DRAM_BYTES}; lower "
                "data.train_samples, or give inputs fewer parts (mapping.neurons_per_pe)"
            )


def row_bytes(plan: Plan, graph: Graph) -> int:
    """Return the bytes of DRAM for one sample: a record for each input part on the chip, and a label and an answer beside the loss."""
    events = next((group.scalars["events"] for group in plan.groups if group.program == "input"), 0)
    parts = sum(share.copy == 0 and share.layer in graph.inputs for share in plan.shares)
    has_loss = any(group.name == "loss" for group in plan.groups)
    answer = WORD_BYTES * aligned_words(graph.sizes[graph.output]) if has_loss else 0
    return parts * align(WORD_BYTES * (1 + events)) + (DRAM_ALIGNMENT + answer if has_loss else 0)
