"""Networks whose wakes show what delays and projections held as rows cost: shipped scenarios, with few copies and other sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

from firmware_models.words import FORWARD
from firmwares.lockstep import in_lockstep
from spinn2sim.emulation.arm_program import Wake
from spinn2sim.emulation.firmware_file import FirmwareFile
from spinn2sim.training import on_chip_trainer, played_chips
from spinn2sim.training.run_inputs import load_run_inputs

SCENARIOS = Path(__file__).resolve().parent.parent.parent / "scenarios"


class GraphDraw(NamedTuple):
    """A scenario and what is changed of it."""

    scenario: str
    changes: dict[str, Any]

    def programs(self, firmware: FirmwareFile | None) -> on_chip_trainer.OnChipTrainer:
        """Return a trainer whose programs run in lockstep."""
        inputs = load_run_inputs(SCENARIOS / f"{self.scenario}.toml", {"chip.tick_us": 20000, **self.changes})
        with mock.patch.object(
            played_chips, "programs_of_engine", lambda engine, programs: in_lockstep(programs, firmware)
        ):
            return on_chip_trainer.OnChipTrainer(inputs, engine="discrete_event")


def _recurrent(seed: int, hidden: int, density: float, outer: float = 1.0) -> GraphDraw:
    """Return scenarios/recurrent.toml with another hidden population; `outer` is the density of what has no delays."""
    changes: dict[str, Any] = {
        "training.copies": 1,
        "seed": seed,
        "population[1].size": hidden,
        "projection[1].density": density,
    }
    if outer < 1:
        changes |= {"projection[0].density": outer, "projection[2].density": outer}
    return GraphDraw("recurrent", changes)


def _delays(seed: int, hidden: int) -> GraphDraw:
    return GraphDraw("yinyang-delays-coarse", {"training.copies": 2, "seed": seed, "population[1].size": hidden})


FITTED = (_recurrent(0, 120, 0.5), _recurrent(1, 60, 0.2, 0.3), _delays(0, 30), _delays(1, 60))
HELD_OUT = (_recurrent(2, 90, 0.3, 0.4), _delays(2, 45))


def wakes_of(draw: GraphDraw, firmware: FirmwareFile | None) -> tuple[list[float], list[Any], list[str]]:
    """Count the wakes of a training batch: their cycles, how often each operation was charged, and their groups."""
    trainer: Any = draw.programs(firmware)
    for program in trainer.programs:
        program.wakes, program.charged = [], []
    trainer.train(1, np.arange(draw.changes["training.copies"]))
    cycles: list[float] = []
    times: list[Any] = []
    group: list[str] = []
    for program in trainer.programs:
        kind = type(program.state).__name__.removesuffix("State").lower()
        if kind == "population" and not program.state.spiking:
            kind = "readout"
        cycles += [wake.cycles for wake in program.wakes]
        times += program.charged
        group += [f"{kind} {_phase(wake)} graph" for wake in program.wakes]
    return cycles, times, group


def _phase(wake: Wake) -> str:
    """Return the number of a wake's phase; the first forward step, in which synapses with delays are sorted, is apart."""
    return "sort" if wake.phase == FORWARD and wake.step == 0 else str(wake.phase)
