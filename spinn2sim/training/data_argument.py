"""The argument `data` of the Python functions: a user's own samples as a file or as arrays, which become keys of the scenario.

Arrays are written to a file beside the runs, DATA/NAME.npz with a name made of their content, so that a run of them can be resumed,
validated and searched as any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, quoted
from spinn2sim.files.atomic import make_folder, write_npz
from spinn2sim.files.npz_reader import array_names
from spinn2sim.scenario.overrides import Overrides, as_mapping

Arrays = dict[str, NDArray[Any]]
# The folder of the files beside the runs.
DATA = "data"
# What a mapping of arrays may have, each also with test_ in front, for numbers and for spikes.
OF_VALUES, OF_SPIKES, N_INPUTS = ("values", "labels"), ("times", "units", "first", "labels"), "n_inputs"
ALLOWED = "a file, arrays (values, labels), or a mapping of arrays: values and labels, or times, units and labels, each also for test_"


def with_data(data: object, overrides: Overrides, out: Path | str | None = None) -> Overrides:
    """Return overrides with the keys that name `data`; keys that are given win. Arrays are written beside `out`, by default in runs/data.

    `data` is None, a file (.npz, or else a CSV), (values, labels), or a mapping of arrays. Raises DataError, OutputError.
    """
    if data is None:
        return overrides
    if isinstance(data, str | Path):
        path, source = Path(data), _source_of(Path(data))
    else:
        arrays = _arrays(data)
        source = "events" if "times" in arrays else "arrays"
        path = (Path("runs") if out is None else Path(out).absolute().parent) / DATA / f"{_digest(arrays)}.npz"
        make_folder(path.parent)
        write_npz(path, arrays)
    keys = {"data.source": source, "data.path": str(path), "data.train_samples": None, "data.test_samples": None}
    return keys | as_mapping(overrides)


def _source_of(path: Path) -> str:
    """Return the data.source that reads a file."""
    if path.suffix != ".npz":
        return "csv"
    names = array_names(path)
    return "events" if "times" in names else "arrays" if "values" in names else "npz"


def _arrays(data: object) -> Arrays:
    """Return arrays by the names that they have in a file. Raises DataError for anything that is none."""
    if isinstance(data, tuple | list) and len(data) == len(OF_VALUES):
        data = dict(zip(OF_VALUES, data, strict=True))
    if not isinstance(data, Mapping):
        raise DataError(f"data: found {quoted(data)}, allowed is {ALLOWED}")
    own = OF_SPIKES if "times" in data else OF_VALUES
    allowed = {*own, *(f"test_{name}" for name in own), *((N_INPUTS,) if own is OF_SPIKES else ())}
    odd = [name for name in data if name not in allowed]
    if odd:
        raise DataError(f"data: found {quoted(odd[0])}, allowed is {ALLOWED}")
    found: Arrays = {}
    for prefix in ("", "test_"):
        if any(f"{prefix}{name}" in data for name in own):
            found |= _of_spikes(data, prefix) if own is OF_SPIKES else _named(data, prefix, own)
    return found | _named(data, "", (N_INPUTS,) if N_INPUTS in data else ())


def _named(data: Mapping[Any, Any], prefix: str, names: Sequence[str]) -> Arrays:
    return {f"{prefix}{name}": _array(data, f"{prefix}{name}") for name in names}


def _of_spikes(data: Mapping[Any, Any], prefix: str) -> Arrays:
    """Return the arrays of spikes; times and units may be a list with the spikes of each sample."""
    if f"{prefix}first" in data:
        return _named(data, prefix, OF_SPIKES)
    lists = []
    for name in ("times", "units"):
        given = data.get(f"{prefix}{name}")
        if not isinstance(given, Sequence | np.ndarray):
            raise DataError(
                f"data: {prefix}{name}: found {quoted(given)}, allowed is a list with the spikes of each sample"
            )
        lists.append([np.asarray(one) for one in given])
    times, units = lists
    if [one.shape for one in times] != [one.shape for one in units] or any(one.ndim != 1 for one in times):
        raise DataError(
            f"data: {prefix}units: found other numbers of spikes than times has, allowed is a unit for each time"
        )
    first = np.cumsum([0, *(len(one) for one in times)], dtype=np.int64)
    flat = {"times": _joined(times, np.float64), "units": _joined(units, np.int64), "first": first}
    return {f"{prefix}{name}": array for name, array in flat.items()} | _named(data, prefix, ("labels",))


def _joined(parts: Sequence[NDArray[Any]], empty: type[np.generic]) -> NDArray[Any]:
    filled = [part for part in parts if len(part)]
    return np.concatenate(filled) if filled else np.empty(0, empty)


def _array(data: Mapping[Any, Any], name: str) -> NDArray[Any]:
    if name not in data:
        raise DataError(f"data: found no {name}, allowed is {ALLOWED}")
    try:
        array = np.asarray(data[name])
    except ValueError as error:  # rows of unlike lengths
        raise DataError(
            f"data: {name}: found no array ({error!s:.120}), allowed is numbers, or texts as labels"
        ) from None
    if name.endswith("labels"):
        array = array.reshape(-1) if array.ndim == 2 and array.shape[1] == 1 else array
        if array.dtype.kind in "OT":  # pandas has texts as objects
            array = np.array([str(one) for one in array.ravel()]).reshape(array.shape)
    if array.dtype.kind == "O":
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            raise DataError(f"data: {name}: found Python objects, allowed is numbers") from None
    return array


def _digest(arrays: Arrays) -> str:
    """Return a name that is made of the content of arrays."""
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
