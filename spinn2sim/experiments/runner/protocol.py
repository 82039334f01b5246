"""What an experiment is: the options that it takes, its jobs, and the values that it compares with published ones.

docs/how-to/reproduce.md shows how to write an experiment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The function that a long job calls to report in a few words how far it is.
Tell = Callable[[str], None]
# The lowest and the highest allowed value, None for no bound.
Bounds = tuple[float | None, float | None]

# The assumption that every experiment on the modelled substrate carries as a label.
ANALOG = "modelled analog substrate, not hardware"

# The publications that experiments are compared with, as summaries name them.
POSTER = "Blessing et al. 2023, Gradient Computation With Sparse Observations for Analog Neuromorphic Hardware"
PEHLE = "Pehle et al. 2023, Event-based Backpropagation for Analog Neuromorphic Hardware"
CRAMER = "Cramer et al. 2022, Surrogate gradients for analog neuromorphic computing, doi:10.1073/pnas.2109194119"


@dataclass(frozen=True)
class Options:
    """The options of a reproduction.

    `seeds` is never empty for an experiment that draws random numbers. `sigma` is the relative mismatch of the modelled substrate's
    circuits; None stands for the default of docs/reference/substrate.md.
    """

    seeds: tuple[int, ...] = ()
    quick: bool = False
    data: Path | None = None
    sigma: float | None = None


@dataclass(frozen=True)
class Job:
    """One independent piece of work: a row of the table for one seed (None if nothing is drawn at random).

    `settings` holds JSON values. `Experiment.run` gets nothing but the job.
    """

    row: str
    seed: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        settings = {**({} if self.seed is None else {"seed": self.seed}), **self.settings}
        return ", ".join([self.row, *(f"{name} {value}" for name, value in settings.items())])


@dataclass(frozen=True)
class FinishedJob:
    """A job with its result as it is read from JSON, where a NaN has become None."""

    job: Job
    result: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True)
class Published:
    """A published value. `value` is None if the source draws a curve and prints no number."""

    # The paper and its figure or table.
    source: str
    value: float | None = None
    error: float | None = None


@dataclass(frozen=True)
class Value:
    """One of our values. `error` is the standard deviation over `runs` seeds, None for a single run."""

    row: str
    # What was measured, with its unit.
    quantity: str
    value: float | None
    error: float | None = None
    runs: int = 1
    published: Published | None = None
    # Checked only in full size, not with --quick.
    allowed: Bounds = (None, None)

    @classmethod
    def over_seeds(
        cls,
        row: str,
        quantity: str,
        numbers: Sequence[float],
        published: Published | None = None,
        allowed: Bounds = (None, None),
    ) -> Value:
        """Make the mean over seeds, with the standard deviation as its error if there are several."""
        error = stdev(numbers) if len(numbers) > 1 else None
        return cls(row, quantity, fmean(numbers), error, len(numbers), published, allowed)

    @property
    def holds(self) -> bool | None:
        """Whether the value is within its bounds; None if it has none."""
        low, high = self.allowed
        if low is None and high is None:
            return None
        return self.value is not None and (low is None or low <= self.value) and (high is None or self.value <= high)


@dataclass(frozen=True)
class ExperimentResult:
    """The values, the table and the notes that are made from the results of all jobs."""

    values: Sequence[Value]
    # The rows of table.csv, all with the same columns.
    table: Sequence[Mapping[str, Any]]
    # What a reader must know to interpret the numbers.
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Experiment:
    """One entry of the catalogue.

    `jobs` raises DataError for options that it cannot work with. `run` depends only on its job and may run in any process.
    `aggregate` and the functions in `figures` get all finished jobs in the order of `jobs`.
    """

    name: str
    title: str
    # The paper, its figure or table, and its doi or address.
    source: str
    jobs: Callable[[Options], Sequence[Job]]
    run: Callable[[Job, Tell], Mapping[str, Any]]
    aggregate: Callable[[Sequence[FinishedJob]], ExperimentResult]
    # The function that draws each figure, by the name of its file without .png.
    figures: Mapping[str, Callable[[Sequence[FinishedJob], Figure], None]]
    # The seeds of a full run, of which --quick takes the first; empty if nothing is drawn at random.
    seeds: tuple[int, ...] = ()
    # What the folder of --data holds and where to get it; empty if no data are needed.
    data: str = ""
    # The assumptions that the results rest on, such as ANALOG.
    labels: tuple[str, ...] = ()
    # Whether the experiment takes --sigma.
    mismatched: bool = False
