"""The Spiking Heidelberg Digits as events of a scenario, from synthetic files of their form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from places import SCENARIOS
from shd_files import write_drawn, write_shd
from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.scenario import load
from spinn2sim.scenario.data import Dataset, load_dataset

pytest.importorskip("h5py")
COUNTS = {"data.train_samples": 4, "data.test_samples": 1}
# A network that a test has time for, of the same form.
SMALL = {
    "data.train_samples": 20, "data.test_samples": 4, "data.channels": 70, "population.in.size": 70, "population.hidden.size": 16,
    "network.steps": 50, "network.dt_ms": 20, "network.tau_mem_ms": 100, "network.tau_syn_ms": 50, "training.epochs": 1,
    "projection.0.init": [0.2, 0.3], "mapping.spikes_per_neuron": 50,
}  # fmt: skip


def loaded(folder: Path, **more: Any) -> tuple[Dataset, Dataset]:
    """The data of shd.toml from a folder of files."""
    return load_dataset(load(SCENARIOS / "shd.toml", {"data.path": folder, **COUNTS, **more}))


@pytest.mark.filterwarnings("ignore::spinn2sim.errors.DataWarning")
@pytest.mark.parametrize(("channels", "sources"), [(700, [3, 4, 699]), (140, [0, 139]), (70, [0, 69])])
def test_spikes_are_merged_and_cut_into_steps(tmp_path: Path, channels: int, sources: list[int]) -> None:
    """A spike at t of unit u is in step floor(t / dt), of channel u / (700 / channels); equal ones are one, late ones are left out."""
    times, units = [[0.1, 0.1, 0.5, 1.5]], [[3, 4, 699, 1]]
    write_shd(tmp_path / "shd_train.h5", times * 4, units * 4, [0, 1, 2, 3])
    write_shd(tmp_path / "shd_test.h5", times, units, [5])
    train, test = loaded(tmp_path, **{"data.channels": channels})
    assert test.source.tolist() == sources
    assert test.step.tolist() == [24] * (len(sources) - 1) + [125]  # the files keep times in 16 bits
    assert (train.n_inputs, train.n_classes, sorted(train.labels.tolist())) == (channels, 20, [0, 1, 2, 3])


REFUSED = [
    ({"data.channels": 100}, "population 0 (in): size: found 140 inputs, allowed are the 100 of the data"),
    ({"data.channels": 300}, "data.channels: found 300, allowed is a divisor of 700"),
    ({"data.path": None}, "data.path: found nothing, allowed is the path of a folder with shd_train.h5"),
    ({"data.train_samples": 5}, "data.train_samples: found 5, allowed are the 4 samples of"),
    ({"data.path": "nowhere"}, "no such file, allowed is an HDF5 file of the Spiking Heidelberg Digits"),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore::spinn2sim.errors.DataWarning")
@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_refuses_in_one_line(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """Files, counts and channels that do not fit are refused in one line before anything is written."""
    write_drawn(tmp_path, 4, 1)
    with pytest.raises((DataError, ScenarioError)) as error:
        spinn2sim.run(SCENARIOS / "shd.toml", tmp_path / "run", {"data.path": tmp_path, **COUNTS, **changes})
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "run").exists()


def test_a_small_one_trains_on_the_chip(tmp_path: Path) -> None:
    """shd.toml runs on the chip with synthetic files of the published form, goes on from a folder that moved, and loses nothing."""
    (tmp_path / "files").mkdir()
    write_drawn(tmp_path / "files", 20, 4)
    run = spinn2sim.run(SCENARIOS / "shd.toml", tmp_path / "run", {"data.path": tmp_path / "files", **SMALL})
    assert run.summary["losses"] == []
    assert run.metrics[-1]["spikes_per_sample"]["test"][1] > 0
    assert np.any(run.weights[1])


@pytest.mark.parametrize(
    ("channels", "copies", "changes"),
    [
        (140, 3, {}),
        (700, 4, {"projection.in->hidden.density": 0.2, "projection.hidden->hidden.density": 0.1}),
    ],
)
def test_full_size_is_mapped(channels: int, copies: int, changes: dict[str, Any], tmp_path: Path) -> None:
    """Samples of 8,000 spikes and the whole network fit on the chip, with 700 channels as rows of synapses."""
    write_drawn(tmp_path, copies, 1, 8000)
    sizes = {"data.channels": channels, "population.in.size": channels, "training.copies": copies}
    counts = {"data.train_samples": copies, "data.test_samples": 1}
    plan = spinn2sim.map(SCENARIOS / "shd.toml", {"data.path": tmp_path, **sizes, **counts, **changes})
    assert plan.copies == copies
    assert [form.as_rows for form in plan.projections] == [bool(changes), bool(changes), False]
