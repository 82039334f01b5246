"""The best settings of a sweep, trained with seeds that the sweep did not use."""

from __future__ import annotations

from pathlib import Path

from fake_trials import Threads, source
from spinn2sim.cli.sweep_command import fresh_lines
from spinn2sim.training.search.fresh_seeds import fresh_seeds, train_fresh
from spinn2sim.training.search.space import read_space
from spinn2sim.training.search.trial import TrialJob, TrialResult
from spinn2sim.training.search.trial_log import Trial


def lucky(job: TrialJob) -> TrialResult:
    """Nine of ten right, but with seed 102 a third."""
    return TrialResult("complete", {}, [0.33 if job.seeds == (102,) else 0.9])


def test_mean_spread_and_luck(small: Path) -> None:
    """Each seed is trained alone, in any order; mean and spread are those of the seeds, and one at chance is named."""
    space = read_space(source(small, "trials = 2", '"optimizer.learning_rate" = { low = 1e-3, high = 1e-2 }'))
    assert fresh_seeds(space) == [101, 102, 103]
    workers = Threads(3, lucky)
    found = train_fresh(space, Trial(7, 0, {"optimizer.learning_rate": 2e-3}), workers, lambda text: None)
    workers.close()
    assert found is not None
    data = found.as_data()
    assert data["seeds"] == [101, 102, 103]
    assert data["validation_accuracy"] == [0.9, 0.33, 0.9]
    assert abs(data["mean"] - 0.71) < 1e-9
    assert data["at_chance"] == [102]
    first, second = fresh_lines(data, 7)
    assert "71.0% +- 32.9% (33.0% to 90.0%)" in first
    assert second.startswith("AT CHANCE: with seed 102 it is 33.0%")
