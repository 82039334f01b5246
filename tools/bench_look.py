"""How long the summary of a big trace takes: a run's packets, repeated under new seqs and epochs, are asked about; it checks no time.

python tools/bench_look.py runs/yinyang-demo-1 --deliveries 10000000
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROWS_PER_GROUP = 1 << 17
COMMAND = [sys.executable, "-c", "from spinn2sim.cli.main import main; main()", "packets"]
QUESTIONS = {
    "summary": [],
    "summary where layer = 1": ["--where", "layer = 1"],
    "by tick": ["--by", "tick"],
    "by dst_pe": ["--by", "dst_pe"],
}


def multiply(run: Path, folder: Path, deliveries: int) -> int:
    """Write a run with at least that many deliveries into `folder`, and return how many."""
    table = pq.read_table(run / "packets.parquet")
    packets, epochs = pc.max(table["seq"]).as_py() + 1, pc.max(table["epoch"]).as_py() + 1
    copies = -(-deliveries // table.num_rows)
    seq, epoch = table.schema.get_field_index("seq"), table.schema.get_field_index("epoch")
    with pq.ParquetWriter(folder / "packets.parquet", table.schema, compression="zstd") as writer:
        for k in range(copies):
            moved = table.set_column(seq, "seq", pc.add(table["seq"], k * packets))
            moved = moved.set_column(epoch, "epoch", pc.add(table["epoch"], pa.scalar(k * epochs, pa.int32())))
            writer.write_table(moved, row_group_size=ROWS_PER_GROUP)
    shutil.copy(run / "scenario.toml", folder)
    return copies * table.num_rows


def main() -> None:
    """Print the wall-clock time of each question, Python's start included."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="a run directory with packets.parquet")
    parser.add_argument("--deliveries", type=int, default=10_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = multiply(asked.run, folder, asked.deliveries)
        size = (folder / "packets.parquet").stat().st_size
        print(f"{rows:,} deliveries, {size / rows:.1f} bytes each")
        for question, options in QUESTIONS.items():
            start = time.perf_counter()
            subprocess.run([*COMMAND, str(folder), *options], check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
            print(f"{question:<26} {time.perf_counter() - start:5.1f} s")


if __name__ == "__main__":
    main()
