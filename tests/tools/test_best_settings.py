"""Best settings: what is kept is right by the validation split alone, and every shipped scenario and space still holds together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import best_settings
from best_settings import Answer, Candidate, front, smallest, thriftiest
from spinn2sim.scenario import load
from spinn2sim.scenario.load import load_text
from spinn2sim.training.search.space import SweepSource, read_space


def drawn(name: str, accuracy: float, hidden: int = 10, ticks: int = 30, spikes: float = 0.0) -> Candidate:
    """A candidate of whom nothing else matters."""
    return Candidate(name, "", accuracy, hidden, ticks, spikes)


def test_front_holds_what_nothing_beats_in_size() -> None:
    """A network that is larger and needs as many ticks is never a candidate; of equal sizes the more accurate one is."""
    found = [drawn("a", 0.96, 10, 40), drawn("b", 0.97, 10, 40), drawn("c", 0.99, 20, 40), drawn("d", 0.96, 20, 30)]
    assert [one.origin for one in front(found)] == ["b", "d"]


def test_small_candidates_reach_the_goal() -> None:
    """The smallest of all is no candidate when it misses the goal; a larger one with more to spare is one too."""
    found = [
        drawn("too weak", 0.90, 5),
        drawn("just", best_settings.GOAL, 10),
        drawn("sure", best_settings.GOAL + 0.01, 12),
    ]
    assert {one.origin for one in smallest(found)} == {"just", "sure"}


def test_the_thriftiest_of_the_best_is_chosen() -> None:
    """Within the noise fewer spikes decide; beyond it accuracy does, however few spikes there are."""
    found = [drawn("best", 0.980, spikes=90), drawn("as good", 0.979, spikes=50), drawn("worse", 0.970, spikes=10)]
    assert [one.origin for one in thriftiest(found)] == ["as good"]


@pytest.mark.parametrize("name", sorted({name for answer in best_settings.ANSWERS.values() for name in answer.spaces}))
def test_shipped_spaces_hold_together(name: str) -> None:
    """A space that its start scenario refuses could not repeat the search."""
    start, path = best_settings.START, best_settings.SPACES / f"{name}.toml"
    space = read_space(SweepSource(start.read_text(), str(start), str(start.parent), {}, path.read_text(), str(path)))
    assert space.settings.objectives[0] == "validation_accuracy"
    assert not set(space.settings.seeds) & {*best_settings.FRESH, *best_settings.SEEDS}


@pytest.mark.parametrize("name", sorted({name for answer in best_settings.ANSWERS.values() for name in answer.keep}))
def test_kept_scenarios_are_as_the_page_says(name: str) -> None:
    """5,000 training samples, the published test split, the last epoch: what the figures were promised for."""
    scenario = load(best_settings.KEPT / f"{name}.toml")
    assert (scenario.data.train_samples, scenario.data.test_samples, scenario.data.test_seed) == (5000, 1000, 40)
    assert scenario.training.keep == "last"
    assert f"`{name}.toml`" in best_settings.PAGE.read_text()


SPACE = """
[sweep]
sampler = "random"
trials = 2
epochs = 1
[space]
"optimizer.learning_rate" = { low = 1e-3, high = 1e-2 }
"""


@pytest.mark.slow
def test_search_then_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search keeps its best confirmed draw and reads no test sample; done again it trains nothing; the final runs fill the page."""
    (tmp_path / "start.toml").write_text(small_start())
    (tmp_path / "space.toml").write_text(SPACE)
    page = tmp_path / "page.md"
    page.write_text("".join(f"<!-- {name} -->\n<!-- /{name} -->\n" for name in ("confirmed-one", "final", "seeds")))
    answer = Answer(("space",), thriftiest, {"one": lambda one: (-one.accuracy,)})
    for name, value in {
        "KEPT": tmp_path, "SPACES": tmp_path, "PAGE": page, "START": tmp_path / "start.toml",
        "ANSWERS": {"one": answer}, "FRESH": (110, 111), "SEEDS": (0, 1),
    }.items():  # fmt: skip
        monkeypatch.setattr(best_settings, name, value)
    best_settings.search("one", tmp_path / "out", 1)
    confirmed = [json.loads(path.read_text()) for path in (tmp_path / "out" / "confirm-one").iterdir()]
    best = max(confirmed, key=lambda one: one["accuracy"])
    assert len(confirmed) == 1
    assert load(tmp_path / "one.toml").optimizer == load_text(best["toml"]).optimizer
    assert not list((tmp_path / "out").rglob("results.npz"))  # what a run says of the test split
    best_settings.final(tmp_path / "out", 1)
    assert "`one.toml`" in page.read_text()


def small_start() -> str:
    """The shipped start on few samples and few neurons."""
    text = best_settings.START.read_text()
    for old, new in (
        ("= 5000", "= 60"),
        ("test_samples = 1000", "test_samples = 20"),
        ("[120]", "[10]"),
        ("= 22", "= 4"),
    ):
        assert old in text
        text = text.replace(old, new)
    return text
