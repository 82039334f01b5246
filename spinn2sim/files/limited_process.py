"""Reads a file in a process of its own, with limits on its time and memory, for libraries that a damaged file can make loop or crash.

The process gets the open file as its standard input and answers with frames on its standard output: a JSON object, and bytes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import IO, Any, NamedTuple

from spinn2sim.errors import ON_WINDOWS, DataError

try:
    import resource
except ImportError:
    raise ImportError(ON_WINDOWS) from None

Frame = tuple[dict[str, Any], bytearray]
# Seconds of the clock for each second of computing that is allowed, and at least; a file on a slow disk takes longer than it computes.
PATIENCE, LEAST_PATIENCE_S = 20, 60
# The signals by which a process ends that computes longer than it may.
OUT_OF_TIME = (-signal.SIGPROF, -signal.SIGXCPU, -signal.SIGKILL)


class Limits(NamedTuple):
    """What a process may use: seconds of computing after it has loaded its libraries, and bytes of memory beyond these."""

    seconds: float
    memory: int


def frames(module: str, file: IO[bytes], request: Mapping[str, object], limits: Limits) -> Iterator[Frame]:
    """Run `python -m module` with `file` as its standard input, and yield the frames that it sends.

    Raises DataError, with the reason alone, if the process refuses the file, or ends before it has sent everything.
    """
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path),
        "OPENBLAS_NUM_THREADS": "1",
        "HDF5_USE_FILE_LOCKING": "FALSE",
    }
    arguments = [sys.executable, "-P", "-m", module, json.dumps({**request, **limits._asdict()})]
    process = subprocess.Popen(  # noqa: S603 - a module of this program
        arguments, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    timer = Timer(max(LEAST_PATIENCE_S, PATIENCE * limits.seconds), process.kill)
    timer.daemon = True
    timer.start()
    try:
        yield from _received(process)
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _received(process: subprocess.Popen[bytes]) -> Iterator[Frame]:
    stream = process.stdout
    if stream is None:
        return
    while True:
        header = _exactly(stream, int.from_bytes(_exactly(stream, 8, process), "little"), process)
        about: dict[str, Any] = json.loads(header)
        if "refused" in about:
            raise DataError(about["refused"])
        if "end" in about:
            return
        yield about, _exactly(stream, about["bytes"], process)


def _exactly(stream: IO[bytes], count: int, process: subprocess.Popen[bytes]) -> bytearray:
    """Read `count` bytes. Raises DataError, which says how the process has ended, if there are fewer."""
    found = bytearray(count)
    view, at = memoryview(found), 0
    while at < count:
        got = stream.readinto(view[at:])  # type: ignore[attr-defined]
        if not got:
            raise DataError(_why(process.wait()))
        at += got
    return found


def _why(status: int) -> str:
    if status in OUT_OF_TIME:
        return "reading it took far longer than a file of its size may, it is damaged"
    return "the library that reads it failed, it is damaged" if status < 0 else "cannot be read, it is damaged"


def begin(limits: Limits) -> None:
    """Limit this process, whose libraries are loaded, and let Ctrl-C end it without a message."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, limits.seconds)
    with suppress(OSError, ValueError):  # a system without such a limit, or with a lower one
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_memory() + limits.memory, resource.RLIM_INFINITY))


def _memory() -> int:
    """Return the bytes of address space in use, or a guess where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def send(about: Mapping[str, object], data: bytes | memoryview = b"") -> None:
    """Send a frame: an object and bytes."""
    header = json.dumps({**about, "bytes": len(data)}).encode()
    out = sys.stdout.buffer
    out.write(len(header).to_bytes(8, "little") + header)
    out.write(data)


def refuse(text: str) -> None:
    """Send the reason why the file is refused."""
    send({"refused": text})
    sys.stdout.buffer.flush()


def end() -> None:
    """Say that everything has been sent."""
    send({"end": True})
    sys.stdout.buffer.flush()
