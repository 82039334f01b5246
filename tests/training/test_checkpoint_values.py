"""Checkpoint, metrics and summary are refused in one line when a value in them cannot be, though every digest fits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from interrupting_reporter import StopsAt
from small_scenario import SMALL
from spinn2sim.errors import DataError, OutputError
from spinn2sim.files import atomic
from spinn2sim.files.npz_reader import read_arrays
from spinn2sim.trace.manifest import Manifest

Arrays = dict[str, Any]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the chip that was interrupted in its second epoch; tests change copies of its files and put them back."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "s.toml").write_text(SMALL)
    return spinn2sim.run(folder / "s.toml", folder / "cut", reporter=StopsAt("train", 2)).folder


def vouch(run: Path) -> None:
    """Let the manifest agree with the files, as a forger would."""
    manifest = Manifest(run)
    manifest.record(path for path in run.rglob("*") if path.is_file() and path.name not in ("manifest.json", ".lock"))
    manifest.write()


def first(name: str, value: object) -> Callable[[Arrays], None]:
    """Return a change of the first word of an array."""

    def change(arrays: Arrays) -> None:
        arrays[name].reshape(-1)[0] = value

    return change


def replace(name: str, make: Callable[[Any], Any]) -> Callable[[Arrays], None]:
    """Return a change of a whole array."""
    return lambda arrays: arrays.update({name: make(arrays[name])})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (first("now_q", 1 << 62), "now_q: found 4611686018427387904, allowed is 2^60 at most"),
        (first("now_q", 1 << 50), "now_q: found 1125899906842624 quanta, the metrics have epochs of"),
        (first("now_q", -1), "now_q: found -1"),
        (first("sequence_base", -1), "sequence_base: found -1"),
        (first("optimizer1_moment", np.nan), "optimizer1_moment: found float32 that is not a finite number"),
        (first("optimizer1_square", -1.0), "optimizer1_square: found -1.0"),
        (first("optimizer1_powers", 2.0), "optimizer1_powers: found 2.0"),
        (first("optimizer1_weight", np.inf), "optimizer1_weight: found float32 that is not a finite number"),
        (replace("optimizer1_raw", lambda a: a.astype(np.int64)), "optimizer1_raw: found int64"),
        (replace("optimizer1_raw", lambda a: a[:, :-1]), "optimizer1_raw: found int32 of shape"),
        (replace("epoch", lambda a: a.astype("U5")), "epoch: found <U5"),
        (replace("epoch", lambda a: a[:0]), "epoch: found int64 of shape (0,)"),
        (replace("scenario", lambda a: a[:3]), "found another scenario"),
        (lambda arrays: arrays.pop("optimizer2_raw"), "found no array optimizer2_raw"),
        (lambda arrays: arrays.update(gift=np.zeros(3)), "found an array gift"),
    ],
)  # fmt: skip
def test_a_checkpoint_that_cannot_be_is_refused(stopped: Path, change: Callable[[Arrays], object], said: str) -> None:
    """A clock beyond its range would deliver nothing without a word; every other field is as dangerous, and is named."""
    file = stopped / "checkpoint.npz"
    before = {path: path.read_bytes() for path in stopped.rglob("*") if path.is_file()}
    arrays = read_arrays(file)
    change(arrays)
    try:
        atomic.write_npz(file, arrays)
        vouch(stopped)
        with pytest.raises(OutputError) as refused:
            spinn2sim.resume(stopped)
        assert said in str(refused.value)
        assert "\n" not in str(refused.value)
    finally:
        for path, data in before.items():
            path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "keys", "value"),
    [
        ("metrics.jsonl", ["test_accuracy"], "high"), ("metrics.jsonl", ["test_accuracy"], 2.0), ("metrics.jsonl", ["packets"], []),
        ("metrics.jsonl", ["packets", "test", "spike"], -1), ("metrics.jsonl", ["late", "test"], "many"),
        ("metrics.jsonl", ["epoch"], True),
        ("metrics.jsonl", ["losses"], [[[]]]), ("metrics.jsonl", ["test_chip_s"], 1e300), ("summary.json", ["status"], "done"),
        ("summary.json", ["totals"], None), ("summary.json", ["last", "epoch"], "2"), ("summary.json", ["tick_us"], {"load": None}),
        ("summary.json", ["weights_sha256"], 5), ("provenance.json", ["command"], 7), ("provenance.json", ["inputs"], "none"),
        ("provenance.json", ["starts"], [3]),
    ],
)  # fmt: skip
def test_json_that_cannot_be_is_refused(stopped: Path, name: str, keys: list[str], value: object) -> None:
    """Each reader of a file refuses the value with the file and the key, instead of failing on it later."""
    file = stopped / name
    before = file.read_bytes()
    lines = before.splitlines() if name == "metrics.jsonl" else [before]
    data = json.loads(lines[0])
    place = data
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    file.write_bytes(b"\n".join([json.dumps(data).encode(), *lines[1:]]) + b"\n")
    manifest = (stopped / "manifest.json").read_bytes()
    vouch(stopped)
    try:
        run = spinn2sim.open_run(stopped)
        readers: dict[str, Callable[[], object]] = {
            "metrics.jsonl": lambda: run.metrics, "summary.json": lambda: run.summary, "provenance.json": lambda: spinn2sim.resume(stopped),
        }  # fmt: skip
        with pytest.raises((DataError, OutputError)) as refused:
            readers[name]()
        assert f"{file}" in str(refused.value)
        assert keys[0] in str(refused.value)
        assert "\n" not in str(refused.value)
    finally:
        file.write_bytes(before)
        (stopped / "manifest.json").write_bytes(manifest)
