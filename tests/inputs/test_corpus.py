"""Every input that once broke the law of refusals is kept under tests/fixtures/corpus/KIND, and is refused by the command line.

A file is called COMMAND-WHAT: the command that reads it, and what is wrong with it. `python tools/fuzz_inputs.py` finds such inputs.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzzing.commands import Commands
from fuzzing.end_to_end import faults_of
from fuzzing.kind import Kind
from fuzzing.law import state_of
from places import FIXTURES

CORPUS = FIXTURES / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(CORPUS)) for path in FILES])
def test_is_refused_in_one_line(path: Path, kinds: dict[str, Kind], tmp_path: Path, commands: Commands) -> None:
    """An input that was found by mutation gets one line and exit status 2, within 2 s and 1 GB, and nothing is written."""
    kind, folder = kinds[path.parent.name], tmp_path / "input"
    kind.lay_out(folder)
    kind.put(folder, path.read_bytes(), 0)
    (look,) = (look for look in kind.looks if look.name == path.stem.partition("-")[0])
    before = state_of(tmp_path)
    ended = commands(kind.arguments(look, folder), tmp_path)
    # Of a query, the value that caused a fault may also be shown.
    assert faults_of(ended, kind.name != "sql", state_of(tmp_path) != before) == [], ended
