"""A trial trains as `train` does and is scored on the validation split alone; and tests of the pruner and the Pareto front."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import spinn2sim
from fake_trials import source
from places import SCENARIOS
from spinn2sim.scenario.data.dataset import slice_samples
from spinn2sim.scenario.data.splits import load_dataset
from spinn2sim.scenario.load import load
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.training.job_loop import MachineTroubleError
from spinn2sim.training.search.pruner_adapter import FinishedTrial, PrunerAdapter
from spinn2sim.training.search.space import read_space
from spinn2sim.training.search.sweep_result import pareto_front
from spinn2sim.training.search.trial import LOADED, TrialJob, TrialResult, run_trial
from spinn2sim.training.search.trial_log import Trial


def job(scenario: Path, seeds: tuple[int, ...] = (3,), **changes: object) -> TrialJob:
    """Make the job of a trial of a scenario in float64."""
    return TrialJob(0, resolved_toml(load(scenario, changes)), seeds, "float64", True, "validation_accuracy")


def test_a_trial_is_what_train_does(scenario: Path, tmp_path: Path) -> None:
    """Its accuracy is that of `train` with the same seed and the test split replaced by the validation split."""
    found = run_trial(job(scenario, (3, 4)))
    assert found.state == "complete"
    for seed, accuracy in zip((3, 4), found.by_seed, strict=True):
        run = spinn2sim.train(scenario, tmp_path / str(seed), {"seed": seed, "data.test_seed": 41})
        assert accuracy == run.metrics[-1]["test_accuracy"]
    assert found.figures["validation_accuracy"] == np.mean(found.by_seed)


def test_the_test_split_does_not_matter(scenario: Path) -> None:
    """The figures of a trial do not depend on the test split."""
    one, other = run_trial(job(scenario)), run_trial(job(scenario, **{"data.test_seed": 77}))
    assert (one.figures, one.by_seed) == (other.figures, other.by_seed)


def test_another_validation_split_is_another_figure(scenario: Path) -> None:
    """Trials in one process with different validation splits do not share loaded samples."""
    one, other = run_trial(job(scenario)), run_trial(job(scenario, **{"training.validation_samples": 30}))
    assert one.figures != other.figures
    assert run_trial(job(scenario)).figures == one.figures


def test_what_does_not_fit_is_refused(scenario: Path) -> None:
    """A trial whose network does not fit the chip is refused with the reason, and is trained if fit_chip is false."""
    big = job(scenario, **{"training.copies": 60})
    found = run_trial(big)
    assert found.state == "refused"
    assert "copies fit" in found.reason
    assert run_trial(TrialJob(**{**vars(big), "fit_chip": False})).state == "complete"


@given(st.integers(0, 12), st.integers(0, 12))
def test_samples_of_a_data_set(first: int, last: int) -> None:
    """A slice of a data set has the spikes and labels of its own samples only."""
    first, last = sorted((first, last))
    whole, _ = load_dataset(load(SCENARIOS / "yinyang.toml", {"data.train_samples": 22}))
    part = slice_samples(whole, first, last)
    rows = np.arange(first, last)
    assert np.array_equal(part.dense(np.arange(len(part)), 27), whole.dense(rows, 27))
    assert np.array_equal(part.labels, whole.labels[rows])


def test_median_pruner_stops_the_worse() -> None:
    """After five better trials a bad one stops when its warm-up is over; a good one, or one without predecessors, does not."""
    past = [FinishedTrial(k, "complete", (0.5, 0.6, 0.7, 0.8)) for k in range(5)]

    def judged(values: list[float], known: list[FinishedTrial]) -> list[bool]:
        pruner = PrunerAdapter("median", "validation_accuracy", 5, 8, known)
        return [pruner.should_stop(value) for value in values]

    assert judged([0.1, 0.2, 0.3], past) == [False, True, True]
    assert judged([0.6, 0.7, 0.8], past) == [False, False, False]
    assert judged([0.1, 0.2, 0.3], []) == [False, False, False]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=20))
def test_the_front_is_what_nothing_beats(pairs: list[tuple[int, int]]) -> None:
    """Each trial is on the front or matched or beaten by one on it; the first has the best first objective."""
    root = SCENARIOS / "yinyang.toml"
    space = read_space(source(root, 'objectives = ["validation_accuracy", "hidden_spikes"]', ""))
    draws = [
        Trial(k, k, {}, TrialResult("complete", {"validation_accuracy": a, "hidden_spikes": s}))
        for k, (a, s) in enumerate(pairs)
    ]
    front = pareto_front(space, draws)
    kept = [pairs[trial.number] for trial in front]
    assert kept[0][0] == max(a for a, _ in pairs)
    for accuracy, spikes in pairs:
        assert any(a >= accuracy and s <= spikes for a, s in kept)
    for one in kept:
        assert not any(other != one and other[0] >= one[0] and other[1] <= one[1] for other in kept)


def test_a_data_file_that_is_away_is_no_verdict(scenario: Path, tmp_path: Path) -> None:
    """A missing data file is trouble of the machine, and the trial runs when the file is back; a damaged file refuses the trial."""
    file = tmp_path / "d.npz"
    labels = np.arange(80) % 3
    np.savez(file, spike_steps=np.arange(160).reshape(80, 2) % 20, labels=labels)
    keys = {
        "data.source": "npz", "data.path": str(file), "data.train_samples": 60, "data.test_samples": 20,
        "training.validation_samples": 16,
    }  # fmt: skip
    asked = job(scenario, **keys)
    file.rename(tmp_path / "away.npz")
    with pytest.raises(MachineTroubleError, match=r"d\.npz: .*no such file"):
        run_trial(asked)
    (tmp_path / "away.npz").rename(file)
    assert run_trial(asked).state == "complete"

    file.write_bytes(b"damaged")
    LOADED.clear()
    assert run_trial(asked).state == "refused"
