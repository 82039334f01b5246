"""The chip compared with the mirror and with reference cases, and tests that these comparisons can fail."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from places import GOLDEN
from spinn2sim.cli.check_command import describe
from spinn2sim.cli.validate_command import validate_lines
from spinn2sim.errors import DataError
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.validation.case import INPUT
from spinn2sim.validation.check_case import check_case
from spinn2sim.validation.check_fixed import FixedReport
from spinn2sim.validation.validate_scenario import validate_scenario

CASES = sorted(GOLDEN.glob("*.npz"))


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"training.silent_guard": "raise_weights", "training.guard_step": 0.01, "optimizer.weight_decay": 1e-6},
        {
            "optimizer.kind": "sgd",
            "optimizer.momentum": 0.9,
            "optimizer.learning_rate": 100.0,
            "optimizer.master": False,
        },
        {"training.silent_guard": "rate", "training.guard_step": 0.01, "training.rate_range": [0.3, 1.6]},
        {
            "training.silent_guard": "rate",
            "training.guard_step": 0.02,
            "training.rate_range": [1.0, 1.0],
            "optimizer.clip": 1e-5,
            "mapping.neurons_per_pe": 3,
            "mapping.reduce_rounds": 2,
        },
        {"optimizer.clip": 1e-5, "numerics.rounding": "stochastic"},
        {
            "optimizer.kind": "sgd",
            "optimizer.learning_rate": 100.0,
            "optimizer.clip": 1e-5,
            "training.validation_samples": 5,
        },
        {"optimizer.schedule": "step", "optimizer.step_epochs": 1, "optimizer.decay": 0.3},
        {"optimizer.schedule": "cosine", "optimizer.final_rate": 1e-3},
        {"numerics.rounding": "stochastic"},
        {"numerics.weight": "s4.11", "numerics.error": "s16.12"},
        {"mapping.neurons_per_pe": 3, "mapping.placement": "random", "mapping.reduce_rounds": 2},
        {"network.hidden": [8, 7], "network.init": [[3.5, 1.5], [2.5, 1.0], [2.5, 1.0]], "network.steps": 20},
    ],
    ids=[
        "push",
        "raise",
        "sgd",
        "rate",
        "rate split",
        "clip",
        "clip sgd",
        "step",
        "cosine",
        "stochastic",
        "formats",
        "split",
        "deep",
    ],
)
def test_chip_equals_mirror(small: Path, overrides: dict[str, object]) -> None:
    """Every raw integer that both keep is equal, in every variant that a scenario can ask for."""
    found = validate_scenario(small, 7, overrides)

    assert found.differences == []
    assert found.holds
    assert found.batches == 7
    assert found.spikes > 50
    assert found.gradient_words > 50


def test_shaped_gradients_are_alike_on_either_engine(small: Path) -> None:
    """With the rate term and clipping, the discrete-event engine agrees with the mirror, as the compiled engine does."""
    overrides = {
        "training.silent_guard": "rate",
        "training.guard_step": 0.01,
        "training.rate_range": [1.0, 1.0],
        "optimizer.clip": 1e-5,
    }
    assert validate_scenario(small, 3, overrides, engine="discrete_event").holds


def test_a_planted_difference_is_found(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If one weight on the chip is off by one unit, validation fails and names the batch."""
    original = OnChipTrainer.set_weights

    def off_by_one(self: OnChipTrainer, weights: object, delays: object) -> None:
        original(self, weights, delays)  # type: ignore[arg-type]
        self.programs[-1].state.raw[0, 0] += 1

    monkeypatch.setattr(OnChipTrainer, "set_weights", off_by_one)
    found = validate_scenario(small, 2)

    assert not found.holds
    assert found.differences[0].startswith("epoch 1 batch 0: ")


def test_a_loss_fails_validation(small: Path) -> None:
    """A dropped packet fails validation even if results happened to agree."""
    found = validate_scenario(small, 2, {"chip.fifo_capacity": 1})

    assert not found.holds
    assert any("dropped" in line for line in found.losses)


def test_a_silent_network_proves_nothing(small: Path) -> None:
    """A network without a single spike does not validate."""
    found = validate_scenario(small, 2, {"network.init": [[0.0, 0.0], [0.0, 0.0]]})

    assert found.differences == []
    assert not found.holds


def test_a_network_without_gradients_proves_nothing(small: Path) -> None:
    """A network whose gradients are all zero does not validate, although it spikes: its backward pass was not compared."""
    silent_output = {
        "network.init": [[2.5, 1.5], [0.0, 0.0]],
        "training.silent_guard": "none",
        "training.guard_step": 0.0,
    }
    found = validate_scenario(small, 2, silent_output)

    assert found.spikes > 0
    assert (found.gradient_words, found.differences, found.losses) == (0, [], [])
    assert not found.holds
    assert "every gradient is zero" in "".join(validate_lines(found))


