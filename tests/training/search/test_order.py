"""A sweep's trials depend neither on the workers, nor on the order in which they finish, nor on how often the sweep is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fake_trials import Died, KillAfter, Killed, Threads, answer, begin, go_on, source
from spinn2sim.errors import OutputError
from spinn2sim.training.search import journal
from spinn2sim.training.search.trial import TrialJob, TrialResult

RATE = '"optimizer.learning_rate" = {low = 1e-3, high = 1e-2, log = true}\n'
HIDDEN = '"network.hidden[0]" = {low = 5, high = 50, step = 5}\n'
SWEEPS = {
    "random": ('sampler = "random"\ntrials = 14', RATE + HIDDEN),
    "grid": ('sampler = "grid"', HIDDEN),
    "tpe": ('sampler = "tpe"\ntrials = 18\nahead = 3', RATE + HIDDEN),
    "median": ('sampler = "tpe"\npruner = "median"\ntrials = 18', RATE + HIDDEN),
    "hyperband": ('sampler = "random"\npruner = "hyperband"\ntrials = 30', RATE),
    "nsga2": (
        'sampler = "nsga2"\ntrials = 18\nobjectives = ["validation_accuracy", "hidden_spikes"]',
        RATE + HIDDEN,
    ),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_any_workers_and_kills_give_the_same_trials(name: str, scenario: Path, tmp_path: Path) -> None:
    """One worker, three that finish in any order, and a sweep that is killed twice give the same trials and the same best trial."""
    asked = source(scenario, *SWEEPS[name])
    one = begin(tmp_path / "one", asked, Threads(1))
    three = begin(tmp_path / "three", asked, Threads(3))
    killed = tmp_path / "killed"
    with pytest.raises(Killed):
        begin(killed, asked, Threads(3), KillAfter(7))
    with pytest.raises(Killed):
        go_on(killed, Threads(3), KillAfter(2))
    again = go_on(killed, Threads(2))
    assert one.data["trials"] == three.data["trials"] == again.data["trials"]
    assert one.data["best"] == three.data["best"] == again.data["best"]
    assert (tmp_path / "one" / "best.toml").read_text() == (killed / "best.toml").read_text()
    if name in ("median", "hyperband"):
        assert one.data["counts"]["pruned"] > 0
    if name == "grid":
        assert sorted(row["values"]["network.hidden[0]"] for row in one.data["trials"]) == list(range(5, 51, 5))


def test_a_finished_trial_is_never_run_again(scenario: Path, tmp_path: Path) -> None:
    """After a kill, finished trials keep their results; only the others are run."""
    asked = source(scenario, *SWEEPS["random"])
    seen: list[int] = []

    def noted(job: TrialJob) -> TrialResult:
        seen.append(job.number)
        return answer(job)

    with pytest.raises(Killed):
        begin(tmp_path / "run", asked, Threads(1, noted), KillAfter(5))
    go_on(tmp_path / "run", Threads(1, noted))
    assert sorted(set(seen)) == list(range(14))
    assert [draw for draw in range(5) if seen.count(draw) > 1] == []


def test_a_lost_worker_is_tried_again_and_not_for_ever(scenario: Path, tmp_path: Path) -> None:
    """A trial whose worker dies once has its usual result; one whose worker always dies is left open for --resume."""
    asked = source(scenario, *SWEEPS["random"])
    whole = begin(tmp_path / "whole", asked, Threads(2))
    left = {2: 1, 4: 99}

    def deadly(job: TrialJob) -> TrialResult:
        if left.get(job.number, 0) > 0:
            left[job.number] -= 1
            raise Died
        return answer(job)

    found = begin(tmp_path / "lost", asked, Threads(2, deadly))
    assert found.data["trials"][2] == whole.data["trials"][2]
    assert found.data["status"] == "incomplete"
    assert found.data["counts"] == {"complete": 13, "pruned": 0, "refused": 0}
    assert 4 not in [trial["trial"] for trial in found.data["trials"]]

    again = go_on(tmp_path / "lost", Threads(2))
    assert again.data["status"] == "complete"
    assert again.data["trials"] == whole.data["trials"]


@pytest.mark.parametrize(
    "trouble", [MemoryError("Unable to allocate 32 GiB"), OSError(5, "Input/output error"), Died()]
)
def test_trouble_of_the_machine_is_no_verdict(scenario: Path, tmp_path: Path, trouble: Exception) -> None:
    """After a lack of memory or a disk error a trial stays open and the others run; the resumed sweep ends as one without the error."""
    asked = source(scenario, *SWEEPS["random"])
    whole = begin(tmp_path / "whole", asked, Threads(2))

    def troubled(job: TrialJob) -> TrialResult:
        if job.number == 3:
            raise trouble
        return answer(job)

    found = begin(tmp_path / "left", asked, Threads(2, troubled))
    assert (found.data["status"], len(found.data["trials"])) == ("incomplete", 13)
    assert go_on(tmp_path / "left", Threads(2)).data["trials"] == whole.data["trials"]


def test_workers_that_never_give_anything_end_the_sweep(scenario: Path, tmp_path: Path) -> None:
    """If every worker dies, as without a __main__ guard, the sweep ends and says so; it can be resumed when that is fixed."""
    asked = source(scenario, *SWEEPS["random"])

    def dead(job: TrialJob) -> TrialResult:
        raise Died

    with pytest.raises(OutputError, match="needs `if __name__ == '__main__':`"):
        begin(tmp_path / "dead", asked, Threads(2, dead))
    assert go_on(tmp_path / "dead", Threads(2)).data["status"] == "complete"


def test_half_a_line_is_dropped(scenario: Path, tmp_path: Path) -> None:
    """A journal whose last line was cut short by a kill loses only that line."""
    asked = source(scenario, *SWEEPS["tpe"])
    whole = begin(tmp_path / "whole", asked, Threads(1))
    with pytest.raises(Killed):
        begin(tmp_path / "cut", asked, Threads(1), KillAfter(4))
    with (tmp_path / "cut" / journal.JOURNAL).open("ab") as file:
        file.write(b'{"op_code":8,"worker_id"')
    assert go_on(tmp_path / "cut", Threads(1)).data["trials"] == whole.data["trials"]


def test_more_trials_go_on_from_the_others(scenario: Path, tmp_path: Path) -> None:
    """A sweep that is continued with more trials has the same trials as one that had so many from the start."""
    sampler, lines = SWEEPS["random"]
    long = begin(tmp_path / "long", source(scenario, sampler, lines), Threads(2))
    begin(tmp_path / "short", source(scenario, sampler.replace("14", "6"), lines), Threads(2))
    log = journal.open_journal(tmp_path / "short")
    log.set_trial_count(14)
    assert go_on(tmp_path / "short", Threads(2)).data["trials"] == long.data["trials"]
