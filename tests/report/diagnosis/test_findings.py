"""Bad runs made on purpose: each one's cause is the first finding, with the key that mends it; good runs have none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import spinn2sim
from places import SCENARIOS
from spinn2sim.cli.main import commands
from spinn2sim.errors import DataError
from spinn2sim.report.diagnosis.diagnosis import NOTHING, diagnose
from spinn2sim.scenario.data.yinyang import generate

DEMO = SCENARIOS / "yinyang-demo.toml"
INIT = np.array([[1.431, 1.431], [0.4747, 0.2556]])
LATENCY = {"encoding.kind": "latency_time", "encoding.t_first_ms": 0.0, "encoding.t_last_ms": 20.0}


def trained(out: Path, **changes: Any) -> Path:
    """A short run of the demo on the mirror."""
    overrides = {"training.epochs": 3, **{key.replace("__", "."): value for key, value in changes.items()}}
    return spinn2sim.train(DEMO, out, overrides).folder


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "weights too small": ({"network.init": (INIT / 10).tolist()}, "silent population", "network.init"),
    "weights of the output too small": (
        {"network.init": [INIT[0].tolist(), [0.001, 0.001]], "training.silent_guard": "none"},
        "silent population",
        "network.init",
    ),
    "weights too large": ({"network.init": (INIT * 10).tolist()}, "saturated population", "network.init"),
    "rate too large": ({"optimizer.learning_rate": 1.0}, "learning rate too large", "optimizer.learning_rate"),
    "rate too small": ({"optimizer.learning_rate": 1e-6}, "learning rate too small", "optimizer.learning_rate"),
    "values in two steps": (
        {**LATENCY, "encoding.t_last_ms": 1.0, "encoding.bias_ms": 0.0},
        "equal inputs",
        "encoding.t_last_ms",
    ),
    "most values silent": ({"encoding.silent_below": 0.9}, "equal inputs", "encoding.silent_below"),
}


@pytest.mark.parametrize("name", BAD)
def test_the_cause_comes_first(tmp_path: Path, name: str) -> None:
    """Whatever else is wrong with a run because of it, its cause is told first, with the key that mends it."""
    changes, finding, key = BAD[name]
    found = diagnose(trained(tmp_path / "run", **changes))
    assert (found.findings[0].name, found.findings[0].key) == (finding, key)
    assert found.findings[0].level == "problem"


def test_sorted_labels(tmp_path: Path) -> None:
    """A file that is sorted by label, from which splits are cut, trains without a class: that is told first."""
    values, labels = generate(600, 1)
    order = np.argsort(labels, kind="stable")
    np.savez(tmp_path / "sorted.npz", samples=values[order], labels=labels[order])
    data = {
        "data.source": "npz",
        "data.path": str(tmp_path / "sorted.npz"),
        "data.train_samples": 350,
        "data.test_samples": 250,
    }
    with pytest.warns(UserWarning, match="sorted"):
        first = diagnose(trained(tmp_path / "run", **data, **LATENCY)).findings[0]
    assert (first.name, first.key) == ("untrained class", "data.path")
    assert "sorted" in first.text


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that ends with nine of ten answers right."""
    return trained(tmp_path_factory.mktemp("good") / "run", training__epochs=8)


def test_a_good_run_has_no_findings(good: Path) -> None:
    """Nothing is told of a run that learned, although most of its hidden neurons are silent; the facts are those of its files."""
    found = spinn2sim.open_run(good).diagnose()
    assert found.findings == []
    assert NOTHING in str(found)
    data, answers = json.loads(json.dumps(found.as_data())), found.facts.answers
    assert answers is not None
    assert answers.accuracy == data["test_accuracy"]
    assert answers.strict_accuracy == data["test_accuracy_strict"]
    assert np.sum(data["confusion"]) == answers.count
    spikes = found.facts.metrics[-1]["spikes_per_sample"]["test"]
    told = [row["spikes a neuron"] * row["neurons"] for row in found.populations]
    np.testing.assert_allclose(told, spikes)
    assert {row["quantity"] for row in found.histograms} == {"weight", "gradient"}
    for row in found.histograms:
        synapses = next(p["synapses"] for p in found.projections if p["projection"] == row["projection"])
        assert sum(row["counts"]) == synapses


def test_a_run_that_was_killed(good: Path, tmp_path: Path) -> None:
    """Without weights and summary the checkpoint tells as much; without that, the answers do."""
    copy = shutil.copytree(good, tmp_path / "killed")
    for name in ("weights.npz", "summary.json"):
        (copy / name).unlink()
    whole, found = diagnose(good).as_data(), diagnose(copy).as_data()
    assert found["populations"] == whole["populations"]
    assert found["projections"] == whole["projections"]
    (copy / "checkpoint.npz").write_bytes(b"damaged")
    found = diagnose(copy).as_data()
    assert found["confusion"] == whole["confusion"]
    assert not found["populations"]
    assert any("checkpoint" in reason for reason in found["absent"])


def test_the_command(good: Path, tmp_path: Path) -> None:
    """Text has findings and tables; JSON has the same facts; what is no run of a scenario is refused in one line."""
    said = CliRunner().invoke(commands, ["diagnose", str(good)], standalone_mode=False).output
    for expected in (NOTHING, "Confusion", "lif1->lif2", "Histograms:"):
        assert expected in said
    data = json.loads(CliRunner().invoke(commands, ["diagnose", str(good), "--json"]).output)
    assert data == json.loads(json.dumps(diagnose(good).as_data()))
    with pytest.raises(DataError, match="allowed is a run directory"):
        diagnose(tmp_path)


def test_histograms_over_epochs(tmp_path: Path) -> None:
    """With trace.learning every epoch's weights, changes and gradients are counted; nothing else of the run is another."""
    plain = trained(tmp_path / "plain", training__epochs=2)
    recorded = trained(tmp_path / "recorded", training__epochs=2, trace__learning="epochs")
    for name in ("weights.npz", "results.npz"):
        assert (plain / name).read_bytes() == (recorded / name).read_bytes()
    assert not (plain / "learning.parquet").exists()
    assert "learning" not in (plain / "scenario.toml").read_text().replace("learning_rate", "")
    table = spinn2sim.open_run(recorded).sql(
        "SELECT epoch, quantity, sum(synapses)::INT AS n FROM learning GROUP BY ALL ORDER BY ALL"
    )
    assert {row["n"] for row in table.to_pylist()} == {120 * 5 + 3 * 120}
    found = diagnose(recorded)
    assert {row["epoch"] for row in found.history if row["quantity"] == "weight"} == {0, 1, 2}
    said = CliRunner().invoke(commands, ["diagnose", str(recorded)], standalone_mode=False).output
    assert "Over the epochs" in said
    assert not diagnose(plain).history
