"""npz files that anyone may have made: whatever is wrong with one is one line, and nothing in it is executed."""

from __future__ import annotations

import io
import pickle
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from spinn2sim.errors import DataError
from spinn2sim.files.npz_reader import read_arrays


def npz_bytes(**arrays: np.ndarray) -> bytes:
    """The bytes of an npz."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


GOOD = {
    "a": np.arange(6.0).reshape(2, 3),
    "b": np.asfortranarray(np.arange(4, dtype=np.int32).reshape(2, 2)),
    "c": np.array(1),
}
GOOD_BYTES = npz_bytes(**GOOD)


def refused(path: Path) -> str:
    """What reading all arrays of `path` is refused with: one line that names the file."""
    with pytest.raises(DataError) as refusal:
        read_arrays(path)
    said = str(refusal.value)
    assert said.startswith(str(path))
    assert "\n" not in said
    return said


def header_only(shape: str) -> bytes:
    """An npz whose array claims `shape` of float64 and has no bytes."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return file.getvalue()


def test_arrays_come_back(tmp_path: Path) -> None:
    """What numpy wrote is read as it was: values, shapes, types, either order, writeable."""
    path = tmp_path / "good.npz"
    path.write_bytes(GOOD_BYTES)

    arrays = read_arrays(path)

    assert list(arrays) == list(GOOD)
    for name, array in arrays.items():
        assert np.array_equal(array, GOOD[name])
        assert array.dtype == GOOD[name].dtype
        assert array.flags.writeable


def test_missing_file_and_no_zip_and_missing_array(tmp_path: Path) -> None:
    """A path that leads nowhere, a file of another kind and a missing array are each told apart."""
    path = tmp_path / "x.npz"
    assert "no such file" in refused(path)
    path.write_bytes(b"hello")
    assert "not an npz file" in refused(path)
    path.write_bytes(GOOD_BYTES)
    with pytest.raises(DataError, match="has no array d; it has a, b, c"):
        read_arrays(path, ["d"])


def test_pickles_are_refused_unopened(tmp_path: Path) -> None:
    """Neither an array of Python objects nor a bare pickle is loaded: the marker of its execution never appears."""
    marker = tmp_path / "executed"

    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(marker),)  # type: ignore[return-value]

    path = tmp_path / "x.npz"
    path.write_bytes(npz_bytes(a=np.array([Bomb()], dtype=object)))
    assert "holds pickled Python objects" in refused(path)
    path.write_bytes(pickle.dumps(Bomb()))
    assert "not an npz file" in refused(path)
    assert not marker.exists()


@pytest.mark.parametrize(
    "shape", ["(10**9,)", "(1000000000000,)", "(-1,)", "(3,)", "(2, 'x')", "(9223372036854775807, 4)"]
)
def test_claimed_sizes_are_checked_before_memory_is_taken(tmp_path: Path, shape: str) -> None:
    """A header that claims more than the file holds is refused by arithmetic, not by running out of memory."""
    path = tmp_path / "x.npz"
    path.write_bytes(header_only(shape))

    refused(path)


@given(st.integers(0, len(GOOD_BYTES) - 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_truncated_anywhere(tmp_path: Path, length: int) -> None:
    """A file cut off at any byte is refused in one line."""
    path = tmp_path / "cut.npz"
    path.write_bytes(GOOD_BYTES[:length])

    refused(path)


@given(st.integers(0, len(GOOD_BYTES) - 1), st.integers(1, 255))
@example(458, 64)  # zipfile: "zip file version 10.9"
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_damaged_anywhere(tmp_path: Path, place: int, change: int) -> None:
    """A damaged byte is either refused in one line or changes nothing that is read: no other error gets out."""
    damaged = bytearray(GOOD_BYTES)
    damaged[place] ^= change
    path = tmp_path / "damaged.npz"
    path.write_bytes(damaged)

    try:
        arrays = read_arrays(path)
    except DataError:
        refused(path)
    else:
        for array, good in zip(arrays.values(), (GOOD[name] for name in arrays if name in GOOD), strict=False):
            assert np.array_equal(array, good)


def with_header(header: bytes, path: Path) -> Path:
    """An npz whose one member has this header and no data."""
    member = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", member)
    return path


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f8', 'fortran_order': False, 'shape': ((3,), }\n",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"1, " * 65 + b"), }\n",
        b"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3,), }\n",
        b"{'descr': ('<f8', (1000000000,)), 'fortran_order': False, 'shape': (3,), }\n",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (3L,), }\n",
        b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"(" * 3000 + b"), }\n",
        b"{'descr': '<f9', 'fortran_order': False, 'shape': (), }\n",
        b"{'descr': '<U0', 'fortran_order': False, 'shape': (9,), }\n",
        b"__import__('os')\n",
        b"\xff" * 40,
    ],
    ids=["parentheses", "dimensions", "structured", "subarray", "long", "nesting", "type", "no size", "code", "bytes"],
)
def test_a_header_that_numpy_does_not_write_is_refused(header: bytes, tmp_path: Path) -> None:
    """The header is parsed here within bounds: none is evaluated, and none ends in an error of numpy's own."""
    with pytest.raises(DataError, match=r"x.npz: a: ") as refusal:
        read_arrays(with_header(header, tmp_path / "x.npz"))
    assert len(str(refusal.value)) < 400


@pytest.mark.parametrize(
    "array", [np.zeros(()), np.zeros((0, 3)), np.arange(6, dtype=">i2").reshape(2, 3), np.array(["ab", "c"])]
)
def test_every_header_that_numpy_writes_is_read(array: np.ndarray, tmp_path: Path) -> None:
    """Scalars, empty and swapped arrays, texts and Fortran order come back as they were saved."""
    np.savez(tmp_path / "x.npz", a=array, f=np.asfortranarray(array))
    found = read_arrays(tmp_path / "x.npz")
    for name in ("a", "f"):
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_an_archive_of_too_many_members_is_refused_before_they_are_listed(tmp_path: Path) -> None:
    """60,000 members take neither memory nor time: the list is refused by its size, a shorter one by its count."""
    path = tmp_path / "many.npz"
    for members, says in ((60_000, "list of members"), (5_000, "5000 members")):
        with zipfile.ZipFile(path, "w") as archive:
            for k in range(members):
                archive.writestr(f"a{k}.npy", b"")
        begun = time.perf_counter()
        assert says in refused(path)
        assert time.perf_counter() - begun < 1


@pytest.mark.parametrize(("members", "millions"), [(1, 300), (20, 10)])
def test_a_small_file_of_large_arrays_is_refused_before_memory_is_allocated(
    members: int, millions: int, tmp_path: Path
) -> None:
    """A file of 1 MB that unpacks to gigabytes, in one array or in many, is refused by what its headers say."""
    path = tmp_path / "bomb.npz"
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({millions}000000,), }}\n".encode()
    array = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(millions * 1_000_000)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for k in range(members):
            archive.writestr(f"a{k}.npy", array)

    assert "packed too tightly" in refused(path)
    assert path.stat().st_size < 2_000_000


def test_highly_packed_arrays_within_the_limit_are_read(tmp_path: Path) -> None:
    """Silent samples pack a thousandfold: up to 128 MiB they are read all the same."""
    path = tmp_path / "silent.npz"
    np.savez_compressed(path, a=np.full((1000, 1000), -1))

    assert read_arrays(path)["a"].sum() == -1_000_000
