"""Reads packet lists from files: CSV, Parquet, or the trace of a run. Errors name the file."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataWarning
from spinn2sim.files.input_file import open_input
from spinn2sim.files.parquet_footer import ColumnChunk, column_chunks
from spinn2sim.hardware.facts import FLIT_PAYLOAD_BYTES, N_CORES
from spinn2sim.hardware.geometry import DRAM_CORE
from spinn2sim.hardware.rows import Rows
from spinn2sim.hardware.traffic.packet_routes import ListedPacket, make_send_list
from spinn2sim.hardware.traffic.send_list import SendList
from spinn2sim.hardware.units import QUANTA_PER_S, QUANTA_PER_US

if TYPE_CHECKING:
    import pyarrow as pa

# The name of a run's packet table. `hardware` may not import trace.run_directory, which owns the name; a test compares the two.
PACKETS_FILE = "packets.parquet"
MOST_FLITS = 1 << 16
# Values in a column of a Parquet file: FREE_VALUES, or if that is more, VALUES_PER_BYTE of the file.
FREE_VALUES, VALUES_PER_BYTE = 1 << 22, 4
MOST_COLUMNS = 1000
MOST_TEXT = 1 << 26  # characters in a column of texts
COLUMNS = ("seq", "sent_q", "time_us", "src_pe", "dst_pe", "flits", "bytes", "kind", "layer", "delivered_q", "outcome")
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class PacketList:
    """A list as traffic. If the file has delivery times, `delivered` holds them: rows (index of the packet in `traffic`, PE, delivered_q),
    sorted."""

    traffic: SendList
    delivered: Ints | None


@dataclass(frozen=True)
class _Rows:
    """One row per delivery, sorted by (sent_q, src_pe, seq, dst_pe)."""

    seq: Ints
    sent_q: Ints
    src: Ints
    dst: Ints
    flits: Ints
    direct: NDArray[np.bool_]
    delivered_q: Ints | None


def read_list(path: Path | str) -> PacketList:
    """Read a packet list. Raises DataError.

    Columns: `sent_q` (quanta of 1/12 ns) or `time_us`; `src_pe` and `dst_pe` (core ids); and optionally `flits` or `bytes` (16 per flit),
    `seq` (rows with the same seq are one packet to several PEs), `kind`. dst_pe may be a list (in CSV: 3;4;5). A packet of several flits is
    a burst over the event router; a row of kind "dma" (and layer -1, if there is that column) goes straight over the mesh. PE 0 is the
    DRAM, and a burst from a PE to itself comes from the DRAM, as in the trace of a run.
    """
    path = Path(path)
    file = path / PACKETS_FILE if path.is_dir() else path
    if path.is_dir() and not file.exists():
        raise DataError(
            f"{path}: found no {file.name} in it, allowed is a packet list, or a run with trace.packets = 'all'"
        )
    rows = _check_rows(file, _read_table(file))
    keys = np.stack([rows.sent_q, rows.src, rows.seq])
    is_start = np.append(True, (np.diff(keys) != 0).any(axis=0))
    starts = np.flatnonzero(is_start)
    if len(starts) != len(np.unique(rows.seq)):
        raise DataError(
            f"{file}: seq: found one in rows of unlike sent_q or src_pe, allowed is one packet for each seq"
        )
    ends = np.append(starts[1:], len(rows.seq))
    packets = [
        ListedPacket(sent_q, source, tuple(rows.dst[first:last].tolist()), flits, direct)
        for first, last, sent_q, source, flits, direct in zip(
            starts.tolist(), ends.tolist(),
            *(column[starts].tolist() for column in (rows.sent_q, rows.src, rows.flits, rows.direct)), strict=True,
        )
    ]  # fmt: skip
    traffic, order = make_send_list(packets, str(file))
    if rows.delivered_q is None:
        return PacketList(traffic, None)
    place = np.argsort(order)[np.cumsum(is_start) - 1]
    found = np.stack([place, rows.dst, rows.delivered_q], axis=1)
    return PacketList(traffic, found[np.lexsort((rows.dst, place))])


def differences(packets: PacketList, played: Rows) -> int:
    """Count the deliveries whose time in `played`, the list played at its own speed, differs from the time in the file."""
    recorded = packets.delivered
    if recorded is None:
        return 0
    rows = np.stack([np.asarray(played[name]).astype(np.int64) for name in ("seq", "dst_pe", "delivered_q")], axis=1)
    if rows.shape != recorded.shape:
        return max(len(rows), len(recorded))
    return int((rows != recorded).any(axis=1).sum())


def _read_table(file: Path) -> pa.Table:
    """Read the known columns of a CSV or Parquet file, with one row per destination."""
    import pyarrow as pa
    import pyarrow.csv

    try:
        with open_input(file, "a packet list") as opened:
            parquet = opened.read(4) == b"PAR1"
        if parquet:
            table = _read_parquet(file)
        else:
            table = pyarrow.csv.read_csv(file)
            ignored = [name for name in table.column_names if name not in COLUMNS]
            if ignored:
                warnings.warn(f"{file}: ignored columns: {', '.join(ignored[:8])}", DataWarning, stacklevel=2)
            table = table.select([name for name in COLUMNS if name in table.column_names])
    except (OSError, KeyError, UnicodeDecodeError, pa.ArrowException) as error:  # KeyError: two columns of one name
        why = (getattr(error, "strerror", None) or str(error) or "unreadable").splitlines()[0]
        raise DataError(f"{file}: cannot be read as a packet list: {why}") from None
    twice = [name for name in COLUMNS if table.column_names.count(name) > 1]
    if twice:
        raise DataError(f"{file}: found column {twice[0]} twice, allowed is once")
    return _split_destinations(file, table)


def _read_parquet(file: Path) -> pa.Table:
    """Read the known columns of a Parquet file. Raises DataError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    _refuse_inflated(file)
    texts = _text_columns(file)
    with pq.ParquetFile(file, read_dictionary=texts, page_checksum_verification=True) as opened:
        table = opened.read([name for name in COLUMNS if name in opened.schema_arrow.names])
    if "dst_pe" not in texts:
        return table
    targets = table.column("dst_pe")
    longest = max((len(text or "") for chunk in targets.chunks for text in chunk.dictionary.to_pylist()), default=0)
    if longest * table.num_rows > MOST_TEXT:
        raise DataError(
            f"{file}: dst_pe: found texts of up to {longest} characters, allowed are numbers or lists of them"
        )
    return table.set_column(table.column_names.index("dst_pe"), "dst_pe", targets.cast(pa.string()))


