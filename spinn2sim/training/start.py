"""Starts and resumes runs. Whatever may be refused is made first, then the run directory, and then the epochs run."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from spinn2sim.emulation.programs_of_engine import player_of_engine
from spinn2sim.errors import DataError, DataWarning, ScenarioError, need_choice, quoted
from spinn2sim.files.atomic import LOCK, locked, remove, unfinished_files
from spinn2sim.hardware.engines.choice import EMULATED, ENGINES, WITHOUT_FIRMWARE
from spinn2sim.scenario.board_of_scenario import board_of, copies_on_chip
from spinn2sim.scenario.fault_keys import HEALTHY
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load
from spinn2sim.scenario.overrides import Overrides, as_mapping
from spinn2sim.trace import run_directory
from spinn2sim.trace.manifest import read_manifest
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.table_files import all_pieces, chip_folders
from spinn2sim.trace.tables import ALL
from spinn2sim.training.board_limits import refuse_with_board
from spinn2sim.training.checkpoint import read_checkpoint, refuse_unfit
from spinn2sim.training.clock_of_run import refuse_long_run
from spinn2sim.training.input_digests import find_inputs
from spinn2sim.training.measured_ticks import choose_periods
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.reporter import RunReporter
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs
from spinn2sim.training.trace_filters import refuse_filters
from spinn2sim.training.trainer import Trainer
from spinn2sim.training.training_run import TrainingRun

# The values of `command` in provenance.json.
Command = Literal["run", "run emulated", "train float64", "train fixed"]
EPOCHS = "training.epochs"
COMMANDS: tuple[Command, ...] = ("run", "run emulated", "train float64", "train fixed")


def start_run(
    inputs: RunInputs, command: Command, out: Path | str | None, reporter: RunReporter, engine: str = ENGINES[0]
) -> Path:
    """Run all epochs of a new run and return its directory: `out`, or by default runs/NAME-N.

    Raises Spinn2simError subclasses before anything is written, and OutputError if something cannot be written.
    """
    if command == "run" and engine == EMULATED:
        command = "run emulated"
    trainer = make_trainer(inputs, command, engine)
    with run_directory.new_folder(inputs.scenario.name, out) as folder:
        started = TrainingRun(inputs, trainer, folder, command)
        started.write_header()
        started.run_epochs(reporter)
        return folder


class _Ended(NamedTuple):
    """The end of a complete run: its last epoch, and whether patience ended it early."""

    epoch: int
    early: bool

    def has_all(self, scenario: Scenario) -> bool:
        """Whether the run has all epochs that the scenario asks for."""
        return self.early or self.epoch == scenario.training.epochs


def _end_of(folder: Path) -> _Ended | None:
    """Read how a run has ended; None if it was interrupted, or its manifest does not cover its end. Raises DataError for a damaged file."""
    file = folder / run_directory.SUMMARY
    manifest = read_manifest(folder)
    if not file.exists() or (manifest is not None and not manifest.knows(file)):
        return None
    summary = run_directory.read_summary(folder)
    if summary["status"] != "complete":
        return None
    return _Ended(summary["last"]["epoch"], summary.get("ended_early", False))


def resume_run(folder: Path, reporter: RunReporter, engine: str = ENGINES[0], overrides: Overrides = ()) -> None:
    """Run the remaining epochs of a run: up to training.epochs in its scenario, or in `overrides`.

    If it has all epochs, files that a kill at its end has left are removed. Raises ScenarioError if `overrides` ask for anything else, and
    DataError or OutputError if the run's files are not as needed, or another process is running it.
    """
    refuse_other_keys(overrides)
    scenario = load(folder / run_directory.SCENARIO, overrides)
    ended = _end_of(folder)
    if ended is not None and ended.has_all(scenario) and not _leftovers(folder) and not (folder / LOCK).exists():
        return
    with locked(folder, "running"):
        ended = _end_of(folder)
        if ended is not None and ended.has_all(scenario):
            _remove(_leftovers(folder))
        else:
            _resume(folder, reporter, engine, overrides)


def refuse_other_keys(overrides: Overrides) -> None:
    """Raise ScenarioError for any key but the number of epochs, which alone a run that has begun can change."""
    for key in as_mapping(overrides):
        if key != EPOCHS:
            raise ScenarioError(
                f"--set {key}: found beside --resume, allowed is {EPOCHS} alone: a run goes on as it was begun"
            )


def _leftovers(folder: Path) -> list[Path]:
    """Return the parts, their folders, and the temporary files that a complete run no longer needs; a folder comes after its files."""
    places = [(one, table.name) for one in (folder, *chip_folders(folder)) for table in ALL]
    whole = [place for place in places if run_directory.table_file(*place).exists()]
    parts = [piece.path for place in whole for piece in all_pieces(*place)]
    unfinished = [path for one, name in whole for path in unfinished_files(one / name)]
    folders = [one / name for one, name in whole if (one / name).is_dir()]
    return [*parts, *unfinished, *unfinished_files(folder), *folders]


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        if not path.is_dir():
            remove(path)
            continue
        with suppress(OSError):  # it has files that are none of the run's
            path.rmdir()


def _resume(folder: Path, reporter: RunReporter, engine: str, overrides: Overrides) -> None:
    origin = run_directory.read_provenance(folder)
    command = origin.get("command")
    if command not in COMMANDS:
        raise DataError(
            f"{folder / run_directory.PROVENANCE}: command: found {quoted(command)}, allowed is 'run' or 'train ...'"
        )
    if command == "run" and engine == EMULATED:
        need_choice("engine of a run that was begun with assumed cycles", engine, WITHOUT_FIRMWARE)
    file, changes = folder / run_directory.SCENARIO, as_mapping(overrides)
    if "inputs" in origin:
        changes = {**changes, **find_inputs(folder, load(file), origin["inputs"])}
    else:
        reporter.warn(
            f"{folder}: was begun by a version that kept no manifest: whether its files changed is not checked"
        )
    inputs = load_run_inputs(file, changes)
    ended, checkpoint = _end_of(folder), read_checkpoint(folder)
    if checkpoint is not None:  # before ticks are measured, for which kernels may have to be compiled
        refuse_unfit(folder, inputs.scenario, inputs.digests, int(checkpoint["epoch"][0]), checkpoint)
    resumed = TrainingRun(inputs, make_trainer(inputs, command, engine), folder, command, origin)
    resumed.resume_from(checkpoint, -1 if ended is None else ended.epoch)
    _say_cosine(inputs, reporter)
    resumed.run_epochs(reporter)


def _say_cosine(inputs: RunInputs, reporter: RunReporter) -> None:
    """Warn of epochs after the end of a cosine schedule, whose length was fixed when the run began."""
    optimizer, epochs = inputs.scenario.optimizer, inputs.scenario.training.epochs
    if optimizer.schedule == "cosine" and optimizer.cosine_epochs is not None and optimizer.cosine_epochs < epochs:
        reporter.warn(
            f"the cosine ends with epoch {optimizer.cosine_epochs} (optimizer.cosine_epochs of this run): "
            f"epochs up to {epochs} are trained at final_rate = {optimizer.final_rate:g}"
        )


def _say_no_chip(scenario: Scenario) -> None:
    """Warn that the mirror has no chip, of which parts could be dead or break."""
    if scenario.faults is not None and scenario.faults != HEALTHY:
        warnings.warn("[faults]: ignored: the mirror has no chip; `run` and `map` use it", DataWarning, stacklevel=3)


def make_trainer(inputs: RunInputs, command: Command, engine: str = ENGINES[0]) -> Trainer:
    """Make the trainer of a command. Two engines give equal results, so a run may be resumed with the other; the third goes on as it is."""
    if command not in ("run", "run emulated"):
        _say_no_chip(inputs.scenario)
        return MirrorTrainer(inputs, "fixed" if command == "train fixed" else "float64")
    engine = EMULATED if command == "run emulated" else engine
    player_of_engine(engine)  # refuses an unknown name before anything is measured
    refuse_with_board(inputs.scenario, engine)
    trainer = OnChipTrainer(inputs, make_recorders(inputs.scenario), engine, choose_periods(inputs, engine))
    refuse_long_run(trainer.plan, inputs)
    refuse_filters(inputs, trainer.plan)
    return trainer


def make_recorders(scenario: Scenario) -> list[TraceRecorder]:
    """Make a recorder for each chip of a scenario; none if no packets are traced."""
    if scenario.trace.packets == "none":
        return []
    chips = range(len(board_of(scenario).chips))
    return [TraceRecorder(scenario.trace, copies_on_chip(scenario)) for _ in chips]
