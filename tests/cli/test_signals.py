"""A command ends normally whatever happens to its stderr, and a run that a signal ends can be resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import spinn2sim
from small_scenario import SMALL
from spinn2sim.errors import OutputError

COMMAND = [sys.executable, "-m", "spinn2sim"]
FOREVER = ("train", "small.toml", "--out", "cut", "--set", "training.epochs=100000")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a working folder with small.toml in it."""
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path


def signals_as_in_a_terminal() -> None:
    """In the child: restore the default actions of signals that a shell or a test runner may have set to be ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def close_stderr() -> None:
    """In the child: close stderr."""
    os.close(2)


def stderr_without_a_reader() -> None:
    """In the child: replace stderr by a pipe whose reading end is closed."""
    reading, writing = os.pipe()
    os.dup2(writing, 2)
    os.close(reading)
    os.close(writing)


def stderr_on_a_full_disk() -> None:
    """In the child: replace stderr by a device on which every write fails for lack of space."""
    os.dup2(os.open("/dev/full", os.O_WRONLY), 2)


def no_streams_at_all() -> None:
    """In the child: close stdin, stdout and stderr."""
    for number in (0, 1, 2):
        os.close(number)


@pytest.mark.parametrize("prepare", [close_stderr, stderr_without_a_reader, stderr_on_a_full_disk, no_streams_at_all])
def test_a_run_is_complete_without_stderr(folder: Path, prepare: Callable[[], None]) -> None:
    """A run whose progress cannot be printed is complete, and none of its files contains text that was meant for stderr."""
    done = subprocess.run(
        [*COMMAND, "train", "small.toml", "--out", "r", "--set", "training.epochs=1"],
        cwd=folder, stdout=subprocess.DEVNULL, preexec_fn=prepare, check=False,
    )  # fmt: skip

    assert done.returncode == 0
    assert json.loads((folder / "r" / "summary.json").read_text())["status"] == "complete"
    assert [json.loads(line)["epoch"] for line in (folder / "r" / "metrics.jsonl").read_text().splitlines()] == [0, 1]


def test_a_reader_of_stdout_may_leave(folder: Path) -> None:
    """A command whose stdout has no reader exits with status 1 and prints nothing on stderr."""

    def no_reader() -> None:
        reading, writing = os.pipe()
        os.dup2(writing, 1)
        os.close(reading)

    done = subprocess.run(
        [*COMMAND, "map", "small.toml"], cwd=folder, stderr=subprocess.PIPE, preexec_fn=no_reader, check=False
    )
    assert (done.returncode, done.stderr) == (1, b"")


def start(folder: Path, prepare: Callable[[], None] = signals_as_in_a_terminal) -> subprocess.Popen[str]:
    """Start a run of very many epochs, and return it when three lines of its metrics are written."""
    process = subprocess.Popen(
        [*COMMAND, *FOREVER], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=prepare
    )
    wait_for_lines(folder / "cut" / "metrics.jsonl", 3, process)
    return process


def wait_for_lines(file: Path, lines: int, process: subprocess.Popen[str]) -> None:
    """Wait until a file has at least `lines` lines, or the process ends."""
    while process.poll() is None and not (file.exists() and file.read_text().count("\n") >= lines):
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_a_run_as_ctrl_c_does(folder: Path, number: signal.Signals) -> None:
    """The run prints how to resume it, writes its summary, and exits with 128 plus the signal's number."""
    process = start(folder)
    process.send_signal(number)
    said, errors = process.communicate(timeout=60)

    assert process.returncode == 128 + number
    assert "go on with: spinn2sim run --resume cut" in said
    assert "Traceback" not in errors
    assert json.loads((folder / "cut" / "summary.json").read_text())["status"] == "interrupted"


def python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a small program in a process of its own, with the signals of a terminal."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True, text=True, preexec_fn=signals_as_in_a_terminal, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_program_loads_is_one_line(number: signal.Signals) -> None:
    """From the first line of the entry point on, a signal ends the process in one line, although nothing else is loaded yet."""
    done = python(
        "import spinn2sim.cli.entry, os, signal, sys; assert 'click' not in sys.modules; os.kill(os.getpid(), int(sys.argv[1]))",
        str(int(number)),
    )
    assert (done.returncode, done.stderr) == (128 + number, "spinn2sim: interrupted\n")


