"""How a Parquet file describes itself: the headers of its pages, its column chunks, its schema and its footer.

The structures and their numbers are those of https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from spinn2sim.trace.pages.compact_thrift import (
    BYTE,
    I32,
    STRUCT,
    Field,
    binary,
    flag,
    i32,
    i64,
    listed,
    sized,
    struct,
    structure,
    whole,
)

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"
WRITER = b"spinn2sim"
# Encodings.
PLAIN, RLE, DIFFERENCES, PLACES = 0, 3, 5, 8
# Kinds of pages.
VALUES_PAGE, DICTIONARY_PAGE = 0, 2
# Compression.
NO_CODEC, ZSTD = 0, 6
REQUIRED, OPTIONAL = 0, 1


class Physical(NamedTuple):
    """How the values of an Arrow type are stored: the kind of bytes, and what more a reader is told about them."""

    kind: int
    # numpy's type of the stored values; None for texts.
    stored: np.dtype[np.generic] | None
    # Of integers that are not signed ones of the stored size: converted type, bits, and whether they have a sign.
    converted: int | None = None
    bits: int = 0
    signed: bool = True


INT32, INT64 = np.dtype(np.int32), np.dtype(np.int64)
TEXT = Physical(6, None, 0)
PHYSICAL = {
    "int16": Physical(1, INT32, 16, 16),
    "int32": Physical(1, INT32),
    "uint32": Physical(1, INT32, 13, 32, False),
    "int64": Physical(2, INT64),
    "word": TEXT,
}


class ChunkDescription(NamedTuple):
    """What the footer says about one column of one row group. Offsets count from the begin of the file, sizes are bytes."""

    name: str
    kind: int
    codec: int
    encodings: tuple[int, ...]
    values: int
    dictionary_at: int | None
    values_at: int
    uncompressed: int
    compressed: int
    nulls: int
    # The least and the greatest value, as they are stored.
    extremes: tuple[bytes, bytes] | None


class GroupDescription(NamedTuple):
    """A row group."""

    rows: int
    chunks: Sequence[ChunkDescription]


def page_header(kind: int, sizes: tuple[int, int], checksum: int, values: int, encoding: int) -> bytes:
    """Describe a page of `values` values: its sizes are those before and after compression. Its checksum is a CRC-32."""
    signed = checksum - (1 << 32) if checksum >> 31 else checksum
    return structure(
        (i32(1, kind), i32(2, sizes[0]), i32(3, sizes[1]), i32(4, signed), _content(kind, values, encoding))
    )


@lru_cache(256)
def _content(kind: int, values: int, encoding: int) -> Field:
    """Say how many values a page has, and how; most pages of a file have the same number."""
    if kind == DICTIONARY_PAGE:
        return struct(7, (i32(1, values), i32(2, PLAIN)))
    return struct(5, (i32(1, values), i32(2, encoding), i32(3, RLE), i32(4, RLE)))


def footer(schema: pa.Schema, types: Sequence[Physical], groups: Sequence[GroupDescription]) -> bytes:
    """Return the end of a file after its last page. `types` are those of the schema's fields."""
    fields = [structure((binary(4, b"schema"), i32(5, len(types))))]
    fields += [_schema_field(field.name, field.nullable, kind) for field, kind in zip(schema, types, strict=True)]
    arrow = base64.b64encode(schema.serialize().to_pybytes())
    by_type = structure((struct(1, ()),))
    body = structure(
        (
            i32(1, 2),
            listed(2, STRUCT, fields),
            i64(3, sum(group.rows for group in groups)),
            listed(4, STRUCT, [_group(group, number) for number, group in enumerate(groups)]),
            listed(5, STRUCT, [structure((binary(1, b"ARROW:schema"), binary(2, arrow)))]),
            binary(6, WRITER),
            listed(7, STRUCT, [by_type] * len(types)),
        )
    )
    return body + len(body).to_bytes(4, "little") + MAGIC


def _schema_field(name: str, nullable: bool, kind: Physical) -> bytes:
    found: list[Field] = [i32(1, kind.kind), i32(3, OPTIONAL if nullable else REQUIRED), binary(4, name.encode())]
    if kind.converted is not None:
        integer = struct(10, ((1, BYTE, bytes((kind.bits,))), flag(2, kind.signed)))
        found += [i32(6, kind.converted), struct(10, (integer if kind.stored is not None else struct(1, ()),))]
    return structure(found)


def _group(group: GroupDescription, number: int) -> bytes:
    chunks, begin = group.chunks, _begin(group.chunks[0])
    fields = [
        listed(1, STRUCT, [_chunk(chunk) for chunk in chunks]),
        i64(2, sum(chunk.uncompressed for chunk in chunks)),
        i64(3, group.rows),
        i64(5, begin),
        i64(6, sum(chunk.compressed for chunk in chunks)),
    ]
    if number < 1 << 15:  # it has 16 bits
        fields.append((7, 4, whole(number)))
    return structure(fields)


def _chunk(chunk: ChunkDescription) -> bytes:
    fields = [
        i32(1, chunk.kind),
        listed(2, I32, [whole(encoding) for encoding in chunk.encodings]),
        listed(3, 8, [sized(chunk.name.encode())]),
        i32(4, chunk.codec),
        i64(5, chunk.values),
        i64(6, chunk.uncompressed),
        i64(7, chunk.compressed),
        i64(9, chunk.values_at),
    ]
    if chunk.dictionary_at is not None:
        fields.append(i64(11, chunk.dictionary_at))
    known = [i64(3, chunk.nulls)]
    if chunk.extremes is not None:
        least, most = chunk.extremes
        known += [binary(5, most), binary(6, least), flag(7, True), flag(8, True)]
    fields.append(struct(12, known))
    return structure((i64(2, _begin(chunk)), struct(3, fields)))


def _begin(chunk: ChunkDescription) -> int:
    return chunk.values_at if chunk.dictionary_at is None else chunk.dictionary_at
