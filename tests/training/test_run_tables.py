"""The tables of a run: what they hold, that they agree with the counters, and that tracing changes no result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import spinn2sim

TABLES = ("packets", "ticks", "channels", "router", "pes", "cycles")


def tables(run: Any) -> dict[str, Any]:
    """Read the tables that a run has, by name."""
    paths = {name: run.folder / f"{name}.parquet" for name in TABLES}
    return {name: pq.read_table(path) for name, path in paths.items() if path.exists()}


@pytest.mark.parametrize(
    "filters", [{"ticks": [0, 5]}, {"samples": [3, 7]}, {"pes": [77], "kinds": ["spike", "guard"]}]
)
def test_filters_change_no_result_and_agree_with_the_whole_trace(
    small: Path, tmp_path: Path, filters: dict[str, Any]
) -> None:
    """A filtered trace has exactly the rows of the whole one that pass the filter, and no weight depends on what is traced."""
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
    """The tables of channels, router and PEs are the same with and without a trace, whose wakes are as many as were counted."""
    plain = tables(spinn2sim.run(small, tmp_path / "plain"))
    traced = spinn2sim.run(small, tmp_path / "traced", {"trace.packets": "all", "trace.wakes": "all"})
    found = tables(traced)

    assert set(plain) == {"channels", "router", "pes", "cycles"}
    assert all(plain[name].equals(found[name]) for name in plain)
    assert found["ticks"].num_rows == pc.sum(found["pes"]["wakes"]).as_py()
    assert pc.sum(found["ticks"]["busy_cycles"]).as_py() == pc.sum(found["pes"]["busy_cycles"]).as_py()
    assert pc.sum(found["cycles"]["cycle_parts"]).as_py() == 16 * pc.sum(found["pes"]["busy_cycles"]).as_py()
    lines = found["router"].filter(pc.is_null(found["router"]["counter"])).num_rows
    named = found["router"].filter(pc.equal(found["router"]["counter"], "Local_Multicast_Packets"))
    assert lines % 5 == 0  # parts: test 0, then two of each epoch
    assert named.num_rows == 5
    assert pc.min(found["pes"]["sram_bytes"]).as_py() > 0
    assert pc.sum(found["channels"]["flits"]).as_py() == traced.summary["totals"]["hops"]


def test_the_mirror_leaves_no_table(small: Path, tmp_path: Path) -> None:
    """A run on the mirror, which simulates no hardware, has no tables of channels, PEs or packets."""
    assert tables(spinn2sim.train(small, tmp_path / "run", {"trace.packets": "all"})) == {}
