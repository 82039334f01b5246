"""A library that loops, takes memory or crashes on a file does so in a process of its own, and the file is refused."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from spinn2sim.errors import DataError
from spinn2sim.files.limited_process import Limits, frames


def ask(do: str, tmp_path: Path) -> list[tuple[object, bytes]]:
    """Return what the process answers about a file of five bytes."""
    path = tmp_path / "file"
    path.write_bytes(b"bytes")
    with path.open("rb") as file:
        return [
            (about, bytes(data))
            for about, data in frames("misbehaving_process", file, {"do": do}, Limits(0.3, 1 << 28))
        ]


def test_an_answer_comes_back(tmp_path: Path) -> None:
    """The process reads the file that it is given, and its frames arrive."""
    assert ask("answer", tmp_path) == [({"half": 1, "bytes": 5}, b"bytes")]


@pytest.mark.parametrize(
    ("do", "says"),
    [
        ("loop", "took far longer"),
        ("take memory", "cannot be read"),
        ("crash", "the library that reads it failed"),
        ("end early", "cannot be read"),
    ],
)
def test_a_process_that_misbehaves_is_a_refusal(do: str, says: str, tmp_path: Path) -> None:
    """Whatever the process does, the program goes on with one line, soon."""
    begun = time.perf_counter()
    with pytest.raises(DataError, match=says) as refused:
        ask(do, tmp_path)
    assert "\n" not in str(refused.value)
    assert time.perf_counter() - begun < 30
