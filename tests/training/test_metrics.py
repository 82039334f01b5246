"""metrics.jsonl compared with the packet trace of the same run, from whose deliveries every figure is computed again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from small_scenario import SMALL
from spinn2sim.report.plan_of_run import plan_of_run
from spinn2sim.scenario.data.yinyang import generate
from spinn2sim.scenario.draws import epoch_order

T, TRAIN, TEST = 12, 22, 9
PE_MW, ALL_OFF_MW, SLEEP_MW, RUN_MW = 152, 75.2, 564.7, 1247.9  # chip-paper: 152 PEs, 0.8 V
Q_PER_S = 12_000_000_000
CONTRACT = {
    "epoch", "train_accuracy", "test_accuracy", "test_accuracy_strict", "test_silent_label", "test_silent_all", "train_loss", "test_loss",
    "batches", "learning_rate", "train_wall_s", "test_wall_s", "train_chip_s", "test_chip_s", "packets", "deliveries", "dma_bytes", "hops",
    "late", "early", "dropped", "no_route", "unmatched", "overruns", "saturations", "spikes_per_sample", "energy_j",
}  # fmt: skip


CASES: dict[str, dict[str, Any]] = {
    "one copy": {"training.copies": 1},  # every burst has one destination, so that hops can be added up
    "split layers": {"training.copies": 2, "mapping.pes_per_layer": [1, 3, 2]},  # a spike has three
}


@pytest.fixture(scope="module", params=CASES)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a run whose packets were all traced."""
    folder = tmp_path_factory.mktemp("metrics")
    (folder / "small.toml").write_text(SMALL)
    changes = {
        "trace.packets": "all", "data.train_samples": TRAIN, "data.test_samples": TEST, "training.epochs": 2, "optimizer.decay": 0.5,
        "network.init": [[2.2, 1.5], [1.4, 1.2]], **CASES[request.param],
    }  # fmt: skip
    return spinn2sim.run(folder / "small.toml", folder / "run", overrides=changes)


def copies_of(run: Any) -> int:
    """Return training.copies of the run."""
    return int(spinn2sim.map(run.folder / "scenario.toml").copies)


def parts(run: Any) -> list[tuple[dict[str, Any], str, list[dict[str, Any]]]]:
    """Yield (line of metrics, "train" or "test", rows of the trace) for each part, in the order of the run."""
    rows = run.packets.to_pylist()
    found = []
    for line in run.metrics:
        for part in ("train", "test") if line["epoch"] else ("test",):
            found.append((line, part, [r for r in rows if r["epoch"] == line["epoch"] and r["part"] == part]))
    return found


