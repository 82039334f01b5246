"""Chips drawn at random, whose programs run in lockstep: through a batch on the engine, and through wakes that nobody planned.

Sizes, formats, time constants, guards and weights are drawn, among them words at the ends of their formats and ticks that are too short.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from unittest import mock

import numpy as np

from firmwares.lockstep import LockstepProgram, in_lockstep
from spinn2sim.emulation.firmware_file import FirmwareFile
from spinn2sim.hardware.packet import Key, Kind, Phase
from spinn2sim.hardware.program import Inbox, TimerTick, make_inbox, make_outbox
from spinn2sim.scenario.data.dataset import NO_SPIKE, Dataset, dataset_from_steps
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load_text
from spinn2sim.training import on_chip_trainer
from spinn2sim.training.run_inputs import RunInputs

LOSSES = {
    "first_spike": {"loss.xi_ms": "1.5", "loss.a": "0.01", "loss.b_ms": "100.0"},
    "max_voltage": {"loss.kind": '"max_voltage"', "loss.temperature": "0.5"},
    "average_voltage": {"loss.kind": '"average_voltage"'},
}
GUARDS = {
    "none": {},
    "push": {"training.guard_step": "0.01"},
    "raise_weights": {"training.guard_step": "0.01"},
    "rate": {"training.guard_step": "0.01", "training.rate_range": "[0.5, 1.5]"},
}
# Formats of weight, state, adjoint and error: one for the fast loops, weights of 16 bits, and narrower and wider ones.
FORMATS = (
    ("s16.15", "s16.15", "s16.15", "s16.15"),
    ("s3.12", "s16.15", "s16.15", "s16.15"),
    ("s3.4", "s5.10", "s9.6", "s9.6"),
    ("s7.8", "s7.8", "s7.8", "s9.6"),
    ("s16.15", "s4.27", "s12.19", "s16.15"),
)
SCENARIO = """
name = "drawn"
[data]
source = "yinyang"
[network]
dt_ms = 1.0
integrator = "exponential_euler"
reset = "to_zero"
[optimizer]
learning_rate = 0.01
[training]
epochs = 1
"""


@dataclass(frozen=True)
class Drawn:
    """What a chip is drawn from; everything else follows from the seed."""

    seed: int
    hidden: tuple[int, ...] = (7,)
    inputs: int = 4
    outputs: int = 3
    steps: int = 12
    copies: int = 2
    neurons_per_pe: int = 8
    formats: tuple[str, str, str, str] = FORMATS[0]
    tau_mem_ms: float = 20.0
    tau_syn_ms: float = 5.0
    # Weights are of this size; one in ten is at an end of its format if `extreme`.
    strength: float = 8.0
    extreme: bool = False
    # 0: long enough
    tick_us: float = 0.0
    loss: str = "first_spike"
    guard: str = "none"
    # Keys of the scenario by name, as TOML.
    keys: dict[str, str] = field(default_factory=dict)

    def overrides(self) -> list[str]:
        """Return the scenario keys of the draw, as the command line takes them."""
        numbers = dict(zip(("weight", "state", "adjoint", "error"), self.formats, strict=True))
        layers = len(self.hidden) + 1
        return [
            f"seed={self.seed}", f"network.hidden={list(self.hidden)}", f"network.init={[[0.0, 1.0]] * layers}",
            f"network.steps={self.steps}", f"network.tau_mem_ms={self.tau_mem_ms}", f"network.tau_syn_ms={self.tau_syn_ms}",
            f"training.copies={self.copies}", f"mapping.neurons_per_pe={self.neurons_per_pe}",
            f"data.train_samples={self.copies}", f"data.test_samples={self.copies}",
            *(f'numerics.{name}="{value}"' for name, value in numbers.items()),
            *([f"chip.tick_us={self.tick_us}"] if self.tick_us else []),
            f'training.silent_guard="{self.guard}"',
            *(f"{name}={value}" for name, value in (LOSSES[self.loss] | GUARDS[self.guard] | self.keys).items()),
        ]  # fmt: skip

    def scenario(self) -> Scenario:
        """Return the scenario. Raises ScenarioError if there can be none."""
        return load_text(SCENARIO, self.overrides())


def drawn_programs(drawn: Drawn, firmware: FirmwareFile | None = None) -> on_chip_trainer.OnChipTrainer:
    """Return a trainer whose programs run in lockstep. Raises ScenarioError for a draw that no scenario allows."""
    scenario = drawn.scenario()
    rng = np.random.default_rng(drawn.seed)
    sizes = (drawn.inputs, *drawn.hidden, drawn.outputs)
    weights = [rng.normal(0.4, 1.0, (post, pre)) * drawn.strength for pre, post in pairwise(sizes)]
    if drawn.extreme:
        for one in weights:
            one[rng.random(one.shape) < 0.1] = 1e6
            one[rng.random(one.shape) < 0.1] = -1e6
    data = _samples(drawn, rng)
    with mock.patch.object(
        on_chip_trainer, "programs_of_engine", lambda engine, programs: in_lockstep(programs, firmware)
    ):
        return on_chip_trainer.OnChipTrainer(RunInputs(scenario, data, data, weights), engine="discrete_event")


def _samples(drawn: Drawn, rng: np.random.Generator) -> Dataset:
    at = rng.integers(0, drawn.steps, (drawn.copies, drawn.inputs))
    at[rng.random(at.shape) < 0.1] = NO_SPIKE
    return dataset_from_steps(at, rng.integers(0, drawn.outputs, drawn.copies), drawn.outputs)


def play_batch(drawn: Drawn, firmware: FirmwareFile | None = None) -> int:
    """Train a batch in lockstep, and test one. Returns the wakes that were compared. Raises BitsDifferError."""
    trainer = drawn_programs(drawn, firmware)
    trainer.train(1, np.arange(drawn.copies))
    trainer.evaluate(1)
    return sum(program.compared for program in _lockstep(trainer))


def play_any_wakes(drawn: Drawn, wakes: int, firmware: FirmwareFile | None = None) -> int:
    """Wake each program with any ticks and packets from random words. Returns the wakes that were compared. Raises BitsDifferError."""
    trainer, rng = drawn_programs(drawn, firmware), np.random.default_rng(drawn.seed + 1)
    for program in _lockstep(trainer):
        _fill_words(program, rng)
        box, out = (
            make_inbox(program.rows, 8 * program.rows),
            make_outbox(program.rows * (program.outbox_capacity + 64)),
        )
        cycles = np.zeros(program.rows, np.int64)
        for _ in range(wakes):
            _fill_inbox(box, drawn, program, rng)
            out.count[0] = 0
            program.step(0, program.rows, _any_tick(drawn, rng), box, out, cycles)
    return sum(program.compared for program in _lockstep(trainer))


def _lockstep(trainer: on_chip_trainer.OnChipTrainer) -> list[LockstepProgram]:
    return [program for program in trainer.programs if isinstance(program, LockstepProgram)]


def _any_tick(drawn: Drawn, rng: np.random.Generator) -> TimerTick:
    """Return a tick of any phase, most often forward or backward."""
    phase = rng.choice([Phase.LOAD, Phase.FORWARD, Phase.FORWARD, Phase.FORWARD, Phase.LOSS, Phase.BACKWARD, Phase.BACKWARD,
                        Phase.REDUCE, Phase.UPDATE], p=[0.04, 0.16, 0.16, 0.2, 0.06, 0.15, 0.15, 0.04, 0.04])  # fmt: skip
    last = {Phase.FORWARD: drawn.steps - 1, Phase.BACKWARD: drawn.steps - 2}.get(Phase(phase), 0)
    # Few steps, so that errors and gradients find recorded spikes.
    return TimerTick(int(phase), int(rng.integers(0, min(last, 2) + 1 if rng.random() < 0.7 else last + 1)), 0)


def _fill_words(program: LockstepProgram, rng: np.random.Generator) -> None:
    """Put numbers into a program's state, of all sizes that words can have."""
    state: Any = program.state
    for name in ("weight", "gradient", "loss_error"):
        array = getattr(state, name, None)
        if isinstance(array, np.ndarray) and array.dtype.kind == "i":
            array[...] = rng.integers(-(2**15), 2**15, array.shape) << (
                15 if rng.random() < 0.5 else rng.integers(0, 16)
            )
    if hasattr(state, "neurons"):
        neurons = state.neurons
        for array in (neurons.adjoint, neurons.adjoint_current, neurons.current, neurons.potential):
            shift = np.where(rng.random(array.shape) < 0.5, 11, rng.integers(0, 12, array.shape))
            array[...] = rng.integers(-(2**20), 2**20, array.shape) << shift
        # A voltage that decays to the threshold itself, where no spike comes.
        edge = np.array(round(state.arithmetic.threshold * 2.0**32 / state.arithmetic.beta)).clip(0, 2**31 - 1)
        at_edge = rng.random(neurons.potential.shape) < 0.3
        neurons.potential[at_edge] = edge
        neurons.current[at_edge] = 0
    if hasattr(state, "training"):
        state.training[0] = 1
        state.label[:, 0] = rng.integers(-1, state.n_out, program.rows)
    if hasattr(state, "buffer"):
        state.buffer[...] = rng.integers(-(2**40), 2**40, state.buffer.shape) >> rng.integers(0, 40)
        state.rate[...] = 0.01
        if state.counting:
            state.count_buffer[...] = rng.integers(0, 4, state.count_buffer.shape)
    if hasattr(state, "record"):
        count = rng.integers(0, state.record.shape[1])
        state.record[:, 0] = count
        state.record[:, 1:] = np.sort(rng.integers(0, 1 << 19, state.record[:, 1:].shape))


