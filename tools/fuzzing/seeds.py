"""Valid inputs of every kind, as bytes, small enough that thousands are read in a second."""

from __future__ import annotations

import gzip
import io
import json
import struct
import wave
import zlib
from functools import lru_cache
from pathlib import Path
from random import Random

import h5py
import numpy as np
import pyarrow as pa

from fuzzing.mutate_npz import npz
from fuzzing.mutate_parquet import parquet
from graph_scenario import SMALL_GRAPH
from small_scenario import SMALL

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
ROOT = Path(__file__).resolve().parents[2]
# SMALL with its data at the end, where a table of faults or another source of data is put behind it.
_BEGIN, _, _REST = SMALL.lstrip().partition("[data]\n")
_DATA, _, _OTHERS = _REST.partition("\n[network]\n")
SCENARIO = f"{_BEGIN}[network]\n{_OTHERS}\n[data]\n{_DATA}"
NPZ_SCENARIO = SCENARIO.replace('"yinyang"', '"npz"\npath = "data.npz"')
IDX_SCENARIO = (
    SCENARIO.partition("[data]")[0].replace("copies = 4", "copies = 2")
    + """[data]
source = "idx"
path = "."
train_samples = 4
test_samples = 2
[encoding]
kind = "latency_steps"
"""
)
BOARD_SCENARIO = SCENARIO + '[faults]\nboard = "board.toml"\n'
OVERRIDES = (
    b"training.epochs=3", b"network.hidden=[4, 4]", b"network.init=[[1.0, 0.5], [1.0, 0.25]]",
    b"optimizer={learning_rate = 0.1, beta1 = 0.8}",
    b"trace.packets=window", b"chip.tick_us=measured", b"name=other", b"numerics.state=s8.23", b"loss.kind=max_voltage",
    b"data.path=x.npz", b"training.start_from=weights.npz", b"mapping.pes_per_layer=[1, 2, 1]", b"encoding.bias_ms=0",
    b"training.rate_range=[0.1, 3]",
    b"seed=5", b"optimizer.schedule=cosine", b"training.validation_samples=8",
)  # fmt: skip
CSV = (
    b"sent_q,src_pe,dst_pe\n0,1,2\n12,5,6;7\n2400,9,3;4;5\n", b"time_us,src_pe,dst_pe,flits\n0,1,2,1\n0.5,3,4,4\n1.25,5,9,2\n",
    b"seq,sent_q,src_pe,dst_pe,bytes,kind,layer,delivered_q,outcome\n0,0,1,2,16,spike,0,300,on_time\n0,0,1,3,16,spike,0,310,on_time\n"
    b"1,5,0,4,64,dma,-1,900,on_time\n",
)  # fmt: skip
SQL = tuple(query.encode() for query in (
    "SELECT * FROM packets LIMIT 3", "SELECT kind, count(*) FROM packets GROUP BY kind ORDER BY 1", "SELECT epoch, losses FROM metrics",
    "SELECT neuron, deliveries FROM spikes WHERE tick BETWEEN 1 AND 3", "DESCRIBE packets",
    "WITH x AS (SELECT seq FROM packets) SELECT max(seq) FROM x",
    "SELECT * FROM packets p JOIN ticks t ON p.tick = t.tick AND p.dst_pe = t.pe LIMIT 2", "SELECT unnest(losses) FROM metrics",
    "SELECT packets.train.spike FROM metrics",
    "SELECT sent_q / 12.0, CAST(seq AS VARCHAR), payload::DOUBLE FROM packets ORDER BY seq LIMIT 1",
    "SELECT DATE '2020-01-31' + INTERVAL 1 MONTH, TIME '12:00', TIMESTAMP '2020-01-01'",
    "SELECT quantile_cont(queued_q, 0.5) OVER () FROM packets LIMIT 1",
    "SELECT {'a': 1, 'b': [1, 2]}, MAP {'x': 1}, [1, NULL]", "SELECT regexp_replace(kind, 's', 't') FROM packets LIMIT 1",
))  # fmt: skip
SPACE = (
    b"""[sweep]
sampler = "tpe"
trials = 2
seeds = [1]
[space]
"optimizer.learning_rate" = { low = 1e-3, high = 1e-1, log = true }
"network.steps" = { choices = [10, 12] }
"network.init[0][0]" = { low = 0.3, high = 3.0 }
""",
    b"""[sweep]
sampler = "grid"
[space]
training.copies = { choices = [2, 4] }
network.steps = { low = 10, high = 14, step = 2 }
""",
    b"""[sweep]
sampler = "nsga2"
objectives = ["validation_accuracy", "hidden_spikes"]
ahead = 2
[space]
"network.hidden" = { choices = [[4], [8]] }
""",
)


