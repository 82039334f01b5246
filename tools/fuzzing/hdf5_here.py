"""Lets HDF5 files be read in this process, which is a hundred times as fast; a file that makes the library loop ends it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import IO, Any

from spinn2sim.errors import DataError
from spinn2sim.files import hdf5_process, hdf5_reader
from spinn2sim.files.limited_process import Frame


def read_hdf5_here() -> None:
    """Replace the process that reads HDF5 files by a function. The frames still go through JSON, as through a pipe."""
    sent: list[Frame] = []

    def send(about: Mapping[str, object], data: bytes | memoryview = b"") -> None:
        sent.append((json.loads(json.dumps({**about, "bytes": len(data)})), bytearray(data)))

    def refuse(reason: str) -> None:
        raise DataError(reason)

    def frames(_module: str, file: IO[bytes], request: Mapping[str, Any], _limits: object) -> Iterator[Frame]:
        sent.clear()
        hdf5_process.FILE = f"/dev/fd/{file.fileno()}"
        hdf5_process.answer(dict(request))
        yield from list(sent)

    hdf5_process.send = send
    hdf5_process.refuse = refuse
    hdf5_process.end = lambda: None
    hdf5_reader.frames = frames
