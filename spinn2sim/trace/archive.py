"""The packet trace on disk: a Parquet file per part of the run, joined into one; it never leaves half a file under
its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from spinn2sim.spec.errors import OutputError
from spinn2sim.spec.packet import Outcome, Phase
from spinn2sim.trace.recorder import KINDS, Columns

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_PER_GROUP = 1 << 17
NAMES = {
    "kind": KINDS,
    "part": ("train", "test"),
    "phase": tuple(phase.name.lower() for phase in Phase),
    "outcome": tuple(outcome.name.lower() for outcome in Outcome),
}
COLUMNS = (
    "seq", "kind", "key", "payload", "bytes", "src_pe", "dst_pe", "epoch", "part", "batch", "sample", "phase",
    "tick", "step",
    "layer", "neuron", "sent_q", "delivered_q", "queued_q", "hops", "outcome",
)  # fmt: skip


class PacketArchive:
    """`folder`/part-EEEEEE-P.parquet for each part, then packets.parquet beside it. Same rows, same bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write_part(self, epoch: int, part: int, columns: Columns) -> Path:
        """Write (or write again) one part's rows; raises OutputError, in one line, when that fails."""
        target = self._path(epoch, part)
        table = to_table(columns)
        _write(target, lambda path: _write_tables(path, [table]))
        return target

    def parts(self) -> list[Path]:
        """Part files, in the order of the run."""
        return sorted(self.folder.glob("part-*.parquet"))

    def drop_after(self, epoch: int) -> None:
        """Forget parts of later epochs: a resumed run makes them again."""
        for path in self.parts():
            if int(path.stem.split("-")[1]) > epoch:
                path.unlink()

    def join(self, target: Path) -> None:
        """All parts in one file. The parts stay: a resumed run goes on with them."""
        parts = self.parts()
        _write(target, lambda path: _join(path, parts))

    def clear(self) -> None:
        """Remove the parts: they stand in the joined file."""
        self.drop_after(-1)
        if self.folder.exists() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def need_all(self, epoch: int) -> None:
        """Raises OutputError unless every part up to the end of `epoch` (0: evaluation alone) is there and can be read."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for number, part in [(0, 1), *((e, p) for e in range(1, epoch + 1) for p in (0, 1))]:
            path = self._path(number, part)
            try:
                pq.read_metadata(path)
            except (OSError, pa.ArrowException) as error:
                why = "is missing" if isinstance(error, FileNotFoundError) else "is damaged"
                raise OutputError(f"{path}: {why}; start the run again in another folder") from None

    def _path(self, epoch: int, part: int) -> Path:
        return self.folder / f"part-{epoch:06d}-{part}.parquet"


def to_table(columns: Columns) -> pa.Table:
    """The columns of the packet trace, in their order and types; names as dictionaries, `payload` null where there
    is none."""
    import pyarrow as pa

    arrays = []
    for name in COLUMNS:
        if name in NAMES:
            arrays.append(pa.DictionaryArray.from_arrays(pa.array(columns[name]), pa.array(NAMES[name])))
        elif name == "payload":
            arrays.append(pa.array(columns[name], mask=~columns["has_payload"].astype(bool)))
        else:
            arrays.append(pa.array(columns[name]))
    return pa.Table.from_arrays(arrays, names=list(COLUMNS))


def _empty() -> pa.Table:
    import numpy as np

    from spinn2sim.spec.scenario import Trace
    from spinn2sim.trace.recorder import Recorder

    recorder = Recorder(Trace(), 1)
    recorder.begin_part(0, 0, np.zeros(0, np.int64))
    return to_table(recorder.end_part())


def _join(path: Path, parts: list[Path]) -> None:
    import pyarrow.parquet as pq

    schema = _empty().schema
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in parts:
            with pq.ParquetFile(part) as rows:
                for group in range(rows.num_row_groups):
                    writer.write_table(rows.read_row_group(group), row_group_size=ROWS_PER_GROUP)


def _write_tables(path: Path, tables: list[pa.Table]) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, tables[0].schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table, row_group_size=ROWS_PER_GROUP)


def _write(target: Path, write: Callable[[Path], None]) -> None:
    """Under a temporary name first: what stands under `target` is whole."""
    half = target.with_name(target.name + ".tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write(half)
        half.replace(target)
    except OSError as error:
        raise OutputError(
            f"{target}: cannot write the packet trace ({error.strerror or error}); earlier parts stay readable"
        ) from error
    finally:
        half.unlink(missing_ok=True)