def scenarios() -> list[bytes]:
    """Scenarios of every source and loss."""
    files = ("yinyang.toml", "digits.toml", "yinyang-max.toml", "split.toml")
    return [SCENARIO.encode(), SMALL_GRAPH.encode(), *((ROOT / "scenarios" / name).read_bytes() for name in files)]


def broken_chips() -> list[bytes]:
    """Scenarios on chips with dead parts."""
    tables = (
        'dead_pes = [1, 17, 152]\ndead_channels = ["(1,2)->(2,2)", "(1,6) injection"]\ndead_router_lines = [0, [3, 9]]\n',
        'dead_router_ports = ["(3,3)"]\ndead_dram_interfaces = ["(7,3)"]\nfewer_copies = true\n',
        "dead_pe_rate = 0.2\ndead_channel_rate = 0.05\ndead_router_line_rate = 0.1\n",
    )
    return [f"{SCENARIO}[faults]\n{table}".encode() for table in tables]


def boards() -> list[bytes]:
    """Board files."""
    chips = b"[[chip]]\nx = 1\ny = 0\ndead_router_lines = [0, [100, 199]]\n"
    return [
        (ROOT / "scenarios" / "boards" / "one-chip.toml").read_bytes(),
        chips + b"[[chip]]\nx = 0\ny = 0\ndead_pes = [3]\n",
    ]


def data_sets() -> list[bytes]:
    """Data of a user for NPZ_SCENARIO, in both layouts."""
    random = np.random.default_rng(1)
    labels = np.arange(30) % 3
    return [
        npz(samples=random.random((30, 4)), labels=labels),
        npz(spike_steps=random.integers(-1, 11, (30, 4), np.int32), labels=labels.astype(np.uint8)),
        npz(
            train_samples=random.random((20, 4), np.float32), train_labels=labels[:20], test_samples=random.random((10, 4), np.float32),
            test_labels=labels[:10],
        ),
    ]  # fmt: skip


def weights() -> list[bytes]:
    """Initial weights for SCENARIO."""
    random = np.random.default_rng(2)
    first, second = random.normal(size=(8, 5)), random.normal(size=(3, 8))
    return [
        npz(weights_0=first, weights_1=second),
        npz(weights_0=first.astype("f4"), weights_1=np.asfortranarray(second)),
    ]


def graph_weights() -> list[bytes]:
    """Initial weights, delays and synapses for SMALL_GRAPH."""
    random = np.random.default_rng(5)
    first, second, third = random.normal(size=(10, 4)), random.normal(size=(10, 10)), random.normal(size=(3, 10))
    exists = random.random((10, 10)) < 0.5
    delays = {"delays_1": np.full((10, 10), 2.0), "delays_2": random.random((3, 10)) * 5}
    return [npz(weights_0=first, weights_1=second * exists, weights_2=third, exists_1=exists, **delays)]


def cases() -> list[bytes]:
    """A small reference case."""
    random = np.random.default_rng(3)
    numbers = {"dt": 1e-3, "tau_mem": 0.02, "tau_syn": 0.005, "threshold": 1.0, "xi": 2.0, "beta": 20.0, "alpha": 0.01}
    return [
        npz(
            T=12, **numbers, input_spikes=random.integers(0, 2, (12, 2, 4), np.uint8), labels=np.array([0, 1]), loss=0.5,
            weights_0=random.normal(size=(3, 4)), weights_1=random.normal(size=(2, 3)), first_spike=np.array([[3.0, 4.0], [12.0, 2.0]]),
            grad_0=np.zeros((3, 4)), spikes_0=np.zeros((12, 2, 3), np.uint8),
        )
    ]  # fmt: skip


