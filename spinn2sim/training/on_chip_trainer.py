"""The simulated chip as something that trains: plan, programs, DRAM and engine in one; it computes no neuron."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import part_seed
from firmware_models.image import GroupProgram
from firmware_models.qformat import parse_format, to_float, to_raw
from spinn2sim.hardware.engines.choice import ENGINES, engine_of
from spinn2sim.hardware.packet import Part, Phase
from spinn2sim.hardware.plan import DRAM_RESULTS
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.schedule import learning_rate
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.training.dram_image import dram_rows, result_words, whole_batches
from spinn2sim.training.plan_of_scenario import make_firmware, make_plan
from spinn2sim.training.reporter import Watch
from spinn2sim.training.run_inputs import RunInputs, Weights
from spinn2sim.training.trainer import PartResult

BATCHES_AT_ONCE = 16  # between two looks at the progress, when nobody observes
STATE_FIELDS = ("weight", "moment", "square", "powers", "raw")  # of the optimizer PEs: what a checkpoint keeps


class OnChipTrainer:
    """A chip with one network on it. `observe(part, batch)` is called when a batch has ended, before the next one begins."""

    def __init__(
        self,
        inputs: RunInputs,
        recorder: TraceRecorder | None = None,
        engine: str = ENGINES[0],
        step_us: Mapping[Phase, int] | None = None,
    ) -> None:
        """`engine` is one of ENGINES, `step_us` holds measured tick periods. Raises MappingError where the network does not fit."""
        self.inputs, self.scenario = inputs, inputs.scenario
        firmware = make_firmware(self.scenario)
        self.plan = make_plan(self.scenario, inputs.sizes, inputs.most_spikes, firmware, step_us)
        self.programs: list[GroupProgram] = firmware.build(self.plan)
        self.dram: dict[str, NDArray[Any]] = {}
        self.recorder = recorder
        self.engine = engine_of(engine)(self.plan, self.programs, self.dram, recorder)
        self.now_q = 0
        self.observe: Callable[[Part, int], None] | None = None
        self._format = parse_format(self.scenario.numerics.weight)
        self.set_weights(inputs.weights)

    # ------------------------------------------------------------------ what the host writes and reads
    def _optimizer_rows(self) -> list[tuple[Any, int, int, int, int, int, int]]:
        """(state, row, weight matrix, first source row, source rows, first neuron, neurons) of every optimizer PE."""
        rows = []
        for group, program in zip(self.plan.groups, self.programs, strict=True):
            if group.program == "optimizer":
                c = group.columns
                rows += [
                    (
                        program.state,
                        r,
                        group.layer - 1,
                        c["pre_first"][r],
                        c["pre_rows"][r],
                        c["first"][r],
                        c["size"][r],
                    )
                    for r in range(len(group.cores))
                ]
        return rows

    def set_weights(self, weights: Sequence[NDArray[np.float64]]) -> None:
        """Write weights (n_out, n_in) into the optimizer PEs' SRAM: the float32 master and the rounded value."""
        for state, r, k, pre, rows, first, size in self._optimizer_rows():
            block = weights[k][first : first + size, pre : pre + rows].T
            raw = to_raw(block, self._format)
            start = block if self.scenario.optimizer.master else to_float(raw, self._format)
            _grid(state.weight[r], rows, state.stride)[:, :size] = start
            _grid(state.raw[r], rows, state.stride)[:, :size] = raw

    @property
    def weights(self) -> Weights:
        """The weights as on the chip, in their format: (n_out, n_in) float64, exactly representable."""
        sizes = self.plan.sizes
        found = [np.zeros((sizes[k + 1], sizes[k])) for k in range(len(sizes) - 1)]
        for state, r, k, pre, rows, first, size in self._optimizer_rows():
            raw = _grid(state.raw[r], rows, state.stride)[:, :size]
            found[k][first : first + size, pre : pre + rows] = to_float(raw, self._format).T
        return found

    def state(self) -> dict[str, NDArray[Any]]:
        """What the next epoch depends on: optimizer SRAM, time, packets sent so far."""
        kept: dict[str, NDArray[Any]] = {"now_q": np.int64(self.now_q) * np.ones(1, np.int64)}
        kept["sequence_base"] = np.full(1, self.recorder.sequence_base if self.recorder else 0, np.int64)
        for group, program in zip(self.plan.groups, self.programs, strict=True):
            if group.program == "optimizer":
                kept |= {f"{group.name}_{field}": getattr(program.state, field).copy() for field in STATE_FIELDS}
        return kept

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Go on from `state()`. Raises ValueError when an array is missing or has another shape or type."""
        for name, mine in self.state().items():
            found = state.get(name)
            if found is None or found.shape != mine.shape or found.dtype != mine.dtype:
                raise ValueError(f"state {name} does not fit this scenario")
        for group, program in zip(self.plan.groups, self.programs, strict=True):
            if group.program == "optimizer":
                for field in STATE_FIELDS:
                    getattr(program.state, field)[...] = state[f"{group.name}_{field}"]
        self.now_q = int(state["now_q"][0])
        if self.recorder:
            self.recorder.sequence_base = int(state["sequence_base"][0])

    # ------------------------------------------------------------------ parts
    def train(
        self, epoch: int, order: NDArray[np.int64], watch: Watch | None = None, batches: int | None = None
    ) -> PartResult:
        """The train part of an epoch, on chip from start to end; the last incomplete batch is dropped."""
        copies = self.plan.copies
        whole = len(order) // copies if batches is None else min(batches, len(order) // copies)
        return self._part(Part.TRAIN, epoch, self.inputs.train, order[: whole * copies], watch)

    def evaluate(self, epoch: int, watch: Watch | None = None, part: Part = Part.TEST) -> PartResult:
        """The test part of an epoch, or its validation part: every sample, in order, with all copies."""
        data = self.inputs.samples(part)
        return self._part(part, epoch, data, np.arange(len(data), dtype=np.int64), watch)

    def _part(self, part: Part, epoch: int, data: Dataset, order: NDArray[np.int64], watch: Watch | None) -> PartResult:
        """Write what the host writes, start, wait, read."""
        slots = whole_batches(order, self.plan.copies)
        batches = len(slots) // self.plan.copies
        self.dram.clear()
        self.dram.update(dram_rows(self.plan, data, slots))
        nothing = 0 if self.scenario.has_readout else self.scenario.network.steps
        self.dram[DRAM_RESULTS] = np.full((len(slots), result_words(data.n_classes)), nothing, np.int32)
        self._host_words(part, epoch)
        if self.recorder:
            self.recorder.begin_part(epoch, part, order)

        def on_batch(batch: int) -> None:
            if self.observe:
                self.observe(part, batch)
            if watch:
                watch(batch + 1, batches)

        start_q = self.now_q
        result = self.engine.run_part(part, epoch, batches, start_q, on_batch, 1 if self.observe else BATCHES_AT_ONCE)
        self.now_q = result.end_q
        first_spikes, peaks = self._answers(self.dram[DRAM_RESULTS][: len(order), : data.n_classes])
        return PartResult(
            first_spikes=first_spikes,
            labels=data.labels[order],
            batches=batches,
            spikes=self._spikes(),
            saturations=sum(
                (p.state.saturated.sum(axis=0) for p in self.programs if hasattr(p.state, "saturated")),
                np.zeros(4, np.int64),
            ),
            unrecorded=sum(int(p.state.unrecorded.sum()) for p in self.programs if hasattr(p.state, "unrecorded")),
            chip_q=result.end_q - start_q,
            counters=result.counters,
            clipped=self._clipped() if self.scenario.optimizer.clip else None,
            peaks=peaks,
        )

    def _answers(self, words: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
        """First-spike steps and, of a readout, highest voltages, from the words that the loss PEs wrote."""
        if not self.scenario.has_readout:
            return words.astype(np.int64), None
        silent = np.full(words.shape, self.scenario.network.steps, np.int64)
        return silent, to_float(words, parse_format(self.scenario.numerics.state))

    def _host_words(self, part: Part, epoch: int) -> None:
        """Noise seed, mode and learning rate of the part; the watched counts start at zero."""
        seed = part_seed(self.scenario.seed, epoch, int(part))
        for program in self.programs:
            state = program.state
            for field, value in (
                ("seed", seed),
                ("training", int(part == Part.TRAIN)),
                ("rate", np.float32(learning_rate(self.scenario.optimizer, epoch))),
                ("spikes", 0),
                ("saturated", 0),
                ("unrecorded", 0),
                ("clipped", 0),
            ):
                if hasattr(state, field):
                    getattr(state, field)[...] = value

    def _clipped(self) -> int:
        """Gradient words that optimizer.clip held in the part."""
        return sum(int(p.state.clipped.sum()) for p in self.programs if hasattr(p.state, "clipped"))

    def _spikes(self) -> NDArray[np.int64]:
        """Spikes per layer, input first, over the part."""
        return np.array([int(p.state.spikes.sum()) for p in self.programs if hasattr(p.state, "spikes")], np.int64)


def _grid(words: NDArray[Any], rows: int, stride: int) -> NDArray[Any]:
    """The first `rows` source rows of an optimizer PE's flat words, [rows, stride]."""
    return words[: rows * stride].reshape(rows, stride)
