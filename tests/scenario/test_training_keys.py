"""Keys of docs/how-to/training.md that depend on each other: which combinations are refused, and the validation split of Yin-Yang."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinn2sim.errors import ScenarioError
from spinn2sim.scenario import load
from spinn2sim.scenario.data import load_splits
from spinn2sim.scenario.data.yinyang import generate

RATE = {"training.silent_guard": "rate", "training.guard_step": 1e-4}
HELD = {"training.validation_samples": 50}
REFUSED: list[tuple[dict[str, object], str]] = [
    ({"training.patience": 3}, "training.patience: found 3, and no validation split"),
    ({"training.keep": "best"}, 'training.keep: found "best", and no validation split'),
    (HELD | {"training.validation_seed": 42}, "training.validation_seed: found 42, allowed is another one than data.train_seed"),
    (HELD | {"training.validation_seed": 40}, "training.validation_seed: found 40, allowed is another one than data.test_seed"),
    ({"data.source": "digits", "data.train_samples": 71} | HELD, "training.copies = 22 beside training.validation_samples = 50"),
    (RATE, "training.rate_range: found nothing, allowed is [least, most]"),
    (RATE | {"training.rate_range": [2.0, 1.0]}, "training.rate_range: found [2.0, 1.0], allowed is the least rate and the most"),
    (RATE | {"training.rate_range": [0.0, 1.0], "training.guard_step": 1e-9}, "training.guard_step: found 1e-09, allowed by numerics"),
    (RATE | {"training.rate_range": [0.02, 1.0]}, "training.rate_range: found 0.02, allowed with 22 copies is 0 or at least 0.0227"),
    ({"training.guard_step": 1e15}, "training.guard_step: found 1000000000000000.0, allowed by numerics.adjoint"),
    ({"optimizer.clip": 1e-12}, "optimizer.clip: found 1e-12, allowed by numerics.adjoint"),
    ({"optimizer.clip": 0}, "optimizer.clip: found 0, allowed is greater than 0"),
    ({"optimizer.clip": 1e-3, "optimizer.clip_norm": 1e-3}, "optimizer.clip_norm: found it beside clip, allowed is one of the two"),
    ({"optimizer.schedule": "cosine", "optimizer.final_rate": 0.1}, "optimizer.final_rate: found 0.1, allowed is at most learning_rate"),
    ({"optimizer.schedule": "linear"}, "optimizer.schedule: found \"linear\", allowed is 'exponential', 'step' or 'cosine'"),
    ({"trace.packets": "window", "data.source": "digits", "data.train_samples": 94, "trace.last_batch": 2} | HELD, "allowed is at most 1"),
]  # fmt: skip


@pytest.mark.parametrize(("overrides", "message"), REFUSED, ids=[message[:40] for _, message in REFUSED])
def test_refused_by_key_in_one_line(scenarios: Path, overrides: dict[str, object], message: str) -> None:
    """A key that would have no effect, or an unintended one, is refused by name in one line."""
    with pytest.raises(ScenarioError) as refusal:
        load(scenarios / "yinyang.toml", overrides)

    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_yinyang_validates_on_its_own_seed(scenarios: Path) -> None:
    """Yin-Yang keeps all its training samples and generates validation samples with a seed of their own, by default 41."""
    plain = load_splits(load(scenarios / "yinyang-demo.toml"))
    scenario = load(scenarios / "yinyang-demo.toml", HELD)
    train, test, validation = load_splits(scenario)

    assert plain.validation is None
    assert validation is not None
    assert validation.values is not None
    assert validation.values.tolist() == generate(50, 41)[0].tolist()
    assert scenario.trained_samples == len(train) == len(plain.train)
    assert train.step.tolist() == plain.train.step.tolist()
    assert test.step.tolist() == plain.test.step.tolist()
