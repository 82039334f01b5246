"""Writes structures in Thrift's compact protocol, in which a Parquet file describes itself.

A structure is a list of fields, each with its number, its kind and its bytes, in the order of their numbers.
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

TRUE, FALSE, BYTE, I16, I32, I64, BINARY, LIST, STRUCT = 1, 2, 3, 4, 5, 6, 8, 9, 12
# Lists of this length or more have their length in bytes of its own.
LONG_LIST = 15

Field = tuple[int, int, bytes]


def varint(value: int) -> bytes:
    """Return a number that is not negative, seven bits a byte, the least first."""
    if value < 128:
        return bytes((value,))
    found = bytearray()
    while value >= 128:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


def whole(value: int) -> bytes:
    """Return an integer of any sign, as fields of kind I16, I32 and I64 have it."""
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)


def i32(number: int, value: int) -> Field:
    """Make a field with an integer of 32 bits."""
    return number, I32, whole(value)


def i64(number: int, value: int) -> Field:
    """Make a field with an integer of 64 bits."""
    return number, I64, whole(value)


def flag(number: int, value: bool) -> Field:
    """Make a field that is true or false."""
    return number, TRUE if value else FALSE, b""


def binary(number: int, value: bytes) -> Field:
    """Make a field with bytes or an encoded text."""
    return number, BINARY, sized(value)


def sized(value: bytes) -> bytes:
    """Return bytes after their length, as an element of a list has them."""
    return varint(len(value)) + value


def struct(number: int, fields: Iterable[Field]) -> Field:
    """Make a field with a structure in it."""
    return number, STRUCT, structure(fields)


def listed(number: int, kind: int, elements: Sequence[bytes]) -> Field:
    """Make a field with a list of elements of one kind."""
    count = len(elements)
    head = bytes((count << 4 | kind,)) if count < LONG_LIST else bytes((LONG_LIST << 4 | kind,)) + varint(count)
    return number, LIST, head + b"".join(elements)


def structure(fields: Iterable[Field]) -> bytes:
    """Return the bytes of a structure whose fields' numbers rise by at most 15."""
    found, last = bytearray(), 0
    for number, kind, body in fields:
        found.append((number - last) << 4 | kind)
        found += body
        last = number
    found.append(0)
    return bytes(found)
