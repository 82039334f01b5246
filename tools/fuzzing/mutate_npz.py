"""Changes npz files: types, shapes and headers of their arrays, the members themselves, and the zip around them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fuzzing.mutate_bytes import mutate_bytes, mutate_numbers

Members = list[tuple[str, bytes]]
TYPES = (
    "<f8", ">f8", "<f4", "<f2", "<i8", ">i8", "<i4", "<i2", "|i1", "|u1", "<u2", "<u4", "<u8", "|b1", "<c16", "<M8[s]", "<m8[D]",
    "|S4", "<U4",
    "|O", "|V8", "<f16", "|S0", "<U0",
)  # fmt: skip
HEADERS = (
    "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }", "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (%s,), }",
    "{'descr': ('<f8', (2, 2)), 'fortran_order': False, 'shape': (%s,), }", "{'shape': (%s,), 'fortran_order': True, 'descr': '<i8'}",
    "{'descr': '<f8', 'fortran_order': 1, 'shape': (%s,), }", "((((((", "{'descr': '<f8', 'fortran_order': False, 'shape': (%s,), 'x': 1}",
    "__import__('os').getpid()", "{'descr': '<f8', 'fortran_order': False, 'shape': (-%s,), }", "{'descr': '<f8', 'shape': (%s,)}",
)  # fmt: skip
LENGTHS = (
    "0",
    "1",
    "3",
    "20",
    "4294967296",
    "9223372036854775807",
    "1," * 70,
    "0, 4294967296, 4294967296",
    "9" * 400,
    "1e3",
    "True",
    "3L",
)


def mutate_npz(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Return an npz after a change to its arrays, its members' bytes, or its zip."""
    way = random.randrange(10)
    if way == 0:
        return mutate_bytes(random, data, others)
    members = list(members_of(data))
    if not members:
        return mutate_bytes(random, data, others)
    at = random.randrange(len(members))
    name, body = members[at]
    if way == 1:
        _change_members(random, members, at, others)
    elif way <= 4:
        members[at] = (name, _change_header(random, body))
    elif way == 5:
        members[at] = (name, mutate_bytes(random, body))
    else:
        members[at] = (name, _change_array(random, body))
    return write_zip(members, random.random() < 0.1)


def npz(**arrays: Any) -> bytes:
    """Write arrays as an npz."""
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@lru_cache(4096)
def members_of(data: bytes) -> tuple[tuple[str, bytes], ...]:
    """Return the members of a zip with their bytes; none if it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return tuple((name, archive.read(name)) for name in archive.namelist()[:40])
    except Exception:  # any damage: the bytes are then changed blindly
        return ()


def write_zip(members: Members, packed: bool = False) -> bytes:
    """Write members as a zip by hand, since zipfile takes five times as long, and refuses some names."""
    body, directory = bytearray(), bytearray()
    for name, content in members:
        data = zlib.compress(content, 1)[2:-4] if packed else content
        named = name.encode("utf-8", "surrogatepass")
        sizes = struct.pack("<III", zlib.crc32(content), len(data), len(content))
        common = struct.pack("<HHHHH", 20, 0x800, 8 if packed else 0, 0, 33) + sizes + struct.pack("<HH", len(named), 0)
        directory += (
            b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + named
        )
        body += b"PK\x03\x04" + common + named + data
    end = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(directory), len(body), 0)
    return bytes(body + directory) + b"PK\x05\x06" + end


def _change_members(random: Random, members: Members, at: int, others: Sequence[bytes]) -> None:
    name, body = members[at]
    action = random.randrange(5)
    if action == 0:
        del members[at]
    elif action == 1:
        members.append((name, random.choice(members)[1]))
    elif action == 2:
        names = (
            name[:-4],
            name.upper(),
            f"../{name}",
            "x.npy",
            "",
            "a\x1b[31m.npy",
            "weights_٣.npy",
            "weights_00.npy",
            "weights_9" + "9" * 60 + ".npy",
        )
        members[at] = (random.choice(names), body)
    elif action == 3 and others and (found := members_of(random.choice(others))):
        members[at] = (name, random.choice(found)[1])
    else:
        members += [(f"{name[:-4]}{k}.npy", body) for k in range(random.choice((1, 3, 30)))]


def _change_header(random: Random, body: bytes) -> bytes:
    if random.random() < 0.5:
        text = random.choice(HEADERS)
        header = (text % random.choice(LENGTHS) if "%s" in text else text).encode()
        length = random.choice((len(header), len(header), 0, 65535))
        rest = body[10 + int.from_bytes(body[8:10], "little") :] if len(body) > 10 else b""
        return b"\x93NUMPY\x01\x00" + length.to_bytes(2, "little") + header + rest
    end = 10 + int.from_bytes(body[8:10], "little") if len(body) > 10 else len(body)
    change = mutate_numbers if random.random() < 0.5 else mutate_bytes
    return change(random, body[:end]) + body[end:]


def _change_array(random: Random, body: bytes) -> bytes:
    array = _array_of(body)
    if array is None:
        return mutate_bytes(random, body)
    action = random.randrange(5)
    if action == 0 and array.size:
        array = array.copy()
        with np.errstate(all="ignore"):
            flat = array.reshape(-1)
            value = random.choice(
                (0, -1, 1, 255, 1e308, float("nan"), float("inf"), -float("inf"), 5e-324, 65535, 2**31, 2**62)
            )
            with suppress(OverflowError, ValueError, TypeError):  # a type that cannot hold the value
                flat[random.randrange(array.size)] = value
    elif action == 1:
        shapes = (
            (),
            (0,),
            (1,),
            array.shape[::-1],
            (*array.shape, 1),
            (1, *array.shape),
            (array.size,),
            (0, 5),
            (5, 0),
        )
        shape = random.choice(shapes)
        array = np.resize(array, shape) if array.size else np.zeros(shape, array.dtype)
    elif action == 2 and array.ndim:
        array = array[: random.randrange(len(array) + 1)]
    elif action == 3:
        array = np.asfortranarray(array)
    else:
        return _retyped(random, array)
    return array_bytes(array)


def _retyped(random: Random, array: NDArray[Any]) -> bytes:
    kind = random.choice(TYPES)
    if random.random() < 0.3 or kind == "|O":  # the type in the header alone: sizes need not match
        return array_bytes(array).replace(array.dtype.str.encode(), kind.encode(), 1)
    try:
        with np.errstate(all="ignore"):
            return array_bytes(array.astype(kind))
    except (TypeError, ValueError, OverflowError):
        return array_bytes(array).replace(array.dtype.str.encode(), kind.encode(), 1)


def _array_of(body: bytes) -> NDArray[Any] | None:
    try:
        return np.asarray(np.lib.format.read_array(io.BytesIO(body), allow_pickle=False, max_header_size=10_000))
    except Exception:  # a body that was changed before
        return None


def array_bytes(array: NDArray[Any]) -> bytes:
    """Write one array as npy."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), allow_pickle=True)
    return file.getvalue()


def arrays_of(data: bytes) -> Mapping[str, NDArray[Any]]:
    """Return the arrays of an npz that numpy can read, by name."""
    found = {name.removesuffix(".npy"): _array_of(body) for name, body in members_of(data)}
    return {name: array for name, array in found.items() if array is not None}
