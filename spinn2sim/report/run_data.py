"""The data that figures are made from: the files of a run directory, each read on demand."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinn2sim.errors import DataError, Spinn2simError
from spinn2sim.hardware.facts import PERFORMANCE_LEVELS_MHZ
from spinn2sim.report.answers import Answers, read_answers
from spinn2sim.scenario.keys import Chip, Scenario
from spinn2sim.scenario.load import load
from spinn2sim.trace import run_directory
from spinn2sim.trace.sql import Tables

if TYPE_CHECKING:
    from spinn2sim.training.run_inputs import RunInputs

TRACE_IT = "run the scenario with --set trace.packets=all (or window)"


class AbsentError(DataError):
    """The data of a figure is not in the run. The message says why, and how to get it."""


class RunData:
    """The files of the run directory `folder`; `tables` are its Parquet tables."""

    def __init__(self, folder: Path | str) -> None:
        """Raises DataError if `folder` is not a run, or if one of its tables cannot be read."""
        self.folder = Path(folder)
        self.tables = Tables(self.folder)

    @cached_property
    def scenario(self) -> Scenario:
        """The resolved scenario."""
        return load(self.folder / run_directory.SCENARIO)

    @property
    def chip(self) -> Chip:
        """The keys of the chip."""
        return self.scenario.chip

    @cached_property
    def metrics(self) -> list[dict[str, Any]]:
        """The metrics of each finished epoch, of which there is at least one. Raises AbsentError, DataError."""
        lines = run_directory.read_metrics(self.folder, whole=True)
        if not lines:
            raise AbsentError("no epoch was finished in this run: go on with spinn2sim run --resume")
        return lines

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of summary.json; empty if the run was killed before it could write one."""
        return run_directory.read_summary(self.folder) if (self.folder / run_directory.SUMMARY).exists() else {}

    @cached_property
    def results(self) -> Answers:
        """The answers to the test samples. Raises AbsentError if the run has no results.npz."""
        path = self.folder / run_directory.RESULTS
        if not path.exists():
            raise AbsentError(
                f"this run has no {run_directory.RESULTS} (an older version made it): run its scenario.toml again"
            )
        return read_answers(path, self.scenario)

    @cached_property
    def inputs(self) -> RunInputs | None:
        """Scenario, data and network of the run; None if a file that they are in cannot be read any more."""
        from spinn2sim.training.run_inputs import load_run_inputs

        try:
            return load_run_inputs(self.folder / run_directory.SCENARIO)
        except (Spinn2simError, OSError, ImportError):
            return None

    def label(self, part: str, sample: int) -> int | None:
        """Return the label of a sample of "train", "test" or "validation"; None if it cannot be read any more."""
        data = None if self.inputs is None else getattr(self.inputs, part, None)
        return int(data.labels[sample]) if data is not None and 0 <= sample < len(data) else None

    def need(self, table: str, how: str = TRACE_IT) -> Tables:
        """Return the tables, which include `table`. Raises AbsentError if the run does not have it."""
        if table not in self.tables.names:
            raise AbsentError(f"this run has no table {table}: {how}")
        return self.tables

    @property
    def steps(self) -> int:
        """The forward steps of a batch."""
        return self.scenario.network.steps

    @property
    def core_mhz(self) -> int:
        """The clock of the cores in MHz."""
        return PERFORMANCE_LEVELS_MHZ[self.scenario.chip.performance_level]
