"""Says what is missing when a network does not fit on a board."""

from __future__ import annotations

from collections.abc import Sequence

from spinn2sim.mapping.board.blocks import Block
from spinn2sim.mapping.board.build_board import BoardProblem
from spinn2sim.mapping.board.place_blocks import Unplaced


def too_few_pes(problem: BoardProblem, blocks: Sequence[Block], left: Unplaced, room: Sequence[int]) -> str:
    """Say why blocks found no room on chips with so many PEs: too few PEs in all, or none for a block."""
    needed, copies, block = sum(one.pes for one in blocks), problem.options.copies, left.block
    fewer = f"lower training.copies (now {copies})"
    held = "" if block.is_loss else f" and {block.optimizers} optimizer PEs"
    what = f"{block.name(problem.graph)}: its {copies} copies{held} need {block.pes} PEs of one chip"
    if block.pes > max(room):
        parts = "" if len(block.parts) != 1 else ", or cut the population into more parts (mapping.neurons_per_pe)"
        return f"{what}; no chip has more than {max(room)}: {fewer}{parts}"
    if needed > sum(room):
        optimizers = sum(one.optimizers for one in blocks)
        return (
            f"{copies} copies need {needed - optimizers} PEs and the optimizer {optimizers}, together {needed}; the board's {len(room)} "
            f"chips have {sum(room)}: {needed - sum(room)} are missing; {fewer} or take more chips (board)"
        )
    return (
        f"{what}; of the board's {sum(room)} PEs {sum(left.room)} are left when its turn comes, at most {max(left.room)} on one chip; "
        f"{fewer} or take more chips (board)"
    )
