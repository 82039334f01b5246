"""The runs of several seeds as a Python object: their table, and each run."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from spinn2sim.errors import DataError
from spinn2sim.files.atomic import read_json
from spinn2sim.notebook import html_grid
from spinn2sim.report.run import Run
from spinn2sim.trace.run_directory import SEEDS, SUMMARY, is_run
from spinn2sim.training.several_seeds.seed_job import seed_folder
from spinn2sim.training.several_seeds.seeds_file import read_seeds_file


class SeedRuns:
    """A folder with the runs of several seeds. `folder` is a pathlib.Path."""

    def __init__(self, folder: Path) -> None:
        """Raises DataError if the folder is none of several seeds."""
        self.folder = folder
        self.seeds = tuple(read_seeds_file(folder).seeds)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The content of summary.json: "runs", a row for each seed, "mean" and "standard_deviation". Raises DataError if it has none."""
        found = read_json(self.folder / SUMMARY)
        if not isinstance(found.get("runs"), list) or not isinstance(found.get("mean"), dict):
            raise DataError(f"{self.folder / SUMMARY}: found no table of seeds in it, allowed is that of {SEEDS}")
        return found

    @cached_property
    def runs(self) -> dict[int, Run]:
        """The runs by seed, without those that have not begun."""
        folders = {seed: seed_folder(self.folder, seed) for seed in self.seeds}
        return {seed: Run(folder) for seed, folder in folders.items() if is_run(folder)}

    def __repr__(self) -> str:
        """Return folder, state, and mean accuracy."""
        table = self.summary
        mean, deviation = table["mean"].get("test_accuracy"), table["standard_deviation"].get("test_accuracy")
        told = (
            ""
            if mean is None
            else f", test accuracy {mean:.1%}" + ("" if deviation is None else f" +- {deviation:.1%}")
        )
        return f"SeedRuns({str(self.folder)!r}: {table['status']}, {table['complete']} of {len(self.seeds)} complete{told})"

    def _repr_html_(self) -> str:
        heads = ("seed", "status", "epoch", "test_accuracy")
        return html_grid(repr(self), heads, [[row.get(key) for key in heads] for row in self.summary["runs"]])
