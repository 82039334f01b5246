"""The command `traffic` in a subprocess: table, JSON, CSV, figure, a packet list, and refusals in one line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from command_line import Done, spinn2sim

QUICK = ("--engine", "discrete_event", "--window-us", "3", "--warmup-us", "1", "--seeds", "2")


def traffic(*arguments: object, cwd: Path) -> Done:
    """Run the command to its end."""
    return spinn2sim("traffic", *arguments, cwd=cwd)


def test_pattern_as_json_csv_and_figure(tmp_path: Path) -> None:
    """JSON on stdout and the CSV file hold the same table, and the figure is drawn; no other file is written."""
    done = traffic("uniform", "--loads", "9,1", *QUICK, "--json", "--csv", "t.csv", "--figure", "f.svg", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert [row["load"] for row in data["loads"]] == [1.0, 9.0]
    assert [row["saturated"] for row in data["loads"]] == [False, True]
    assert data["saturation"]["not_yet"] < data["saturation"]["saturated"]
    assert [len(row["runs"]) for row in data["loads"]] == [2, 2]
    with (tmp_path / "t.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["mean_ns"]) for row in rows] == [row["mean_ns"] for row in data["loads"]]
    figure = (tmp_path / "f.svg").read_text()
    assert figure.rstrip().endswith("</svg>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f.svg", "t.csv"]


def test_table_for_people(tmp_path: Path) -> None:
    """The table names the window, the seeds, how many PEs do not send, the busiest channel, and the rule for saturation."""
    done = traffic("transpose", "--loads", "12", *QUICK, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for words in ("window 3 us", "seeds 0..1", "104 PEs send; 44 do not", "saturated: fewer than 97%", "->(4,"):
        assert words in done.stdout


def test_list_with_its_own_delivery_times(tmp_path: Path) -> None:
    """Delivery times in a list are compared with the simulated ones at its own speed, and not at twice the speed."""
    (tmp_path / "list.csv").write_text("sent_q,src_pe,dst_pe,delivered_q\n0,101,102,920\n0,101,103,961\n")
    done = traffic("list.csv", "--speeds", "1,2", "--engine", "discrete_event", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "deliveries at another time than the file says: 1 of 2" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nowhere.csv",), "found no such file"),
        (("uniform", "--speeds", "2"), "--loads goes with a PATTERN"),
        (("uniform", "--loads", "1;2"), "found '1;2'"),
        (("uniform", "--loads", "301"), "load: found 301, allowed is above 0, up to 300"),
        (("uniform", "--fanout", "0"), "fanout: found 0"),
        (("uniform", "--seeds", "0"), "seeds: found 0"),
        (("uniform", "--window-us", "0"), "window-us: found 0"),
        (("uniform", "--figure", "f.pdf"), "found f.pdf"),
        (("uniform", "--csv", "no/t.csv"), "found no folder no"),
        (("uniform", "--engine", "quantum"), "engine: found 'quantum'"),
        ((".",), "found no packets.parquet in it"),
    ],
)
def test_refusals(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    """Wrong use is one line on stderr, nothing on stdout, and exit status 2."""
    done = traffic(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_burst_at_a_low_load_is_not_saturation(tmp_path: Path) -> None:
    """A list whose last packets wait for each other keeps the network busy for a moment, not beyond what it can carry."""
    rows = [f"{1_000_000 if n > 1 else 0},{n},152" for n in range(1, 40) for _ in range(1 if n == 1 else 9)]
    (tmp_path / "list.csv").write_text("\n".join(["sent_q,src_pe,dst_pe", *rows, ""]))
    done = traffic("list.csv", "--engine", "discrete_event", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    (load,) = data["loads"]
    assert load["accepted"] < 0.97 * load["offered"]
    assert load["queued_ns"] > load["mean_ns"] - load["queued_ns"]
    assert load["channel_busy"] < 0.1
    assert not load["saturated"]
    assert "busy for 50% of the time" in data["rule"]