def packet_tables() -> list[bytes]:
    """Packet lists as Parquet."""
    return [
        parquet(pa.table({"sent_q": [0, 12, 2400], "src_pe": [1, 5, 9], "dst_pe": [[2], [6, 7], [3, 4, 5]], "flits": [1, 1, 4]})),
        parquet(pa.table({
            "seq": [0, 0, 1], "time_us": [0.0, 0.0, 1.5], "src_pe": pa.array([1, 1, 0], pa.int16()), "dst_pe": pa.array([2, 3, 4],
            pa.int16()),
            "kind": pa.array(["spike", "spike", "dma"]).dictionary_encode(), "layer": [0, 0, -1], "delivered_q": [300, 310, 20_000],
            "outcome": ["on_time", "on_time", "no_route"],
        })),
    ]  # fmt: skip


def images() -> list[bytes]:
    """Six images of 16 x 16 as IDX, not packed."""
    pixels = bytes(range(256)) * 6
    return [struct.pack(">4I", 0x803, 6, 16, 16) + pixels]


def labels() -> list[bytes]:
    """Six labels as IDX, not packed."""
    return [struct.pack(">2I", 0x801, 6) + bytes((0, 1, 2, 3, 4, 9))]


def packed(data: bytes) -> bytes:
    """Pack by gzip, with the same bytes every time."""
    return gzip.compress(data, 1, mtime=0)


@lru_cache(256)
def unpacked(data: bytes) -> bytes:
    """Undo `packed`; what gzip cannot read comes back as it is."""
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return data


def sounds() -> list[bytes]:
    """A short recording, and one with a chunk that no one knows."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        sound.writeframes(bytes(range(200)))
    plain = file.getvalue()
    extra = b"LIST" + struct.pack("<I", 4) + b"INFO"
    return [plain, plain[:4] + struct.pack("<I", len(plain) + 4) + plain[8:36] + extra + plain[36:]]


def spoken_digits() -> list[bytes]:
    """Two samples in the layout of the Spiking Heidelberg Digits."""
    file = io.BytesIO()
    with h5py.File(file, "w") as tree:
        tree["labels"] = np.array([0, 19], "u2")
        times = tree.create_dataset("spikes/times", (2,), h5py.vlen_dtype("f2"))
        units = tree.create_dataset("spikes/units", (2,), h5py.vlen_dtype("u2"))
        for sample in range(2):
            times[sample], units[sample] = np.linspace(0, 1, 5, dtype="f2"), np.arange(5, dtype="u2") * 100
    return [file.getvalue()]


def nir_graphs() -> list[bytes]:
    """A graph of two populations, and one with all that a node may say."""
    return [_graph("CubaLIF", {}), _graph("LIF", {"dt": 1e-3, "note": "made by hand"})]


def _graph(kind: str, metadata: dict[str, object]) -> bytes:
    random = np.random.default_rng(4)
    file = io.BytesIO()
    with h5py.File(file, "w") as tree:
        tree["version"] = "1.0"
        root = tree.create_group("node")
        root["type"] = "NIRGraph"
        root["edges"] = np.array([["input", "0"], ["0", "1"], ["1", "2"], ["2", "3"], ["3", "output"]], "S8")
        for key, value in metadata.items():
            root[f"metadata/{key}"] = value
        nodes = root.create_group("nodes")
        for name, size in (("input", 5), ("output", 3)):
            nodes[f"{name}/type"], nodes[f"{name}/shape"] = name.capitalize(), np.array([size])
        for k, shape in enumerate(((8, 5), (3, 8))):
            nodes[f"{2 * k}/type"], nodes[f"{2 * k}/weight"] = "Linear", random.normal(size=shape)
            taus = {"tau_mem": 0.02, "tau_syn": 0.005, "w_in": 5.0} if kind == "CubaLIF" else {"tau": 0.02}
            values = {**taus, "r": 1.0, "v_leak": 0.0, "v_reset": 0.0, "v_threshold": 1.0}
            nodes[f"{2 * k + 1}/type"] = kind
            for key, value in values.items():
                nodes[f"{2 * k + 1}/{key}"] = np.full(shape[0], value)
    return file.getvalue()


def json_lines(data: bytes) -> list[object]:
    """Return the objects of a file with one JSON object in each line."""
    return [json.loads(line) for line in data.splitlines()]


def of_number(seed: int, kind: str, number: int) -> Random:
    """Return the random numbers of one input, which do not depend on the inputs before it."""
    return Random(f"{seed} {kind} {number}")  # noqa: S311 - to draw inputs, nothing is kept secret by it
