"""Reads the rows of a projection; a list that has not changed since it was read is not read again."""

from __future__ import annotations

import marshal
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScriptError, quoted

COLUMNS = 4


class ConnectionRows:
    """The rows of one projection as an array, with a digest of what they were read from."""

    def __init__(self) -> None:
        self._digest: bytes | None = None
        self._array: NDArray[Any] | None = None
        self._rows = np.zeros((0, COLUMNS))

    def read(self, connections: Any, name: str) -> NDArray[np.float64]:
        """Return (synapses, 4) float64. Raises ScriptError for anything that is not such rows."""
        if isinstance(connections, np.ndarray) and connections.dtype.kind in "biuf":
            return self._read_array(connections, name)
        digest = _digest(connections)
        if digest is None or digest != self._digest:
            self._rows, self._digest, self._array = _read(connections, name), digest, None
        return self._rows

    def _read_array(self, connections: NDArray[Any], name: str) -> NDArray[np.float64]:
        """Read an array, unless it has the numbers of the last one."""
        known = self._array
        if known is None or known.dtype != connections.dtype or not np.array_equal(known, connections):
            self._array = connections.copy()
            self._rows, self._digest = _read(self._array, name), None
        return self._rows


def _digest(connections: Any) -> bytes | None:
    """Return a digest of a list of plain numbers; None for others, which are read anew."""
    if not isinstance(connections, list | tuple):
        return None
    try:
        return blake2b(marshal.dumps(connections)).digest()
    except ValueError:  # numbers of numpy
        return None


def _read(connections: Any, name: str) -> NDArray[np.float64]:
    if not isinstance(connections, np.ndarray | list | tuple):
        try:
            connections = list(connections)
        except TypeError:
            raise ScriptError(f"projection {name}: found {quoted(connections)}, allowed are rows") from None
    try:
        rows = np.asarray(connections, np.float64)
    except (ValueError, TypeError):
        raise ScriptError(f"projection {name}: {_wrong_row(connections)}") from None
    if rows.size == 0:
        return np.zeros((0, COLUMNS))
    if rows.ndim != 2 or rows.shape[1] != COLUMNS:
        raise ScriptError(
            f"projection {name}: found connections of shape {rows.shape}, allowed are rows (pre index, post index, weight, delay)"
        )
    return rows


def _wrong_row(connections: Any) -> str:
    """Say which row is not four numbers."""
    for number, row in enumerate(connections):
        try:
            fits = np.asarray(row, np.float64).shape == (COLUMNS,)
        except (ValueError, TypeError):
            fits = False
        if not fits:
            return f"row {number}: found {quoted(row)}, allowed are (pre index, post index, weight, delay)"
    return "found rows of unlike length, allowed are (pre index, post index, weight, delay)"