@pytest.mark.parametrize("arithmetic", ["float64", "fixed"])
def test_a_case_that_expects_nothing_is_refused(tmp_path: Path, arithmetic: str) -> None:
    """A reference case without any expected array is refused, since nothing can be compared with it."""
    case = tmp_path / "case.npz"
    np.savez(case, **{name: array for name, array in np.load(CASES[0]).items() if name in INPUT or "weights" in name})

    with pytest.raises(DataError, match="no array that says what to expect"):
        check_case(case, arithmetic)


def test_what_a_case_does_not_have_is_not_called_equal(tmp_path: Path) -> None:
    """If a case has no spikes, their agreement is unknown, not 1, and an array under a wrong name is reported."""
    case = tmp_path / "case.npz"
    arrays = {name: array for name, array in np.load(CASES[0]).items() if not name.startswith("spikes")}
    np.savez(case, spike_0=np.zeros(1), **arrays)
    lines, data, holds = describe(check_case(case, "fixed"), 0.5, None)

    assert not holds
    assert [layer["agreement"] for layer in data["layers"]] == [None, None]
    assert data["ignored"] == ["spike_0"]
    assert any("NOT COMPARED" in line and "spike_0" in line for line in lines)
    assert "spike_0" in "".join(describe(check_case(case), None, None)[0])


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_reference_case_on_the_chip(path: Path) -> None:
    """For every reference case, no spike on the chip differs, and the gradients' cosine is at least 0.9999."""
    found = check_case(path, "fixed")

    assert isinstance(found, FixedReport)
    assert {layer.agreement for layer in found.layers} == {1.0}
    assert min(layer.cosine for layer in found.layers if layer.cosine is not None) >= 0.9999
    assert min(layer.spikes for layer in found.layers) > 0
    assert found.losses == ()


def test_a_batch_that_does_not_fit_runs_in_rounds() -> None:
    """If the chip has too few PEs for a case's batch, its samples run in several rounds, with the same result."""
    path = next(p for p in CASES if "T27_B8" in p.stem and "04" in p.stem)
    whole, rounds = check_case(path, "fixed"), check_case(path, "fixed", {"chip.reserved_pes": 140})

    assert isinstance(whole, FixedReport)
    assert isinstance(rounds, FixedReport)
    assert (whole.rounds, rounds.rounds) == (1, 4)
    assert [layer.cosine for layer in whole.layers] == [layer.cosine for layer in rounds.layers]


def test_an_agreement_far_below_does_not_hold() -> None:
    """A format that cannot hold the weights gives poor agreement, which fails even if no limit is asked for."""
    case = GOLDEN / "08_4-20-20-3_T50_B4.npz"
    found = check_case(case, "fixed", ["numerics.weight=s0.1"])
    assert isinstance(found, FixedReport)
    assert not found.holds
    assert found.below() == ("spike agreement 0, allowed is at least 0.9", "gradient cosine 0, allowed is at least 0.9")
    assert not found.below(0.0, -1.0)


def test_what_is_not_compared_does_not_hold(tmp_path: Path) -> None:
    """In fixed point, a case that expects only a loss does not hold, since neither spikes nor gradients are compared."""
    arrays = dict(np.load(GOLDEN / "01_2-3-2_T27_B1.npz"))
    inputs = {name: array for name, array in arrays.items() if name.startswith("weights") or name in INPUT}
    np.savez(tmp_path / "c.npz", **inputs, loss=arrays["loss"])
    found = check_case(tmp_path / "c.npz", "fixed")
    assert isinstance(found, FixedReport)
    assert not found.compared
    assert not found.holds


@pytest.mark.parametrize("steps", [2, 3])
def test_a_case_of_few_steps_is_checked(tmp_path: Path, steps: int) -> None:
    """A case of 2 or 3 steps is checked, although an encoding would need more: a case has its input as spikes."""
    arrays = dict(np.load(GOLDEN / "01_2-3-2_T27_B1.npz"))
    inputs = {name: array for name, array in arrays.items() if name.startswith("weights") or name in INPUT}
    inputs |= {"T": np.int64(steps), "input_spikes": arrays["input_spikes"][:steps]}
    np.savez(
        tmp_path / "c.npz",
        **inputs,
        spikes_0=np.zeros((steps, 1, 3), np.uint8),
        spikes_1=np.zeros((steps, 1, 2), np.uint8),
    )
    found = check_case(tmp_path / "c.npz", "fixed")
    assert isinstance(found, FixedReport)
    assert [layer.agreement is not None for layer in found.layers] == [True, True]
