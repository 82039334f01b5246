"""The tables that a run leaves: what they hold, that the counters agree with them, and that tracing changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import spinn2sim
from spinn2sim.errors import ScenarioError

TABLES = ("packets", "ticks", "channels", "router", "pes")


def tables(run: Any) -> dict[str, Any]:
    """Those that a run has."""
    paths = {name: run.folder / f"{name}.parquet" for name in TABLES}
    return {name: pq.read_table(path) for name, path in paths.items() if path.exists()}


@pytest.mark.parametrize(
    "filters", [{"ticks": [0, 5]}, {"samples": [3, 7]}, {"pes": [77], "kinds": ["spike", "guard"]}]
)
def test_filters_change_no_result_and_agree_with_the_whole_trace(
    small: Path, tmp_path: Path, filters: dict[str, Any]
) -> None:
    """A filtered trace is exactly those rows of the whole one that pass, and the run has the weights of one without a trace."""
    keys = {f"trace.{key}": value for key, value in filters.items()} | {"training.epochs": 1}
    whole = spinn2sim.run(small, tmp_path / "whole", {"trace.packets": "all", "training.epochs": 1})
    some = spinn2sim.run(small, tmp_path / "some", {"trace.packets": "all", **keys})
    plain = spinn2sim.run(small, tmp_path / "plain", keys)

    assert whole.summary["weights_sha256"] == some.summary["weights_sha256"] == plain.summary["weights_sha256"]
    rows = whole.packets
    masks = {
        "ticks": lambda v: pc.and_(pc.greater_equal(rows["tick"], v[0]), pc.less_equal(rows["tick"], v[1])),
        "samples": lambda v: pc.is_in(rows["sample"], pc.cast(v, rows["sample"].type)),
        "pes": lambda v: pc.or_(pc.equal(rows["src_pe"], v[0]), pc.equal(rows["dst_pe"], v[0])),
        "kinds": lambda v: pc.is_in(pc.cast(rows["kind"], "string"), pc.cast(v, "string")),
    }
    expected = rows
    for key, value in filters.items():
        rows = expected
        expected = expected.filter(masks[key](value))
    assert 0 < some.packets.num_rows == expected.num_rows
    assert some.packets.equals(expected)


def test_a_run_leaves_counts_always_and_packets_and_ticks_when_traced(small: Path, tmp_path: Path) -> None:
    """Channels, router and PEs are there without a trace, the same as with one; the wakes of the trace are those that were counted."""
    plain = tables(spinn2sim.run(small, tmp_path / "plain"))
    traced = spinn2sim.run(small, tmp_path / "traced", {"trace.packets": "all", "trace.wakes": "all"})
    found = tables(traced)

    assert set(plain) == {"channels", "router", "pes"}
    assert all(plain[name].equals(found[name]) for name in plain)
    assert found["ticks"].num_rows == pc.sum(found["pes"]["wakes"]).as_py()
    assert pc.sum(found["ticks"]["busy_cycles"]).as_py() == pc.sum(found["pes"]["busy_cycles"]).as_py()
    lines = found["router"].filter(pc.is_null(found["router"]["counter"])).num_rows
    named = found["router"].filter(pc.equal(found["router"]["counter"], "Local_Multicast_Packets"))
    assert lines % 5 == 0  # parts: test 0, then two of each epoch
    assert named.num_rows == 5
    assert pc.min(found["pes"]["sram_bytes"]).as_py() > 0
    assert pc.sum(found["channels"]["flits"]).as_py() == traced.summary["totals"]["hops"]


def test_the_mirror_leaves_no_table(small: Path, tmp_path: Path) -> None:
    """What has no chip has no channels and no PEs."""
    assert tables(spinn2sim.train(small, tmp_path / "run", {"trace.packets": "all"})) == {}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"trace.ticks": [0, 99]}, r"trace\.ticks: found \[0, 99\], allowed is within \[-1, \d+\]"),
        ({"trace.ticks": [5, 2]}, r"trace\.ticks: found \[5, 2\], allowed is the first tick and the last one"),
        ({"trace.pes": [152]}, r"trace\.pes: found 152, allowed is one of the \d+ PEs"),
        ({"trace.pes": [153]}, r"trace\.pes\[0\]: found 153, allowed is less than or equal to 152"),
        ({"trace.samples": [20]}, r"trace\.samples: found 20, allowed is 0 to 19"),
        ({"trace.kinds": ["spikes"]}, r"trace\.kinds\[0\]: found \"spikes\", allowed is 'spike', 'error', 'dma' or 'guard'"),
        ({"trace.packets": "window", "trace.samples": [99]}, r"trace\.samples: found 99, allowed is 0 to 19"),
        ({"trace.packets": "window", "trace.samples": [8]}, r"sample 8 is in batch 2"),
        ({"trace.packets": "window", "trace.epoch": 3}, r"trace\.epoch: found 3, allowed is 1 to training\.epochs = 2"),
    ],
)  # fmt: skip
def test_a_window_outside_the_run_is_refused(small: Path, tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    """A filter that can choose nothing is one line before anything is written, not an empty file after hours."""
    with pytest.raises(ScenarioError, match=said):
        spinn2sim.run(small, tmp_path / "out", {"trace.packets": "all", **keys})
    assert not (tmp_path / "out").exists()
