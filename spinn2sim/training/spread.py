"""How a run is spread over chips: whole copies of the network on each, or parts of one network on all of them.

Chips with copies hold the same weights, and each works on its own samples. Chips with parts hold the weights of their parts, and all work
on the same samples. One chip by itself is both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.group_program import GroupProgram
from firmware_models.qformat import parse_format
from spinn2sim.graph import Graph
from spinn2sim.hardware.plan import DRAM_RESULTS, Group
from spinn2sim.scenario.board_keys import DATA
from spinn2sim.scenario.keys import Scenario
from spinn2sim.training.optimizer_memory import OptimizerMemory
from spinn2sim.training.trained_chip import TrainedChip

Ints = NDArray[np.int64]
# The order of groups in counts: populations as in the graph, the loss, optimizers.
RANKS = {"loss": 1, "peak_loss": 1, "optimizer": 2}


@dataclass(frozen=True)
class Spread:
    """The chips of a run, and whether they hold parts of one network."""

    chips: Sequence[TrainedChip]
    parts: bool
    # Of each chip if all hold the same weights; one for all chips with parts.
    memories: tuple[OptimizerMemory, ...]

    @property
    def answering(self) -> list[TrainedChip]:
        """The chips that have loss PEs."""
        return [chip for chip in self.chips if any(group.name == "loss" for group in chip.plan.groups)]

    def answers(self, batches: int) -> NDArray[np.int32]:
        """Return the words that the loss PEs wrote to DRAM, in the order of the samples."""
        written = [chip.dram[DRAM_RESULTS] for chip in self.answering]
        words = written[0].shape[1]
        found: NDArray[np.int32] = np.concatenate(
            [one.reshape(batches, len(one) // max(1, batches), words) for one in written], axis=1
        )
        return found.reshape(-1, words)

    @property
    def programs(self) -> dict[str, list[GroupProgram]]:
        """The programs of each group by its name, one for each chip that has it: populations first, in the order of the graph."""
        return {name: programs for name, (_, programs) in self._groups.items()}

    @property
    def _groups(self) -> dict[str, tuple[Group, list[GroupProgram]]]:
        pairs = [pair for chip in self.chips for pair in zip(chip.plan.groups, chip.programs, strict=True)]
        found: dict[str, tuple[Group, list[GroupProgram]]] = {}
        for group, program in sorted(pairs, key=lambda pair: (RANKS.get(pair[0].program, 0), pair[0].layer)):
            found.setdefault(group.name, (group, []))[1].append(program)
        return found

    def counted(self, field: str) -> Iterator[Ints]:
        """Yield, for each group whose programs have the field, the sum over its PEs on all chips.

        What optimizer PEs of chips with copies count is that of the first chip, since all make the same update of the same weights.
        """
        for group, programs in self._groups.values():
            taken = programs[:1] if group.program == "optimizer" and not self.parts else programs
            if hasattr(programs[0].state, field):
                yield np.sum([getattr(one.state, field).sum(axis=0) for one in taken], axis=0)

    def count(self, field: str) -> int:
        """Return the sum of a field over all groups."""
        return int(sum(words.sum() for words in self.counted(field)))


def spread_of(scenario: Scenario, graph: Graph, chips: Sequence[TrainedChip]) -> Spread:
    """Return how a scenario's run is spread over chips."""
    parts = scenario.board is not None and scenario.board.parallel != DATA
    if not parts:
        return Spread(chips, False, tuple(chip.memory for chip in chips))
    each = [(n, *pair) for n, chip in enumerate(chips) for pair in zip(chip.plan.groups, chip.programs, strict=True)]
    memory = OptimizerMemory(
        graph,
        [group for _, group, _ in each],
        [program for _, _, program in each],
        parse_format(scenario.numerics.weight),
        scenario.optimizer.master,
        [f"chip{n}_{group.name}" for n, group, _ in each],
    )
    return Spread(chips, True, (memory,))
