"""A run directory with a handful of packets that are all known, lost ones among them; it holds no test."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from spinn2sim.spec.packet import Key, Kind, Outcome, Phase
from spinn2sim.spec.scenario import Trace
from spinn2sim.trace.archive import to_table
from spinn2sim.trace.recorder import HAS_PAYLOAD, IS_DMA, ROW, Recorder, Row

US = 12_000
SAMPLES = (7, 4)  # of copies 0 and 1 in batch 0
NAMES = [name for name, _ in ROW]


def row(
    seq: int, kind: Kind, layer: int, neuron: int, src_pe: int, dst_pe: int, key_copy: int = 0, **other: int
) -> Row:
    """One delivery of a multicast packet, sent `seq` microseconds after the begin, that takes a quarter of one unless told else."""
    sent_q = seq * US
    values = {
        "seq": seq, "key": Key(kind, key_copy, layer, neuron).pack(), "payload": 0, "flags": 0, "bytes": 0, "src_pe": src_pe,
        "dst_pe": dst_pe, "batch": 0, "copy": -2, "phase": Phase.FORWARD, "tick": 0, "step": 0, "sent_q": sent_q,
        "delivered_q": sent_q + US // 4, "queued_q": 0, "hops": 4, "outcome": Outcome.ON_TIME,
    }  # fmt: skip
    values |= other
    return tuple(int(values[name]) for name in NAMES)


def rows() -> list[Row]:
    """13 deliveries of 11 packets, in the order of seq."""
    spike, error, weights = Kind.SPIKE, Kind.ERROR, Kind.WEIGHTS
    burst = {"flags": IS_DMA, "phase": Phase.LOAD, "tick": -1, "copy": -1}
    word = {"flags": HAS_PAYLOAD, "phase": Phase.LOSS, "tick": 12, "step": 11}
    back = {"flags": HAS_PAYLOAD, "phase": Phase.BACKWARD, "tick": 20, "step": 3}
    return [
        row(1, spike, 0, 0, 5, 5, key=0, bytes=32, **(burst | {"copy": 0})),  # a sample, from the DRAM
        row(2, weights, 1, 0, 9, 6, bytes=64, **burst),
        row(2, weights, 1, 0, 9, 14, bytes=64, **burst),
        row(10, spike, 0, 0, 5, 6),
        row(10, spike, 0, 0, 5, 7, queued_q=US // 8),
        row(11, spike, 0, 1, 5, 6, key_copy=1),
        row(12, spike, 1, 3, 6, 9, tick=3, step=3, delivered_q=14 * US, outcome=Outcome.LATE),
        row(13, spike, 2, 1, 9, 13, tick=5, step=5),
        row(14, spike, 1, 2, 6, 9, tick=6, step=6, outcome=Outcome.DROPPED),
        row(20, error, 2, 1, 13, 9, payload=500, **word),
        row(21, error, 1, 3, 9, 6, payload=-7, **back),
        row(22, error, 1, 2, 9, 0, payload=8, outcome=Outcome.NO_ROUTE, **back),
        row(23, spike, 0, 0, 13, 0, key=0, bytes=16, **(burst | {"copy": 0, "phase": Phase.LOSS, "tick": 12})),
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
    recorder = Recorder(Trace(packets="all"), len(SAMPLES))
    recorder.begin_part(1, 0, np.array(SAMPLES))
    for delivery in rows():
        recorder.add(delivery)
    pq.write_table(to_table(recorder.end_part()), folder / "packets.parquet", compression="zstd")
    return folder
