"""Best settings for Yin-Yang: sweeps the shipped spaces, confirms the best draws with fresh seeds, runs what is kept on the chip.

`search` looks at the validation split alone and writes scenarios/best/; `final` reads the test split and writes the tables of
docs/results/best-settings.md. What is there already is not run again. Example: python tools/best_settings.py search dt1
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

import spinn2sim
from spinn2sim.files.atomic import write_json, write_text
from spinn2sim.scenario import load
from spinn2sim.scenario.load import read_text
from spinn2sim.scenario.resolved import HEADER
from spinn2sim.training.search.space import SweepSource, read_space
from spinn2sim.training.search.sweep_result import SweepResult
from spinn2sim.training.search.trial import TrialJob, run_trial
from studies.kept import kept
from studies.page import put, table

ROOT = Path(__file__).parent.parent
KEPT, SPACES, PAGE = (
    ROOT / "scenarios" / "best",
    ROOT / "scenarios" / "spaces",
    ROOT / "docs" / "results" / "best-settings.md",
)
START = KEPT / "start.toml"
FRESH = (110, 111, 112, 113, 114)  # run seeds of a confirmation: none that a sweep trained with
SEEDS = (0, 1, 2, 3, 4)  # of the final runs
NOISE = 0.0025  # means of two or three seeds differ by as much
GOAL = 0.955  # of a small network on the validation split: half a percent above what is asked of it on the test split

Task, Done = TypeVar("Task"), TypeVar("Done")


@dataclass(frozen=True)
class Candidate:
    """A draw of a sweep, or what became of it in its confirmation."""

    origin: str  # sweep and number of the trial
    toml: str
    accuracy: float  # mean over seeds, validation split
    hidden: int
    ticks: int
    spikes: float  # hidden ones per sample
    by_seed: tuple[float, ...] = ()
    strict: float = 0.0


Rule = Callable[[Candidate], tuple[float, ...]]  # the lowest is kept


@dataclass(frozen=True)
class Answer:
    """One question: the spaces that are swept for it, how its candidates are found, and which of them is kept."""

    spaces: tuple[str, ...]
    candidates: Callable[[list[Candidate]], list[Candidate]]
    keep: Mapping[str, Rule]
    goal: float = 0.0


def thriftiest(found: list[Candidate]) -> list[Candidate]:
    """Of those that the best one does not beat by more than seeds differ, the one with the fewest hidden spikes."""
    best = max(one.accuracy for one in found)
    return [min((one for one in found if one.accuracy >= best - NOISE), key=lambda one: one.spikes)]


def smallest(found: list[Candidate]) -> list[Candidate]:
    """Those that reach a goal and that none that reaches it too beats in neurons and ticks, for several goals."""
    goals = (GOAL - 0.003, GOAL + 0.002, GOAL + 0.007)
    chosen = (one for goal in goals for one in front([each for each in found if each.accuracy >= goal]))
    return list({one.origin: one for one in chosen}.values())


def front(found: Iterable[Candidate]) -> list[Candidate]:
    """Those that none beats in neurons and ticks; of equal ones the most accurate."""
    kept: list[Candidate] = []
    for one in sorted(found, key=lambda one: (one.hidden, one.ticks, -one.accuracy)):
        if not kept or one.ticks < kept[-1].ticks:
            kept.append(one)
    return kept


BEST: Rule = lambda one: (-one.accuracy,)  # noqa: E731 - one of a family of rules
ANSWERS = {
    "dt1": Answer(("best-dt1", "best-dt1-long"), thriftiest, {"dt1": BEST}),
    "fine": Answer(("best-fine",), thriftiest, {"fine": BEST}),
    "small": Answer(
        ("best-small", "best-small-front", "best-small-init", "best-small-ticks"),
        smallest,
        {
            "fewest-neurons": lambda one: (one.hidden, one.ticks),
            "fewest-ticks": lambda one: (one.ticks, one.hidden),
            "small": BEST,
        },
        GOAL,
    ),
}


# ---------------------------------------------------------------- the validation split
def search(name: str, out: Path, workers: int) -> None:
    """Sweep, confirm, and write the scenarios that are kept."""
    answer = ANSWERS[name]
    found = [one for space in answer.spaces for one in draws(space, swept(space, out, workers))]
    chosen = answer.candidates(found)
    confirmed = shared(workers, confirm, chosen, out / f"confirm-{name}")
    lines = [
        [c.origin, c.hidden, c.ticks, percent(c.accuracy), percent(c.strict), shares(c.by_seed)] for c in confirmed
    ]
    head = ["trial", "hidden", "ticks", "accuracy", "strict", "each seed"]
    put(PAGE, f"confirmed-{name}", table(head, sorted(lines, key=lambda line: (line[1], line[2], line[0]))))
    good = [one for one in confirmed if one.accuracy >= answer.goal]
    if not good:
        raise SystemExit(f"{name}: no candidate reaches {percent(answer.goal)} % on the validation split")
    for kept_name, rule in answer.keep.items():
        best = min(good, key=rule)
        note = f"# {best.origin}: {percent(best.accuracy)} % on the validation split, the mean of run seeds {FRESH[0]} to {FRESH[-1]}.\n"
        write_text(
            KEPT / f"{kept_name}.toml",
            note + without_costs(best.toml).replace('name = "best"', f'name = "best-{kept_name}"', 1),
        )
        print(f"{kept_name}: {best.origin}, {percent(best.accuracy)} %")


def without_costs(toml: str) -> str:
    """Leave out of a resolved scenario its ticks and cycle costs, which no search varies: they are those of the program that runs it."""
    toml = toml.replace(
        HEADER, "# Every key with its value, defaults included, but ticks and cycle costs, which are the program's.\n"
    )
    toml = re.sub(r"\n\[chip\.cycles\]\n(?:\w+ = .*\n)+", "", toml)
    return re.sub(r"(?m)^(?:tick_us|tick_batches|tick_margin|costs) = .*\n", "", toml)


def swept(space: str, out: Path, workers: int) -> SweepResult:
    """The sweep of a space, begun, gone on with or read."""
    folder, path = out / space, SPACES / f"{space}.toml"
    if (folder / "journal.log").is_file():
        return spinn2sim.sweep(START, path, workers=workers, resume=folder)
    return spinn2sim.sweep(START, path, folder, workers=workers)


def draws(name: str, sweep: SweepResult) -> list[Candidate]:
    """Its complete trials."""
    path = SPACES / f"{name}.toml"
    space = read_space(SweepSource(read_text(START), str(START), str(KEPT), {}, read_text(path), str(path)))
    done = [row for row in sweep.data["trials"] if row["state"] == "complete"]
    return [
        Candidate(
            f"{name} trial {row['trial']}",
            space.scenario(row["values"]),
            row["figures"]["validation_accuracy"],
            int(row["figures"]["hidden_neurons"]),
            int(row["figures"]["ticks"]),
            row["figures"]["hidden_spikes"],
        )
        for row in done
    ]


def confirm(one: Candidate, folder: Path) -> Candidate:
    """The same settings with fresh run seeds, in the chip's arithmetic, on the validation split."""
    path = folder / f"{one.origin.replace(' ', '-')}.json"
    if path.is_file() and (known := json.loads(path.read_text()))["toml"] == one.toml:
        return Candidate(**{**known, "by_seed": tuple(known["by_seed"])})
    result = run_trial(TrialJob(0, one.toml, FRESH, "fixed", True, "validation_accuracy"))
    figures = result.figures
    found = replace(
        one, by_seed=tuple(result.by_seed),
        accuracy=figures["validation_accuracy"], strict=figures["validation_accuracy_strict"],
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    write_json(path, asdict(found))
    return found


# ---------------------------------------------------------------- the test split
def final(out: Path, workers: int) -> None:
    """Every scenario that is kept, on the simulated chip with five seeds; the last epoch counts."""
    names = sorted({name for answer in ANSWERS.values() for name in answer.keep if (KEPT / f"{name}.toml").is_file()})
    tasks = [(name, seed) for name in names for seed in SEEDS]
    runs = dict(zip(tasks, shared(workers, on_chip, tasks, out), strict=True))
    summary, single = [], []
    for name in names:
        lines, network = [runs[name, seed] for seed in SEEDS], load(KEPT / f"{name}.toml").network
        size = [f"`{name}.toml`", f"{network.dt_ms:g}", sum(network.hidden), network.steps]
        right = [line["test_accuracy"] for line in lines]
        means = [np.mean([line[f"test_{key}"] for line in lines]) for key in ("accuracy_strict", "silent_label")]
        spikes = np.mean([sum(line["spikes_per_sample"]["test"][1:-1]) for line in lines])
        summary.append([*size, spread(right), *map(percent, means), f"{spikes:.0f}"])
        strict, silent = (
            shares([line[f"test_{key}"] for line in lines]) for key in ("accuracy_strict", "silent_label")
        )
        single.append([f"`{name}.toml`", shares(right), strict, silent])
    head = [
        "scenario",
        "dt / ms",
        "hidden",
        "T",
        "accuracy: mean ± sd (lowest to highest)",
        "strict",
        "silent",
        "hidden spikes",
    ]
    put(PAGE, "final", table(head, summary))
    put(PAGE, "seeds", table(["scenario", "accuracy of seeds 0 to 4", "strict", "silent"], single))


def on_chip(task: tuple[str, int], out: Path) -> dict[str, Any]:
    """The line of the last epoch."""
    name, seed = task
    return kept(out / f"{name}-{seed}", "chip", KEPT / f"{name}.toml", {"seed": seed}).metrics[-1]


def shared(workers: int, work: Callable[[Task, Path], Done], tasks: Sequence[Task], out: Path) -> list[Done]:
    """The tasks in order, on several processes."""
    if workers == 1:
        return [work(task, out) for task in tasks]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:  # a fork would inherit numba's threads
        return list(pool.map(work, tasks, [out] * len(tasks)))


# ---------------------------------------------------------------- texts
def percent(share: float) -> str:
    """A share as percent, two digits."""
    return f"{100 * share:.2f}"


def shares(each: Sequence[float]) -> str:
    """Every seed's."""
    return " ".join(f"{100 * share:.1f}" for share in each)


def spread(each: Sequence[float]) -> str:
    """Mean, standard deviation (n - 1), lowest and highest."""
    values = 100 * np.array(each)
    return f"{values.mean():.2f} ± {values.std(ddof=1):.2f} ({values.min():.1f} to {values.max():.1f})"


def main() -> None:
    """One step of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=("search", "final"))
    parser.add_argument("answer", nargs="?", choices=ANSWERS, help="search: which one; all of them without it")
    parser.add_argument("--out", type=Path, default=Path("runs/best"), help="sweeps and runs are kept here")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    if args.step == "final":
        final(args.out, args.workers)
        return
    for name in [args.answer] if args.answer else ANSWERS:
        search(name, args.out, args.workers)


if __name__ == "__main__":
    main()
