"""The resolved scenario, which a run directory contains: it is complete, and loading it gives an equal scenario."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from places import SCENARIOS
from small_scenario import SMALL
from spinn2sim.scenario import load, load_text, resolved_toml
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.resolved import HEADER
from spinn2sim.scenario.table_shape import dotted_keys, key_tree

YINYANG = load(SCENARIOS / "yinyang.toml")
NAMES = st.from_regex(r"[A-Za-z0-9äß_][\w.+ -]{0,20}[\w.+-]", fullmatch=True)
OVERRIDES = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "seed": st.integers(0, 2**63 - 1),
        "network.threshold": st.floats(0.001, 100),
        "network.tau_syn_ms": st.floats(0.1, 100),
        "network.init": st.lists(st.tuples(st.floats(-10, 10), st.floats(0, 10)), min_size=2, max_size=2),
        "optimizer.learning_rate": st.floats(1e-44, 1e38),
        "optimizer.epsilon": st.floats(1e-44, 1e-3),
        "optimizer.master": st.booleans(),
        "training.start_from": st.text(st.characters(exclude_categories=["C", "Z"])),
        "numerics.rounding": st.sampled_from(["nearest", "stochastic"]),
        "mapping.pes_per_layer": st.lists(st.integers(1, 9), min_size=3, max_size=3),
        "chip.tick_us": st.one_of(st.sampled_from(["auto", "measured"]), st.integers(1, 10**6), st.integers(1, 10**6).map(float)),
        "chip.cycles.jump": st.integers(0, 10**6),
    },
)  # fmt: skip


@given(OVERRIDES)
def test_resolved_text_loads_to_an_equal_scenario(overrides: dict[str, object]) -> None:
    """scenario.toml of a run directory gives the same scenario again, to the last bit of every number."""
    scenario = load_text(resolved_toml(YINYANG), overrides)

    assert load_text(resolved_toml(scenario)) == scenario


@pytest.mark.parametrize("name", ["yinyang", "yinyang-fine", "yinyang-demo"])
def test_resolving_twice_changes_nothing(scenarios: Path, name: str) -> None:
    """Resolving a resolved scenario gives the same text."""
    text = resolved_toml(load(scenarios / f"{name}.toml"))

    assert resolved_toml(load_text(text)) == text


def test_every_value_is_written() -> None:
    """The resolved text contains every key that has a value, defaults included; [faults] and [board] only if they are given."""
    scenario = load(
        SCENARIOS / "yinyang.toml", {"faults.dead_pes": [1], "board.shape": "hexagon", "training.copies": 48}
    )
    text = resolved_toml(scenario)

    assert "[faults]" not in resolved_toml(YINYANG)
    assert "[board]" not in resolved_toml(YINYANG)
    for dotted in dotted_keys(key_tree()):
        *tables, leaf = dotted.split(".")
        value: object = scenario
        for step in (*tables, leaf):
            value = getattr(value, step)
        table = text.split(f"[{'.'.join(tables)}]\n")[1] if tables else text
        assert (f"{leaf} = " in table.split("\n\n")[0]) == (value is not None), dotted


def test_keys_are_those_of_the_dataclasses() -> None:
    """The allowed keys are the fields of the dataclasses, so that a new field is a new key."""
    assert set(key_tree()) == {field.name for field in dataclasses.fields(Scenario)}
    assert "tick" in key_tree()["chip"]["cycles"]


def test_a_run_of_before_there_was_a_key_keeps_what_it_did() -> None:
    """A resolved scenario without chip.costs and chip.tick_margin is of an earlier version: its times stay; another gets the defaults."""
    now = load_text(SMALL)
    text = resolved_toml(load_text(SMALL, {"chip.costs": "assumed-1"}))
    for line in ('costs = "assumed-1"', "tick_margin = 0.5"):
        assert line in text
        text = text.replace(f"{line}\n", "")
    for before in (text, f"# of a tool\n{text}"):
        chip = load_text(before).chip
        assert (chip.costs, chip.tick_margin, chip.cycles.tick) == ("assumed-1", 0, 200)
    by_hand = text.replace(HEADER, "")
    assert (load_text(by_hand).chip.costs, load_text(by_hand).chip.tick_margin) == ("counted", now.chip.tick_margin)