def _fill_inbox(box: Inbox, drawn: Drawn, program: LockstepProgram, rng: np.random.Generator) -> None:
    """Put up to five packets into each FIFO: spikes, errors and guards of populations near this one, and some of any key."""
    at = 0
    box.matched[...] = 1
    for row in range(program.rows):
        box.first[row] = at
        for _ in range(int(rng.integers(0, 6))):
            kind = Kind(int(rng.choice([0, 0, 1, 1, 2, 3])))
            layer, neuron = int(rng.integers(0, len(drawn.hidden) + 3)), int(rng.integers(0, max(drawn.hidden) + 2))
            key = Key(kind, int(rng.integers(0, 4)), layer, neuron).pack()
            box.key[at] = key if rng.random() < 0.9 else rng.integers(0, 2**32)
            box.payload[at] = rng.integers(-(2**31), 2**31) >> rng.integers(0, 31)
            at += 1
        box.last[row] = at


def any_draw(seed: int) -> Drawn:
    """Return a draw of everything, for a tool that has seconds."""
    rng = np.random.default_rng(seed)
    loss = str(rng.choice(["first_spike", "first_spike", "max_voltage", "average_voltage"]))
    guards = list(GUARDS) if loss == "first_spike" else ["none", "raise_weights", "rate"]
    kinds: dict[str, str] = {"optimizer.kind": str(rng.choice(['"adam"', '"sgd"']))}
    kinds["optimizer.master"] = str(rng.choice(["true", "false"]))
    kinds["numerics.error_shift"] = str(rng.choice([0, 4]))
    if rng.random() < 0.3:
        kinds["optimizer.weight_decay"] = "0.01"
    if rng.random() < 0.3:
        kinds["optimizer.clip"] = "0.001"
    if rng.random() < 0.3:
        kinds["numerics.rounding"] = '"stochastic"'
    return Drawn(
        seed=seed,
        hidden=tuple(int(n) for n in rng.integers(1, 20, rng.integers(1, 4))),
        inputs=int(rng.integers(1, 9)),
        outputs=int(rng.integers(2, 9)),
        steps=int(rng.integers(3, 24)),
        copies=int(rng.integers(1, 4)),
        neurons_per_pe=int(rng.integers(2, 20)),
        formats=FORMATS[rng.integers(0, len(FORMATS))],
        tau_mem_ms=float(rng.choice([20.0, 0.8, 3.0])),
        tau_syn_ms=float(rng.choice([5.0, 0.7, 30.0])),
        strength=float(rng.choice([1.0, 8.0, 60.0])),
        extreme=bool(rng.random() < 0.3),
        tick_us=float(rng.choice([0.0, 0.0, 3.0])),
        loss=loss,
        guard=str(rng.choice(guards)),
        keys=kinds,
    )
