"""Runs of networks with recurrence and delays: what they write, how they go on, and what they start from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import spinn2sim
from graph_scenario import PLAIN_GRAPH, SMALL_GRAPH
from interrupting_reporter import StopsAt
from spinn2sim.errors import DataError
from spinn2sim.files.npz_reader import read_arrays
from spinn2sim.report.contents.delays import delay_counts
from spinn2sim.report.page.document import page
from spinn2sim.report.run_data import RunData

BEST = {"training.validation_samples": 22, "training.keep": "best", "optimizer.learning_rate": 0.05}


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A recurrent network with synaptic and axonal delays, as a file."""
    path = tmp_path / "graph.toml"
    path.write_text(PLAIN_GRAPH)
    return path


def test_a_run_learns_weights_and_delays(graph: Path, tmp_path: Path) -> None:
    """weights.npz has the delays of projections that have them, in steps within delay_max, and the synapses of a sparse one."""
    run = spinn2sim.run(graph, tmp_path / "run")
    arrays = read_arrays(run.folder / "weights.npz")
    assert sorted(arrays) == ["delays_1", "delays_2", "exists_1", "weights_0", "weights_1", "weights_2"]
    assert not arrays["weights_1"][~arrays["exists_1"]].any()
    axonal, synaptic = run.delays[1], run.delays[2]
    assert run.delays[0] is None
    assert axonal is not None
    assert synaptic is not None
    assert ((axonal >= 0) & (axonal <= 5)).all()
    assert ((synaptic >= 0) & (synaptic <= 6)).all()
    assert (synaptic != np.rint(synaptic)).any()
    for source in range(10):
        assert len(set(axonal[arrays["exists_1"][:, source], source])) <= 1
    assert run.summary["losses"] == []
    assert len(run.metrics[-1]["spikes_per_sample"]["test"]) == 3


def test_an_interrupted_run_goes_on_bit_for_bit(graph: Path, tmp_path: Path) -> None:
    """A resumed run has the weights, delays and best epoch that it would have had without the interruption."""
    whole = spinn2sim.run(graph, tmp_path / "whole", BEST)
    cut = spinn2sim.run(graph, tmp_path / "cut", BEST, reporter=StopsAt("train", 2))
    assert cut.summary["status"] == "interrupted"
    spinn2sim.resume(cut.folder)
    for file in ("weights.npz", "checkpoint.npz", "results.npz"):
        assert (cut.folder / file).read_bytes() == (whole.folder / file).read_bytes()
    summary = spinn2sim.open_run(cut.folder).summary
    assert summary["delays_sha256"] == whole.summary["delays_sha256"]


def test_a_run_starts_from_another_with_its_delays_and_synapses(graph: Path, tmp_path: Path) -> None:
    """training.start_from takes weights, delays and synapses of a run, whatever the seed of the new one; --npz writes the same arrays."""
    first = spinn2sim.run(graph, tmp_path / "first", {"training.epochs": 1})
    spinn2sim.export_run(first.folder, npz=tmp_path / "exported.npz")
    for start in (first.folder, tmp_path / "exported.npz"):
        changes = {"seed": 9, "training.epochs": 0, "training.start_from": start}
        again = spinn2sim.run(graph, tmp_path / f"from-{start.stem}", changes)
        one, two = (read_arrays(run.folder / "weights.npz") for run in (first, again))
        assert one.keys() == two.keys()
        assert all(np.array_equal(one[name], two[name]) for name in one)


def test_delays_that_do_not_fit_are_refused(graph: Path, tmp_path: Path) -> None:
    """Start values whose delays are above delay_max, not one per axon, or of a synapse that does not exist, are refused in one line."""
    run = spinn2sim.run(graph, tmp_path / "first", {"training.epochs": 0})
    arrays = read_arrays(run.folder / "weights.npz")
    exists = arrays["exists_1"]
    odd = np.where(exists, np.arange(100).reshape(10, 10) / 100, 0.0)
    for changed, message in (
        ({"delays_2": arrays["delays_2"] + 9}, "delays_2: found 9 to 13 steps, allowed is 0 to delay_max = 6"),
        ({"delays_1": odd}, "delays_1: found several delays of source 0"),
        ({"delays_2": arrays["delays_2"].T}, "delays_2: found shape (10, 3), allowed is that of the weights, (3, 10)"),
        (
            {"weights_1": np.ones((10, 10))},
            "weights_1: found weights of synapses that the scenario's density leaves out",
        ),
        ({"exists_1": exists.astype(int)}, "exists_1: found int64 of shape (10, 10), allowed is bool"),
    ):
        np.savez(tmp_path / "odd.npz", **{**arrays, **changed})
        with pytest.raises(DataError) as error:
            spinn2sim.run(graph, tmp_path / "again", {"training.start_from": tmp_path / "odd.npz"})
        assert message in str(error.value)
        assert not (tmp_path / "again").exists()


def test_delays_are_shown_before_and_after(graph: Path, tmp_path: Path) -> None:
    """The report counts every synapse with a delay twice, as it was drawn and as it was kept; a run without training shows no change."""
    trained = spinn2sim.run(graph, tmp_path / "trained", {"optimizer.delay_rate": 1.0})
    idle = spinn2sim.run(graph, tmp_path / "idle", {"training.epochs": 0})
    counts = delay_counts(RunData(trained.folder))
    assert [one.name for one in counts] == ["hidden -> hidden", "hidden -> out"]
    assert counts[1].before.sum() == counts[1].after.sum() == 30
    assert counts[1].before[5:].sum() == 0
    assert (counts[1].before != counts[1].after).any()
    assert all(np.array_equal(one.before, one.after) for one in delay_counts(RunData(idle.folder)))
    assert len(trained.figure("delays").axes) == 2
    assert 'id="delays"' in page(RunData(trained.folder))


@pytest.mark.slow
def test_chip_and_mirror_end_alike(tmp_path: Path) -> None:
    """`run` and `train --arithmetic fixed` end with the same weights and delays, also with time constants of single neurons."""
    path = tmp_path / "graph.toml"
    path.write_text(SMALL_GRAPH)
    chip = spinn2sim.run(path, tmp_path / "chip")
    mirror = spinn2sim.train(path, tmp_path / "mirror", arithmetic="fixed")
    for key in ("weights_sha256", "delays_sha256"):
        assert chip.summary[key] == mirror.summary[key]
    assert chip.metrics[-1]["spikes_per_sample"] == mirror.metrics[-1]["spikes_per_sample"]
