"""The trainer on the simulated hardware: what the host writes before each part of an epoch, the part itself, and what the host reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import part_seed
from firmware_models.qformat import parse_format, to_float
from firmware_models.words import aligned_words
from spinn2sim.emulation.programs_of_engine import player_of_engine, programs_of_engine
from spinn2sim.graph import Delays
from spinn2sim.hardware.engines.choice import ENGINES
from spinn2sim.hardware.packet import Part, Phase
from spinn2sim.hardware.plan import DRAM_RESULTS
from spinn2sim.hardware.recording import Recorder
from spinn2sim.scenario.cost_keys import cycles_of
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.schedule import delay_rate, learning_rate
from spinn2sim.trace.cycle_columns import clear_cycles, cycle_columns
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.training.broken_memory import broken_state, load_broken_state
from spinn2sim.training.dram_image import dram_rows, whole_batches
from spinn2sim.training.fault_limits import refuse_faults
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.gradient_sizes import Moments
from spinn2sim.training.optimizer_memory import OptimizerMemory
from spinn2sim.training.plan_of_scenario import make_plan
from spinn2sim.training.reporter import Watch
from spinn2sim.training.run_inputs import RunInputs
from spinn2sim.training.start_values import Weights
from spinn2sim.training.trainer import PartResult

BATCHES_AT_ONCE = 16  # the batches from one call of `watch` to the next, if `observe` is not set
# Words of a program's state that count events of a part.
COUNTS = ("spikes", "saturated", "unrecorded", "clipped")


class OnChipTrainer:
    """Trains a network on the simulated hardware: holds its plan, programs, DRAM and engine."""

    def __init__(
        self,
        inputs: RunInputs,
        recorder: TraceRecorder | None = None,
        engine: str = ENGINES[0],
        period_us: Mapping[Phase, int] | None = None,
    ) -> None:
        """`engine` is one of ENGINES, `period_us` holds the tick periods of phases that are not to have their bounds.

        Raises MappingError if the network does not fit, and ScenarioError for faults that the run cannot have, for an unknown engine, and
        for programs that the engine "emulated" lacks.
        """
        self.inputs, self.scenario = inputs, inputs.scenario
        firmware = make_firmware(self.scenario)
        self.plan = make_plan(self.scenario, inputs.graph, inputs.most_spikes, firmware, period_us)
        self.programs = programs_of_engine(engine, firmware.build(self.plan))
        self.dram: dict[str, NDArray[Any]] = {}
        self.recorder = recorder
        self._player = player_of_engine(engine)
        self.engine = self._player(self.plan, self.programs, self.dram, recorder)
        self.now_q = 0
        # Is called with the part and the batch when a batch has ended, before the next one begins.
        self.observe: Callable[[Part, int], None] | None = None
        weight_format = parse_format(self.scenario.numerics.weight)
        self._memory = OptimizerMemory(
            inputs.graph, self.plan.groups, self.programs, weight_format, self.scenario.optimizer.master
        )
        refuse_faults(inputs, self.plan, self.programs)
        self.set_weights(inputs.weights, inputs.delays)

    def watch_with(self, recorder: Recorder) -> None:
        """Let a recorder of one's own see the parts that follow."""
        self.engine = self._player(self.plan, self.programs, self.dram, recorder)

    def set_weights(self, weights: Sequence[NDArray[np.float64]], delays: Delays | None = None) -> None:
        """Write weights and delays (n_post, n_pre) of each projection into the optimizer PEs' SRAM."""
        self._memory.write(weights, delays)

    @property
    def weights(self) -> Weights:
        """The weights on the chip, (n_post, n_pre) of each projection; float64 represents values of their format exactly."""
        return self._memory.read()

    @property
    def delays(self) -> Delays:
        """The delays on the chip in steps, not rounded, (n_post, n_pre) of each projection; None for one without delays."""
        return self._memory.read_delays()

    @property
    def moments(self) -> Moments:
        """What the optimizer PEs keep of the gradients."""
        first, second = (self._memory.read_words(field) for field in ("moment", "square"))
        return Moments(first, second, self._memory.powers)

    def state(self) -> dict[str, NDArray[Any]]:
        """Copy everything that the next epoch depends on: time, packets sent so far, optimizer SRAM."""
        sequence_base = self.recorder.sequence_base if self.recorder else 0
        return {
            "now_q": np.full(1, self.now_q, np.int64),
            "sequence_base": np.full(1, sequence_base, np.int64),
            **self._memory.state(),
            **(broken_state(self.programs, self.engine.memory) if self.plan.faults else {}),
        }

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Restore a `state()`. Raises ValueError if an array is missing or has another shape or type."""
        for name, mine in self.state().items():
            found = state.get(name)
            if found is None or found.shape != mine.shape or found.dtype != mine.dtype:
                raise ValueError(f"state {name} does not fit this scenario")
        self._memory.load_state(state)
        if self.plan.faults:
            load_broken_state(self.programs, self.engine.memory, state)
        self.now_q = int(state["now_q"][0])
        if self.recorder:
            self.recorder.sequence_base = int(state["sequence_base"][0])

    def train(
        self, epoch: int, order: NDArray[np.int64], watch: Watch | None = None, batches: int | None = None
    ) -> PartResult:
        """Run the train part of an epoch, or its first `batches`, entirely on the chip; an incomplete last batch is dropped."""
        copies = self.plan.copies
        whole = len(order) // copies if batches is None else min(batches, len(order) // copies)
        return self._run_part(Part.TRAIN, epoch, self.inputs.train, order[: whole * copies], watch)

    def evaluate(self, epoch: int, watch: Watch | None = None, part: Part = Part.TEST) -> PartResult:
        """Run the test part of an epoch, or its validation part: every sample, in order, with all copies."""
        data = self.inputs.samples(part)
        return self._run_part(part, epoch, data, np.arange(len(data), dtype=np.int64), watch)

    def _run_part(
        self, part: Part, epoch: int, data: Dataset, order: NDArray[np.int64], watch: Watch | None
    ) -> PartResult:
        """Write the host's data, run the part, and read the results."""
        slots = whole_batches(order, self.plan.copies)
        batches = len(slots) // self.plan.copies
        self._write_dram(data, slots)
        self._write_program_words(part, epoch)
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
        first_spikes, peaks = self._read_answers(len(order), data.n_classes)
        return PartResult(
            first_spikes=first_spikes,
            labels=data.labels[order],
            batches=batches,
            spikes=np.array([int(words.sum()) for words in self._words("spikes")], np.int64),
            saturations=sum((words.sum(axis=0) for words in self._words("saturated")), np.zeros(4, np.int64)),
            unrecorded=sum(int(words.sum()) for words in self._words("unrecorded")),
            chip_q=result.end_q - start_q,
            counters=result.counters,
            clipped=sum(int(words.sum()) for words in self._words("clipped")) if self.scenario.optimizer.clip else None,
            peaks=peaks,
            injections=result.injections,
            cycles=cycle_columns(self.plan.groups, self.programs, cycles_of(self.scenario.chip)),
        )

    def _write_dram(self, data: Dataset, slots: NDArray[np.int64]) -> None:
        """Write the samples of a part to DRAM, and room for the answers, which are "silent" until the loss PEs write them."""
        self.dram.clear()
        self.dram.update(dram_rows(self.plan, self.inputs.graph, data, slots))
        nothing = 0 if self.scenario.has_readout else self.scenario.network.steps
        self.dram[DRAM_RESULTS] = np.full((len(slots), aligned_words(data.n_classes)), nothing, np.int32)

    def _write_program_words(self, part: Part, epoch: int) -> None:
        """Write noise seed, mode and learning rate of a part into the programs' states, and set the counts to zero."""
        values = {
            "seed": part_seed(self.scenario.seed, epoch, int(part)),
            "training": int(part == Part.TRAIN),
            **dict.fromkeys(COUNTS, 0),
        }
        clear_cycles(self.programs)
        for field, value in values.items():
            for words in self._words(field):
                words[...] = value
        optimizer = self.scenario.optimizer
        for group, program in zip(self.plan.groups, self.programs, strict=True):
            if group.program == "optimizer":
                program.state.rate[...] = np.float32(
                    (delay_rate if group.scalars["delays"] else learning_rate)(optimizer, epoch)
                )

    def _read_answers(self, samples: int, n_out: int) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
        """Read first-spike steps and, of a readout, highest or average voltages, from the words that the loss PEs wrote."""
        words = self.dram[DRAM_RESULTS][:samples, :n_out]
        if not self.scenario.has_readout:
            return words.astype(np.int64), None
        silent = np.full(words.shape, self.scenario.network.steps, np.int64)
        return silent, to_float(words, parse_format(self.scenario.numerics.state))

    def _words(self, field: str) -> Iterator[NDArray[Any]]:
        """Yield the array `field` of each program whose state has it, in the order of the plan's groups."""
        for program in self.programs:
            if hasattr(program.state, field):
                yield getattr(program.state, field)
