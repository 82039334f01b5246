"""Writes the weights of a network to the SRAM of its optimizer PEs, reads them back, and saves and restores them for checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.group_program import GroupProgram
from firmware_models.qformat import QFormat, to_float, to_raw
from spinn2sim.graph import Graph
from spinn2sim.hardware.plan import Group
from spinn2sim.training.start_values import Weights

KEPT_FIELDS = (
    "weight",
    "moment",
    "square",
    "powers",
    "raw",
)  # the fields of an optimizer PE's state that a checkpoint keeps


class _Block(NamedTuple):
    """The part of a projection's weights that one optimizer PE holds, transposed: a row for each source."""

    weight: NDArray[Any]
    raw: NDArray[Any]
    projection: int
    targets: slice
    sources: slice


class OptimizerMemory:
    """The optimizer PEs' states, as weight matrices and as arrays of a checkpoint."""

    def __init__(
        self,
        graph: Graph,
        groups: Sequence[Group],
        programs: Sequence[GroupProgram],
        weight_format: QFormat,
        master: bool,
    ) -> None:
        """With `master` the float32 weights start unrounded, otherwise from the rounded values."""
        self._graph, self._format, self._master = graph, weight_format, master
        pairs = zip(groups, programs, strict=True)
        self._states = {group.name: (group, program.state) for group, program in pairs if group.program == "optimizer"}

    def write(self, weights: Sequence[NDArray[np.float64]]) -> None:
        """Write weights (n_post, n_pre) of each projection: the float32 master weights and the rounded values."""
        for block in self._blocks():
            values = weights[block.projection][block.targets, block.sources].T
            raw = to_raw(values, self._format)
            block.weight[...] = values if self._master else to_float(raw, self._format)
            block.raw[...] = raw

    def read(self) -> Weights:
        """Read the rounded weights: (n_post, n_pre) float64 of each projection, exactly representable in their format."""
        weights = [np.zeros(shape) for shape in self._graph.weight_shapes]
        for block in self._blocks():
            weights[block.projection][block.targets, block.sources] = to_float(block.raw, self._format).T
        return weights

    def state(self) -> dict[str, NDArray[Any]]:
        """Copy everything that the next update depends on, by group and field."""
        return {
            f"{name}_{field}": getattr(state, field).copy()
            for name, (_, state) in self._states.items()
            for field in KEPT_FIELDS
        }

    def load_state(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Restore arrays of a `state()`, whose shapes and types must match."""
        for name, (_, state) in self._states.items():
            for field in KEPT_FIELDS:
                getattr(state, field)[...] = arrays[f"{name}_{field}"]

    def _blocks(self) -> Iterator[_Block]:
        for group, state in self._states.values():
            for row in range(len(group.cores)):
                yield _block(self._graph, group, state, row)


def _block(graph: Graph, group: Group, state: Any, row: int) -> _Block:
    """Make the block of one optimizer PE, with views of its words."""
    first, size, first_row, sources, projection = (
        int(group.columns[c][row]) for c in ("first", "size", "pre_first", "pre_rows", "projection")
    )
    first_source = first_row - graph.first_row(projection)
    weight, raw = (
        words[row][: sources * state.stride].reshape(sources, state.stride)[:, :size]
        for words in (state.weight, state.raw)
    )
    targets, source_rows = slice(first, first + size), slice(first_source, first_source + sources)
    return _Block(weight, raw, projection, targets, source_rows)
