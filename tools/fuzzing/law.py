"""The law of every input: refused in one short line with nothing written, or accepted, within two seconds and a gigabyte."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from spinn2sim.cli.output import one_line
from spinn2sim.errors import Spinn2simError

MAX_CPU_S, MAX_BYTES = 2.0, 1 << 30
LONGEST_LINE = 600  # of a refusal, paths included


class Verdict(NamedTuple):
    """What became of one input: "accepted", "refused", or a "finding" with its signature and its text."""

    outcome: str
    signature: str = ""
    text: str = ""


def judge(read: Callable[[], object], warnings: list[str]) -> Verdict:
    """Call a reader, and say whether it kept the law. `warnings` collects what Python's warnings said meanwhile."""
    del warnings[:]
    try:
        read()
    except (Spinn2simError, OSError, click.ClickException) as error:
        status = getattr(error, "exit_status", 2)
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        wrong = _wrong_line(one_line(text)) or ("exit status 1" if status != 2 else "")
        return Verdict("finding", f"{wrong}: {place_of(error)}", text) if wrong else _warned(warnings, "refused")
    except BaseException as error:  # whatever it is, a user would see its traceback
        return Verdict(
            "finding", f"{type(error).__name__}: {place_of(error)}", "".join(traceback.format_exception(error))
        )
    return _warned(warnings, "accepted")


def _warned(warnings: list[str], outcome: str) -> Verdict:
    for text in warnings:
        if text.startswith("RuntimeWarning") or _wrong_line(one_line(text)):
            return Verdict("finding", f"warning: {text[:60]}", text)
    return Verdict(outcome)


def _wrong_line(text: str) -> str:
    """Say what is wrong with a line that is printed; nothing, if it is as it should be."""
    if len(text) > LONGEST_LINE:
        return "long line"
    if not text.strip():
        return "empty line"
    return "" if text.isprintable() else "control characters"


def place_of(error: BaseException) -> str:
    """Name the innermost function of the project that an error passed, and the innermost of all: findings with one place are one."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/spinn2sim/" in frame.filename or "/firmware_models/" in frame.filename]
    names = [f"{Path(frame.filename).name}:{frame.name}" for frame in (own[-1:] + frames[-1:])]
    return " < ".join(dict.fromkeys(names))


def state_of(folder: Path) -> dict[str, Any]:
    """Return what can be seen of the files below a folder: names, sizes, times of change."""
    found = {}
    for path in folder.rglob("*"):
        about = path.lstat()
        found[str(path)] = (about.st_size, about.st_mtime_ns, about.st_ino) if not path.is_dir() else None
    return found
