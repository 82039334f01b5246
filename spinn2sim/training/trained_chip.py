"""One chip of a run: its plan, the programs of its PEs with their state, and its DRAM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.group_program import GroupProgram
from firmware_models.qformat import parse_format
from firmware_models.words import aligned_words
from spinn2sim.errors import ScenarioError
from spinn2sim.graph import Graph
from spinn2sim.hardware.plan import DRAM_RESULTS, Plan
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Scenario
from spinn2sim.training.dram_image import dram_rows
from spinn2sim.training.optimizer_memory import KEPT_FIELDS, OptimizerMemory

# Words of a program's state that count events of a part.
COUNTS = ("spikes", "saturated", "unrecorded", "clipped")
# All fields of programs' states that the host reads or writes.
HOST_FIELDS = frozenset((*KEPT_FIELDS, *COUNTS, "exists", "seed", "training", "rate", "ledger.times"))


class TrainedChip:
    """The host's view of one chip, which writes samples and weights to it and reads answers."""

    def __init__(
        self, scenario: Scenario, graph: Graph, plan: Plan, programs: Sequence[GroupProgram], first_copy: int = 0
    ) -> None:
        """`first_copy` is the number that the chip's copy 0 has among all copies of the run."""
        self.plan, self.programs, self.first_copy = plan, list(programs), first_copy
        self.dram: dict[str, NDArray[Any]] = {}
        weight_format = parse_format(scenario.numerics.weight)
        self.memory = OptimizerMemory(graph, plan.groups, self.programs, weight_format, scenario.optimizer.master)
        self._graph = graph
        # What stands in DRAM until a loss PE writes an answer: "silent", or 0 of a readout.
        self._nothing = 0 if scenario.has_readout else scenario.network.steps

    def dealt(self, slots: NDArray[np.int64], copies: int) -> NDArray[np.int64]:
        """Return those of a part's samples that the chip's copies work on, batch by batch, of `slots` for all `copies` of the run."""
        return slots.reshape(-1, copies)[:, self.first_copy : self.first_copy + self.plan.copies].ravel()

    def write_dram(self, data: Dataset, slots: NDArray[np.int64]) -> None:
        """Write the samples of a part to DRAM, and room for the answers."""
        self.dram.clear()
        self.dram.update(dram_rows(self.plan, self._graph, data, slots))
        self.dram[DRAM_RESULTS] = np.full((len(slots), aligned_words(data.n_classes)), self._nothing, np.int32)

    def write_words(self, values: Mapping[str, int]) -> None:
        """Write a value into each word of some fields, in the states of all programs that have them."""
        for field, value in values.items():
            for words in self.words(field):
                words[...] = value

    def words(self, field: str) -> Iterator[NDArray[Any]]:
        """Yield the array `field` of each program whose state has it, in the order of the plan's groups."""
        for program in self.programs:
            if hasattr(program.state, field):
                yield getattr(program.state, field)

    def optimizer_states(self) -> Iterator[tuple[bool, Any]]:
        """Yield the state of each group of optimizers, and whether it holds delays."""
        for group, program in zip(self.plan.groups, self.programs, strict=True):
            if group.program == "optimizer":
                yield bool(group.scalars["delays"]), program.state


def refuse_parting(memories: Sequence[OptimizerMemory], names: Sequence[str]) -> None:
    """Raise ScenarioError if two chips of a board, whose names are given, have different weights, which they should never have."""
    first = memories[0].state() if len(memories) > 1 else {}
    for memory, name in zip(memories[1:], names[1:], strict=False):
        if any(not np.array_equal(first[field], words) for field, words in memory.state().items()):
            raise ScenarioError(
                f"board: {names[0]} and {name} have different weights after a part, since packets of their exchange were lost or late: "
                'longer ticks (chip.tick_us = "auto"), board.link_queue = 0 and chip.fifo_capacity as by default lose none'
            )
