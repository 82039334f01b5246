"""Hops on a board by replay: each chip's give the times of its trace, and a packet is followed over links to all chips that it comes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

import spinn2sim
from spinn2sim.cli.packet_history_text import history_lines
from spinn2sim.hardware.board.shape import LINK_CORE
from spinn2sim.hardware.traffic.hop_replay import ROUTER_NAME, play
from spinn2sim.report.hop_history import read_rows, sent_packets
from spinn2sim.report.packet_history import packet_history
from spinn2sim.report.plan_of_run import plans_of_run
from spinn2sim.trace.sql import Tables
from spinn2sim.trace.table_files import chip_folder

SMALL: dict[str, Any] = {
    "training.epochs": 1, "network.steps": 12, "trace.packets": "all", "trace.wakes": "all", "board.link_gbit_s": 0.5,
}  # fmt: skip
# Two chips that exchange sums, and four in a row with three PEs each, over the second of which most packets leave straight on.
DATA = {"training.copies": 4, "data.train_samples": 4, "data.test_samples": 4}
MODEL = {
    "training.copies": 2, "data.train_samples": 2, "data.test_samples": 2, "board.parallel": "model", "board.columns": 4,
    "chip.reserved_pes": 145, "mapping.neurons_per_pe": 30,
}  # fmt: skip
LINK_Q, LATENCY_Q = 2304, 2400  # 96 bits at 0.5 Gbit/s, and the assumed latency of 200 ns


@pytest.fixture(
    scope="module", params=[(DATA, "compiled"), (MODEL, "compiled"), (MODEL, "discrete_event")], ids=["data", "model", "discrete"]
)  # fmt: skip
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A traced run whose links are so slow that packets wait for them."""
    keys, engine = request.param
    return spinn2sim.run("board-2", tmp_path_factory.mktemp("board") / "run", {**SMALL, **keys}, engine=engine).folder


def traced(folder: Path, chip: tuple[int, int]) -> dict[str, Any]:
    """The trace of a chip, with the time in queues."""
    where = folder if chip == (0, 0) else chip_folder(folder, chip)
    return read_rows(where / "packets.parquet", pc.field("seq") >= 0, ("queued_q", *_columns()))


def _columns() -> tuple[str, ...]:
    return (
        "seq",
        "kind",
        "key",
        "bytes",
        "src_pe",
        "dst_pe",
        "epoch",
        "part",
        "batch",
        "sent_q",
        "delivered_q",
        "hops",
    )


def test_replay_of_each_chip_gives_the_delivery_times_of_its_trace(folder: Path) -> None:
    """What came over links and what leaves by them, long packets too: each chip, played alone, delivers when its trace says."""
    plans, crossed = plans_of_run(folder), 0
    for chip, plan in zip(plans.board.chips, plans.plans, strict=True):
        rows = traced(folder, chip)
        found = play(plan, sent_packets(plan, rows), ports=plans.ports(chip)).deliveries
        for name in ("seq", "dst_pe", "delivered_q", "hops"):
            np.testing.assert_array_equal(np.asarray(found[name]), rows[name], err_msg=f"{chip} {name}")
        crossed += int((rows["src_pe"] >= LINK_CORE).sum())
    assert crossed > 20


def test_a_packet_is_followed_to_every_chip_that_it_comes_to(folder: Path) -> None:
    """On each chip its waits and the service of links add up to the time that the trace calls queued; a link's latency lies between two."""
    rows = traced(folder, (0, 0))
    leaves = np.flatnonzero((rows["dst_pe"] >= LINK_CORE) & (rows["src_pe"] < LINK_CORE))
    found = packet_history(folder, int(rows["seq"][leaves[np.argmax(rows["queued_q"][leaves])]]))
    assert found["warnings"] == []
    assert found["onward"]
    here = found
    for there in found["onward"]:
        assert there["warnings"] == []
        (link,) = (hop for hop in here["hops"] if hop["channel"].startswith("link"))
        assert link["end_q"] - link["start_q"] == LINK_Q * (2 if found["bytes"] else 1)
        assert there["sent_q"] == there["hops"][0]["arrival_q"] == link["end_q"] + LATENCY_Q
        _check_deliveries(here)
        here = there
    _check_deliveries(here)
    assert all(delivery["pe"]["quad"] for delivery in here["deliveries"])
    text = "\n".join(history_lines(found))
    for there in found["onward"]:
        assert f"on chip ({there['chip'][0]},{there['chip'][1]}): came over link W, packet {there['seq']} there" in text


def _check_deliveries(here: dict[str, Any]) -> None:
    """The hops of each delivery on a chip agree with its row of the trace."""
    for delivery in here["deliveries"]:
        way = [hop for hop in here["hops"] if delivery["dst_pe"] in hop["toward"]]
        served = sum(hop["end_q"] - hop["start_q"] for hop in way if hop["channel"].startswith("link"))
        assert sum(hop["start_q"] - hop["arrival_q"] for hop in way) + served == delivery["queued_q"]
        assert sum(hop["channel"] != ROUTER_NAME for hop in way) == delivery["hops"]


def test_packets_are_followed_over_chips_that_they_only_pass(folder: Path) -> None:
    """An error that comes from the third of four chips is followed over the second to the first."""
    if not chip_folder(folder, (2, 0)).is_dir():
        pytest.skip("two chips")
    passes = "SELECT min(seq) AS seq FROM packets WHERE src_pe = 153 AND dst_pe = 156"
    seq = Tables(folder, (1, 0)).one(passes, (), True)["seq"]
    came = packet_history(folder, seq, (1, 0))["came_from"]
    found = packet_history(folder, came["seq"], tuple(came["chip"]))
    assert [there["chip"] for there in found["onward"]] == [[1, 0], [0, 0]]
    assert found["onward"][0]["seq"] == seq