def test_the_contract_is_kept(run: Any) -> None:
    """Every line has all keys of the interface; in epoch 0, which does not train, the keys of training are null."""
    text = (run.folder / "metrics.jsonl").read_text()

    assert [json.loads(line)["epoch"] for line in text.splitlines()] == [0, 1, 2]
    assert all(line.keys() >= CONTRACT for line in run.metrics)
    assert "NaN" not in text
    first = run.metrics[0]
    assert first["train_accuracy"] is first["train_loss"] is first["train_wall_s"] is first["learning_rate"] is None
    assert first["packets"]["train"] is first["energy_j"]["train"] is None
    assert [line["batches"] for line in run.metrics] == [0, TRAIN // copies_of(run), TRAIN // copies_of(run)]
    assert [line["learning_rate"] for line in run.metrics[1:]] == [0.01, 0.005]


def test_traffic_is_that_of_the_trace(run: Any) -> None:
    """Packets, deliveries, bytes, hops and spikes per sample of a part equal the sums over its rows in the trace."""
    copies = copies_of(run)
    for line, part, rows in parts(run):
        samples = TRAIN if part == "train" else TEST
        kinds = {kind: [r for r in rows if r["kind"] == kind] for kind in ("spike", "error", "guard", "dma")}
        for kind in ("spike", "error", "guard"):
            assert line["packets"][part][kind] == len({r["seq"] for r in kinds[kind]})
        assert line["deliveries"][part] == {kind: len(of) for kind, of in kinds.items()}
        assert line["dma_bytes"][part] == sum(r["bytes"] for r in kinds["dma"])
        if copies == 1:
            assert line["hops"][part] == sum(r["hops"] * max(1, -(-r["bytes"] // 16)) for r in rows)
        by_layer = [len({r["seq"] for r in kinds["spike"] if r["layer"] == k}) / samples for k in range(3)]
        assert line["spikes_per_sample"][part] == pytest.approx(by_layer, rel=1e-12)
    assert run.metrics[1]["packets"]["train"]["error"] > 0
    assert run.metrics[1]["packets"]["train"]["guard"] > 0


def test_scores_are_those_of_the_output_spikes(run: Any) -> None:
    """Accuracy, strict accuracy and the silent shares equal those computed from each sample's first output spike packets."""
    labels = {"train": generate(TRAIN, 42)[1], "test": generate(TEST, 40)[1]}
    seen = set()
    for line, part, rows in parts(run):
        first = np.full((len(labels[part]), 3), T)
        for r in rows:
            if r["kind"] == "spike" and r["layer"] == 2:
                at = r["sample"], r["neuron"]
                first[at] = min(first[at], r["step"])
        own = first[np.arange(len(first)), labels[part]]
        fires, winner = own < T, first.argmin(axis=1)
        strict = fires & ((first <= own[:, None]).sum(axis=1) == 1)
        assert line[f"{part}_accuracy"] == pytest.approx((fires & (winner == labels[part])).mean())
        assert line[f"{part}_accuracy_strict"] == pytest.approx(strict.mean())
        assert line[f"{part}_silent_label"] == pytest.approx((~fires).mean())
        if part == "test":
            assert line["test_silent_all"] == pytest.approx((first.min(axis=1) == T).mean())
        seen |= {line[f"{part}_accuracy"], line[f"{part}_accuracy_strict"], line[f"{part}_silent_label"]}
    assert len(seen) > 4  # figures that differ: a mix-up would show


def test_samples_are_shuffled_by_epoch(run: Any) -> None:
    """Copy c of batch b takes sample order[b copies + c]; the orders of two epochs differ."""
    copies = copies_of(run)
    orders = []
    for line, part, rows in parts(run):
        if part == "train":
            taken = {(r["batch"], r["key"] >> 22 & 0xFF): r["sample"] for r in rows if r["kind"] == "spike"}
            orders.append([taken[divmod(slot, copies)] for slot in range(TRAIN)])
            assert orders[-1] == epoch_order(3, line["epoch"], TRAIN).tolist()
    assert orders[0] != orders[1]


def test_time_and_energy(run: Any) -> None:
    """The packets of each part lie within its chip time; its energy lies between that of all used PEs asleep and that of all busy."""
    plan = plan_of_run(run.folder)
    used, now_q = sum(len(g.cores) for g in plan.groups), 0
    for line, part, rows in parts(run):
        seconds = line[f"{part}_chip_s"]
        assert now_q <= min(r["sent_q"] for r in rows)
        now_q += round(seconds * Q_PER_S)
        assert max(r["delivered_q"] for r in rows) <= now_q
        asleep = (ALL_OFF_MW + used * (SLEEP_MW - ALL_OFF_MW) / PE_MW) * seconds * 1e-3
        busy = asleep + used * (RUN_MW - SLEEP_MW) / PE_MW * seconds * 1e-3
        assert asleep < line["energy_j"][part] < busy
    ticks = sum(phase.ticks * phase.period_q for phase in plan.schedule.train)
    assert run.metrics[1]["train_chip_s"] == pytest.approx(TRAIN // plan.copies * ticks / Q_PER_S, rel=1e-3)


def test_summary_adds_up_and_provenance_says_whence(run: Any) -> None:
    """summary.json has the last line of metrics, the sums over all lines, and the digest of the weights in weights.npz."""
    summary, lines = run.summary, run.metrics
    for name in ("dma_bytes", "hops", "energy_j", "late"):
        assert summary["totals"][name] == pytest.approx(
            sum(v for line in lines for v in line[name].values() if v is not None)
        )
    assert summary["last"] == lines[-1]
    weights: list[np.ndarray[Any, Any]] = run.weights
    assert [w.shape for w in weights] == [(8, 5), (3, 8)]
    assert all((w * 2**15 == np.rint(w * 2**15)).all() for w in weights)  # s16.15: as on the chip
    provenance = json.loads((Path(run.folder) / "provenance.json").read_text())
    assert (provenance["seed"], provenance["command"]) == (3, "run")