def _refuse_inflated(file: Path) -> None:
    """Raise DataError for a Parquet file that announces more columns, values or bytes than a file of its size may hold."""
    columns: dict[str, list[ColumnChunk]] = {}
    for chunk in column_chunks(file, " as a packet list"):
        columns.setdefault(chunk.path, []).append(chunk)
    if len(columns) > MOST_COLUMNS:
        raise DataError(f"{file}: found {len(columns)} columns, allowed are {MOST_COLUMNS}")
    most = max(FREE_VALUES, VALUES_PER_BYTE * file.stat().st_size)
    for name, chunks in columns.items():
        values = max(sum(chunk.rows for chunk in chunks), sum(chunk.values for chunk in chunks))
        if min(chunk.values for chunk in chunks) < 0 or values > most or sum(chunk.size for chunk in chunks) > 8 * most:
            raise DataError(f"{file}: {name:.80}: found {values:,} values, allowed for a file of its size are {most:,}")


def _text_columns(file: Path) -> list[str]:
    """Return the known columns of a Parquet file that hold texts, each of which is kept in memory once."""
    import pyarrow.parquet as pq

    schema = pq.read_metadata(file).schema
    texts = [column.path for column in map(schema.column, range(len(schema))) if column.physical_type == "BYTE_ARRAY"]
    return [name for name in COLUMNS if name in texts]


