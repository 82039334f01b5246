"""The numbers behind the figures, against what the machine counted by itself."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import spinn2sim
from small_scenario import SMALL
from spinn2sim.errors import DataError
from spinn2sim.report.answers import SILENT
from spinn2sim.report.contents.delivery_latency import latency
from spinn2sim.report.contents.energy_by_state import energy
from spinn2sim.report.contents.floor import floor_plans
from spinn2sim.report.contents.losses import losses
from spinn2sim.report.contents.plane import plane
from spinn2sim.report.contents.raster import rasters
from spinn2sim.report.contents.sram import sram
from spinn2sim.report.floor_shapes import channel_boxes, pe_boxes
from spinn2sim.report.run_data import AbsentError, RunData


@pytest.mark.parametrize("name", ["traced", "faulty"])
def test_channel_loads_are_the_machines(name: str, request: pytest.FixtureRequest) -> None:
    """Flits per channel, derived from packets and routes, are those that the channels themselves counted, lost packets or not."""
    run = RunData(request.getfixturevalue(name))
    for plan in floor_plans(run)[:2]:
        batches = int(plan.of.split()[0])
        derived = dict(zip(plan.channels, np.rint(plan.flits.sum(axis=0) * batches).astype(int).tolist(), strict=True))
        counted = run.tables.rows(
            "SELECT channel, sum(flits) AS n FROM channels WHERE part = ? GROUP BY channel", (plan.name,)
        )
        assert derived == {row["channel"]: row["n"] for row in counted if row["n"]}


def test_packets_on_the_floor_are_all_packets(traced: Path) -> None:
    """Over all PEs, ticks and batches the heat map holds each packet of the run once as sent."""
    run = RunData(traced)
    sent = {plan.name: next(q for q in plan.quantities if q.name == "packets sent") for plan in floor_plans(run)[:2]}
    total = sum(sent[p.name].whole.sum() * int(p.of.split()[0]) for p in floor_plans(run)[:2])
    assert round(total) == run.tables.one("SELECT count(DISTINCT seq) AS n FROM packets")["n"]


def test_floor_plan_without_a_trace_is_of_the_whole_run(traced: Path, untraced: Path) -> None:
    """A run without packets shows busy share, FIFO and channels of all its batches, the same as a traced run does."""
    bare, full = (
        {plan.name: plan for plan in floor_plans(RunData(run))}["train, whole run"] for run in (untraced, traced)
    )
    assert len(floor_plans(RunData(untraced))) == 2
    assert bare.channels == full.channels
    assert bare.whole_flits.tolist() == full.whole_flits.tolist()
    assert all((a.whole == b.whole).all() for a, b in zip(bare.quantities, full.quantities, strict=True))
    assert 0 < bare.quantities[0].whole.max() < 1


def test_shapes_do_not_overlap(traced: Path) -> None:
    """No two PEs or channels lie over each other on the drawn floor plan."""
    names = floor_plans(RunData(traced))[0].channels
    pes, channels = pe_boxes(), channel_boxes(names)
    x, y, w, h = (np.concatenate([pes[side], channels[side]]) for side in "xywh")
    apart_x = np.abs(x[:, None] - x) >= (w[:, None] + w) / 2 - 1e-9
    apart_y = np.abs(y[:, None] - y) >= (h[:, None] + h) / 2 - 1e-9
    assert (apart_x | apart_y | np.eye(len(x), dtype=bool)).all()


def test_plane_agrees_with_the_accuracy(traced: Path) -> None:
    """The share of samples drawn as right is the test accuracy of the last epoch, and silent ones have no time."""
    run = RunData(traced)
    found = plane(run)
    assert np.mean(found.predicted == found.label) == run.metrics[-1]["test_accuracy"]
    assert found.epoch == run.metrics[-1]["epoch"]
    assert (np.isnan(found.value) == (found.predicted == SILENT)).all()


def test_raster_holds_the_samples_packets(traced: Path, faulty: Path) -> None:
    """Spikes come before the loss and errors from it on; the samples of a run that loses packets begin with the one that lost most."""
    run = RunData(traced)
    steps = run.scenario.network.steps
    for one in rasters(run):
        assert len(one.spikes.tick)
        assert one.spikes.tick.max() < steps
        assert one.errors.tick.min(initial=steps) >= steps
        assert one.rows(one.spikes).max() < one.offsets[-1] + one.sizes[-1]
        assert not one.lost
    most = rasters(RunData(faulty))
    assert most[0].lost == max(one.lost for one in most) > 0
    assert most[0].spikes.lost.any()


def test_latency_counts_each_delivery_once(traced: Path) -> None:
    """The bins of a kind add up to its deliveries, and the bars of different kinds do not overlap."""
    run = RunData(traced)
    found = latency(run)
    rows = run.tables.rows("SELECT kind, count(*) AS n FROM packets GROUP BY kind")
    assert {kind: int(n.sum()) for kind, n in found.counts.items()} == {row["kind"]: row["n"] for row in rows}
    edges = [found.bar(number) for number in range(len(found.counts))]
    assert all((right <= left + 1e-9).all() for (_, right), (left, _) in pairwise(edges))


def test_energy_and_sram(traced: Path) -> None:
    """Energy by state adds up to the run's energy, and no PE has more SRAM in use than there is."""
    run = RunData(traced)
    assert sum(energy(run).joule.values()) == pytest.approx(run.summary["totals"]["energy_j"])
    assert 0 < max(sram(run).used_bytes) <= 128 * 1024


def test_lost_is_what_the_summary_lost(traced: Path, faulty: Path) -> None:
    """The headline names each count that is not zero, and says so when all are."""
    assert losses(RunData(traced)).headline.startswith("Nothing was lost")
    found = losses(RunData(faulty))
    dropped = RunData(faulty).summary["totals"]["dropped"]
    assert found.headline.startswith("LOST: ")
    assert f"dropped by a full FIFO {dropped:,}" in found.headline
    assert sum(found.counts["packets dropped by a full FIFO"]) == dropped


def test_the_mirror_claims_no_packets(tmp_path: Path) -> None:
    """A run of the mirror, which moves no packet, does not boast that none was late."""
    (tmp_path / "small.toml").write_text(SMALL)
    run = spinn2sim.train(tmp_path / "small.toml", tmp_path / "run", arithmetic="fixed")
    assert losses(RunData(run.folder)).headline == "Nothing was lost: no value saturated. The mirror moves no packets."


def test_absent_data_says_how_to_get_it(untraced: Path, tmp_path: Path) -> None:
    """What needs packets names the option that traces them; results of other samples are refused."""
    with pytest.raises(AbsentError, match=r"trace\.packets=all"):
        rasters(RunData(untraced))
    copy = shutil.copytree(untraced, tmp_path / "run")
    np.savez(copy / "results.npz", epoch=[2], first_spike=np.zeros((10, 3), np.int64), labels=np.full(10, 2))
    with pytest.raises(DataError, match="labels of other samples"):
        plane(RunData(copy))
    (copy / "results.npz").unlink()
    with pytest.raises(AbsentError, match="again"):
        plane(RunData(copy))
