"""A run directory with a handful of packets that are all known, lost ones among them."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from spinn2sim.hardware.packet import Key, Kind

US = 12_000
WORD = pa.dictionary(pa.int8(), pa.string())
SCHEMA = pa.schema({
    "seq": pa.int64(), "kind": WORD, "key": pa.uint32(), "payload": pa.int32(), "bytes": pa.int32(), "src_pe": pa.int16(),
    "dst_pe": pa.int16(), "epoch": pa.int32(), "part": WORD, "batch": pa.int32(), "sample": pa.int32(), "phase": WORD,
    "tick": pa.int32(), "step": pa.int32(), "layer": pa.int16(), "neuron": pa.int32(), "sent_q": pa.int64(),
    "delivered_q": pa.int64(), "queued_q": pa.int64(), "hops": pa.int16(), "outcome": WORD,
})  # fmt: skip
Row = dict[str, object]


def row(seq: int, kind: str, layer: int, neuron: int, src_pe: int, dst_pe: int, **other: object) -> Row:
    """One delivery, sent `seq` microseconds after the begin, that takes a quarter of one unless told else."""
    return {
        "seq": seq, "kind": kind, "key": 0, "payload": None, "bytes": 0, "src_pe": src_pe, "dst_pe": dst_pe, "epoch": 1,
        "part": "train", "batch": 0, "sample": 7, "phase": "forward", "tick": 0, "step": 0, "layer": layer, "neuron": neuron,
        "sent_q": seq * US, "delivered_q": seq * US + US // 4, "queued_q": 0, "hops": 4, "outcome": "on_time", **other,
    }  # fmt: skip


def rows() -> list[Row]:
    """13 deliveries of 11 packets, in the order of seq."""
    load: Row = {"phase": "load", "tick": -1}
    loss: Row = {"phase": "loss", "tick": 12, "step": 11}
    back: Row = {"phase": "backward", "tick": 20, "step": 3}
    weights: Row = {"key": Key(Kind.WEIGHTS, 0, 1, 0).pack(), "bytes": 64, "sample": -1}
    return [
        row(1, "dma", -1, -1, 5, 5, bytes=32, **load),  # a sample, from the DRAM
        row(2, "dma", 1, -1, 9, 6, **weights, **load),
        row(2, "dma", 1, -1, 9, 14, **weights, **load),
        row(10, "spike", 0, 0, 5, 6),
        row(10, "spike", 0, 0, 5, 7, queued_q=US // 8),
        row(11, "spike", 0, 1, 5, 6, sample=4),
        row(12, "spike", 1, 3, 6, 9, tick=3, step=3, delivered_q=14 * US, outcome="late"),
        row(13, "spike", 2, 1, 9, 13, tick=5, step=5),
        row(14, "spike", 1, 2, 6, 9, tick=6, step=6, outcome="dropped"),
        row(20, "error", 2, 1, 13, 9, payload=500, **loss),
        row(21, "error", 1, 3, 9, 6, payload=-7, **back),
        row(22, "error", 1, 2, 9, 0, payload=8, outcome="no_route", **back),
        row(23, "dma", -1, -1, 13, 0, bytes=16, **loss),
    ]


def make_run(folder: Path) -> Path:
    """Write scenario.toml (enough to be a run), metrics.jsonl and packets.parquet, and return the folder."""
    folder.mkdir()
    (folder / "scenario.toml").write_text('name = "made"\n')
    lines = [
        {"epoch": 0, "packets": {"train": None, "test": {"spike": 3}}, "losses": []},
        {"epoch": 1, "packets": {"train": {"spike": 5}, "test": {"spike": 2}}, "losses": ["train: late spike: 1"]},
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    pq.write_table(pa.Table.from_pylist(rows(), SCHEMA), folder / "packets.parquet", compression="zstd")
    return folder
