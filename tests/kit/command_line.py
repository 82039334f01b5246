"""The command line in a process of its own, forked from one that has loaded what commands need, the chip's kernels among them.

Loading takes most of a short command's time. Each command has its own working folder, streams, signals and exit status. It ends with
what Python does at its end, but for taking apart all objects in memory, which takes forty times as long as a short command. Tests of how
the program starts and ends, of signals and of memory start it anew instead, with COMMAND.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import threading
import traceback
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

# What starts the program anew.
COMMAND = [sys.executable, "-c", "import sys; sys.argv[0] = 'spinn2sim'; from spinn2sim.cli.main import main; main()"]
Done = subprocess.CompletedProcess[str]
# What commands load when they need it, besides this package's own modules.
LIBRARIES = ("numba", "pyarrow.parquet", "duckdb", "pydantic", "tqdm", "numpy.random")


def spinn2sim(*arguments: object, cwd: Path | None = None) -> Done:
    """Run a command to its end."""
    words = list(map(str, arguments))
    with tempfile.TemporaryDirectory() as folder:
        streams = [f"{folder}/out", f"{folder}/err"]
        order = {"arguments": words, "cwd": str(cwd or Path.cwd()), "streams": streams, "environment": dict(os.environ)}
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(order) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        out, err = (Path(stream).read_text() for stream in streams)
    return subprocess.CompletedProcess(["spinn2sim", *words], status, out, err)


@cache
def _server() -> subprocess.Popen[str]:
    """Start the process that forks, once for all tests of a worker."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import command_line; command_line.serve()"
    server = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(server.kill)
    return server


def serve() -> None:
    """Fork a process for each order on stdin, and answer with its exit status. Returns in the forked process never."""
    _load()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _become(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _load() -> None:
    import spinn2sim.cli

    for name in LIBRARIES:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(spinn2sim.__path__, "spinn2sim."):
        if not module.name.endswith(("__main__", ".entry")):
            with contextlib.suppress(ImportError):  # of an extra that is not installed
                importlib.import_module(module.name)
    _play()


def _play() -> None:
    """Train and test a small network, so that commands have numba and the chip's kernels in memory, but no threads."""
    from small_scenario import SMALL
    from spinn2sim.scenario.load import load
    from spinn2sim.training.on_chip_trainer import OnChipTrainer
    from spinn2sim.training.run_inputs import load_run_inputs

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
        file = Path(folder) / "small.toml"
        file.write_text(SMALL)
        inputs = load_run_inputs(load(file))
        chip = OnChipTrainer(inputs)
        chip.train(1, np.arange(len(inputs.train)))
        chip.evaluate(1)


def _become(order: dict[str, object]) -> NoReturn:
    """Be the command of an order, with its streams and folder, until it exits."""
    from spinn2sim.cli.main import main

    os.chdir(str(order["cwd"]))
    os.environ.clear()
    os.environ.update(order["environment"])  # type: ignore[call-overload]
    places = order["streams"]
    assert isinstance(places, list)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, place in enumerate(places, 1):
        stream = os.open(place, os.O_WRONLY | os.O_CREAT)
        os.dup2(stream, number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - as Python's own
    words = order["arguments"]
    assert isinstance(words, list)
    sys.argv = ["spinn2sim", *words]
    status: Any = 0
    try:
        main()
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = 1
    _end(status)


def _end(status: Any) -> NoReturn:
    """End as Python ends, but at once: wait for threads, call what is registered, write what is left."""
    threads: Any = threading
    threads._shutdown()
    atexit._run_exitfuncs()
    if not isinstance(status, int | None):
        sys.stderr.write(f"{status}\n")
        status = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status or 0)
