"""Commands on a machine in real trouble; `python tools/trouble.py` tries all commands in all troubles."""

from __future__ import annotations

from pathlib import Path

import pytest

import spinn2sim
from crashes.inputs import TINY
from spinn2sim.files.lacking_memory import lacks_memory, lacks_room_for_a_library
from troubles.commands import COMMANDS
from troubles.kinds import KINDS
from troubles.trial import try_command


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a complete run."""
    folder = tmp_path_factory.mktemp("trouble")
    (folder / "tiny.toml").write_text(TINY)
    spinn2sim.run(folder / "tiny.toml", folder / "r", overrides={"trace.packets": "all"})
    return folder


@pytest.mark.parametrize(
    ("trouble", "command", "status"),
    [
        ("read-only-folder", "packets --csv", 2), ("read-only-folder", "verify", 0), ("full-disk", "report", 2),
        ("files-of-1000-bytes", "report", 2), ("no-home", "verify", 0), ("memory-of-500-MB", "packets --sql", 2),
        ("24-open-files", "packets --csv", 0),
    ],
)  # fmt: skip
def test_one_line_and_nothing_lost(trouble: str, command: str, status: int, place: Path) -> None:
    """A command works, or ends with one line and status 2; the files that were there are as they were."""
    kind = KINDS[trouble]
    if reason := kind.impossible():
        pytest.skip(reason)
    ended = try_command(place, kind, command, COMMANDS[command])
    assert ended.findings == []
    assert ended.status in (status, -6, -11)  # libraries of others may fail without memory


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("Out of Memory Error: Failed to allocate block of 16384 bytes (bad allocation)", True),
        ("malloc of size 1048576 failed", True),
        ("malloc of size 9223372036854775807 failed", False),
        ("Couldn't deserialize thrift: invalid", False),
    ],
)
def test_a_lack_of_memory_is_no_verdict_on_a_file(text: str, lacks: bool) -> None:
    """Only a request that any machine can meet says that memory has run out; a damaged file asks for any number."""
    assert lacks_memory(RuntimeError(text)) == lacks


def test_a_library_without_room() -> None:
    """The loader's words are known; a library that is missing is another matter."""
    assert lacks_room_for_a_library(ImportError("x.so: failed to map segment from shared object"))
    assert not lacks_room_for_a_library(ImportError("No module named 'x'"))
