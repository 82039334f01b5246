"""The command `packets` in a subprocess, on a run of the small scenario: the answer to every question as data, and refusals."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from command_line import COMMAND, Done, spinn2sim
from small_scenario import SMALL
from spinn2sim import open_run
from spinn2sim.errors import DataError
from spinn2sim.trace.sql import Tables


def answer(*arguments: object) -> dict[str, Any]:
    """Run a command with --json and return what it printed."""
    done = spinn2sim(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the directory of a finished run whose packets were all traced."""
    folder = tmp_path_factory.mktemp("packets")
    (folder / "small.toml").write_text(SMALL)
    done = spinn2sim("run", folder / "small.toml", "--out", folder / "run", "--set", "trace.packets=all")
    assert done.returncode == 0, done.stderr
    return folder / "run"


def test_the_summary_counts_what_the_chip_counted(run: Path) -> None:
    """Packets, deliveries and flit hops derived from the trace are those of the machine's own counters."""
    totals = json.loads((run / "summary.json").read_text())["totals"]
    found = answer("packets", run)
    packets, deliveries = dict[str, int](), dict[str, int]()
    for row in found["by_kind"]:
        packets[row["kind"]] = packets.get(row["kind"], 0) + row["packets"]
        deliveries[row["kind"]] = deliveries.get(row["kind"], 0) + row["deliveries"]
    assert {kind: packets.get(kind, 0) for kind in totals["packets"]} == totals["packets"]
    assert {kind: deliveries.get(kind, 0) for kind in totals["deliveries"]} == totals["deliveries"]
    assert sum(channel["flits"] for channel in found["channels"]) == totals["hops"]
    assert found["losses"] == found["lost_in_run"] == []