def test_a_process_of_a_command_ends_without_a_line_while_it_loads() -> None:
    """Processes that a command has started and ends at once, as when it refuses their number, say nothing beside its own line."""
    done = python(
        "import sys; sys.modules['__mp_main__'] = sys; import spinn2sim.cli.entry, os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    )
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "")


def test_a_command_that_cannot_stop_is_ended() -> None:
    """If a command does not end in time after a signal, its process ends in one line and with the signal's status."""
    done = python(
        "from spinn2sim.cli import signals; import os, signal, time; signals.DEADLINE_S = 0.2; signals.catch_signals()\n"
        "while True:\n try:\n  os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)\n except KeyboardInterrupt: pass"
    )
    assert done.returncode == 128 + signal.SIGTERM
    assert done.stderr.count("\n") == 1
    assert "goes on with --resume" in done.stderr


def test_an_interrupt_in_a_finalizer_still_ends_the_command() -> None:
    """Python drops an interrupt in a finalizer with a traceback; the command says nothing there and is interrupted a moment later."""
    done = python(
        "from spinn2sim.cli import signals; import os, signal, time; signals.catch_signals()\n"
        "class Finalized:\n def __del__(self): os.kill(os.getpid(), signal.SIGINT); sum(range(1000))\n"
        "Finalized()\n"
        "try:\n time.sleep(60)\nexcept KeyboardInterrupt: print('interrupted')"
    )
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


def test_a_second_writer_is_refused_at_once(folder: Path) -> None:
    """A folder in which a process is at work is refused to another run, a resumed one and an import within a second."""
    process = start(folder)
    scenario, cut = folder / "small.toml", folder / "cut"
    try:
        for second in (
            lambda: spinn2sim.run(scenario, cut),
            lambda: spinn2sim.train(scenario, cut),
            lambda: spinn2sim.resume(cut),
            lambda: spinn2sim.import_model(folder / "absent.nir", cut),
        ):
            begun = time.perf_counter()
            with pytest.raises(OutputError, match=r"another process is .* in it"):
                second()
            assert time.perf_counter() - begun < 1
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_nohup_is_respected(folder: Path) -> None:
    """A run that was started with SIGHUP ignored, as by nohup, goes on when the terminal is closed."""

    def ignore_sighup() -> None:
        signals_as_in_a_terminal()
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    process = start(folder, ignore_sighup)
    process.send_signal(signal.SIGHUP)
    done = (folder / "cut" / "metrics.jsonl").read_text().count("\n")
    wait_for_lines(folder / "cut" / "metrics.jsonl", done + 3, process)
    assert process.poll() is None
    process.terminate()
    process.communicate(timeout=60)


@pytest.mark.slow
def test_many_ctrl_c_in_a_sweep_print_no_traceback(folder: Path) -> None:
    """Ctrl-C that reaches all processes of a sweep, several times, ends it with status 130 and without a traceback."""
    pytest.importorskip("optuna")
    (folder / "space.toml").write_text(
        '[sweep]\nsampler = "random"\ntrials = 1000\nepochs = 1\nfit_chip = false\n[space]\n'
        '"optimizer.learning_rate" = {low = 1e-3, high = 1e-2}\n'
    )
    process = subprocess.Popen(
        [*COMMAND, "sweep", "small.toml", "space.toml", "--workers", "2", "--out", "w",
         "--set", "training.silent_guard=none", "--set", "training.guard_step=0.0"],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=signals_as_in_a_terminal,
    )  # fmt: skip
    assert process.stderr is not None
    first = process.stderr.readline()
    assert "1000 trials" in first
    time.sleep(0.3)  # the workers are being started
    for _ in range(5):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.05)
    _, errors = process.communicate(timeout=60)

    assert "Traceback" not in errors
    assert process.returncode == 130
