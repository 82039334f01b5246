"""A packet's hops by replay: they give the times of the trace, the waits add up, and a trace with gaps is told."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import spinn2sim
from small_scenario import SMALL
from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.hardware.traffic.hop_replay import ROUTER_NAME, Hop, play
from spinn2sim.report.hop_history import hop_history, read_rows, replay_difference, sent_packets
from spinn2sim.training.map_scenario import map_scenario

HOP_Q, PIPELINE_Q, DRAM_LATENCY_Q = 200, 120, 1200


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run with every packet traced, and a tick so short that packets are late and dropped."""
    folder = tmp_path_factory.mktemp("traced")
    scenario = folder / "small.toml"
    scenario.write_text(SMALL)
    short = {
        "trace.packets": "all",
        "chip.tick_us": 2,
        "chip.fifo_capacity": 3,
        "chip.fifo_policy": "overwrite",
        "training.epochs": 1,
    }
    return spinn2sim.run(scenario, folder / "run", overrides=short).folder


@pytest.fixture(scope="module")
def rows(traced: Path) -> dict[str, np.ndarray[Any, Any]]:
    """Its trace."""
    return read_rows(traced / "packets.parquet", pc.field("seq") >= 0)


def quietly(folder: Path, seq: int) -> list[Hop]:
    """hop_history, where a warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return hop_history(folder, seq)


def some(rows: dict[str, Any], chosen: Any) -> Iterator[int]:
    """A few of the chosen rows."""
    yield from np.random.default_rng(0).choice(np.flatnonzero(chosen), 12)


def test_replay_of_all_packets_gives_the_delivery_times_of_the_trace(traced: Path, rows: dict[str, Any]) -> None:
    """Spikes, errors, guards and DMA of all sorts, lost ones too: played again, each is delivered when the trace says."""
    assert set(rows["kind"]) == {"spike", "error", "guard", "dma"}
    assert {"late", "early", "dropped"} <= set(pq.read_table(traced / "packets.parquet")["outcome"].to_pylist())
    plan = map_scenario(traced / "scenario.toml")
    found = play(plan, sent_packets(plan, rows)).deliveries
    for name in ("seq", "dst_pe", "delivered_q", "hops"):
        np.testing.assert_array_equal(np.asarray(found[name]), rows[name], err_msg=name)


def test_waits_of_a_way_are_what_the_trace_calls_queued(traced: Path, rows: dict[str, Any]) -> None:
    """The hops of each delivery touch each other, and their waits add up to queued_q."""
    queued = pq.read_table(traced / "packets.parquet")["queued_q"].to_numpy()
    assert (queued > 0).any()
    for row in (*some(rows, queued > 0), *some(rows, rows["kind"] == "dma"), *some(rows, rows["kind"] == "error")):
        hops = quietly(traced, int(rows["seq"][row]))
        way = [h for h in hops if rows["dst_pe"][row] in h.toward]
        assert sum(hop.wait_q for hop in way) == queued[row]
        assert sum(hop.channel != ROUTER_NAME for hop in way) == rows["hops"][row]
        assert way[0].arrival_q - rows["sent_q"][row] in (0, DRAM_LATENCY_Q)
        for hop, after in pairwise(way):
            assert after.arrival_q - hop.start_q == (PIPELINE_Q if hop.channel == ROUTER_NAME else HOP_Q)


def test_who_waits_waits_behind_somebody(traced: Path, rows: dict[str, Any]) -> None:
    """A hop with a wait names a packet that passed the same place and freed it at that instant; one without names nobody."""
    queued = pq.read_table(traced / "packets.parquet")["queued_q"].to_numpy()
    for row in some(rows, queued > 0):
        for hop in quietly(traced, int(rows["seq"][row])):
            assert (hop.behind_seq is None) == (hop.wait_q == 0)
            if hop.behind_seq is not None:
                ahead = [h for h in quietly(traced, hop.behind_seq) if h.channel == hop.channel]
                assert hop.start_q in [h.end_q for h in ahead]


def test_a_trace_with_gaps_is_told(traced: Path, rows: dict[str, Any], tmp_path: Path) -> None:
    """When the packet that one waited behind is missing in the trace, the times differ, and that is said in one line."""
    queued = pq.read_table(traced / "packets.parquet")["queued_q"].to_numpy()
    seq = int(rows["seq"][np.argmax(queued)])
    ahead = {hop.behind_seq for hop in quietly(traced, seq)} - {None, seq}
    (tmp_path / "scenario.toml").write_bytes((traced / "scenario.toml").read_bytes())
    table = pq.read_table(traced / "packets.parquet")
    pq.write_table(table.filter(~pc.field("seq").isin(sorted(ahead))), tmp_path / "packets.parquet")
    said: list[str] = []
    assert hop_history(tmp_path, seq, said.append)
    assert len(said) == 1
    assert f"packet {seq}: the replay delivers to PE" in said[0]


def test_only_what_was_under_way_is_played(rows: dict[str, Any], traced: Path) -> None:
    """A packet's surroundings begin at a quiet moment and are a small part of the run."""
    from spinn2sim.report.hop_history import surroundings

    seq = int(rows["seq"][len(rows["seq"]) // 2])
    near = surroundings(traced / "packets.parquet", {name: column[rows["seq"] == seq] for name, column in rows.items()})
    assert seq in near["seq"]
    assert len(near["seq"]) < len(rows["seq"]) / 4
    before = rows["sent_q"] < near["sent_q"][0]
    assert rows["delivered_q"][before].max() < near["sent_q"][0]


def test_under_stall_the_wakes_make_room(tmp_path: Path) -> None:
    """Where full FIFOs hold the network back, replay with the traced wakes gives the trace's times; without them it is refused."""
    (tmp_path / "small.toml").write_text(SMALL)
    held = {
        "trace.packets": "all",
        "trace.wakes": "all",
        "chip.fifo_policy": "stall",
        "chip.fifo_capacity": 1,
        "chip.tick_us": 3,
        "training.epochs": 1,
    }
    folder = spinn2sim.run(tmp_path / "small.toml", tmp_path / "run", overrides=held).folder
    rows = read_rows(folder / "packets.parquet", pc.field("epoch") == 1)
    took = rows["delivered_q"] - rows["sent_q"]
    slowest = np.argsort(np.where(rows["kind"] == "spike", took, 0))[-4:]
    assert took[slowest].min() > 12_000  # held for a tick or so, not for a few flits
    for row in slowest:
        hops = quietly(folder, int(rows["seq"][row]))
        way = [h for h in hops if rows["dst_pe"][row] in h.toward]
        assert way[-1].start_q + HOP_Q == rows["delivered_q"][row]
    (folder / "ticks.parquet").unlink()
    with pytest.raises(ScenarioError, match=r"found 'stall' and not all wakes up to the packet in ticks\.parquet"):
        hop_history(folder, int(rows["seq"][0]))


def test_a_difference_names_the_first_pe_that_differs(traced: Path, rows: dict[str, Any]) -> None:
    """A delivery time that was tampered with does not pass."""
    plan = map_scenario(traced / "scenario.toml")
    few = {name: column[:40] for name, column in rows.items()}
    played = play(plan, sent_packets(plan, few))
    seq = int(few["seq"][7])
    assert not replay_difference(few, played, seq)
    few["delivered_q"] = few["delivered_q"] + (few["seq"] == seq)
    assert replay_difference(few, played, seq).startswith(
        f"the replay delivers to PE {few['dst_pe'][few['seq'] == seq].min()} at"
    )


def test_refusals(traced: Path, tmp_path: Path) -> None:
    """No such packet, no trace, half a trace: one line each, with the place."""
    with pytest.raises(DataError, match="found no packet 99999999"):
        hop_history(traced, 99_999_999)
    text = (traced / "scenario.toml").read_text()
    (tmp_path / "scenario.toml").write_text(text)
    with pytest.raises(DataError, match=r"packets\.parquet: there is none"):
        hop_history(tmp_path, 0)
    (tmp_path / "packets.parquet").write_bytes((traced / "packets.parquet").read_bytes()[:5000])
    with pytest.raises(DataError, match="cannot be read"):
        hop_history(tmp_path, 0)
