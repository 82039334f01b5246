"""A readout and its loss on the chip, compared with the fixed-point mirror in every variant, and the files of a run with one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import spinn2sim
from spinn2sim.cli.packets_command import packets
from spinn2sim.cli.sample_story_text import story_lines
from spinn2sim.report.contents.plane import plane
from spinn2sim.report.contents.raster import rasters
from spinn2sim.report.run_data import RunData
from spinn2sim.trace.sample_story import SamplePlace, read_story
from spinn2sim.trace.sql import Tables
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.validation.validate_scenario import validate_scenario

VARIANTS: dict[str, dict[str, object]] = {
    "raise": {},
    "no guard": {"training.silent_guard": "none"},
    "rate, clip": {
        "training.silent_guard": "rate", "training.guard_step": 0.01, "training.rate_range": [1.0, 1.0], "optimizer.clip": 1e-5,
    },
    "cold": {"loss.temperature": 0.03, "numerics.error_shift": 8},
    "stochastic": {"numerics.rounding": "stochastic", "optimizer.clip": 1e-5},
    "formats": {"numerics.weight": "s4.11", "numerics.error": "s16.12", "numerics.state": "s8.20"},
    "split": {"mapping.pes_per_layer": [2, 3, 3], "mapping.placement": "random", "mapping.reduce_rounds": 2},
    "average": {"loss.kind": "average_voltage", "loss.temperature": 0.05, "numerics.adjoint": "s13.18"},
    "average, split": {
        "loss.kind": "average_voltage", "loss.temperature": 0.02, "mapping.pes_per_layer": [2, 3, 3], "numerics.rounding": "stochastic",
        "numerics.error_shift": 8,
    },
    "deep": {"network.hidden": [8, 7], "network.init": [[3.5, 1.5], [2.5, 1.0], [0.2, 1.0]], "network.steps": 20},
    "sgd": {"optimizer.kind": "sgd", "optimizer.momentum": 0.9, "optimizer.learning_rate": 100.0, "optimizer.master": False},
}  # fmt: skip


@pytest.mark.parametrize("name", VARIANTS)
def test_chip_equals_mirror(small_readout: Path, name: str) -> None:
    """The highest voltages, their steps, and every raw integer that chip and mirror both keep are equal in every variant."""
    found = validate_scenario(small_readout, 7, VARIANTS[name])

    assert found.differences == []
    assert found.holds
    assert (found.batches, found.spikes > 50, found.gradient_words > 50) == (7, True, True)


def test_without_hidden_layer(small_readout: Path) -> None:
    """A readout may be fed by the input itself, spikes of step 0 included: all words are equal, although no spikes are compared."""
    found = validate_scenario(small_readout, 3, {"network.hidden": [], "network.init": [[0.5, 1.0]]})
    assert found.holds
    assert (found.spikes, found.peaks > 20, found.gradient_words > 50) == (0, True, True)


def test_either_engine(small_readout: Path) -> None:
    """The discrete-event engine agrees with the mirror, as the compiled engine does."""
    assert validate_scenario(small_readout, 3, engine="discrete_event").holds


def test_a_planted_difference_is_found(small_readout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A readout weight off by one unit on the chip is seen in the highest voltages themselves."""
    original = OnChipTrainer.set_weights

    def off_by_one(self: OnChipTrainer, weights: object, delays: object) -> None:
        original(self, weights, delays)  # type: ignore[arg-type]
        self.programs[-1].state.raw[0] += 300

    monkeypatch.setattr(OnChipTrainer, "set_weights", off_by_one)
    assert any("highest voltage" in line for line in validate_scenario(small_readout, 2).differences)


def test_a_lost_maximum_fails_validation(small_readout: Path) -> None:
    """If FIFOs hold one packet, maxima are dropped on their way to the loss, and validation reports it."""
    found = validate_scenario(small_readout, 2, {"chip.fifo_capacity": 1})
    assert not found.holds
    assert any("dropped spike" in line for line in found.losses)


