"""Overrides as in --set KEY=VALUE: how a string becomes a value, and how it is merged into the scenario."""

from __future__ import annotations

import numpy as np
import pytest

from spinn2sim.errors import ScenarioError
from spinn2sim.scenario.overrides import Overrides, as_mapping, merge, read_value
from spinn2sim.scenario.table_shape import plain_value

VALUES = [
    ("3", 3), ("3.0", 3.0), ("true", True), ("[1, 2]", [1, 2]), ('"3"', "3"), ("push", "push"), ("a b", "a b"),
    ("", ""), ("1\nx = 2", "1\nx = 2"), ("a=b", "a=b"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_value_is_toml_else_text(text: str, value: object) -> None:
    """A value is read as TOML; one that is not TOML is a string, so that words need no quotes."""
    assert read_value(text) == value
    assert type(read_value(text)) is type(value)


def test_later_override_holds() -> None:
    """Of two overrides of a key the later one is used."""
    assert as_mapping(["a.b=1", "a.b=2"]) == {"a.b": 2}


def test_override_without_equals_is_refused() -> None:
    """An override without '=', as in --set training.epochs 3, is refused with an example of how to write it."""
    with pytest.raises(ScenarioError, match="KEY=VALUE"):
        as_mapping(["training.epochs"])


def test_merge_leaves_the_tree_alone() -> None:
    """Merging does not change the tree that was read, so that it can be used again with other overrides."""
    tree = {"a": {"b": 1}}

    merged = merge(tree, {"a.c": 2, "d.e.f": 3, "a.b": None})

    assert merged == {"a": {"c": 2}, "d": {"e": {"f": 3}}}
    assert tree == {"a": {"b": 1}}


def test_key_below_a_value_is_refused() -> None:
    """An override such as seed.x=1 is refused if seed is a number, not a table."""
    with pytest.raises(ScenarioError, match="seed is not a table but 3"):
        merge({"seed": 3}, {"seed.x": 1})


def test_numpy_numbers_are_numbers() -> None:
    """Elements of numpy arrays are accepted as the values of overrides."""
    found = plain_value([np.int64(3), np.float32(0.5), np.bool_(True)], "x")

    assert found == [3, 0.5, True]
    assert [type(value) for value in found] == [int, float, bool]


@pytest.mark.parametrize("overrides", [["a={b=1, c={d=2}}"], {"a": {"b": 1, "c": {"d": 2}}}])
def test_a_table_is_laid_over_the_old_one(overrides: Overrides) -> None:
    """A table in an override changes the keys that it contains, at any depth, and no others."""
    tree = {"a": {"b": 0, "c": {"d": 0, "e": 5}, "f": 6}}
    assert merge(tree, as_mapping(overrides)) == {"a": {"b": 1, "c": {"d": 2, "e": 5}, "f": 6}}


def test_the_later_of_a_key_and_its_table_holds() -> None:
    """Of a dotted key and a table that contains the same key, the later one is used."""
    assert as_mapping(["a.b=1", "a={b=2}"]) == as_mapping(["a={b=1}", "a.b=2"]) == {"a.b": 2}
