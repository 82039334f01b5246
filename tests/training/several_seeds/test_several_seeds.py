"""Several seeds of a scenario give what each alone gives, and one that fails or is interrupted does not lose the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.training.reporter import Watch
from spinn2sim.training.several_seeds import seed_job
from spinn2sim.training.several_seeds.seed_list import read_seeds
from spinn2sim.training.several_seeds.seed_messages import SeedProgress

EQUAL = ("scenario.toml", "weights.npz", "checkpoint.npz", "results.npz")


@pytest.mark.parametrize(
    ("given", "seeds"),
    [
        ("0..4", (0, 1, 2, 3, 4)),
        ("0,3,7", (0, 3, 7)),
        (" 7, 0..1 ", (7, 0, 1)),
        ([5, 2], (5, 2)),
        (np.arange(2), (0, 1)),
    ],
)
def test_seeds_are_read(given: Any, seeds: tuple[int, ...]) -> None:
    """Ranges have both ends, and the order is that of the user."""
    assert read_seeds(given) == seeds


@pytest.mark.parametrize(
    "given",
    ["", "a", "4..0", "-1", "0,0", "1,0..3", "0..1000", "0...2", "9223372036854775808", [], [True], [1.5], [-1], 5],
)
def test_other_seeds_are_refused(given: Any) -> None:
    """Whatever is no list of unlike seeds is refused in one line."""
    with pytest.raises(ScenarioError) as error:
        read_seeds(given, "--seeds")
    assert str(error.value).startswith("--seeds: found ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("command", ["run", "train"])
def test_each_seed_is_as_alone(small: Path, command: str) -> None:
    """A seed's run directory has the bytes of a run with this seed alone, and the table has the accuracies of the runs."""
    begin = getattr(spinn2sim, command)
    folder = small.parent / "several"
    several = begin(small, folder, seeds="5,1", processes=1)
    alone = begin(small, small.parent / "alone", {"seed": 1})
    for name in EQUAL:
        assert (folder / "seed-1" / name).read_bytes() == (alone.folder / name).read_bytes(), name
    accuracies = [several.runs[seed].summary["kept"]["test_accuracy"] for seed in (5, 1)]
    assert [row["test_accuracy"] for row in several.summary["runs"]] == accuracies
    assert several.summary["mean"]["test_accuracy"] == pytest.approx(np.mean(accuracies))
    assert several.summary["standard_deviation"]["test_accuracy"] == pytest.approx(np.std(accuracies, ddof=1))
    rows = (folder / "table.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["seed", "5", "1", "mean", "standard_deviation"]


def test_a_seed_that_fails_does_not_lose_the_others(small: Path) -> None:
    """With the files of one seed damaged the others go on, and the table says in a line why this one did not."""
    several = spinn2sim.train(small, small.parent / "several", seeds=[0, 1, 2], processes=1)
    (several.folder / "seed-1" / "checkpoint.npz").write_bytes(b"nothing")
    again = spinn2sim.resume_seeds(several.folder, overrides={"training.epochs": 3}, processes=1)
    assert [row["status"] for row in again.summary["runs"]] == ["complete", "failed", "complete"]
    assert "checkpoint.npz" in again.summary["runs"][1]["reason"]
    assert [again.runs[seed].summary["last"]["epoch"] for seed in (0, 2)] == [3, 3]
    assert again.summary["status"] == "incomplete"
    assert again.summary["complete"] == 2
    with pytest.raises(ScenarioError, match=r"training\.epochs: found 1, seed 0 has run 3"):
        spinn2sim.resume_seeds(several.folder, overrides={"training.epochs": 1}, processes=1)
    with pytest.raises(DataError, match="found the runs of several seeds, allowed is one of them"):
        spinn2sim.open_run(several.folder)


class StopsInSeedOne(SeedProgress):
    """Interrupts seed 1 in its second epoch, once."""

    stops = True

    def part(self, name: str, epoch: int, epochs: int) -> Watch:
        """Raise what Ctrl-C raises."""
        if (self._seed, name, epoch) == (1, "train", 2) and StopsInSeedOne.stops:
            StopsInSeedOne.stops = False
            raise KeyboardInterrupt
        return super().part(name, epoch, epochs)


def test_an_interruption_keeps_what_each_had(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-C no further seed begins, and resuming gives the bytes of an uninterrupted run, with the scenario as it was."""
    whole = spinn2sim.train(small, small.parent / "whole", seeds="0..2", processes=1)
    monkeypatch.setattr(seed_job, "SeedProgress", StopsInSeedOne)
    cut = spinn2sim.train(small, small.parent / "cut", seeds="0..2", processes=1)
    assert [row["status"] for row in cut.summary["runs"]] == ["complete", "interrupted", "not begun"]
    assert cut.summary["runs"][1]["epoch"] == 1
    small.unlink()
    again = spinn2sim.resume_seeds(cut.folder, processes=1)
    assert again.summary["status"] == "complete"
    for seed in range(3):
        for name in EQUAL:
            assert (again.runs[seed].folder / name).read_bytes() == (whole.runs[seed].folder / name).read_bytes()


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"seeds": [0, 0]}, "seeds: found one twice"),
        ({"seeds": []}, "seeds: found"),
        ({"command": "rm"}, "command: found 'rm'"),
        ({"scenario": "name = "}, "seeds.json"),
        ({"inputs": 7}, "inputs: found 7"),
    ],
)
def test_a_damaged_file_is_refused(small: Path, changes: dict[str, Any], found: str) -> None:
    """What seeds.json cannot have is refused in one line, and nothing is changed."""
    folder = small.parent / "several"
    folder.mkdir()
    content = {"command": "train fixed", "seeds": [0], "scenario": small.read_text(), "inputs": {}, **changes}
    (folder / "seeds.json").write_text(json.dumps(content))
    with pytest.raises((DataError, ScenarioError)) as error:
        spinn2sim.resume_seeds(folder)
    assert found in str(error.value)
    assert "\n" not in str(error.value)
    assert [path.name for path in folder.iterdir()] == ["seeds.json"]
