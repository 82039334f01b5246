"""Space files: the scenarios that they give, and refusals in one line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from fake_trials import source
from spinn2sim.errors import ScenarioError
from spinn2sim.scenario.load import load_text
from spinn2sim.training.search.space import read_space


@pytest.mark.parametrize(
    ("sweep", "space", "told"),
    [
        ("", '"optimizer.lerning_rate" = {low = 1, high = 2}', "did you mean optimizer.learning_rate?"),
        ("", '"optimizer.learning_rate" = {low = -1.0, high = 2}', "found -1.0, allowed is greater than 0"),
        ("", '"optimizer.learning_rate" = {low = 2, high = 1}', "found low 2 above high 1"),
        ("", '"optimizer.learning_rate" = {low = 0, high = 1, log = true}', "allowed with log is more than 0"),
        ("", '"optimizer.learning_rate" = {low = 1}', "high: found None, allowed is a number"),
        ("", '"optimizer.learning_rate" = {low = 1, high = 2, step = 3}', "at most high - low"),
        ("", '"optimizer.learning_rate" = {choices = []}', "one entry at least"),
        ("", '"optimizer.learning_rate" = {choices = [1], low = 1}', "allowed is one of the two"),
        ("", '"optimizer.learning_rate" = 3', "found 3, allowed is {low = .., high = ..}"),
        ("", '"optimizer.kind" = {choices = ["adam", "lion"]}', "found \"lion\", allowed is 'adam' or 'sgd'"),
        ("", '"optimizer.kind" = {low = 1, high = 2}', "a key that is no number"),
        ("", '"training.copies" = {low = 1.5, high = 3}', "allowed are whole numbers"),
        ("", '"network.hidden[1]" = {low = 5, high = 9}', "found no entry [1]"),
        ("", '"data.test_seed" = {low = 1, high = 9}', "set by the sweep's validation split"),
        ("", '"training.keep" = {choices = ["last"]}', "the last epoch counts"),
        ("", "seed = {low = 1, high = 9}", "set by [sweep] seeds"),
        ("", '"chip.fifo_capacity" = {low = 1, high = 9}', "does not depend on it"),
        ("", '"numerics.weight" = {choices = ["s4.3"]}', 'sweep.arithmetic = "fixed"'),
        ("epochs = 3", '"training.epochs" = {low = 1, high = 9}', "allowed is one of the two"),
        ('sampler = "cmaes"', "", "found \"cmaes\", allowed is 'tpe'"),
        ("sample = 3", "", "unknown key sweep.sample"),
        ("trials = 0", "", "found 0, allowed is greater than or equal to 1"),
        ('objectives = ["test_accuracy"]', "", 'found "test_accuracy"'),
        ('pruner = "median"\nobjectives = ["ticks", "word_length"]', "", "found 'median'"),
        ('sampler = "grid"', '"optimizer.decay" = {low = 0.5, high = 1}', "a grid needs a step or choices"),
        ("", "[other]", "unknown key other"),
        ("", "= 3", "not a TOML file"),
    ],
)
def test_refusals(sweep: str, space: str, told: str, scenario: Path) -> None:
    """A wrong key or value in a space is refused in one line that names the file."""
    with pytest.raises(ScenarioError) as refused:
        read_space(source(scenario, sweep, space))
    assert told in str(refused.value)
    assert str(refused.value).startswith("space.toml: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("key", ["train_seed", "test_seed"])
def test_the_validation_seed_is_taken(key: str, scenario: Path) -> None:
    """A scenario that trains or tests with the seed of the validation split is refused, since the splits would share samples."""
    text = scenario.read_text()
    scenario.write_text(text.replace(f"{key} = 4", f"{key} = 41 # 4"))
    with pytest.raises(ScenarioError, match="the validation split has it"):
        read_space(source(scenario, "", ""))


def test_a_draw_becomes_a_scenario(scenario: Path) -> None:
    """Drawn numbers, lists, entries of lists, and keys that share a value are in the resolved scenario."""
    space = read_space(
        source(
            scenario,
            'arithmetic = "fixed"\nepochs = 7',
            '"network.hidden" = {choices = [[5], [6]]}\n"network.init[1][0]" = {low = 1, high = 2}\n'
            '"network.init[0][1]" = {low = 1, high = 2}\n'
            '"numerics.weight" = {choices = ["s4.7", "s4.3"], also = ["numerics.error"]}\n'
            "[space.optimizer]\nlearning_rate = {low = 1, high = 2}",
        )
    )
    drawn = {"network.hidden": "[6]", "network.init[1][0]": 1.5, "network.init[0][1]": 1.25,
             "numerics.weight": "s4.3", "optimizer.learning_rate": 1.5}  # fmt: skip
    found = load_text(space.scenario(drawn))
    assert found.network.hidden == (6,)
    assert (found.network.init[1][0], found.network.init[0][1]) == (1.5, 1.25)
    assert found.network.init[0][0] == space.base.network.init[0][0]
    assert (found.numerics.weight, found.numerics.error) == ("s4.3", "s4.3")
    assert (found.optimizer.learning_rate, found.training.epochs) == (1.5, 7)
    assert (found.data, found.seed) == (space.base.data, space.base.seed)


def test_grid_has_every_point_once(scenario: Path) -> None:
    """A grid is the product of its axes, and decimal steps include the upper end."""
    lines = '"optimizer.decay" = {low = 0.7, high = 1.0, step = 0.1}\n"training.copies" = {low = 3, high = 8, step = 2}'
    points = read_space(source(scenario, 'sampler = "grid"', lines)).points
    assert len(points) == 12
    assert {point["optimizer.decay"] for point in points} == {0.7, 0.8, 0.9, 1.0}
    assert {point["training.copies"] for point in points} == {3, 5, 7}


def test_the_spaces_that_come_with_the_project(scenarios: Path) -> None:
    """Every space file of the project is accepted; a grid has as many trials as points if the file gives no number."""
    files = sorted((scenarios / "spaces").glob("*.toml"))
    assert files
    for file in files:
        settings = tomllib.loads(file.read_text())
        asked = source(scenarios / "yinyang.toml", "", "")
        space = read_space(type(asked)(**{**vars(asked), "space": file.read_text()}))
        assert space.trials == settings["sweep"].get("trials", len(space.points))
