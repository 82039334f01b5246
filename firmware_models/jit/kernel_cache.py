"""Caches compiled kernels on disk, in a folder that no one else can write to, or not at all. Unusable entries are compiled again.

Loading an entry runs the code in it, so a folder is used only if it belongs to this user (or to root) and no one else may write to it.
numba's own cache ends the program if an entry is damaged or the disk is full; this one gives one warning and goes on without it.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba.core import caching

VARIABLE = "NUMBA_CACHE_DIR"
DIGEST_BYTES = hashlib.sha256().digest_size
# Who may write to a folder besides its owner.
OTHERS = stat.S_IWGRP | stat.S_IWOTH


class CacheWarning(UserWarning):
    """Compiled code cannot be kept, or what was kept cannot be used, so that it is compiled again."""


_warned: set[str] = set()


def warn_once(text: str) -> None:
    """Give a warning about the cache, each text once in a process."""
    if text not in _warned:
        _warned.add(text)
        warnings.warn(text, CacheWarning, stacklevel=2)


class UnsafeFolderError(Exception):
    """A folder cannot be used for compiled code; the message says why."""


def cache_root() -> Path:
    """Return where compiled code is kept: NUMBA_CACHE_DIR, which may be shared like /tmp, or a private folder in the user's cache folder.

    Raises OSError or UnsafeFolderError if there is no usable folder.
    """
    named = os.environ.get(VARIABLE)
    if named:
        folder = Path(named).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        caches = Path(base) if base else Path.home() / ".cache"
    except RuntimeError:
        raise UnsafeFolderError("this user has no home folder") from None
    caches.mkdir(mode=0o700, exist_ok=True)
    return private_folder(caches / "spinn2sim")


def private_folder(folder: Path) -> Path:
    """Return `folder`, made with mode 0700 unless it exists. Raises OSError, or UnsafeFolderError if others could have written to it."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        found = os.fstat(handle)
    finally:
        os.close(handle)
    if found.st_uid not in (0, os.geteuid()):
        raise UnsafeFolderError(f"{folder} belongs to user {found.st_uid}")
    if found.st_mode & OTHERS:
        raise UnsafeFolderError(f"others may write to {folder}")
    return folder


def kernel_folder(name: str) -> Path | None:
    """Return the private folder `name` of the cache. If there is none, return None and keep the reason for `NoCache`."""
    try:
        return private_folder(cache_root() / name)
    except UnsafeFolderError as error:
        _reasons.append(str(error))
    except OSError as error:
        _reasons.append(f"{error.filename}: {error.strerror}")
    return None


# The reasons why there is no cache, of which the first is shown.
_reasons: list[str] = []


class _Locator(caching._CacheLocator):
    """Finds the entries of a function in a given folder."""

    def __init__(self, folder: Path, py_func: Any) -> None:
        code = py_func.__code__
        self._file, self._line = code.co_filename, code.co_firstlineno
        self._path = folder / self.get_suitable_cache_subpath(self._file)

    def get_cache_path(self) -> str:
        return str(self._path)

    def get_source_stamp(self) -> tuple[float, int]:
        try:
            found = Path(self._file).stat()
        except OSError:  # a function without a file
            return (0.0, 0)
        return found.st_mtime, found.st_size

    def get_disambiguator(self) -> str:
        return str(self._line)

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> None:
        """Unused, since the folder is given."""


class _Reducer(caching.CompileResultCacheImpl):
    """Turns a compiled function into bytes and back."""

    def __init__(self, folder: Path, py_func: Any) -> None:
        self._lineno = py_func.__code__.co_firstlineno
        self._locator = _Locator(folder, py_func)
        self._filename_base = self.get_filename_base(f"{py_func.__module__}.{py_func.__qualname__}", "")


class _Entries(caching.IndexDataCacheFile):
    """The cache files of a function. Each begins with the digest of the rest, since a flipped bit in machine code would go unnoticed."""

    def discard(self) -> None:
        """Forget all entries."""
        with suppress(OSError):
            Path(self._index_path).unlink()

    def _load_index(self) -> dict[Any, str]:
        try:
            version, stamp, overloads = _read(Path(self._index_path))
        except FileNotFoundError:
            return {}
        return overloads if (version, stamp) == (self._version, self._source_stamp) else {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        self._write(self._index_path, (self._version, self._source_stamp, overloads))

    def _load_data(self, name: str) -> Any:
        return _read(Path(self._data_path(name)))

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), data)

    def _write(self, path: str, value: Any) -> None:
        data = self._dump(value)
        with self._open_for_write(path) as file:
            file.write(hashlib.sha256(data).digest() + data)


def _read(path: Path) -> Any:
    """Read the value in a file. Raises ValueError if the file is damaged."""
    text = path.read_bytes()
    digest, data = text[:DIGEST_BYTES], text[DIGEST_BYTES:]
    if hashlib.sha256(data).digest() != digest:
        raise ValueError("its bytes are not those that were written")
    return pickle.loads(data)  # noqa: S301 - the folder is private


class KernelCache(caching.FunctionCache):
    """numba's cache of a function, in `folder`, that never ends the program."""

    def __init__(self, folder: Path, py_func: Any) -> None:
        self._name, self._py_func = repr(py_func), py_func
        self._impl = _Reducer(folder, py_func)
        self._cache_path = self._impl.locator.get_cache_path()
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = self._entries = _Entries(self._cache_path, self._impl.filename_base, stamp)
        self.enable()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the compiled function, or None if it must be compiled."""
        try:
            return super().load_overload(sig, target_context)
        except Exception as error:  # damaged bytes may raise anything
            self._entries.discard()
            warn_once(
                f"compiled code in {self._cache_path} cannot be used ({_describe(error)}): it is compiled again; "
                f"{VARIABLE} names another folder"
            )
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep a compiled function if possible."""
        try:
            super().save_overload(sig, data)
        except (OSError, ValueError, EOFError, pickle.PickleError) as error:
            warn_once(
                f"compiled code cannot be kept in {self._cache_path} ({_describe(error)}): it is compiled in each start; "
                f"set {VARIABLE} to a folder that can be written"
            )


class NoCache(caching.NullCache):
    """Keeps nothing, and gives a warning when something is compiled."""

    def load_overload(self, sig: Any, target_context: Any) -> None:
        """Return None, so that the function is compiled."""
        reason = f" ({_reasons[0]})" if _reasons else ""
        warn_once(
            f"compiled code cannot be kept{reason}: it is compiled in each start; set {VARIABLE} to a folder of your own"
        )


def _describe(error: Exception) -> str:
    return getattr(error, "strerror", None) or " ".join(str(error).split())[:80] or type(error).__name__
