"""The process that reads an HDF5 file: checks links, layout and sizes before memory is allocated, and sends what it reads.

It is started by `hdf5_reader`, as `python -m spinn2sim.files.hdf5_process`.
"""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from spinn2sim.files.limited_process import Limits, begin, end, refuse, send

FILE = "/dev/fd/0"
MAX_DEPTH = 6
# Strings in one array, and bytes of one string.
MAX_TEXTS = 20_000
MAX_TEXT = 1 << 16
# What a chunk may take, since the library unpacks it as a whole; and how far an array may be packed, beyond SMALL bytes.
MAX_CHUNK, MOST_INFLATION, SMALL = 64 << 20, 1100, 1 << 20


class RefusedError(Exception):
    """Something in the file is not allowed; the message says where, what was found and what is allowed."""

    def __init__(self, where: str, found: str, allowed: str) -> None:
        super().__init__(f"{where:.120}: found {found}, allowed is {allowed}")


class Sender:
    """Sends the contents of one file, and counts its objects and the bytes that they take in memory, with numbers as float64."""

    def __init__(self, most_bytes: int, most_objects: int) -> None:
        self.most_bytes, self.most_objects = most_bytes, most_objects
        self.bytes = self.objects = 0

    def group(self, group: h5py.Group, path: list[str]) -> None:
        """Send everything in a group. Links other than hard links are refused."""
        where = "/".join(path)
        if len(path) > MAX_DEPTH + 1:
            raise RefusedError(where, "groups nested deeper", f"{MAX_DEPTH} levels")
        send({"path": path, "kind": "group"})
        for key in group:
            self.objects += 1
            if self.objects > self.most_objects:
                raise RefusedError(where, "more objects", str(self.most_objects))
            item = need_here(group, key, f"{where}/{key}")
            if isinstance(item, h5py.Group):
                self.group(item, [*path, key])
            else:
                self.dataset(item, [*path, key])

    def dataset(self, dataset: Any, path: list[str]) -> None:
        """Send a string, an array of strings, an array of numbers, or a list of arrays of any length."""
        where = "/".join(path)
        if not isinstance(dataset, h5py.Dataset) or dataset.is_virtual or dataset.external:
            raise RefusedError(where, "data kept elsewhere", "data in the file itself")
        if dataset.shape is None:
            raise RefusedError(where, "nothing", "a value")
        refuse_chunks(dataset, where)
        about = {"path": path, "shape": dataset.shape}
        vlen = h5py.check_vlen_dtype(dataset.dtype)
        if vlen is not None and np.dtype(vlen).kind in "iuf" and dataset.ndim == 1:
            self.lists(dataset, path)
        elif dataset.dtype.kind in "SO":
            send({**about, "kind": "texts", "texts": self.texts(dataset, where)})
        elif dataset.dtype.kind not in "biuf":
            raise RefusedError(where, f"{dataset.dtype!s:.80}", "numbers or texts")
        else:
            self.take(dataset.size * max(8, dataset.dtype.itemsize), where)
            refuse_fill(dataset, where)
            array = np.asarray(dataset[()])
            send({**about, "kind": "array", "dtype": array.dtype.str}, bytes_of(array))

    def lists(self, dataset: h5py.Dataset, path: list[str]) -> None:
        """Send the number of arrays in a list, and then each array."""
        where = "/".join(path)
        dtype = np.dtype(h5py.check_vlen_dtype(dataset.dtype))
        self.take(len(dataset) * 8, where)
        send({"path": path, "kind": "lists", "dtype": dtype.str, "count": len(dataset)})
        for index in range(len(dataset)):
            array = np.asarray(dataset[index], dtype)
            self.take(array.size * 8, where)
            send({}, bytes_of(array))

    def texts(self, dataset: h5py.Dataset, where: str) -> list[str]:
        """Read a string or an array of strings, one by one, since the length of each is known only after reading it."""
        if h5py.check_string_dtype(dataset.dtype) is None or dataset.dtype.itemsize > MAX_TEXT:
            raise RefusedError(where, f"{dataset.dtype!s:.80}", f"numbers, or texts of at most {MAX_TEXT} bytes")
        if dataset.size > MAX_TEXTS:
            raise RefusedError(where, f"{dataset.size} texts", f"at most {MAX_TEXTS}")
        found = []
        for index in np.ndindex(dataset.shape):
            text = bytes(dataset[index])
            if len(text) > MAX_TEXT:
                raise RefusedError(where, f"a text of {len(text)} bytes", f"at most {MAX_TEXT}")
            self.take(len(text), where)
            found.append(text.decode(errors="replace"))
        return found

    def take(self, size: int, where: str) -> None:
        """Count `size` bytes about to be read."""
        self.bytes += size
        if self.bytes > self.most_bytes:
            raise RefusedError(where, f"{self.bytes} bytes up to here", f"at most {self.most_bytes}")


def bytes_of(array: NDArray[Any]) -> memoryview:
    """Return the bytes of an array in C order, without a copy if they are."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def need_here(group: Any, key: str, where: str) -> Any:
    """Return a group's member. A link to another place is refused."""
    if not isinstance(group, h5py.Group) or group.get(key, getlink=True, default=None) is None:
        raise RefusedError(where, "nothing", "data")
    if not isinstance(group.get(key, getlink=True), h5py.HardLink):
        raise RefusedError(where, "a link to another place", "data in the file itself")
    return group[key]


def refuse_chunks(dataset: h5py.Dataset, where: str) -> None:
    """Refuse chunks that would take more memory than the arrays of a network."""
    size = math.prod(dataset.chunks or ()) * dataset.dtype.itemsize
    if size > MAX_CHUNK:
        raise RefusedError(where, f"chunks of {size} bytes", f"at most {MAX_CHUNK}")


def refuse_fill(dataset: h5py.Dataset, where: str) -> None:
    """Refuse an array that the file does not hold: fill values, or numbers packed further than any compression packs data."""
    size, stored = dataset.size * dataset.dtype.itemsize, dataset.id.get_storage_size()
    if size > max(SMALL, MOST_INFLATION * stored):
        raise RefusedError(where, f"{size} bytes made of {stored} in the file", "an array that is stored in it")


def send_all(request: dict[str, Any]) -> None:
    """Send the groups and datasets that are asked for."""
    sender = Sender(request["most_bytes"], request["most_objects"])
    with h5py.File(FILE, "r") as file:
        for name in request["wanted"]:
            item: Any = file
            for part in name.split("/"):
                item = need_here(item, part, name)
            if isinstance(item, h5py.Group):
                sender.group(item, name.split("/"))
            else:
                sender.dataset(item, name.split("/"))


def answer(request: dict[str, Any]) -> None:
    """Send what is asked for, or else the reason why it is refused."""
    try:
        send_all(request)
    except RefusedError as error:
        refuse(str(error))
    except MemoryError:
        refuse("reading it takes more memory than a file of its kind may, it is damaged")
    except Exception as error:  # h5py raises errors of many types for damaged bytes
        why = (str(error).splitlines() or [type(error).__name__])[0].replace(FILE, "the file")
        refuse(f"not an HDF5 file, or damaged ({why:.120})")
    else:
        end()


def main() -> None:
    """Read the file at standard input as the request in the first argument asks."""
    request = json.loads(sys.argv[1])
    begin(Limits(request["seconds"], request["memory"]))
    answer(request)


if __name__ == "__main__":
    main()
