"""Record, or compare with the record, what the simulated chip computes: weights, every packet and every table of five scenarios.

    python tools/fingerprint.py             # compare with tools/fingerprint.json; exit status 1 if a value differs
    python tools/fingerprint.py --record    # write tools/fingerprint.json; only for a change that means to change results

A change that only rearranges the code leaves every value as it is. All packets and all wakes are traced. A table's digest is taken
over its columns, not over the bytes of its file, so that another Parquet library gives the same digest.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import spinn2sim

ROOT = Path(__file__).resolve().parent.parent
RECORD = Path(__file__).with_suffix(".json")
TRACED = {"trace.packets": "all", "trace.wakes": "all"}
VALIDATED = 4  # batches
SUMMED = "cycles.parquet"  # the busy cycles by operation, whose sums pes.parquet has
# Each scenario with what shortens it; the last is of the size of scikit-learn's digits, on values that need no download.
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "yinyang-demo": ("yinyang-demo.toml", {}),
    "yinyang": ("yinyang.toml", {"training.epochs": 2}),
    "yinyang-max": ("yinyang-max.toml", {"training.epochs": 1, "data.train_samples": 1100, "data.test_samples": 220}),
    "split": ("split.toml", {}),
    "digits-sized": (
        "digits.toml",
        {"training.epochs": 1, "data.source": "npz", "data.train_samples": 330, "data.test_samples": 66},
    ),
}


def images(path: Path, train: int, test: int) -> None:
    """Write 8x8 images with a bright bar per class and noise, so that ten classes can be learned and most pixels are silent."""
    draw = np.random.default_rng(7)
    arrays = {}
    for name, count in (("train", train), ("test", test)):
        labels = np.arange(count) % 10
        values = np.where(draw.random((count, 64)) < 0.15, draw.random((count, 64)), 0.0)
        columns = (labels[:, None] * 6 + np.arange(6)) % 64
        np.put_along_axis(values, columns, 0.5 + 0.5 * draw.random((count, 6)), axis=1)
        arrays |= {f"{name}_samples": values, f"{name}_labels": labels}
    np.savez(path, **arrays)


def table_digest(path: Path) -> str:
    """SHA-256 over the names, types and values of a Parquet table's columns."""
    digest = hashlib.sha256()
    table = pq.read_table(path).replace_schema_metadata(None)
    for name, column in zip(table.column_names, table.columns, strict=True):
        digest.update(f"{name} {column.type} {len(column)} {column.null_count}\0".encode())
        for chunk in column.chunks:
            plain = chunk.dictionary_decode() if pa.types.is_dictionary(chunk.type) else chunk
            if pa.types.is_string(plain.type):
                digest.update("\0".join("" if text is None else text for text in plain.to_pylist()).encode() + b"\0")
            else:
                valid = np.asarray(plain.is_valid())
                values = plain.fill_null(0).to_numpy(zero_copy_only=False)
                digest.update(valid.tobytes() + np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def fingerprint(name: str, folder: Path) -> dict[str, Any]:
    """What a scenario gives: weights_sha256, a digest per table, the counts of `validate`."""
    file, overrides = CASES[name]
    scenario = ROOT / "scenarios" / file
    if overrides.get("data.source") == "npz":
        images(folder / "images.npz", overrides["data.train_samples"], overrides["data.test_samples"])
        overrides = {**overrides, "data.path": str(folder / "images.npz")}
        text = scenario.read_text().replace("bias_ms = 0.0\n", "")  # an npz has no bias input
        scenario = folder / file
        scenario.write_text(text)
    run = spinn2sim.run(scenario, out=folder / name, overrides={**overrides, **TRACED})
    found = spinn2sim.validate(scenario, batches=VALIDATED, overrides=overrides)
    return {
        "weights_sha256": run.summary["weights_sha256"],
        "test_accuracy": run.metrics[-1]["test_accuracy"],
        "tables": {
            path.name: table_digest(path) for path in sorted(run.folder.glob("*.parquet")) if path.name != SUMMED
        },
        "validate": {
            "batches": found.batches,
            "spikes": found.spikes,
            "peaks": found.peaks,
            "gradient_words": found.gradient_words,
            "differences": found.differences,
            "losses": found.losses,
        },
    }


def main() -> int:
    """Record or compare; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--record", action="store_true", help="write the record instead of comparing with it")
    parser.add_argument("--only", choices=CASES, nargs="+", default=list(CASES), help="these scenarios alone")
    asked = parser.parse_args()
    before = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    differs = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.only:
            now = fingerprint(name, Path(folder))
            same = now == before.get(name)
            differs += not same
            print(
                f"{name}: {'recorded' if asked.record else 'same' if same else 'DIFFERS'} {now['weights_sha256'][:16]}"
            )
            if not same and not asked.record:
                print(f"  recorded: {json.dumps(before.get(name))}\n  found:    {json.dumps(now)}")
            before[name] = now
    if asked.record:
        RECORD.write_text(json.dumps(before, indent=1) + "\n")
        return 0
    return int(differs > 0)


if __name__ == "__main__":
    sys.exit(main())
