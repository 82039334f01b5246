"""run, train and resume: from a scenario to a run directory, and open_run to read one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from spinn2sim.errors import DataError, OutputError
from spinn2sim.files import atomic
from spinn2sim.hardware.engines.choice import ENGINES, engine_of
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.trace.sql import PACKETS as PACKETS_TABLE
from spinn2sim.trace.sql import Tables, files_of, open_dataset
from spinn2sim.training.epochs import (
    CHECKPOINT,
    PACKETS,
    PROVENANCE,
    SCENARIO,
    SUMMARY,
    TrainingRun,
    checkpoint_of,
)
from spinn2sim.training.reporter import RunReporter
from spinn2sim.training.run_inputs import RunInputs, Weights, load_run_inputs, read_weights
from spinn2sim.training.trace_filters import refuse_filters
from spinn2sim.training.trainer import Trainer

if TYPE_CHECKING:
    import pyarrow as pa

Arithmetic = Literal["float64", "fixed"]


class Run:
    """A run directory, read when asked. `folder` is a pathlib.Path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl."""
        return atomic.read_metrics(self.folder)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """summary.json; raises DataError when the run has none (it was stopped without a chance to write it)."""
        return atomic.read_json(self.folder / SUMMARY)

    @cached_property
    def weights(self) -> Weights:
        """weights_0, weights_1, ... as float64 (n_out, n_in)."""
        return read_weights(self.folder)

    @cached_property
    def tables(self) -> Tables:
        """The run's tables, for SQL. Raises DataError when one cannot be read."""
        return Tables(self.folder)

    @cached_property
    def packets(self) -> pa.Table:
        """The packet trace as an Arrow table, a row per delivery; raises DataError when the run has none."""
        import pyarrow as pa

        files = files_of(self.folder, PACKETS_TABLE)
        if not files:
            raise DataError(
                f"{self.folder / PACKETS}: there is none; a run writes it when trace.packets is 'all' or 'window'"
            )
        try:
            return open_dataset(files).to_table()
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"{self.folder / PACKETS}: cannot be read: {str(error).splitlines()[0]}") from None

    @cached_property
    def spikes(self) -> pa.Table:
        """The packets of kind spike, a row each, in the order in which they were sent; raises DataError without a packet trace."""
        return self._table("spikes", "seq")

    @cached_property
    def ticks(self) -> pa.Table:
        """A row per wake of a PE; this and the tables below raise DataError when the run did not capture them."""
        return self._table("ticks")

    @cached_property
    def channels(self) -> pa.Table:
        """A row per channel and part."""
        return self._table("channels")

    @cached_property
    def router(self) -> pa.Table:
        """A row per line of the event router's table and part."""
        return self._table("router")

    @cached_property
    def pes(self) -> pa.Table:
        """A row per PE and part."""
        return self._table("pes")

    def sql(self, query: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        """The answer to a SELECT over the run's tables as an Arrow table. Raises DataError for anything else."""
        return self.tables.sql(query, parameters)

    def figure(self, name: str) -> Any:
        """A figure of the report, by its name, as a matplotlib figure."""
        from spinn2sim.report.figures import figure

        return figure(self.folder, name)

    def _table(self, name: str, order: str = "") -> pa.Table:
        self.tables.need(name)
        return self.tables.sql(f"SELECT * FROM {name}" + (f" ORDER BY {order}" if order else ""), trusted=True)  # noqa: S608

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"


def open_run(path: Path | str) -> Run:
    """A run directory. Raises DataError when it is none."""
    folder = Path(path)
    if not (folder / SCENARIO).is_file():
        raise DataError(f"{folder}: found no {SCENARIO} in it, allowed is a run directory")
    return Run(folder)


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
    """The same on the off-chip mirror."""
    return _start(load_run_inputs(scenario, overrides), f"train {arithmetic}", out, reporter or RunReporter())


def resume(folder: Path | str, reporter: RunReporter | None = None) -> Run:
    """Go on with an interrupted run, bit for bit. A complete run is returned as it is."""
    found = open_run(folder)
    if (found.folder / SUMMARY).exists() and found.summary.get("status") == "complete":
        return found
    before = atomic.read_json(found.folder / PROVENANCE)
    command = before.get("command")
    if command not in ("run", "train float64", "train fixed"):
        raise DataError(f"{found.folder / PROVENANCE}: command: found {command!r}, allowed is 'run' or 'train ...'")
    inputs = load_run_inputs(found.folder / SCENARIO)
    training = _assemble(inputs, command, found.folder)
    training.started, training.resumed = str(before.get("start")), [*before.get("resumed", ()), training.started]
    checkpoint = checkpoint_of(found.folder)
    if checkpoint is None:
        atomic.truncate_metrics(found.folder, -1)
        training.capture.drop_after(-1)
    else:
        try:
            training.resume(checkpoint)
        except ValueError as error:
            raise OutputError(f"{found.folder / CHECKPOINT}: {error}") from None
    training.go(reporter or RunReporter())
    return Run(found.folder)


def _start(
    inputs: RunInputs, command: str, out: Path | str | None, reporter: RunReporter, engine: str = ENGINES[0]
) -> Run:
    """Build all that can refuse, then make the folder, then go."""
    assembled = _assemble(inputs, command, None, engine)
    assembled.place(atomic.choose(inputs.scenario.name, out))
    assembled.begin()
    assembled.go(reporter)
    return Run(assembled.folder)


def _assemble(inputs: RunInputs, command: str, folder: Path | None, engine: str = ENGINES[0]) -> TrainingRun:
    """Trainer, recorder and run for one command. Engines give one answer, so that a run may go on with another one."""
    scenario = inputs.scenario
    trainer: Trainer
    recorder, plan = None, None
    if command == "run":
        from spinn2sim.trace.recorder import Recorder
        from spinn2sim.training.measured_ticks import measured_periods
        from spinn2sim.training.on_chip_trainer import OnChipTrainer

        if scenario.trace.packets != "none":
            recorder = Recorder(scenario.trace, scenario.training.copies)
        periods = measured_periods(inputs) if scenario.chip.tick_us == "measured" else None
        chip = OnChipTrainer(
            scenario, inputs.train, inputs.test, inputs.weights, recorder, periods, engine, inputs.validation
        )
        plan, trainer = chip.plan, chip
        refuse_filters(inputs, plan)
    else:
        from spinn2sim.training.mirror_trainer import MirrorTrainer

        arithmetic: Arithmetic = "fixed" if command == "train fixed" else "float64"
        trainer = MirrorTrainer(scenario, inputs.train, inputs.test, inputs.weights, arithmetic, inputs.validation)
    return TrainingRun(scenario, trainer, folder or Path(), command, recorder, plan)
