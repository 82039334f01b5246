"""Early stopping and the kept epoch depend on the validation split alone, and are equal on chip and mirror, interrupted or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from interrupting_reporter import StopsAt
from small_scenario import SMALL
from spinn2sim.cli.summary_text import summary_lines
from spinn2sim.errors import OutputError, ScenarioError
from spinn2sim.report.run import Run
from spinn2sim.scenario.keys import Training
from spinn2sim.trace.manifest import read_manifest
from spinn2sim.training.model_selection import best_line, kept_line, patience_is_spent

# At this rate the best epoch by validation is not the last one, and patience runs out.
CHOICE = {
    "training.validation_samples": 12, "training.epochs": 9, "training.patience": 2, "training.keep": "best",
    "optimizer.learning_rate": 0.2,
}  # fmt: skip
TRACED_CHOICE = {**CHOICE, "trace.packets": "all"}


def lines_of(*figures: tuple[float, float]) -> list[dict[str, Any]]:
    """Make lines of metrics with these validation accuracies and losses, and with test accuracies that suggest the opposite choice."""
    return [
        {"epoch": e, "validation_accuracy": a, "validation_loss": loss, "test_accuracy": 1 - a}
        for e, (a, loss) in enumerate(figures)
    ]


def test_best_is_highest_accuracy_then_lowest_loss_then_first() -> None:
    """The best epoch has the highest validation accuracy, then the lowest loss, then comes first; test accuracies do not matter."""
    lines = lines_of((0.5, 1.0), (0.9, 0.8), (0.9, 0.7), (0.9, 0.7), (0.2, 0.1))
    assert best_line(lines)["epoch"] == 2
    assert kept_line(Training(9, 1, keep="best"), lines) is lines[2]
    assert kept_line(Training(9, 1), lines) is lines[4]
    assert kept_line(Training(9, 1), []) is None


def test_patience_counts_epochs_since_the_best() -> None:
    """A run ends when `patience` epochs have passed without a better one, and never with patience 0."""
    lines = lines_of((0.5, 1.0), (0.9, 0.7), (0.9, 0.8), (0.8, 0.1))
    assert [patience_is_spent(Training(9, 1, patience=2), lines[:n]) for n in range(5)] == [
        False,
        False,
        False,
        False,
        True,
    ]
    assert not patience_is_spent(Training(9, 1, patience=3), lines)
    assert not patience_is_spent(Training(9, 1), lines)


def figures(run: Any) -> list[tuple[float, float]]:
    """Return the validation and the test loss of each epoch."""
    return [(line["validation_loss"], line["test_loss"]) for line in run.metrics]


def test_chip_and_mirror_choose_alike(small: Path, tmp_path: Path) -> None:
    """Chip and fixed mirror stop after the same epoch and keep the same one, whose weights are those of a run that ends with it."""
    chip = spinn2sim.run(small, tmp_path / "chip", CHOICE)
    mirror = spinn2sim.train(small, tmp_path / "mirror", CHOICE, "fixed")
    epoch = chip.summary["kept"]["epoch"]

    assert figures(chip) == figures(mirror)
    assert 0 < epoch < len(chip.metrics) - 1 == epoch + 2 < 9
    assert chip.summary["ended_early"]
    assert chip.summary["kept"] == best_line(chip.metrics)
    assert chip.summary["weights_sha256"] == mirror.summary["weights_sha256"]
    said = " ".join(summary_lines(chip.folder, chip.summary, emulated=False))
    assert f"weights of epoch {epoch} of {epoch + 2}, the best on it" in said
    assert f"test accuracy {chip.metrics[epoch]['test_accuracy']:.1%}" in said
    assert f"ended after epoch {epoch + 2}" in said
    assert np.load(chip.folder / "results.npz")["epoch"].tolist() == [epoch]
    shorter = CHOICE | {"training.epochs": epoch, "training.keep": "last", "training.patience": 0}
    again = spinn2sim.train(small, tmp_path / "again", shorter, "fixed")
    assert again.summary["weights_sha256"] == chip.summary["weights_sha256"]


def test_validation_changes_no_weight(small: Path, tmp_path: Path) -> None:
    """A validation split takes chip time and packets, and changes neither the weights nor the test results."""
    plain = spinn2sim.run(small, tmp_path / "plain")
    split = spinn2sim.run(small, tmp_path / "split", {"training.validation_samples": 12})

    assert plain.summary["weights_sha256"] == split.summary["weights_sha256"]
    assert [line["test_loss"] for line in plain.metrics] == [line["test_loss"] for line in split.metrics]
    line, without = split.metrics[-1], plain.metrics[-1]
    assert line["validation_chip_s"] > 0
    assert line["packets"]["validation"]["spike"] > 0
    assert 0 <= line["validation_accuracy_strict"] <= line["validation_accuracy"] <= 1
    assert without["validation_accuracy"] is without["validation_loss"] is without["validation_chip_s"] is None
    sent = split.summary["totals"]["packets"]["spike"] - plain.summary["totals"]["packets"]["spike"]
    assert sent == sum(m["packets"]["validation"]["spike"] for m in split.metrics)
    parts = split.sql("SELECT DISTINCT epoch, part FROM pes ORDER BY ALL").to_pylist()
    assert [p["epoch"] for p in parts if p["part"] == "validation"] == [0, 1, 2]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A traced run that is not interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "small.toml").write_text(SMALL)
    return spinn2sim.run(folder / "small.toml", folder / "run", TRACED_CHOICE)


@pytest.mark.parametrize(("part", "epoch"), [("validation", 0), ("validation", 2), ("train", 6)])
def test_resume_is_bit_exact_with_a_choice(small: Path, tmp_path: Path, whole: Run, part: str, epoch: int) -> None:
    """A run interrupted in or after its best epoch and resumed gives the same weights, metrics, choice and trace bytes."""
    cut = spinn2sim.run(small, tmp_path / "cut", TRACED_CHOICE, reporter=StopsAt(part, epoch))
    assert cut.summary["status"] == "interrupted"
    again = spinn2sim.resume(tmp_path / "cut")

    assert figures(again) == figures(whole)
    assert again.summary["kept"]["epoch"] == whole.summary["kept"]["epoch"]
    assert again.summary["weights_sha256"] == whole.summary["weights_sha256"]
    assert (again.folder / "packets.parquet").read_bytes() == (whole.folder / "packets.parquet").read_bytes()


def test_a_run_that_has_ended_trains_no_more(small: Path, tmp_path: Path) -> None:
    """A run that was out of patience, killed between its last checkpoint and its summary, is resumed to the same end."""
    run = spinn2sim.train(small, tmp_path / "run", CHOICE, "fixed")
    manifest, summary = read_manifest(run.folder), run.folder / "summary.json"
    assert manifest is not None
    manifest.forget([summary])
    manifest.write()
    summary.unlink()
    again = spinn2sim.resume(run.folder)
    assert len(again.metrics) == len(run.metrics)
    assert again.summary["weights_sha256"] == run.summary["weights_sha256"]


def test_a_checkpoint_without_the_best_weights_is_refused(small: Path, tmp_path: Path) -> None:
    """A checkpoint that has lost the best weights is refused, since it cannot give what the whole run gives."""
    cut = spinn2sim.train(small, tmp_path / "cut", CHOICE, reporter=StopsAt("train", 2))
    arrays = dict(np.load(cut.folder / "checkpoint.npz"))
    np.savez(cut.folder / "checkpoint.npz", **{k: v for k, v in arrays.items() if k != "best_1"})
    manifest = read_manifest(cut.folder)
    assert manifest is not None
    manifest.record([cut.folder / "checkpoint.npz"])
    manifest.write()
    with pytest.raises(OutputError, match="best weights do not fit"):
        spinn2sim.resume(cut.folder)


def test_held_gradients_are_counted(small: Path, tmp_path: Path) -> None:
    """`clipped` is the number of gradient words that were clipped, equal on chip and mirror; null without a limit and before training."""
    changes = {"optimizer.clip": 1e-5}
    chip, mirror = (
        spinn2sim.run(small, tmp_path / "chip", changes),
        spinn2sim.train(small, tmp_path / "m", changes, "fixed"),
    )
    free = spinn2sim.train(small, tmp_path / "free", {}, "fixed")
    counts = [line["clipped"] for line in chip.metrics]

    assert counts == [line["clipped"] for line in mirror.metrics]
    assert counts[0] is None
    assert 0 < counts[1] < 5 * (5 * 8 + 8 * 3)
    assert chip.summary["weights_sha256"] == mirror.summary["weights_sha256"] != free.summary["weights_sha256"]
    assert free.metrics[1]["clipped"] is None


@pytest.mark.parametrize("command", [spinn2sim.run, spinn2sim.validate, spinn2sim.map])
def test_the_chip_refuses_the_norm_by_name(small: Path, tmp_path: Path, command: Any) -> None:
    """On the chip, where no PE knows the norm, clip_norm is refused before anything is written; the mirror can compute it."""
    changes = {"optimizer.clip_norm": 3e-5}
    with pytest.raises(ScenarioError, match=r"optimizer\.clip_norm: found 3e-05"):
        command(small, overrides=changes, **({"out": tmp_path / "out"} if command is spinn2sim.run else {}))
    assert not (tmp_path / "out").exists()
    assert spinn2sim.train(small, tmp_path / "m", changes, "fixed").metrics[1]["clipped"] > 0
