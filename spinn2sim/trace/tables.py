"""The tables of a run: their columns, types and encodings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.board.shape import LINK_CORE, LINK_NAMES, MAX_CHIPS, N_LINKS
from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.faults.injections import FaultKind, FaultOutcome
from spinn2sim.hardware.packet import NEURON_MASK, PART_NAMES, WIDE_LAYER_MASK, Outcome, Phase

if TYPE_CHECKING:
    import pyarrow as pa

Columns = dict[str, NDArray[np.generic]]


class ColumnBlock(NamedTuple):
    """Rows of a table by column, one entry a row. Of columns in `runs`, one entry stands for as many rows as `lengths` says."""

    columns: Columns
    runs: Columns
    lengths: NDArray[np.int64]

    @classmethod
    def without_runs(cls, columns: Columns) -> ColumnBlock:
        """Make a block of columns that all have one entry a row."""
        return cls(columns, {}, np.zeros(0, np.int64))

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(next(iter(self.columns.values())))

    def whole(self) -> Columns:
        """Return all columns with one entry a row."""
        return self.columns | {name: np.repeat(values, self.lengths) for name, values in self.runs.items()}


# Sums are the packets with which the chips of a board add up their gradients.
KINDS = ("spike", "error", "dma", "guard", "sum")
# Columns that hold an index into a list of words, and are read as these words.
WORDS = {
    "kind": KINDS,
    "part": PART_NAMES,
    "phase": tuple(phase.name.lower() for phase in Phase),
    "outcome": tuple(outcome.name.lower() for outcome in Outcome),
}


# On a board, what came over a link and what leaves by one have numbers beyond those of the PEs.
LAST_CORE = LINK_CORE + N_LINKS - 1
# The least and the greatest value of each column of numbers. LARGEST bounds times and counts, so that sums of a few of them fit 64 bits.
LARGEST = 1 << 60
INT16, INT32, WORD32 = (1 << 15) - 1, (1 << 31) - 1, (1 << 32) - 1
RANGES = {
    "seq": (0, LARGEST), "key": (0, WORD32), "mask": (0, WORD32), "payload": (-INT32 - 1, INT32), "bytes": (0, INT32),
    "src_pe": (0, LAST_CORE), "dst_pe": (0, LAST_CORE), "pe": (1, N_CORES), "epoch": (0, INT32), "batch": (0, INT32), "sample": (-1, INT32),
    "tick": (-1, INT32), "step": (-1, INT32), "layer": (-1, WIDE_LAYER_MASK), "neuron": (-1, NEURON_MASK), "sent_q": (0, LARGEST),
    "delivered_q": (0, LARGEST), "queued_q": (0, LARGEST), "hops": (0, INT16), "due_q": (0, LARGEST), "woke_q": (0, LARGEST),
    "time_done": (0, LARGEST), "n_packets": (0, INT32), "busy_cycles": (0, LARGEST), "fifo_high": (0, INT32), "flits": (0, LARGEST),
    "busy_q": (0, LARGEST), "longest": (0, LARGEST), "line": (-1, INT32), "hits": (0, LARGEST), "wakes": (0, LARGEST),
    "packet": (0, LARGEST), "word": (0, INT32), "bit": (0, 63), "at_q": (0, LARGEST),
    "times": (0, LARGEST), "cycle_parts": (0, LARGEST), "sign": (-1, 1), "octave": (-1075, 1024), "synapses": (0, LARGEST),
    "overruns": (0, LARGEST), "lost_ticks": (0, LARGEST), "fifo_high_water": (0, LARGEST), "sram_bytes": (0, INT32),
    **dict.fromkeys(("x", "y", "to_x", "to_y"), (0, MAX_CHIPS - 1)), "pes": (0, N_CORES),
    **dict.fromkeys(("packets", "deliveries", "dma_bytes", "flit_hops", "over_links", "late", "dropped"), (0, LARGEST)),
}  # fmt: skip
# Columns of numbers that name something, such as a PE, by which this program looks it up.
NAMING = ("src_pe", "dst_pe", "pe", "epoch", "layer", "line")
LONGEST_TEXT = 1000
# The operation under which the table of cycles has what wakes were rounded up by.
ROUNDING = "rounding"


class Table(NamedTuple):
    """The columns of one table of a run."""

    name: str
    # The Arrow type of each column.
    columns: Mapping[str, str]
    # The columns by which the rows are sorted, of which the second is below 256; none if rows are written as they come.
    order: tuple[str, ...] = ()
    # Columns that rise or change little from row to row. Written as differences, they take a tenth of the time and half of the bytes.
    steady: tuple[str, ...] = ()
    # Columns whose values follow hardly any pattern, so that compressing them saves little.
    scattered: tuple[str, ...] = ()
    # Columns that may have nulls.
    nullable: tuple[str, ...] = ()
    # Columns that a table made by another program may lack; what needs them is refused then.
    optional: tuple[str, ...] = ()
    # Whether runs of older versions have none of its rows.
    late: bool = False
    # The words of its columns of words, by column.
    words: Mapping[str, tuple[str, ...]] = WORDS


PACKETS = Table(
    "packets",
    {
        "seq": "int64", "kind": "word", "key": "uint32", "payload": "int32", "bytes": "int32", "src_pe": "int16", "dst_pe": "int16",
        "epoch": "int32", "part": "word", "batch": "int32", "sample": "int32", "phase": "word", "tick": "int32", "step": "int32",
        "layer": "int16", "neuron": "int32", "sent_q": "int64", "delivered_q": "int64", "queued_q": "int64", "hops": "int16",
        "outcome": "word",
    },
    ("seq", "dst_pe"),
    ("seq", "payload", "sent_q", "delivered_q"),
    ("key", "sample", "neuron", "src_pe", "dst_pe"),
    nullable=("payload",),
)  # fmt: skip
TICKS = Table(
    "ticks",
    {
        "epoch": "int32", "part": "word", "batch": "int32", "phase": "word", "tick": "int32", "pe": "int16", "due_q": "int64",
        "woke_q": "int64", "time_done": "int64", "n_packets": "int32", "busy_cycles": "int64", "fifo_high": "int32",
    },
    ("woke_q", "pe"),
    ("pe", "due_q", "woke_q", "time_done"),
    optional=("epoch", "part", "due_q", "fifo_high"),
)  # fmt: skip
CHANNELS = Table(
    "channels",
    {"epoch": "int32", "part": "word", "channel": "string", "flits": "int64", "busy_q": "int64", "longest": "int64"},
)
ROUTER = Table(
    "router",
    {"epoch": "int32", "part": "word", "line": "int32", "counter": "string", "key": "uint32", "mask": "uint32", "hits": "int64"},
    nullable=("counter", "key", "mask"),
)  # fmt: skip
PES = Table(
    "pes",
    {
        "epoch": "int32", "part": "word", "pe": "int16", "group": "string", "wakes": "int64", "busy_cycles": "int64",
        "overruns": "int64", "lost_ticks": "int64", "fifo_high_water": "int64", "sram_bytes": "int64",
    },
)  # fmt: skip
CYCLES = Table(
    "cycles",
    {
        "epoch": "int32", "part": "word", "group": "string", "phase": "word", "operation": "string", "times": "int64",
        "cycle_parts": "int64",
    },
    late=True,
)  # fmt: skip
FAULTS = Table(
    "faults",
    {
        "epoch": "int32", "part": "word", "batch": "int32", "tick": "int32", "at_q": "int64", "kind": "word", "place": "string",
        "word": "int32", "bit": "int16", "packet": "int64", "outcome": "word",
    },
    nullable=("word", "bit", "packet"),
    words={
        "part": PART_NAMES,
        "kind": tuple(kind.name.lower() for kind in FaultKind),
        "outcome": tuple(outcome.name.lower() for outcome in FaultOutcome),
    },
)  # fmt: skip
LEARNING = Table(
    "learning",
    {
        "epoch": "int32", "part": "word", "projection": "string", "quantity": "word", "sign": "int16", "octave": "int16",
        "synapses": "int64",
    },
    late=True,
    words={"part": PART_NAMES, "quantity": ("weight", "change", "gradient")},
)  # fmt: skip
CHIPS = Table(
    "chips",
    {
        "epoch": "int32", "part": "word", "x": "int16", "y": "int16", "pes": "int32", "packets": "int64", "deliveries": "int64",
        "dma_bytes": "int64", "flit_hops": "int64", "over_links": "int64", "late": "int64", "dropped": "int64", "wakes": "int64",
        "busy_cycles": "int64", "overruns": "int64", "lost_ticks": "int64", "fifo_high_water": "int64",
    },
)  # fmt: skip
LINKS = Table(
    "links",
    {
        "epoch": "int32", "part": "word", "x": "int16", "y": "int16", "link": "word", "to_x": "int16", "to_y": "int16",
        "packets": "int64", "busy_q": "int64", "longest": "int64",
    },
    words={"part": PART_NAMES, "link": LINK_NAMES},
)  # fmt: skip
# The tables that each chip of a board has of its own.
OF_CHIP = (PACKETS, TICKS, CHANNELS, ROUTER, PES)
ALL = (PACKETS, TICKS, CHANNELS, ROUTER, PES, CYCLES, FAULTS, LEARNING, CHIPS, LINKS)


def schema(table: Table) -> pa.Schema:
    """Make the Arrow schema of a table. That most columns have no nulls saves writing for each value that it is there."""
    import pyarrow as pa

    word = pa.dictionary(pa.int8(), pa.string())
    types = {name: word if kind == "word" else pa.type_for_alias(kind) for name, kind in table.columns.items()}
    return pa.schema([pa.field(name, kind, name in table.nullable) for name, kind in types.items()])


def to_arrow(table: Table, columns: Columns) -> pa.Table:
    """Convert columns to an Arrow table, with words as dictionaries, and `payload` null for a packet that has none."""
    import pyarrow as pa

    arrays = []
    for name, kind in table.columns.items():
        values = columns[name]
        if kind == "word":
            arrays.append(pa.DictionaryArray.from_arrays(pa.array(values, pa.int8()), pa.array(table.words[name])))
        elif name == "payload":
            arrays.append(pa.array(values, mask=columns["has_payload"] == 0))
        else:
            arrays.append(pa.array(values, pa.type_for_alias(kind)))
    return pa.Table.from_arrays(arrays, schema=schema(table))


def from_arrow(table: Table, rows: pa.Table) -> Columns:
    """Convert an Arrow table as `to_arrow` makes it to columns again."""
    import pyarrow as pa

    columns: Columns = {}
    for name, kind in table.columns.items():
        values = rows[name].combine_chunks()
        if isinstance(
            values, pa.ChunkedArray
        ):  # in older versions of pyarrow one without rows, or with one chunk, stays one
            values = values.chunk(0) if values.num_chunks else pa.array([], values.type)
        if name in table.nullable:
            columns[f"has_{name}"] = values.is_valid().to_numpy(zero_copy_only=False)
            values = values.fill_null(0)
        columns[name] = (values.indices if kind == "word" else values).to_numpy(zero_copy_only=False)
    return columns
