"""Reads an HDF5 file of unknown origin as nested dicts. Links and sizes are checked before memory is allocated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spinn2sim.errors import DataError

if TYPE_CHECKING:
    import h5py

# Maps names to trees, to arrays of numbers or strings, and to strings.
Tree = dict[str, Any]
# The limits of a file: bytes in all arrays together, objects in all groups, nested groups.
MAX_BYTES = 1 << 30
MAX_OBJECTS = 20_000
MAX_DEPTH = 6
# Strings in one array, and bytes of one string.
MAX_TEXTS = 20_000
MAX_TEXT = 1 << 16


def read_tree(path: Path, root: str) -> Tree:
    """Read the group `root` of a file.

    Raises DataError for a file that is not HDF5, is damaged or too large, or holds anything but numbers and strings.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            if not isinstance(file.get(root, getlink=True), h5py.HardLink) or not isinstance(file[root], h5py.Group):
                raise DataError(f"{path}: has no group {root!r}, allowed is a NIR file")
            return _Reader(path).group(file[root], root, 0)
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f"{path}: no such file, allowed is a NIR file") from None
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise DataError(f"{path}: not an HDF5 file, or damaged ({str(error).splitlines()[0]})") from None


class _Reader:
    """Reads one file, and counts the objects and bytes read so far."""

    def __init__(self, path: Path) -> None:
        self.path, self.bytes, self.objects = path, 0, 0

    def group(self, group: h5py.Group, name: str, depth: int) -> Tree:
        """Read everything in a group. Links other than hard links are refused."""
        import h5py

        if depth > MAX_DEPTH:
            raise self.refusal(name, "groups nested deeper", f"{MAX_DEPTH} levels")
        tree: Tree = {}
        for key in group:
            self.objects += 1
            if self.objects > MAX_OBJECTS:
                raise self.refusal(name, "more objects", str(MAX_OBJECTS))
            where = f"{name}/{key}"
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                raise self.refusal(where, "a link to another place", "data in the file itself")
            item = group[key]
            tree[key] = (
                self.group(item, where, depth + 1) if isinstance(item, h5py.Group) else self.dataset(item, where)
            )
        return tree

    def dataset(self, dataset: Any, where: str) -> Any:
        """Read a string, an array of strings, or an array of numbers."""
        import h5py

        if not isinstance(dataset, h5py.Dataset) or dataset.is_virtual or dataset.external:
            raise self.refusal(where, "data kept elsewhere", "data in the file itself")
        if dataset.shape is None:
            raise self.refusal(where, "nothing", "a value")
        if dataset.dtype.kind in "SO":
            return self.texts(dataset, where)
        if dataset.dtype.kind not in "biuf":
            raise self.refusal(where, str(dataset.dtype), "numbers or texts")
        self.take(dataset.size * dataset.dtype.itemsize, where)
        return dataset[()]

    def texts(self, dataset: h5py.Dataset, where: str) -> Any:
        """Read a string or an array of strings, one by one, since the length of each is known only after reading it."""
        import h5py

        if h5py.check_string_dtype(dataset.dtype) is None or dataset.dtype.itemsize > MAX_TEXT:
            raise self.refusal(where, str(dataset.dtype), f"numbers, or texts of at most {MAX_TEXT} bytes")
        if dataset.size > MAX_TEXTS:
            raise self.refusal(where, f"{dataset.size} texts", f"at most {MAX_TEXTS}")
        found = []
        for index in np.ndindex(dataset.shape):
            text = bytes(dataset[index])
            if len(text) > MAX_TEXT:
                raise self.refusal(where, f"a text of {len(text)} bytes", f"at most {MAX_TEXT}")
            self.take(len(text), where)
            found.append(text.decode(errors="replace"))
        return np.array(found).reshape(dataset.shape) if dataset.shape else found[0]

    def take(self, size: int, where: str) -> None:
        """Count `size` bytes about to be read. Raises DataError if the file has too many."""
        self.bytes += size
        if self.bytes > MAX_BYTES:
            raise self.refusal(where, f"{self.bytes} bytes up to here", f"at most {MAX_BYTES}")

    def refusal(self, where: str, found: str, allowed: str) -> DataError:
        """Make a DataError of one line."""
        return DataError(f"{self.path}: {where}: found {found}, allowed is {allowed}")
