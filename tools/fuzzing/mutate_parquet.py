"""Changes Parquet files: columns dropped, doubled, renamed, given other types or nulls, and the bytes of the file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fuzzing.mutate_bytes import mutate_bytes

TYPES: tuple[Any, ...] = (
    pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint64(), pa.float32(), pa.float64(), pa.bool_(), pa.string(),
    pa.large_string(),
    pa.binary(), pa.decimal128(38, 3), pa.timestamp("ns"), pa.date32(), pa.time64("ns"), pa.duration("s"), pa.dictionary(pa.int8(),
    pa.string()),
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, 0, -1, 1, 255, 65535, 2**31 - 1, 2**31, 2**62, 2**63 - 1, -(2**63), 0.5, float("nan"), float("inf"), 1e300, "", "x", "1;2",
    ";", "\x1b[31m",
    "spike", "no_route", b"\xff\xfe", True, [], [1, 2], [None], {"a": 1}, [[1]], "9" * 400,
)  # fmt: skip


def mutate_parquet(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Return a Parquet file after one to three changes to its columns, or to its bytes."""
    if random.random() < 0.3:
        return mutate_bytes(random, data, others)
    table = _table(data)
    if table is None or not table.num_columns:
        return mutate_bytes(random, data, others)
    try:
        for _ in range(random.choice((1, 1, 2, 3))):
            table = random.choice(CHANGES)(random, table)
        return parquet(table)
    except (
        pa.ArrowException,
        TypeError,
        ValueError,
        OverflowError,
    ):  # a type that cannot hold the values, or Parquet cannot hold
        return mutate_bytes(random, data, others)


def parquet(table: pa.Table) -> bytes:
    """Write a table as Parquet, with page checksums."""
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd", write_page_checksum=True)
    return file.getvalue()


@lru_cache(512)
def _table(data: bytes) -> pa.Table | None:
    try:
        return pq.read_table(io.BytesIO(data), use_threads=False)
    except Exception:  # any damage: the bytes are then changed blindly
        return None


def _drop(random: Random, table: pa.Table) -> pa.Table:
    return table.remove_column(random.randrange(table.num_columns))


def _rename(random: Random, table: pa.Table) -> pa.Table:
    names = list(table.column_names)
    at = random.randrange(len(names))
    names[at] = random.choice(
        (names[at] + "x", names[at].upper(), "", "a b", '"', "\x1b[31m", random.choice(names), "x" * 300)
    )
    return table.rename_columns(names)


def _double(random: Random, table: pa.Table) -> pa.Table:
    at = random.randrange(table.num_columns)
    return table.append_column(table.column_names[at], table.column(at))


def _retype(random: Random, table: pa.Table) -> pa.Table:
    at, kind = random.randrange(table.num_columns), random.choice(TYPES)
    column = table.column(at)
    try:
        column = column.cast(kind, safe=False)
    except pa.ArrowException:
        column = pa.array([None] * table.num_rows, kind)
    return table.set_column(at, table.column_names[at], column)


def _replace(random: Random, table: pa.Table) -> pa.Table:
    """Replace all values of a column by one value of any type."""
    at = random.randrange(table.num_columns)
    return table.set_column(at, table.column_names[at], pa.array([random.choice(VALUES)] * table.num_rows))


def _poke(random: Random, table: pa.Table) -> pa.Table:
    """Replace one value of a column by another of its type."""
    at = random.randrange(table.num_columns)
    column, field = table.column(at), table.schema.field(at)
    values = column.to_pylist()
    if values:
        values[random.randrange(len(values))] = random.choice(VALUES)
    kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
    array = pa.array(values, kind)
    return table.set_column(at, field.name, array.dictionary_encode() if pa.types.is_dictionary(field.type) else array)


def _rows(random: Random, table: pa.Table) -> pa.Table:
    count = table.num_rows
    action = random.randrange(4)
    if action == 0 or not count:
        return table.slice(0, 0)
    if action == 1:
        return table.slice(random.randrange(count), random.randrange(count) + 1)
    if action == 2:
        return table.take([random.randrange(count) for _ in range(count)])
    return pa.concat_tables([table, table])


CHANGES = (_drop, _rename, _double, _retype, _replace, _poke, _poke, _poke, _rows)
