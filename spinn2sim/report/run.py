"""A run directory as a Python object: metrics, weights, tables and figures, each read on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinn2sim.errors import DataError, Spinn2simError
from spinn2sim.notebook import html_table
from spinn2sim.report.figure_names import FigureNames
from spinn2sim.report.predictions import predictions
from spinn2sim.report.run_data import RunData
from spinn2sim.trace import run_directory, tables
from spinn2sim.trace.run_directory import need_run
from spinn2sim.trace.sql import PACKETS, Tables, open_dataset
from spinn2sim.trace.table_files import files_of, table_file
from spinn2sim.training.metrics import LOST
from spinn2sim.training.run_inputs import load_run_inputs
from spinn2sim.training.start_values import Weights, WeightsFile, read_weights_file

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from spinn2sim.report.answers import Answers
    from spinn2sim.report.diagnosis.diagnosis import Diagnosis
    from spinn2sim.scenario.keys import Scenario


ACCURACIES = ("train_accuracy", "validation_accuracy", "test_accuracy")


class Run:
    """A run directory, whose files are read on demand. `folder` is a pathlib.Path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """The lines of metrics.jsonl."""
        return run_directory.read_metrics(self.folder, whole=True)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of summary.json. Raises DataError if the run has none, since it was killed before it could write one."""
        return run_directory.read_summary(self.folder)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario of the run, with every default filled in; it can be given to `run` and `train`. Raises DataError, ScenarioError.

        >>> spinn2sim.open_run("runs/mine").scenario.training.epochs
        1
        """
        return RunData(self.folder).scenario

    @cached_property
    def results(self) -> Answers:
        """The answers to the test samples as arrays: epoch, first_spike, labels, max_voltage. Raises DataError if the run has none.

        >>> spinn2sim.open_run("runs/mine").results.first_spike.shape
        (200, 3)
        """
        return RunData(self.folder).results

    @cached_property
    def predictions(self) -> pa.Table:
        """An Arrow table with a row per test sample: sample, label, prediction, right, and first_spike (or voltage) of each output.

        Raises DataError if the run has none; `.to_pandas()` and `.to_pylist()` convert it.

        >>> spinn2sim.open_run("runs/mine").predictions.column_names
        ['sample', 'label', 'prediction', 'right', 'first_spike']
        """
        return predictions(self.results, self.scenario.network.steps)

    @property
    def figures(self) -> FigureNames:
        """The figures by name, which notebooks complete: `run.figures.accuracy` draws one, and a notebook shows it.

        >>> "accuracy" in dir(spinn2sim.open_run("runs/mine").figures)
        True
        """
        return FigureNames(self.folder)

    @cached_property
    def weights(self) -> Weights:
        """The trained weights weights_0, weights_1, ... as float64 (n_out, n_in)."""
        return self._weights_file.weights

    @cached_property
    def delays(self) -> list[NDArray[np.float64] | None]:
        """The delays delays_0, delays_1, ... in steps, (n_out, n_in); None for a projection without delays."""
        return self._weights_file.delays

    @cached_property
    def _weights_file(self) -> WeightsFile:
        return read_weights_file(self.folder)

    @cached_property
    def tables(self) -> Tables:
        """The run's tables, for SQL. Raises DataError if one cannot be read."""
        return Tables(self.folder)

    @cached_property
    def packets(self) -> pa.Table:
        """The packet trace as an Arrow table with a row per delivery. Raises DataError if the run has none."""
        import pyarrow as pa

        file, files = table_file(self.folder, PACKETS), files_of(self.folder, PACKETS)
        if not files:
            raise DataError(f"{file}: there is none; a run writes it when trace.packets is 'all' or 'window'")
        try:
            return open_dataset(files, tables.PACKETS).to_table()
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"{file}: cannot be read: {str(error).splitlines()[0]}") from None

    @cached_property
    def spikes(self) -> pa.Table:
        """The packets of kind spike as an Arrow table, in the order of sending. Raises DataError without a packet trace."""
        return self._table("spikes", "seq")

    @cached_property
    def ticks(self) -> pa.Table:
        """The wakes as an Arrow table with a row per wake of a PE. Raises DataError if the run did not capture it."""
        return self._table("ticks")

    @cached_property
    def channels(self) -> pa.Table:
        """The channels as an Arrow table with a row per channel and part. Raises DataError if the run did not capture it."""
        return self._table("channels")

    @cached_property
    def router(self) -> pa.Table:
        """The event router as an Arrow table with a row per routing line and part. Raises DataError if the run did not capture it."""
        return self._table("router")

    @cached_property
    def pes(self) -> pa.Table:
        """The PEs as an Arrow table with a row per PE and part. Raises DataError if the run did not capture it."""
        return self._table("pes")

    def sql(self, query: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        """Run a SELECT over the run's tables and return the answer as an Arrow table. Raises DataError for anything else."""
        return self.tables.sql(query, parameters)

    def figure(self, name: str) -> Any:
        """Draw a figure of the report, given its name, as a matplotlib figure: of a script's run "recordings" and others."""
        from spinn2sim.report.figures import figure

        return figure(self.folder, name)

    def report(self, out: Path | str | None = None) -> Path:
        """Write the page of the run, by default to report.html in its folder, and return the file. Raises DataError, OutputError.

        >>> spinn2sim.open_run("runs/mine").report("mine.html")
        PosixPath('mine.html')
        """
        from spinn2sim.report.page.document import write_page
        from spinn2sim.report.page.script_page import write_script_page

        write = write_script_page if (self.folder / run_directory.NETWORK).is_file() else write_page
        return write(self.folder, self.folder / "report.html" if out is None else Path(out))

    def diagnose(self) -> Diagnosis:
        """Say why the accuracy is what it is: findings, worst first, each with the key that may help. Raises DataError."""
        from spinn2sim.report.diagnosis.diagnosis import diagnose

        return diagnose(self.folder)

    def label(self, part: str, sample: int) -> int | None:
        """Return the label of a sample of "train", "test" or "validation"; None if the scenario's data cannot be read any more."""
        try:
            inputs = load_run_inputs(self.folder / run_directory.SCENARIO)
        except (Spinn2simError, OSError):
            return None
        data = {"train": inputs.train, "test": inputs.test, "validation": inputs.validation}[part]
        return int(data.labels[sample]) if data is not None and 0 <= sample < len(data) else None

    def _table(self, name: str, order: str = "") -> pa.Table:
        self.tables.need_columns(name)
        return self.tables.sql(f"SELECT * FROM {name}" + (f" ORDER BY {order}" if order else ""), trusted=True)

    def __repr__(self) -> str:
        told = ", ".join(run_state(self))
        return f"Run({str(self.folder)!r}{f': {told}' if told else ''})"

    def _repr_html_(self) -> str:
        return html_table(f"Run {self.folder}", run_facts(self))


def run_state(run: Run) -> list[str]:
    """Return how a run ended and how good it is, in few words; nothing of what cannot be read. It never raises."""
    if (run.folder / run_directory.NETWORK).is_file():
        return []
    try:
        summary, metrics = run.summary, run.metrics
        kept = summary.get("kept") or metrics[-1]
        epochs = run.scenario.training.epochs
        return [
            str(summary.get("status", "unknown")),
            f"epoch {kept['epoch']} of {epochs}",
            f"test accuracy {kept['test_accuracy']:.1%}",
        ]
    except (Spinn2simError, OSError, LookupError, TypeError, ValueError):
        return []


def run_facts(run: Run) -> list[tuple[str, object]]:
    """Return what is told of a run in a table: its state, the last epoch, and what was lost. It never raises."""
    facts: list[tuple[str, object]] = []
    if (run.folder / run_directory.NETWORK).is_file():
        from spinn2sim.report.script_run import ScriptRunData

        try:
            return ScriptRunData(run.folder).facts
        except Spinn2simError as error:
            return [("network", str(error))]
    try:
        facts.append(("status", run.summary.get("status", "unknown")))
    except Spinn2simError:
        facts.append(("status", "not finished"))
    try:
        metrics = run.metrics
    except Spinn2simError as error:
        return [*facts, ("metrics", str(error))]
    facts.append(("epochs", len(metrics)))
    if metrics:
        last = metrics[-1]
        facts += [(name.replace("_", " "), f"{last[name]:.1%}") for name in ACCURACIES if last.get(name) is not None]
        lost = {name: sum(v or 0 for line in metrics for v in (line.get(name) or {}).values()) for name in LOST}
        told = ", ".join(f"{name} {count}" for name, count in lost.items() if count)
        facts.append(("lost", told or "nothing"))
    return facts


def open_run(path: Path | str) -> Run:
    """Open a run directory. Raises DataError if the folder is not one."""
    return Run(need_run(path))
