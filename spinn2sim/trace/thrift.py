"""Thrift's compact protocol, as far as the footer of a Parquet file needs it: bytes to nested lists and back; it knows no field's meaning.

A struct is a dict from field number to (type, value), a list is (type of its items, items); what is a number stays one.
"""

from __future__ import annotations

import io
from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
Struct = dict[int, tuple[int, Any]]


class ThriftError(ValueError):
    """Bytes that are no struct."""


def read_struct(data: bytes) -> Struct:
    """The struct that `data` begins with. Raises ThriftError."""
    try:
        return _read_struct(io.BytesIO(data))
    except (IndexError, RecursionError) as error:
        raise ThriftError("no Thrift struct") from error


def write_struct(struct: Struct) -> bytes:
    """The bytes of a struct, fields in their order."""
    out = bytearray()
    _write_struct(out, struct)
    return bytes(out)


def _read_struct(data: io.BytesIO) -> Struct:
    found: Struct = {}
    number = 0
    while (head := data.read(1)[0]) != 0:
        delta, kind = head >> 4, head & 15
        number = number + delta if delta else _zigzag(_read_varint(data))
        found[number] = (kind, None if kind in (TRUE, FALSE) else _read(data, kind))
    return found


def _read(data: io.BytesIO, kind: int) -> Any:
    if kind in (TRUE, FALSE, BYTE):  # in a list a truth value is a byte
        return data.read(1)[0]
    if kind in (I16, I32, I64):
        return _zigzag(_read_varint(data))
    if kind == DOUBLE:
        return data.read(8)
    if kind == BINARY:
        return data.read(_read_varint(data))
    if kind in (LIST, SET):
        head = data.read(1)[0]
        size = _read_varint(data) if head >> 4 == 15 else head >> 4
        return head & 15, [_read(data, head & 15) for _ in range(size)]
    if kind == STRUCT:
        return _read_struct(data)
    raise ThriftError(f"no type {kind} in a Parquet footer")


def _read_varint(data: io.BytesIO) -> int:
    value, shift = 0, 0
    while True:
        byte = data.read(1)[0]
        value |= (byte & 127) << shift
        if byte < 128:
            return value
        shift += 7


def _zigzag(word: int) -> int:
    return (word >> 1) ^ -(word & 1)


def _write_struct(out: bytearray, struct: Struct) -> None:
    before = 0
    for number, (kind, value) in struct.items():
        delta = number - before
        out.append((delta if 0 < delta < 16 else 0) << 4 | kind)
        if not 0 < delta < 16:
            _write_varint(out, number << 1)
        before = number
        if kind not in (TRUE, FALSE):
            _write(out, kind, value)
    out.append(0)


def _write(out: bytearray, kind: int, value: Any) -> None:
    if kind in (TRUE, FALSE, BYTE):
        out.append(value)
    elif kind in (I16, I32, I64):
        _write_varint(out, value << 1 if value >= 0 else (-value << 1) - 1)
    elif kind == DOUBLE:
        out += value
    elif kind == BINARY:
        _write_varint(out, len(value))
        out += value
    elif kind in (LIST, SET):
        items, values = value
        out.append(min(len(values), 15) << 4 | items)
        if len(values) >= 15:
            _write_varint(out, len(values))
        for one in values:
            _write(out, items, one)
    else:
        _write_struct(out, value)


def _write_varint(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
