"""The learning rate of each schedule in each epoch, compared with closed forms."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.scenario import load, load_text, resolved_toml
from spinn2sim.scenario.keys import Optimizer
from spinn2sim.scenario.schedule import learning_rate

START = Optimizer(learning_rate=0.01, decay=0.5, step_epochs=3, cosine_epochs=8, final_rate=0.002)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("exponential", [0.01, 0.005, 0.0025, 0.00125]),
        ("step", [0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.0025]),
        ("cosine", [0.002 + 0.004 * (1 + math.cos(math.pi * e / 8)) for e in range(8)] + [0.002, 0.002]),
    ],
)
def test_rates_are_those_of_the_closed_form(schedule: str, expected: list[float]) -> None:
    """Epoch 1 has the full rate, and later epochs have the rates that docs/how-to/training.md gives."""
    optimizer = replace(START, schedule=schedule)
    assert [learning_rate(optimizer, 1 + e) for e in range(len(expected))] == pytest.approx(expected, rel=1e-12)


@given(st.integers(1, 10_000), st.sampled_from(["exponential", "step", "cosine"]))
def test_rates_never_rise(epoch: int, schedule: str) -> None:
    """The rate of no schedule ever rises, and that of the cosine never falls below final_rate."""
    optimizer = replace(START, schedule=schedule)
    here, then = learning_rate(optimizer, epoch), learning_rate(optimizer, epoch + 1)
    assert here >= then >= (0.002 if schedule == "cosine" else 0.0)


def test_exponential_is_what_decay_was(scenarios: Path) -> None:
    """The default schedule gives exactly the float64 learning_rate * decay^(e - 1)."""
    optimizer = load(scenarios / "yinyang-demo.toml").optimizer
    assert [learning_rate(optimizer, e) for e in (1, 2, 40)] == [0.006 * 0.95 ** (e - 1) for e in (1, 2, 40)]


def test_a_cosine_spans_the_epochs_that_it_began_with(scenarios: Path) -> None:
    """The resolved scenario stores the length of the cosine, so that more epochs do not change the rates of earlier ones."""
    cosine = load(scenarios / "yinyang-demo.toml", {"optimizer.schedule": "cosine"})
    longer = load_text(resolved_toml(cosine), {"training.epochs": 80})
    assert cosine.optimizer.cosine_epochs == longer.optimizer.cosine_epochs == 8
