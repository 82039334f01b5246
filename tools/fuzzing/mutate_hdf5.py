"""Changes HDF5 files: objects dropped, renamed, given other types, shapes and values, links planted, and the bytes of the file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from random import Random
from typing import Any

import h5py
import numpy as np

from fuzzing.mutate_bytes import mutate_bytes

VALUES: tuple[Any, ...] = (
    0, 1, -1, 5, 1e308, float("nan"), float("inf"), 1e-320, True, 2**63 - 1, "", "CubaLIF", "LIF", "Linear", "Input", "Conv2d",
    "NIRGraph", "input",
    "\x1b[31m", "x" * 70_000, b"\xff\xfe", np.zeros(0), np.zeros((0, 5)), np.zeros((3, 5)), np.ones(5), np.ones(3), np.zeros((2, 2, 2)),
    np.full(5, np.nan), np.full(3, np.inf), np.arange(3), np.array([[0.5]]), np.array(1.0 + 2j), np.array([b"a", b"b"]), np.float32(0.02),
    np.array([("a", 1)], [("n", "S1"), ("v", "i4")]), np.array([["input", "0"], ["0", "input"]], "S8"), np.zeros(3, "M8[s]").astype("i8"),
)  # fmt: skip


def mutate_hdf5(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Return an HDF5 file after one to three changes to its objects, or to its bytes."""
    if random.random() < 0.4:
        return mutate_bytes(random, data, others)
    file = io.BytesIO(data)
    try:
        with h5py.File(file, "r+") as tree:
            for _ in range(random.choice((1, 1, 2, 3))):
                _change(random, tree)
    except Exception:  # a file that was damaged before, or a value that HDF5 does not take
        return mutate_bytes(random, data, others)
    return file.getvalue()


def _change(random: Random, tree: h5py.File) -> None:
    names: list[str] = []
    tree.visit(names.append)
    name = random.choice(names)
    action = random.randrange(10)
    if action == 0:
        del tree[name]
    elif action == 1:
        tree.move(name, random.choice((name + "x", random.choice(names) + "/x", "y", name.replace("nodes", "node"))))
    elif action == 2:
        tree.copy(tree[random.choice(names)], random.choice(names) + "/copy")
    elif action == 3:
        del tree[name]
        tree[name] = random.choice(
            (
                h5py.SoftLink("/"),
                h5py.SoftLink("/nowhere"),
                h5py.ExternalLink("/etc/hostname", "/"),
                h5py.SoftLink("/node"),
            )
        )
    elif action == 4:
        del tree[name]
        tree.create_dataset(name, random.choice(((10**6, 10**6), (2**31,), (4, 10**9))), "f8", chunks=True)
    elif action == 5:
        del tree[name]
        tree.create_dataset(name, data=h5py.Empty("f8"))
    elif action == 6 and isinstance(tree[name], h5py.Dataset) and tree[name].dtype.kind in "iuf" and tree[name].size:
        values = np.array(tree[name][()], np.float64)
        values.reshape(-1)[random.randrange(values.size)] = random.choice((0, -1, np.nan, np.inf, 1e300, 5e-324, 1e9))
        del tree[name]
        tree[name] = values
    else:
        del tree[name]
        tree[name] = random.choice(VALUES)
