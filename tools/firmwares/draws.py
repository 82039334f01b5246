"""Chips drawn at random, whose programs run in lockstep through a batch on the engine.

Sizes, formats, time constants, guards and weights are drawn, among them words at the ends of their formats and ticks that are too short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol
from unittest import mock

import numpy as np

from firmware_models.programs.group_program import GroupProgram
from firmwares.lockstep import LockstepProgram, in_lockstep
from spinn2sim.emulation.firmware_file import FirmwareFile
from spinn2sim.scenario.data.dataset import NO_SPIKE, dataset_from_steps
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load_text
from spinn2sim.training import on_chip_trainer, played_chips
from spinn2sim.training.run_inputs import RunInputs

Change = Callable[[GroupProgram], GroupProgram]
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
    # All inputs of a sample spike in the same step, and few weights are at an end: a sum leaves 32 bits where its neighbours do not.
    together: bool = False
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

    @property
    def sizes(self) -> tuple[int, ...]:
        """The neurons of each population."""
        return (self.inputs, *self.hidden, self.outputs)

    def scenario(self) -> Scenario:
        """Return the scenario. Raises ScenarioError if there can be none."""
        return load_text(SCENARIO, self.overrides())

    def run_inputs(self) -> RunInputs:
        """Return scenario, samples and weights. Raises ScenarioError for a draw that no scenario allows."""
        scenario, rng = self.scenario(), np.random.default_rng(self.seed)
        weights = [rng.normal(0.4, 1.0, (post, pre)) * self.strength for pre, post in pairwise(self.sizes)]
        if self.extreme:
            share = 0.03 if self.together else 0.1
            for one in weights:
                one[rng.random(one.shape) < share] = 1e6
                one[rng.random(one.shape) < share] = -1e6
        at = rng.integers(0, self.steps, (self.copies, self.inputs))
        if self.together:
            at[:] = at[:, :1]
        at[rng.random(at.shape) < 0.1] = NO_SPIKE
        data = dataset_from_steps(at, rng.integers(0, self.outputs, self.copies), self.outputs)
        return RunInputs(scenario, data, data, weights)


class Chip(Protocol):
    """What a chip is drawn from: a chain, or any graph."""

    @property
    def seed(self) -> int:
        """The seed of everything that is drawn."""

    @property
    def copies(self) -> int:
        """The samples of a batch."""

    @property
    def steps(self) -> int:
        """The steps of a sample."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The neurons of each population."""

    def run_inputs(self) -> RunInputs:
        """Return scenario, samples and weights. Raises ScenarioError for a draw that no scenario allows."""


def drawn_programs(
    drawn: Chip, firmware: FirmwareFile | None = None, change: Change = lambda program: program
) -> on_chip_trainer.OnChipTrainer:
    """Return a trainer whose programs run in lockstep, each changed before. Raises ScenarioError for a draw that no scenario allows."""
    with mock.patch.object(
        played_chips,
        "programs_of_engine",
        lambda engine, programs: in_lockstep([change(one) for one in programs], firmware),
    ):
        return on_chip_trainer.OnChipTrainer(drawn.run_inputs(), engine="discrete_event")


def play_batch(drawn: Chip, firmware: FirmwareFile | None = None) -> int:
    """Train a batch in lockstep, and test one. Returns the wakes that were compared. Raises BitsDifferError."""
    trainer = drawn_programs(drawn, firmware)
    trainer.train(1, np.arange(drawn.copies))
    trainer.evaluate(1)
    return sum(program.compared for program in lockstep_programs(trainer))


def lockstep_programs(trainer: on_chip_trainer.OnChipTrainer) -> list[LockstepProgram]:
    """Return the programs of a trainer."""
    return [program for program in trainer.programs if isinstance(program, LockstepProgram)]


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
        outputs=int(rng.choice([3, rng.integers(2, 9)])),  # up to three have loops of their own
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
        together=bool(rng.random() < 0.5),
    )
