"""Runs on a board of two chips: what their directories hold, how they go on, and what commands say of them."""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from interrupting_reporter import StopsAt
from spinn2sim.cli.packet_answers import answer
from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.hardware.engines.spread import spread_board
from spinn2sim.hardware.engines.spread.shared_states import IN_MEMORY, PREFIX
from spinn2sim.report.contents.board_load import board_load
from spinn2sim.report.diff import diff
from spinn2sim.report.run import Run
from spinn2sim.report.run_data import RunData
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.recording_elsewhere import ChipFiles
from spinn2sim.trace.sql import Tables
from spinn2sim.training.reporter import RunReporter, Watch

SMALL: dict[str, Any] = {
    "training.epochs": 2, "training.copies": 4, "data.train_samples": 12, "data.test_samples": 6, "trace.packets": "all",
    "trace.wakes": "all",
}  # fmt: skip
NOTHING = dict.fromkeys(
    ("where", "epoch", "part", "batch", "ticks", "by", "top", "csv", "sql", "follow", "sample", "timeline")
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A complete run with all packets."""
    return spinn2sim.run("board-2", tmp_path_factory.mktemp("board") / "run", SMALL)


def said(run: Run, question: str, **options: object) -> str:
    """What the command `packets` answers."""
    return "\n".join(answer(run.folder, question, {**NOTHING, "chip": None, **options})[1])


def test_the_mirror_trains_the_same_network(run: Run, tmp_path: Path) -> None:
    """`train` with a batch of all copies ends with the weights and the answers of the board, and counts the same spikes."""
    mirror = spinn2sim.train("board-2", tmp_path / "mirror", SMALL, arithmetic="fixed")
    assert mirror.summary["weights_sha256"] == run.summary["weights_sha256"]
    for name in ("train_accuracy", "test_loss", "spikes_per_sample", "saturations", "unrecorded"):
        assert [line[name] for line in mirror.metrics] == [line[name] for line in run.metrics]
    np.testing.assert_array_equal(mirror.results.first_spike, run.results.first_spike)


def test_the_tables_of_chips_and_links_add_up(run: Run) -> None:
    """Chips have the totals of the metrics; each packet that leaves by a link comes in at its other end, in the trace as in the counts."""
    (total,) = run.sql(
        "SELECT sum(packets) AS packets, sum(flit_hops) AS hops, sum(over_links) AS left FROM chips"
    ).to_pylist()
    links = run.sql(
        "SELECT x, y, link, to_x, to_y, sum(packets)::BIGINT AS packets FROM links GROUP BY ALL ORDER BY x"
    ).to_pylist()
    counts = run.summary["totals"]
    assert total["hops"] == counts["hops"]
    assert total["left"] == sum(link["packets"] for link in links) > 0
    assert [(link["link"], link["to_x"]) for link in links] == [("E", 1), ("W", 0)]
    over = [
        Tables(run.folder, chip).one(
            "SELECT count(*) FILTER (dst_pe > 152) AS left, count(*) FILTER (src_pe > 152) AS came FROM packets",
            (),
            True,
        )
        for chip in ((0, 0), (1, 0))
    ]
    assert [(one["left"], one["came"]) for one in over] == [
        (links[0]["packets"], links[1]["packets"]),
        (links[1]["packets"], links[0]["packets"]),
    ]


def test_each_chip_has_tables_of_its_own(run: Run) -> None:
    """Samples are dealt in order: those of even places are on the first chip, two at a time; a chip that there is not is refused."""
    dealt = [
        {
            row["sample"]
            for row in Tables(run.folder, chip).rows("SELECT DISTINCT sample FROM spikes WHERE part = 'test'", (), True)
        }
        for chip in ((0, 0), (1, 0))
    ]
    assert dealt == [{0, 1, 4, 5}, {2, 3}]
    assert spinn2sim.verify(run.folder).holds
    assert sorted(path.name for path in (run.folder / "chip-1-0").iterdir()) == [
        f"{table}.parquet" for table in ("channels", "packets", "pes", "router", "ticks")
    ]
    with pytest.raises(DataError, match=r"chip \(2, 0\): found no such chip that works"):
        Tables(run.folder, (2, 0))


def test_packets_are_followed_to_a_link_and_from_one(run: Run) -> None:
    """The history of a packet names its key as one of the exchange, and the link in place of a PE."""
    left = Tables(run.folder, (0, 0)).one("SELECT min(seq) AS seq FROM packets WHERE dst_pe = 153", (), True)["seq"]
    came = Tables(run.folder, (1, 0)).one("SELECT min(seq) AS seq FROM packets WHERE src_pe = 156", (), True)["seq"]
    leaves, comes = said(run, "follow", chip=(0, 0), follow=left), said(run, "follow", chip=(1, 0), follow=came)
    assert "emitted by an optimizer, PE" in leaves
    assert "delivered to link E to another chip" in leaves
    assert "came over link W" in comes
    there = re.search(r"goes on: packet (\d+) of chip \(1,0\), --chip 1,0 --follow \d+", leaves)
    assert there
    back = re.search(
        r"came over link W: packet (\d+) of chip \(0,0\)", said(run, "follow", chip=(1, 0), follow=int(there[1]))
    )
    assert back
    assert int(back[1]) == left
    assert "unit 0 words from 0 on" in comes
    assert "all on time" in said(run, "", chip=(1, 0))
    assert "sum" in said(run, "by", chip=(1, 0), by=["kind"])


def test_a_board_run_goes_on_with_the_same_bits(run: Run, tmp_path: Path) -> None:
    """Interrupted after an epoch and resumed, a run ends with the files that it would have had."""
    half = spinn2sim.run("board-2", tmp_path / "half", SMALL, reporter=StopsAt("train", 2))
    assert half.summary["status"] == "interrupted"
    whole = spinn2sim.resume(half.folder)
    assert whole.summary["weights_sha256"] == run.summary["weights_sha256"]
    for table in ("packets", "links", "chips", "chip-1-0/packets", "chip-1-0/pes"):
        one, two = ((folder / f"{table}.parquet").read_bytes() for folder in (run.folder, whole.folder))
        assert one == two, table
    assert spinn2sim.verify(whole.folder).holds
    assert not diff(run.folder, whole.folder)


def test_the_page_of_a_board_run_is_written(run: Run, tmp_path: Path) -> None:
    """`report` maps the board, shows the first chip, and does not stumble over links."""
    page = run.report(tmp_path / "page.html").read_text()
    assert "Busiest link" in page
    load = board_load(RunData(run.folder))
    assert [(chip["x"], chip["y"]) for chip in load.chips] == [(0, 0), (1, 0)]
    assert [link["link"] for link in load.links] == ["E", "W"]
    assert all(0 < row["busy"] < 1 for row in (*load.chips, *load.links))


@pytest.mark.parametrize("apart", [False, True])
def test_two_processes_write_the_same_files(
    run: Run, tmp_path: Path, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chips that are spread over processes, on one machine or on two without a common disk, end with the same weights and tables."""
    written: list[int] = []
    monkeypatch.setattr(TraceRecorder, "leave_part", spied(TraceRecorder.leave_part, written))
    if apart:
        monkeypatch.setattr(spread_board, "machine", lambda: "a machine that no other process is on")
        monkeypatch.setattr(ChipFiles, "digest", lambda _: b"")
    spread = spinn2sim.run("board-2", tmp_path / "spread", SMALL, processes=2)
    for table in (
        "packets",
        "ticks",
        "links",
        "chips",
        "cycles",
        "chip-1-0/packets",
        "chip-1-0/ticks",
        "chip-1-0/pes",
    ):
        one, two = ((folder / f"{table}.parquet").read_bytes() for folder in (run.folder, spread.folder))
        assert one == two, table
    assert spread.summary["weights_sha256"] == run.summary["weights_sha256"]
    assert _without_times(spread) == _without_times(run)
    assert len(written) == (
        0 if apart else 5
    )  # of three test parts and two train parts, by the process that played the chip
    assert not list(IN_MEMORY.glob(f"{PREFIX}{os.getpid()}-*"))


def spied(method: Callable[[TraceRecorder], None], calls: list[int]) -> Callable[[TraceRecorder], None]:
    """The method, which notes that it was called."""

    def call(recorder: TraceRecorder) -> None:
        calls.append(1)
        method(recorder)

    return call


def _without_times(run: Run) -> list[dict[str, Any]]:
    """The metrics of a run, without how long it took."""
    return [{name: value for name, value in line.items() if not name.endswith("_wall_s")} for line in run.metrics]


class KillsAProcess(RunReporter):
    """Kills a process that plays chips when the second epoch begins."""

    def part(self, name: str, epoch: int, epochs: int) -> Watch:
        """Kill it at the beginning of that part."""
        if (name, epoch) == ("train", 2):
            for process in multiprocessing.active_children():
                process.kill()
        assert not list(IN_MEMORY.glob(f"{PREFIX}{os.getpid()}-*")), "a killed run would leave this"
        return super().part(name, epoch, epochs)


def test_a_process_that_dies_ends_the_run(run: Run, tmp_path: Path) -> None:
    """The run ends with one error, and its directory goes on from the last epoch to the same weights."""
    with pytest.raises(ScenarioError, match="a process that plays chips of the board has ended"):
        spinn2sim.run("board-2", tmp_path / "lost", SMALL, reporter=KillsAProcess(), processes=2)
    whole = spinn2sim.resume(tmp_path / "lost")
    assert whole.summary["weights_sha256"] == run.summary["weights_sha256"]


@pytest.mark.parametrize(
    ("scenario", "engine", "told"),
    [
        ("board-2", "discrete_event", "found engine discrete_event"),
        ("yinyang-demo", "compiled", r"found a scenario without \[board\]"),
    ],
)
def test_what_cannot_be_spread(tmp_path: Path, scenario: str, engine: str, told: str) -> None:
    """Another engine, or a scenario of one chip, is refused before anything is written."""
    with pytest.raises(ScenarioError, match=told):
        spinn2sim.run(scenario, tmp_path / "run", engine=engine, processes=2)
    assert not (tmp_path / "run").exists()


def test_traffic_of_a_board_is_no_list(run: Run) -> None:
    """A run of a board, whose packets come over links, is refused by `traffic` in a line that says what does work."""
    with pytest.raises(DataError, match="found a run of a board, allowed is one of a single chip"):
        spinn2sim.traffic(run.folder)
