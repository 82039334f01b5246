"""Several runs side by side: their names, settings and results, and their curves over the epochs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spinn2sim.errors import DataError
from spinn2sim.report.contents.losses import losses
from spinn2sim.report.contents.training_curves import TrainingCurves, training_curves
from spinn2sim.report.labels import label
from spinn2sim.report.run_data import RunData
from spinn2sim.trace.run_directory import NETWORK

MOST_RUNS = 64
# (part, quantity) of each plot, and its title.
CURVES = {
    ("test", "accuracy"): "Test accuracy",
    ("train", "accuracy"): "Training accuracy",
    ("validation", "accuracy"): "Validation accuracy",
    ("test", "loss"): "Test loss",
    ("train", "loss"): "Training loss",
    ("validation", "loss"): "Validation loss",
}


@dataclass(frozen=True)
class ComparedRun:
    """A run among others: its name is the folder's, or the path where two folders have the same name."""

    name: str
    data: RunData
    curves: TrainingCurves

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self.data.scenario.seed

    @property
    def title(self) -> str:
        """Name and seed, for a legend."""
        return f"{self.name}, seed {self.seed}"

    @property
    def kept(self) -> dict[str, Any]:
        """The metrics of the epoch whose weights were kept, or of the last one."""
        return self.data.summary.get("kept") or self.data.metrics[-1]

    @property
    def lost(self) -> int:
        """How much was lost, of any kind."""
        return sum(sum(counts) for counts in losses(self.data).counts.values())

    def curve(self, part: str, quantity: str) -> list[float] | None:
        """Return a value for each epoch; None if the run has no such part."""
        return self.curves.values[quantity].get(part)


def compared_runs(folders: Sequence[Path]) -> list[ComparedRun]:
    """Read runs of scenarios. Raises DataError for a script's run, for a run that is named twice, and for too many."""
    if len(folders) > MOST_RUNS:
        raise DataError(f"found {len(folders)} runs, allowed are {MOST_RUNS} at most")
    places = [folder.resolve() for folder in folders]
    for number, folder in enumerate(folders):
        if (folder / NETWORK).is_file():
            raise DataError(
                f"{folder}: found the run of a script, which has no epochs, allowed beside other runs is a run of a scenario"
            )
        if places[number] in places[:number]:
            raise DataError(f"{folder}: found twice, allowed is each run once")
    times = Counter(place.name for place in places)
    names = [label(p.name if times[p.name] == 1 else str(f)) for f, p in zip(folders, places, strict=True)]
    if len(set(names)) < len(names):
        names = [f"{number}: {name}" for number, name in enumerate(names, 1)]
    found = [RunData(folder) for folder in folders]
    return [ComparedRun(name, data, training_curves(data)) for name, data in zip(names, found, strict=True)]


def plots(runs: Sequence[ComparedRun]) -> dict[tuple[str, str], str]:
    """Return the plots of which some run has a value."""
    return {key: title for key, title in CURVES.items() if any(run.curve(*key) for run in runs)}