def _split_destinations(file: Path, table: pa.Table) -> pa.Table:
    """Split rows with a list of destinations into one row per delivery. In a table without seq, each row is a packet."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "seq" not in table.column_names:
        table = table.append_column("seq", pa.array(np.arange(table.num_rows)))
    if "dst_pe" not in table.column_names:
        return table
    targets = table.column("dst_pe").combine_chunks()
    if pa.types.is_string(targets.type):
        targets = pc.split_pattern(targets, ";")
    if not pa.types.is_list(targets.type):
        return table
    if targets.null_count or pc.min(pc.list_value_length(targets)).as_py() == 0:
        raise DataError(f"{file}: dst_pe: found a packet without destination, allowed is one or more")
    parents = pc.list_parent_indices(targets)
    at = table.column_names.index("dst_pe")
    return table.take(parents).set_column(at, "dst_pe", pc.list_flatten(targets))


def _check_rows(file: Path, table: pa.Table) -> _Rows:
    names = table.column_names
    missing = [name for name in ("src_pe", "dst_pe") if name not in names]
    if not {"sent_q", "time_us"} & set(names):
        missing.append("sent_q (or time_us)")
    if missing or not table.num_rows:
        found = f"no column {missing[0]}" if missing else "no packet"
        raise DataError(f"{file}: found {found}, allowed are rows with sent_q or time_us, src_pe and dst_pe")
    if "sent_q" in names:
        sent_q = _read_ints(file, table, "sent_q", 0, 1000 * QUANTA_PER_S)
    else:
        sent_q = np.rint(_read_numbers(file, table, "time_us", 0, 1e9) * QUANTA_PER_US).astype(np.int64)
    direct, flits = _read_direct(file, table), _read_flits(file, table)
    src, dst = (_read_ints(file, table, name, 0, N_CORES) for name in ("src_pe", "dst_pe"))
    lost = _read_strings(file, table, "outcome") == "no_route" if "outcome" in names else np.zeros_like(direct)
    for name, wrong in (("src_pe", (src == DRAM_CORE) & ~direct), ("dst_pe", (dst == DRAM_CORE) & ~direct & ~lost)):
        if wrong.any():
            raise DataError(f"{file}: {name}: found 0, allowed is 1 to {N_CORES} (0, the DRAM, in rows of kind dma)")
    seq = _read_ints(file, table, "seq", 0, 1 << 62)
    delivered = _read_ints(file, table, "delivered_q", 0, 1 << 62) if "delivered_q" in names else None
    order = np.lexsort((dst, seq, src, sent_q))
    return _Rows(
        seq[order], sent_q[order], src[order], dst[order], flits[order], direct[order],
        None if delivered is None else delivered[order],
    )  # fmt: skip


def _read_direct(file: Path, table: pa.Table) -> NDArray[np.bool_]:
    """Return which rows are bursts straight over the mesh."""
    if "kind" not in table.column_names:
        return np.zeros(table.num_rows, np.bool_)
    is_dma: NDArray[np.bool_] = _read_strings(file, table, "kind") == "dma"
    return is_dma & (_read_ints(file, table, "layer", -1, 1 << 15) < 0) if "layer" in table.column_names else is_dma


def _read_flits(file: Path, table: pa.Table) -> Ints:
    if "flits" in table.column_names:
        return _read_ints(file, table, "flits", 1, MOST_FLITS)
    if "bytes" in table.column_names:
        size = _read_ints(file, table, "bytes", 0, MOST_FLITS * FLIT_PAYLOAD_BYTES)
        return np.maximum(1, -(-size // FLIT_PAYLOAD_BYTES))
    return np.ones(table.num_rows, np.int64)


def _read_strings(file: Path, table: pa.Table, name: str) -> NDArray[Any]:
    """Read a column of strings."""
    import pyarrow as pa

    kind = table.column(name).type
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not (pa.types.is_string(plain) or pa.types.is_large_string(plain)):
        raise DataError(f"{file}: {name}: found values of type {kind!s:.40}, allowed are texts")
    return np.asarray(table.column(name).to_numpy())


def _read_ints(file: Path, table: pa.Table, name: str, least: int, most: int) -> Ints:
    found = _read_numbers(file, table, name, least, most)
    if (found != np.rint(found)).any():
        raise DataError(f"{file}: {name}: found {found[found != np.rint(found)][0]:g}, allowed are whole numbers")
    return found.astype(np.int64)


def _read_numbers(file: Path, table: pa.Table, name: str, least: float, most: float) -> NDArray[Any]:
    """Read a column of numbers, as int64 or float64. Raises DataError if one is out of bounds."""
    import pyarrow as pa

    column = table.column(name)
    try:
        wanted = pa.int64() if pa.types.is_integer(column.type) else pa.float64()
        found: NDArray[Any] = column.cast(wanted).to_numpy()
    except pa.ArrowException as error:
        raise DataError(f"{file}: {name}: {str(error).splitlines()[0]:.120}") from None
    wrong = ~((found >= least) & (found <= most))
    if column.null_count or wrong.any():
        what = "an empty field" if column.null_count else f"{found[wrong][0]:g}"
        raise DataError(f"{file}: {name}: found {what}, allowed is {least:g} to {most:g}")
    return found
