"""The trainer on the simulated hardware: what the host writes before each part of an epoch, the part itself, and what the host reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import part_seed
from firmware_models.programs.group_program import GroupProgram
from firmware_models.qformat import parse_format, to_float
from spinn2sim.graph import Delays
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.engines.choice import ENGINES
from spinn2sim.hardware.packet import Part, Phase
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.recording import Recorder
from spinn2sim.scenario.cost_keys import cycles_of
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.schedule import delay_rate, learning_rate
from spinn2sim.trace.cycle_columns import clear_cycles, cycle_columns
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.training.broken_memory import broken_state, load_broken_state
from spinn2sim.training.dram_image import whole_batches
from spinn2sim.training.dram_room import refuse_full_dram
from spinn2sim.training.fault_limits import refuse_faults
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.gradient_sizes import Moments
from spinn2sim.training.plan_of_scenario import make_plans
from spinn2sim.training.played_chips import player_of
from spinn2sim.training.reporter import Watch
from spinn2sim.training.run_inputs import RunInputs
from spinn2sim.training.spread import spread_of
from spinn2sim.training.start_values import Weights
from spinn2sim.training.trained_chip import COUNTS, TrainedChip, refuse_parting
from spinn2sim.training.trainer import PartResult

BATCHES_AT_ONCE = 16  # the batches from one call of `watch` to the next, if `observe` is not set


class OnChipTrainer:
    """Trains a network on the simulated hardware, one chip or all chips of a board, and holds their plans, programs, DRAM and engine.

    A board's chips hold the same weights, or the weights of their parts of the network. The samples of a batch are dealt to chips in order,
    each gets as many as it has copies.
    """

    def __init__(
        self,
        inputs: RunInputs,
        recorder: TraceRecorder | Sequence[TraceRecorder] | None = None,
        engine: str = ENGINES[0],
        period_us: Mapping[Phase, int] | None = None,
    ) -> None:
        """`engine` is one of ENGINES, `period_us` holds the tick periods of phases that are not to have their bounds.

        Each chip of a board has a recorder of its own.

        Raises MappingError if the network does not fit, and ScenarioError for faults that the run cannot have, for an unknown engine, and
        for programs that the engine "emulated" lacks.
        """
        self.inputs, self.scenario = inputs, inputs.scenario
        firmware = make_firmware(self.scenario)
        self.board_plan = make_plans(self.scenario, inputs.graph, inputs.most_spikes, firmware, period_us)
        if self.board is not None:
            parts = [len(inputs.samples(part)) for part in Part]
            refuse_full_dram(self.board_plan, inputs.graph, parts, self.scenario.training.copies)
        self.player = player_of(engine, self.board_plan, is_board=self.scenario.board is not None)
        self.chips = [
            TrainedChip(
                self.scenario,
                inputs.graph,
                plan,
                self.player.programs(firmware.build(plan)),
                # The first one on every chip if chips have parts of all copies.
                number * plan.copies % self.scenario.training.copies,
            )
            for number, plan in enumerate(self.plans)
        ]
        self.spread = spread_of(self.scenario, inputs.graph, self.chips)
        self.recorders = (recorder,) if isinstance(recorder, TraceRecorder) else tuple(recorder or ())
        self.player.prepare(self.chips, self.recorders)
        self.now_q = 0
        # Is called with the part and the batch when a batch has ended, before the next one begins.
        self.observe: Callable[[Part, int], None] | None = None
        refuse_faults(inputs, self.plan, self.programs)
        self.set_weights(inputs.weights, inputs.delays)

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of all chips."""
        return self.board_plan.plans

    @property
    def plan(self) -> Plan:
        """The plan of the only, or of the first chip."""
        return self.plans[0]

    @property
    def board(self) -> BoardPlan | None:
        """The plans of a board; None for a scenario without [board]."""
        return None if self.scenario.board is None else self.board_plan

    @property
    def programs(self) -> list[GroupProgram]:
        """The programs of the first chip."""
        return self.chips[0].programs

    @property
    def dram(self) -> dict[str, NDArray[Any]]:
        """The DRAM of the first chip."""
        return self.chips[0].dram

    @property
    def recorder(self) -> TraceRecorder | None:
        """The recorder of the first chip; None if no packets are traced."""
        return self.recorders[0] if self.recorders else None

    def watch_with(self, recorder: Recorder) -> None:
        """Let a recorder of one's own see the parts that follow, on all chips."""
        self.player.prepare(self.chips, [recorder] * len(self.chips))

    def set_weights(self, weights: Sequence[NDArray[np.float64]], delays: Delays | None = None) -> None:
        """Write weights and delays (n_post, n_pre) of each projection into the optimizer PEs' SRAM."""
        for memory in self.spread.memories:
            memory.write(weights, delays)

    @property
    def weights(self) -> Weights:
        """The weights on the chip, (n_post, n_pre) of each projection; float64 represents values of their format exactly."""
        return self.spread.memories[0].read()

    @property
    def delays(self) -> Delays:
        """The delays on the chip in steps, not rounded, (n_post, n_pre) of each projection; None for one without delays."""
        return self.spread.memories[0].read_delays()

    @property
    def moments(self) -> Moments:
        """What the optimizer PEs keep of the gradients."""
        memory = self.spread.memories[0]
        first, second = (memory.read_words(field) for field in ("moment", "square"))
        return Moments(first, second, memory.powers)

    def state(self) -> dict[str, NDArray[Any]]:
        """Copy everything that the next epoch depends on: time, packets sent so far on each chip, optimizer SRAM."""
        bases = [recorder.sequence_base for recorder in self.recorders] or [0] * len(self.chips)
        return {
            "now_q": np.full(1, self.now_q, np.int64),
            "sequence_base": np.array(bases, np.int64),
            **self.spread.memories[0].state(),
            **(broken_state(self.programs, self.player.memory) if self.plan.faults else {}),
        }

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Restore a `state()`. Raises ValueError if an array is missing or has another shape or type."""
        for name, mine in self.state().items():
            found = state.get(name)
            if found is None or found.shape != mine.shape or found.dtype != mine.dtype:
                raise ValueError(f"state {name} does not fit this scenario")
        for memory in self.spread.memories:
            memory.load_state(state)
        if self.plan.faults:
            load_broken_state(self.programs, self.player.memory, state)
        self.now_q = int(state["now_q"][0])
        for recorder, base in zip(self.recorders, state["sequence_base"].tolist(), strict=False):
            recorder.sequence_base = base

    def train(
        self, epoch: int, order: NDArray[np.int64], watch: Watch | None = None, batches: int | None = None
    ) -> PartResult:
        """Run the train part of an epoch, or its first `batches`, entirely on the chip; an incomplete last batch is dropped."""
        copies = self.scenario.training.copies
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
        copies = self.scenario.training.copies
        slots = whole_batches(order, copies)
        batches = len(slots) // copies
        dealt = [chip.dealt(slots, copies) for chip in self.chips]
        self._write_chips(part, epoch, data, dealt)
        for recorder, own in zip(self.recorders, dealt, strict=False):
            recorder.begin_part(epoch, part, own)

        def on_batch(batch: int) -> None:
            if self.observe:
                self.observe(part, batch)
            if watch:
                watch(batch + 1, batches)

        start_q = self.now_q
        results = self.player.run_part(part, epoch, batches, start_q, on_batch, 1 if self.observe else BATCHES_AT_ONCE)
        self.now_q = results[0].end_q
        if part == Part.TRAIN:
            refuse_parting(self.spread.memories, self.player.names)
        first_spikes, peaks = self._read_answers(batches, len(order), data.n_classes)
        spread = self.spread
        return PartResult(
            first_spikes=first_spikes,
            labels=data.labels[order],
            batches=batches,
            spikes=np.array([int(words) for words in spread.counted("spikes")], np.int64),
            saturations=sum(spread.counted("saturated"), np.zeros(4, np.int64)),
            unrecorded=spread.count("unrecorded"),
            chip_q=self.now_q - start_q,
            counters=self.player.total(results),
            clipped=spread.count("clipped") if self.scenario.optimizer.clip else None,
            peaks=peaks,
            injections=results[0].injections,
            cycles=cycle_columns(spread.programs, cycles_of(self.scenario.chip)),
            chips=tuple(result.counters for result in results),
        )

    def _write_chips(self, part: Part, epoch: int, data: Dataset, dealt: Sequence[NDArray[np.int64]]) -> None:
        """Write a part's samples, noise seed, mode and learning rates to all chips, and set the counts to zero."""
        values = {
            "seed": part_seed(self.scenario.seed, epoch, int(part)),
            "training": int(part == Part.TRAIN),
            **dict.fromkeys(COUNTS, 0),
        }
        optimizer = self.scenario.optimizer
        rates = {True: delay_rate(optimizer, epoch), False: learning_rate(optimizer, epoch)}
        for chip, slots in zip(self.chips, dealt, strict=True):
            chip.write_dram(data, slots)
            clear_cycles(chip.programs)
            chip.write_words(values)
            for of_delays, state in chip.optimizer_states():
                state.rate[...] = np.float32(rates[of_delays])

    def _read_answers(
        self, batches: int, samples: int, n_out: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
        """Read first-spike steps and, of a readout, highest or average voltages, from the words that the loss PEs wrote."""
        words = self.spread.answers(batches)[:samples, :n_out]
        if not self.scenario.has_readout:
            return words.astype(np.int64), None
        silent = np.full(words.shape, self.scenario.network.steps, np.int64)
        return silent, to_float(words, parse_format(self.scenario.numerics.state))
