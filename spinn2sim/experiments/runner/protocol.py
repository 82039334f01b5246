"""What an experiment is: what it takes, its jobs, and what comes of them; it runs none. docs/reproduce.md shows how to write one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Tell = Callable[[str], None]  # a few words on how far a long job is


@dataclass(frozen=True)
class Options:
    """What the user asked for. `seeds` are never empty for an experiment that has some.

    `sigma`: relative mismatch of the modelled substrate's circuits in place of the one of docs/substrate.md.
    """

    seeds: tuple[int, ...] = ()
    quick: bool = False
    data: Path | None = None
    sigma: float | None = None


@dataclass(frozen=True)
class Job:
    """An independent piece: a row of the table with one seed (None where nothing is drawn). `settings` are JSON; `run` knows no more."""

    row: str
    seed: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        settings = {**({} if self.seed is None else {"seed": self.seed}), **self.settings}
        return ", ".join([self.row, *(f"{name} {value}" for name, value in settings.items())])


@dataclass(frozen=True)
class Done:
    """A finished job. `result` is JSON: a NaN came back as None."""

    job: Job
    result: Mapping[str, Any]
    seconds: float


@dataclass(frozen=True)
class Published:
    """What a source says. `value` is None where it draws a curve and prints no number."""

    source: str  # paper, and its figure or table
    value: float | None = None
    error: float | None = None


@dataclass(frozen=True)
class Value:
    """One of our numbers. `error` is the standard deviation over `runs` seeds, None for one that has none."""

    row: str
    quantity: str  # with its unit
    value: float | None
    error: float | None = None
    runs: int = 1
    published: Published | None = None
    allowed: tuple[float | None, float | None] = (None, None)  # what it must lie between; judged in full size alone

    @property
    def holds(self) -> bool | None:
        """Whether it lies there; None where nothing is asked of it."""
        low, high = self.allowed
        if low is None and high is None:
            return None
        return self.value is not None and (low is None or low <= self.value) and (high is None or self.value <= high)


@dataclass(frozen=True)
class Outcome:
    """What all jobs together say."""

    values: Sequence[Value]
    table: Sequence[Mapping[str, Any]]  # rows of table.csv, all with the same columns
    notes: Sequence[str] = ()  # what a reader must know to read the numbers


@dataclass(frozen=True)
class Experiment:
    """One entry of the catalogue.

    `jobs` refuses what it cannot work with (DataError). `run` is a function of its job alone, in whatever process. `gather` and `figures`
    get all finished jobs in the order of `jobs`.
    """

    name: str
    title: str
    source: str  # paper with figure or table, and its doi or address
    jobs: Callable[[Options], Sequence[Job]]
    run: Callable[[Job, Tell], Mapping[str, Any]]
    gather: Callable[[Sequence[Done]], Outcome]
    figures: Mapping[str, Callable[[Sequence[Done], Figure], None]]  # the file's name without .png, and who draws it
    seeds: tuple[int, ...] = ()  # those of a full run; --quick takes the first; empty: it draws nothing
    data: str = ""  # what the folder of --data holds and where to get it; empty: it takes none
    labels: tuple[str, ...] = ()  # every assumption, such as ANALOG
    mismatched: bool = False  # takes --sigma


ANALOG = "modelled analog substrate, not hardware"
