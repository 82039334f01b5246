"""What the program can do with a scenario, as functions: run, train and resume write a run directory, open_run reads one back."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files import atomic
from spinn2sim.hardware.engines.choice import ENGINES, engine_of
from spinn2sim.report.run import Run, open_run
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.trace import run_directory
from spinn2sim.training.epochs import TrainingRun, checkpoint_of
from spinn2sim.training.reporter import RunReporter
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs
from spinn2sim.training.trace_filters import refuse_filters
from spinn2sim.training.trainer import Trainer

__all__ = ["Run", "open_run", "resume", "run", "train"]
Arithmetic = Literal["float64", "fixed"]


def run(
    scenario: Path | str,
    out: Path | str | None = None,
    overrides: Overrides = (),
    engine: str = ENGINES[0],
    reporter: RunReporter | None = None,
) -> Run:
    """Train and test on the simulated chip. Returns the run; raises Spinn2simError subclasses before anything is written."""
    engine_of(engine)  # refuses early
    return _start(load_run_inputs(scenario, overrides), "run", out, reporter or RunReporter(), engine)


def train(
    scenario: Path | str, out: Path | str | None = None, overrides: Overrides = (), arithmetic: Arithmetic = "float64",
    reporter: RunReporter | None = None,
) -> Run:  # fmt: skip
    """Train and test on the off-chip mirror, in float64 or in the chip's fixed point. Returns the run; raises as `run` does."""
    return _start(load_run_inputs(scenario, overrides), f"train {arithmetic}", out, reporter or RunReporter())


def resume(folder: Path | str, reporter: RunReporter | None = None) -> Run:
    """Go on with an interrupted run, bit for bit. A complete run is returned as it is."""
    found = open_run(folder)
    if (found.folder / run_directory.SUMMARY).exists() and found.summary.get("status") == "complete":
        return found
    before = atomic.read_json(found.folder / run_directory.PROVENANCE)
    command = before.get("command")
    if command not in ("run", "train float64", "train fixed"):
        raise DataError(
            f"{found.folder / run_directory.PROVENANCE}: command: found {command!r}, allowed is 'run' or 'train ...'"
        )
    inputs = load_run_inputs(found.folder / run_directory.SCENARIO)
    training = _assemble(inputs, command, found.folder)
    training.started, training.resumed = str(before.get("start")), [*before.get("resumed", ()), training.started]
    checkpoint = checkpoint_of(found.folder)
    if checkpoint is None:
        run_directory.truncate_metrics(found.folder, -1)
        training.capture.drop_after(-1)
    else:
        try:
            training.resume(checkpoint)
        except ValueError as error:
            raise OutputError(f"{found.folder / run_directory.CHECKPOINT}: {error}") from None
    training.go(reporter or RunReporter())
    return Run(found.folder)


def _start(
    inputs: RunInputs, command: str, out: Path | str | None, reporter: RunReporter, engine: str = ENGINES[0]
) -> Run:
    """Build all that can refuse, then make the folder, then go."""
    assembled = _assemble(inputs, command, None, engine)
    assembled.place(run_directory.new_folder(inputs.scenario.name, out))
    assembled.begin()
    assembled.go(reporter)
    return Run(assembled.folder)


def _assemble(inputs: RunInputs, command: str, folder: Path | None, engine: str = ENGINES[0]) -> TrainingRun:
    """Trainer, recorder and run for one command. Engines give one answer, so that a run may go on with another one."""
    scenario = inputs.scenario
    trainer: Trainer
    recorder, plan = None, None
    if command == "run":
        from spinn2sim.trace.recorder import TraceRecorder
        from spinn2sim.training.measured_ticks import measured_periods
        from spinn2sim.training.on_chip_trainer import OnChipTrainer

        if scenario.trace.packets != "none":
            recorder = TraceRecorder(scenario.trace, scenario.training.copies)
        periods = measured_periods(inputs) if scenario.chip.tick_us == "measured" else None
        chip = OnChipTrainer(inputs, recorder, engine, periods)
        plan, trainer = chip.plan, chip
        refuse_filters(inputs, plan)
    else:
        from spinn2sim.training.mirror_trainer import MirrorTrainer

        arithmetic: Arithmetic = "fixed" if command == "train fixed" else "float64"
        trainer = MirrorTrainer(inputs, arithmetic)
    return TrainingRun(scenario, trainer, folder or Path(), command, recorder, plan)
