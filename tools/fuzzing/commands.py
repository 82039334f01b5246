"""Runs commands of the command line, each in a process of its own that begins with everything imported, and measures what it takes.

A process started anew spends half a second on imports; here a server imports once, and forks for each command.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

TOOLS = Path(__file__).resolve().parents[1]
MAX_WALL_S, MAX_CPU_S = 120.0, 60


class Ended(NamedTuple):
    """How a command ended: its exit status (negative: the signal that killed it), what it printed, CPU seconds, most memory in bytes."""

    status: int
    out: str
    err: str
    cpu_s: float
    memory: int


class Commands:
    """The server of commands. Use it as `with Commands(folder) as run: run(["map", "s.toml"])`; `folder` gets what commands print."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "fuzzing.commands", str(folder)]
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=TOOLS)  # noqa: S603 - a module of our own

    def __call__(self, arguments: Sequence[str], where: Path) -> Ended:
        """Run a command in the working folder `where`."""
        assert self._server.stdin is not None  # noqa: S101 - pipes were asked for
        assert self._server.stdout is not None  # noqa: S101
        self._server.stdin.write(json.dumps([list(arguments), str(where)]).encode() + b"\n")
        self._server.stdin.flush()
        status, cpu_s, memory = json.loads(self._server.stdout.readline())
        out, err = ((self.folder / name).read_text(errors="surrogateescape") for name in ("out", "err"))
        return Ended(status, out, err, cpu_s, memory)

    def __enter__(self) -> Commands:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the server."""
        assert self._server.stdin is not None  # noqa: S101
        self._server.stdin.close()
        self._server.wait()


def serve(folder: Path) -> None:
    """Fork for each line of stdin, a JSON list of arguments and a working folder, and answer with status, seconds, bytes."""
    import bokeh.models  # noqa: F401
    import numpy  # noqa: F401 - what commands import sooner or later
    import pyarrow.dataset
    import pyarrow.parquet  # noqa: F401
    import pydantic  # noqa: F401

    import spinn2sim.cli.main
    import spinn2sim.training.start  # noqa: F401

    for line in sys.stdin:
        arguments, where = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(arguments, where, folder)
        print(json.dumps(_watch(child)), flush=True)


def _watch(child: int) -> tuple[int, float, int]:
    """Wait for a process, and kill it if it takes too long."""
    end = time.monotonic() + MAX_WALL_S
    while True:
        found, status, used = os.wait4(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss * 1024
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)


def _become(arguments: list[str], where: str, folder: Path) -> Any:
    """Run a command in this process, which ends with it."""
    from spinn2sim.cli.main import main

    os.chdir(where)
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.argv = ["spinn2sim", *arguments]
    status: Any = 1
    try:
        main()
        status = 0
    except SystemExit as end:
        status = end.code or 0
    except BaseException:  # what Python would print
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status if isinstance(status, int) else 1)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