def test_what_a_run_leaves(small_readout: Path, tmp_path: Path) -> None:
    """results.npz has the highest voltages; maxima are traced as packets but not counted as spikes, and a sample's story shows them."""
    run = spinn2sim.run(small_readout, tmp_path / "run", overrides={"trace.packets": "all"})
    with np.load(run.folder / "results.npz") as results:
        assert (results["first_spike"] == 12).all()
        peaks, labels = results["max_voltage"], results["labels"]
    last = run.metrics[-1]
    assert last["test_accuracy"] == np.mean((peaks.argmax(axis=1) == labels) & (peaks[np.arange(10), labels] > 0))
    assert last["spikes_per_sample"]["test"][-1] == 0
    assert last["losses"] == []

    tables = Tables(run.folder)
    maxima = tables.one(
        "SELECT count(*) AS n, min(tick) AS t, max(tick) AS u FROM packets WHERE kind = 'spike' AND layer = 2"
    )
    assert (maxima["n"] % 3, maxima["t"], maxima["u"]) == (0, 11, 11)
    assert tables.one("SELECT count(*) AS n FROM spikes WHERE layer = 2")["n"] == 0
    sample = tables.one(
        "SELECT min(sample) AS s, min(batch) AS b FROM packets WHERE part = 'train' AND batch = 0 AND sample >= 0"
    )
    told = read_story(tables, SamplePlace(1, "train", 0, sample["s"]))
    assert sorted(told.peaks) == [0, 1, 2]
    assert told.first_spikes == {}
    assert 2 not in told.spikes
    answer = max(told.peaks, key=lambda k: (told.peaks[k], -k))
    (said,) = (line for line in story_lines({**asdict(told), "label": answer}) if line.startswith("output"))
    assert f"neuron {answer}: {told.peaks[answer]}" in said
    assert said.endswith(f"answer {answer}; the label is {answer}: right")


def test_what_a_report_shows(small_readout: Path, tmp_path: Path) -> None:
    """The plane shows each sample's highest voltage and the output that had it; no maximum is drawn as a spike."""
    run = spinn2sim.run(small_readout, tmp_path / "run", overrides={"trace.packets": "all"})
    found = RunData(run.folder)
    drawn, peaks = plane(found), found.results.max_voltage
    assert peaks is not None
    np.testing.assert_array_equal(drawn.predicted, peaks.argmax(axis=1))
    np.testing.assert_array_equal(drawn.value, peaks.max(axis=1))
    for raster in rasters(found):
        assert raster.spikes.layer.max() == 1
        assert raster.errors.layer.max() == 2


def test_average_voltages_may_be_below_rest(small_readout: Path, tmp_path: Path) -> None:
    """With average voltages no output is silent: results, accuracy, plane and a sample's story take averages below rest too."""
    changes = {**VARIANTS["average"], "trace.packets": "all", "network.init": [[3.5, 1.5], [-0.3, 0.3]]}
    run = spinn2sim.run(small_readout, tmp_path / "run", overrides=changes)
    with np.load(run.folder / "results.npz") as results:
        averages, labels = results["max_voltage"], results["labels"]
    assert averages.min() < 0
    assert averages.max(axis=1).min() < 0
    assert run.metrics[-1]["test_accuracy"] == np.mean(averages.argmax(axis=1) == labels)
    assert run.metrics[-1]["test_silent_label"] == 0
    assert run.metrics[-1]["losses"] == []
    np.testing.assert_array_equal(plane(RunData(run.folder)).predicted, averages.argmax(axis=1))
    told = CliRunner().invoke(packets, [str(run.folder), "--sample", str(_first_sample(run.folder))])
    assert "output: average voltages, as raw words: neuron" in told.output


def _first_sample(run: Path) -> int:
    found = Tables(run).one("SELECT min(sample) AS s FROM packets WHERE part = 'train' AND batch = 0 AND sample >= 0")
    return int(found["s"])


def test_more_learning_lowers_the_loss(small_readout: Path, tmp_path: Path) -> None:
    """Over some epochs of the real task on the mirror, the loss on the training samples falls far."""
    changes = {
        "training.epochs": 25,
        "data.train_samples": 200,
        "network.hidden": [30],
        "network.steps": 30,
        "training.copies": 10,
    }
    run = spinn2sim.train(small_readout, tmp_path / "run", overrides=changes)
    assert run.metrics[-1]["train_loss"] < 0.7 * run.metrics[1]["train_loss"]
