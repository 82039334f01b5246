"""Writes the weights of a network to the SRAM of its optimizer PEs, reads them back, and saves and restores them for checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.group_program import GroupProgram
from firmware_models.qformat import QFormat, to_float, to_raw
from spinn2sim.graph import Delays, Graph
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
    """The part of a projection's weights or delays that one optimizer PE holds, transposed: a row for each source."""

    value: NDArray[Any]
    raw: NDArray[Any]
    exists: NDArray[Any] | None
    projection: int
    targets: slice
    sources: slice
    # Whether these are delays, and whether there is one for all targets of a source.
    delays: bool
    axonal: bool


class OptimizerMemory:
    """The optimizer PEs' states, as weights and delays of projections and as arrays of a checkpoint."""

    def __init__(
        self,
        graph: Graph,
        groups: Sequence[Group],
        programs: Sequence[GroupProgram],
        weight_format: QFormat,
        master: bool,
        names: Sequence[str] | None = None,
    ) -> None:
        """With `master` the float32 weights start unrounded, otherwise from the rounded values.

        The groups may be those of several chips, each with a part of the network; `names` then are names that differ.
        """
        self._graph, self._format, self._master = graph, weight_format, master
        each = zip(names or [group.name for group in groups], groups, programs, strict=True)
        self._states = {name: (group, program.state) for name, group, program in each if group.program == "optimizer"}

    def write(self, weights: Sequence[NDArray[np.float64]], delays: Delays | None = None) -> None:
        """Write weights and delays (n_post, n_pre) of each projection: the float32 values, and the rounded ones."""
        for block in self._blocks():
            exists = self._graph.projections[block.projection].exists
            if block.exists is not None:
                block.exists[...] = 1 if exists is None or block.axonal else exists[block.targets, block.sources].T
            if block.delays:
                self._write_delays(block, delays[block.projection] if delays else None)
                continue
            values = weights[block.projection][block.targets, block.sources].T
            raw = to_raw(values, self._format)
            block.value[...] = values if self._master else to_float(raw, self._format)
            block.raw[...] = raw

    @staticmethod
    def _write_delays(block: _Block, delays: NDArray[np.float64] | None) -> None:
        """Write the delays of one block, in steps. Raises ValueError if the projection has none."""
        if delays is None:
            raise ValueError(f"projection {block.projection} has delays, found none")
        mine = (
            delays[:, block.sources].max(axis=0, keepdims=True)
            if block.axonal
            else delays[block.targets, block.sources]
        )
        block.value[...] = mine.T
        block.raw[...] = np.floor(mine.T + 0.5)

    def read(self) -> Weights:
        """Read the rounded weights: (n_post, n_pre) float64 of each projection, exactly representable in their format."""
        weights = [np.zeros(shape) for shape in self._graph.weight_shapes]
        for block in self._blocks():
            if not block.delays:
                weights[block.projection][block.targets, block.sources] = to_float(block.raw, self._format).T
        return weights

    def read_words(self, field: str) -> Weights:
        """Read a field of the optimizer's state that has a word for each weight: (n_post, n_pre) float64 of each projection."""
        found = [np.zeros(shape) for shape in self._graph.weight_shapes]
        for group, state in self._states.values():
            for row in range(len(group.cores)):
                block = _block(self._graph, group, state, row, field)
                if not block.delays:
                    found[block.projection][block.targets, block.sources] = block.value.T
        return found

    @property
    def powers(self) -> tuple[float, float]:
        """beta1^t and beta2^t after t updates, which all weights share; (1, 1) before the first."""
        for group, state in self._states.values():
            if not group.scalars["delays"]:
                return float(state.powers[0, 0]), float(state.powers[0, 1])
        return 1.0, 1.0

    def read_delays(self) -> Delays:
        """Read the delays in steps, as real numbers: (n_post, n_pre) float64 of each projection, None for one without delays."""
        delays = [
            np.zeros(self._graph.shape(q)) if projection.delay_max else None
            for q, projection in enumerate(self._graph.projections)
        ]
        for block in self._blocks():
            matrix = delays[block.projection]
            if block.delays and matrix is not None:
                matrix[block.targets, block.sources] = block.value.T
        return delays

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


def _block(graph: Graph, group: Group, state: Any, row: int, field: str = "weight") -> _Block:
    """Make the block of one optimizer PE, with views of its words; `field` is the one that `value` shows."""
    first, size, first_row, sources, projection = (
        int(group.columns[c][row]) for c in ("first", "size", "pre_first", "pre_rows", "projection")
    )

    def words(array: NDArray[Any]) -> NDArray[Any]:
        whole: NDArray[Any] = array[row][: sources * state.stride].reshape(sources, state.stride)
        return whole[:, :size]

    delays, first_source = bool(group.scalars["delays"]), first_row - graph.first_row(projection)
    axonal = delays and graph.projections[projection].learn == "axonal"
    return _Block(
        value=words(getattr(state, field)),
        raw=words(state.raw),
        exists=words(state.exists) if state.exists.shape[1] else None,
        projection=projection,
        targets=slice(None) if axonal else slice(first, first + size),
        sources=slice(first_source, first_source + sources),
        delays=delays,
        axonal=axonal,
    )
