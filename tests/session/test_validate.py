"""Chip against mirror and against reference cases; and that the comparison can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from spinn2sim.session.check import FixedReport, check
from spinn2sim.session.chip import ChipTrainer
from spinn2sim.session.validate import validate

GOLDEN = sorted((Path(__file__).parent.parent / "data" / "golden").glob("*.npz"))


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
        {"numerics.rounding": "stochastic"},
        {"numerics.weight": "s4.11", "numerics.error": "s16.12"},
        {"mapping.neurons_per_pe": 3, "mapping.placement": "random", "mapping.reduce_rounds": 2},
        {"network.hidden": [8, 7], "network.init": [[3.5, 1.5], [2.5, 1.0], [2.5, 1.0]], "network.steps": 20},
    ],
    ids=["push", "raise", "sgd", "stochastic", "formats", "split", "deep"],
)
def test_chip_equals_mirror(small: Path, overrides: dict[str, object]) -> None:
    """Every raw integer that both keep is equal, in every variant that a scenario can ask for."""
    found = validate(small, 7, overrides)

    assert found.differences == []
    assert found.holds
    assert found.batches == 7
    assert found.spikes > 50
    assert found.gradient_words > 50


def test_a_planted_difference_is_found(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One weight off by one unit on the chip makes validate fail and name where."""
    original = ChipTrainer.set_weights

    def off_by_one(self: ChipTrainer, weights: object) -> None:
        original(self, weights)  # type: ignore[arg-type]
        self.programs[-1].state.raw[0, 0] += 1

    monkeypatch.setattr(ChipTrainer, "set_weights", off_by_one)
    found = validate(small, 2)

    assert not found.holds
    assert found.differences[0].startswith("epoch 1 batch 0: ")


def test_a_loss_fails_validation(small: Path) -> None:
    """A dropped packet fails validation even if results happened to agree."""
    found = validate(small, 2, {"chip.fifo_capacity": 1})

    assert not found.holds
    assert any("dropped" in line for line in found.losses)


def test_a_silent_network_proves_nothing(small: Path) -> None:
    """A network without a single spike does not validate."""
    found = validate(small, 2, {"network.init": [[0.0, 0.0], [0.0, 0.0]]})

    assert found.differences == []
    assert not found.holds


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: p.stem)
def test_reference_case_on_the_chip(path: Path) -> None:
    """Every reference case on the simulated chip: no spike differs, gradients point the same way."""
    found = check(path, "fixed")

    assert isinstance(found, FixedReport)
    assert min(found.agreement) == 1.0
    assert min(c for c in found.cosine if c is not None) >= 0.9999
    assert min(found.spikes) > 0
    assert found.losses == ()


def test_a_batch_that_does_not_fit_runs_in_rounds() -> None:
    """With few PEs the samples of a case run one after the other and give the same."""
    path = next(p for p in GOLDEN if "T27_B8" in p.stem and "04" in p.stem)
    whole, rounds = check(path, "fixed"), check(path, "fixed", {"chip.reserved_pes": 140})

    assert isinstance(whole, FixedReport)
    assert isinstance(rounds, FixedReport)
    assert (whole.rounds, rounds.rounds) == (1, 4)
    assert whole.cosine == rounds.cosine