@pytest.mark.slow
def test_losses_come_first(run: Path, tmp_path: Path) -> None:
    """A run that lost packets says so in the first lines, with the packet that was lost first."""
    done = spinn2sim(
        "run", run / "scenario.toml", "--out", tmp_path / "lossy", "--set", "chip.fifo_capacity=1", "--set", "training.epochs=1"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = spinn2sim("packets", tmp_path / "lossy").stdout.splitlines()
    assert lines[0].startswith("LOST in the run: epoch")
    first = next(line for line in lines if line.startswith("LOST: dropped spike"))
    seq = first.split("first packet ")[1].split()[0]
    followed = spinn2sim("packets", tmp_path / "lossy", "--follow", seq).stdout
    assert "LOST: dropped at PE" in followed
    assert "outcome: dropped" in followed


def test_groups_and_csv_agree(run: Path) -> None:
    """--by gives the same rows as text for programs, as CSV and by SQL."""
    rows = answer("packets", run, "--by", "layer,tick", "--where", "kind = 'spike'")["rows"]
    table = list(csv.DictReader(io.StringIO(
        spinn2sim("packets", run, "--by", "layer,tick", "--where", "kind = 'spike'", "--csv", "-").stdout
    )))  # fmt: skip
    assert [(r["layer"], r["tick"], r["packets"]) for r in rows] == [
        (int(r["layer"]), int(r["tick"]), int(r["packets"])) for r in table
    ]
    asked = "SELECT layer, tick, count(*) AS packets FROM spikes GROUP BY ALL"
    by_sql = answer("packets", run, "--sql", asked)["rows"]
    assert {tuple(r.values()) for r in by_sql} == {(r["layer"], r["tick"], r["packets"]) for r in rows}


def test_deliveries_as_csv(run: Path, tmp_path: Path) -> None:
    """--csv without a question writes the deliveries of the window, all columns, in the order of the trace."""
    out = tmp_path / "out.csv"
    found = answer("packets", run, "--epoch", 1, "--part", "train", "--batch", 0, "--csv", out)
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    count = Tables(run).one("SELECT count(*) AS n FROM packets WHERE epoch = 1 AND part = 'train' AND batch = 0")["n"]
    assert len(rows) == found["rows"] == count > 0
    assert [int(r["seq"]) for r in rows] == sorted(int(r["seq"]) for r in rows)


def test_a_spike_is_followed(run: Path) -> None:
    """--follow names the neuron, the cycle, the table's line, the receiver and the tick that took the packet."""
    spike = Tables(run).rows(
        "SELECT * FROM packets WHERE kind = 'spike' AND layer = 1 AND part = 'train' ORDER BY seq"
    )[0]
    data = answer("packets", run, "--follow", spike["seq"])
    assert (data["layer"], data["neuron"], data["sender"]["pe"]) == (1, spike["neuron"], spike["src_pe"])
    assert data["sender"]["group"] == "lif1"
    assert data["sent"]["cycle"] > 0
    assert str(spike["dst_pe"]) in data["entry"]["text"].split("->")[1].split()
    (delivery,) = data["deliveries"]
    assert delivery["pe"]["group"] == "lif2"
    assert delivery["taken"]["tick"] == spike["tick"] + 1
    assert delivery["delivered_q"] <= delivery["taken"]["woke_q"]
    assert sum(hop["start_q"] - hop["arrival_q"] for hop in data["hops"]) == delivery["queued_q"]
    assert [hop["channel"] for hop in data["hops"]] == delivery["channels"]
    assert data["warnings"] == []
    text = spinn2sim("packets", run, "--follow", spike["seq"]).stdout
    assert f"emitted by neuron {spike['neuron']} of layer 1" in text


@pytest.mark.slow
def test_every_tick_begins_when_the_plan_says(run: Path) -> None:
    """The wake times from which --follow counts cycles are right: in every part of the run, a tick's packets are sent within that tick."""
    parts = Tables(run).rows(
        "SELECT min(seq) AS seq FROM packets GROUP BY epoch, part, tick UNION SELECT max(seq) FROM packets GROUP BY epoch, part"
    )
    for seq in [row["seq"] for row in parts][:: max(1, len(parts) // 4)]:
        data = answer("packets", run, "--follow", seq)
        assert data["sent"]["wake_q"] <= data["sent_q"] < data["deliveries"][0]["due_q"]


def test_a_burst_waits_behind_others(run: Path) -> None:
    """For the gradient burst that queued longest, --follow names the packets ahead of it, and its waits add up to those in the trace."""
    burst = Tables(run).rows(
        "SELECT seq, queued_q FROM packets WHERE phase = 'reduce' ORDER BY queued_q DESC, seq LIMIT 1"
    )[0]
    data = answer("packets", run, "--follow", burst["seq"])
    waits = {hop["behind_seq"]: hop["start_q"] - hop["arrival_q"] for hop in data["hops"]}
    assert sum(hop["start_q"] - hop["arrival_q"] for hop in data["hops"]) == burst["queued_q"] > 0
    assert any(seq is not None and wait > 0 for seq, wait in waits.items())
    assert "behind packet" in spinn2sim("packets", run, "--follow", burst["seq"]).stdout


def test_a_run_in_python(run: Path) -> None:
    """open_run gives the tables as Arrow, answers SQL, and refuses what was not captured."""
    found = open_run(run)
    assert found.packets.num_rows == found.sql("SELECT count(*) AS n FROM packets")["n"][0].as_py()
    assert found.spikes.num_rows == json.loads((run / "summary.json").read_text())["totals"]["packets"]["spike"]
    assert found.spikes["seq"].to_pylist() == sorted(found.spikes["seq"].to_pylist())
    for name in {"ticks", "channels", "router", "pes"} - set(found.tables.names):
        with pytest.raises(DataError, match=f"found no table {name}"):
            getattr(found, name)


def test_a_samples_story(run: Path) -> None:
    """--sample lists as many spikes and errors as the trace has, the label, and whether the answer was right."""
    where = "epoch = 2 AND part = 'train' AND sample = 5"
    rows = Tables(run).rows(f"SELECT kind, count(DISTINCT seq) AS n FROM packets WHERE {where} GROUP BY kind")  # noqa: S608
    counts = {row["kind"]: row["n"] for row in rows}
    data = answer("packets", run, "--sample", 5, "--epoch", 2)
    assert sum(len(tick["neurons"]) for ticks in data["spikes"].values() for tick in ticks) == counts["spike"]
    assert sum(len(entry["received"]) for entry in data["errors"]) == counts["error"]
    assert data["label"] in (0, 1, 2)
    text = spinn2sim("packets", run, "--sample", 5, "--epoch", 2, "--batch", data["place"]["batch"]).stdout
    assert f"; label {data['label']}" in text
    assert "nothing of it late or lost" in text


@pytest.mark.slow
def test_an_untraced_run_tells_its_counts(run: Path, tmp_path: Path) -> None:
    """Without a trace the summary says what the machine lost and how busy it was, and how to get the packets; the mirror has neither."""
    more = ["--set", "trace.packets=none", "--set", "chip.fifo_capacity=1", "--set", "training.epochs=1"]
    done = spinn2sim("run", run / "scenario.toml", "--out", tmp_path / "plain", *more)
    assert done.returncode == 0, done.stderr
    totals = json.loads((tmp_path / "plain" / "summary.json").read_text())["totals"]
    found = answer("packets", tmp_path / "plain")
    assert (found["traced"], found["packets"]) == (False, 0)
    assert sum(channel["flits"] for channel in found["channels"]) == totals["hops"]
    assert any("dropped spike" in line for line in found["lost_in_run"])
    lines = spinn2sim("packets", tmp_path / "plain").stdout.splitlines()
    assert lines[0].startswith("LOST in the run: ")
    assert any("--set trace.packets=all" in line for line in lines)
    spinn2sim("train", run / "scenario.toml", "--out", tmp_path / "mirror", "--set", "training.epochs=1")
    refused = spinn2sim("packets", tmp_path / "mirror")
    assert refused.returncode == 2
    assert "train moves no packets" in refused.stderr


def test_a_damaged_page_is_named(run: Path, tmp_path: Path) -> None:
    """If the footer of a Parquet file is intact and a page is not, the refusal names the file."""
    shutil.copytree(run, tmp_path / "bad")
    path = tmp_path / "bad" / "packets.parquet"
    data = bytearray(path.read_bytes())
    data[1000 : len(data) // 2] = bytes(7 * k % 251 for k in range(len(data) // 2 - 1000))
    path.write_bytes(data)
    done = spinn2sim("packets", tmp_path / "bad")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"{path}: cannot be read, it is damaged" in done.stderr


REFUSED: tuple[tuple[Sequence[str], str], ...] = (
    (["--sql", "SELECT nix FROM packets"], "nix"),
    (["--sql", "DROP VIEW spikes"], "one SELECT"),
    (["--sql", "SELECT * FROM read_csv('/etc/passwd')"], "Permission"),
    (["--where", "colour = 3"], "colour"),
    (["--where", " "], "found nothing"),
    (["--csv", "."], "it is a folder"),
    (["--perfetto", "."], "it is a folder"),
    (["--by", "colour"], "allowed are seq, kind"),
    (["--by", "kind", "--sql", "SELECT 1"], "different questions"),
    (["--follow", "1", "--where", "true"], "--where beside it"),
    (["--follow", "123456789"], "no packet 123456789"),
    (["--batch", "77"], "outside of the trace"),
    (["--epoch", "9", "--sample", "1"], "outside of the trace"),
    (["--sample", "1", "--batch", "77"], "outside of the trace"),
    (["--ticks", "soon"], "allowed is A..B"),
    (["--csv", "-", "--json"], "both want stdout"),
    (["--csv", "no/such/folder.csv"], "cannot be written"),
    (["--sql", "SELECT repeat('x', 2_000_000_000) AS a"], "more memory than 512 MB"),
    (["--sql", "SELECT packets FROM metrics", "--csv", "out.csv"], "allowed are columns of numbers and texts"),
)


@pytest.mark.parametrize(("arguments", "said"), REFUSED, ids=lambda v: " ".join(v) if isinstance(v, list) else None)
def test_refusals(run: Path, arguments: Sequence[str], said: str) -> None:
    """Wrong use and bad SQL end in one line with exit status 2 and nothing on stdout."""
    refused(spinn2sim("packets", run, *arguments), said)


def test_escape_codes_are_shown_as_escapes(run: Path) -> None:
    """A name or a value that would colour or move a terminal is printed with escapes, in columns, cells and messages."""
    done = spinn2sim("packets", run, "--sql", "SELECT chr(27) || '[31m' || chr(7) AS \"\x1b]0;x\"")
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["\\x1b]0;x", "\\x1b[31m\\x07"]
    assert "\x1b" not in spinn2sim("packets", run, "--sql", "SELECT \x1b[31m").stderr


def test_no_run_no_trace_and_half_a_trace(run: Path, tmp_path: Path) -> None:
    """A folder that does not exist, a run without a trace, and a truncated trace are refused by name."""
    refused(spinn2sim("packets", tmp_path / "none"), "no such folder")
    (tmp_path / "scenario.toml").write_text((run / "scenario.toml").read_text())
    refused(spinn2sim("packets", tmp_path), "found no table packets")
    whole = (run / "packets.parquet").read_bytes()
    (tmp_path / "packets.parquet").write_bytes(whole[: len(whole) // 2])
    refused(spinn2sim("packets", tmp_path), "packets.parquet: cannot be read")


def refused(done: Done, said: str) -> None:
    """Check that a command printed one line with `said` on stderr and nothing on stdout, and exited with status 2."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_a_closed_pipe_is_no_traceback(run: Path) -> None:
    """`... --csv - | head -1` ends without a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, "packets", str(run), "--csv", "-"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert "Traceback" not in done.stderr
