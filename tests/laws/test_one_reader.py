"""One module opens files that others may have made: every other one gets an open file from it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from places import ROOT

READER = "spinn2sim/files/input_file.py"
READS = {"read_bytes", "read_text", "fromfile", "loadtxt", "genfromtxt", "memmap"}
# Where a file is read otherwise, each with its reason.
EXCEPTIONS = {
    "spinn2sim/files/atomic.py": "opens for writing",
    "spinn2sim/files/named_output.py": "opens devices and pipes for writing",
    "spinn2sim/files/hdf5_process.py": "reads what it was handed, in a process with limits",
    "spinn2sim/trace/sql_limits.py": "asks the system for this process's memory",
    "spinn2sim/files/limited_process.py": "asks the system for this process's memory",
    "spinn2sim/experiments/runner/result_store.py": "reads this program's own sources",
    "spinn2sim/experiments/tasks/yinyang/on_chip.py": "reads a scenario of this package",
    "spinn2sim/cli/standard_streams.py": "opens /dev/null alone",
    "firmware_models/cost.py": "reads this program's own sets of costs",
    "spinn2sim/emulation/firmware_file.py": "reads the image of this package, or one that its own tool built",
    "firmware_models/jit/compiler.py": "reads this program's own sources",
    "firmware_models/jit/kernel_cache.py": "reads a private folder",
    "spinn2sim/hardware/engines/spread/shared_states.py": "maps memory that this program's own processes share",
}
# What opens an archive or a sound, and the name of the open file that it is to be handed.
HANDED_A_FILE = {"gzip.open": "packed", "wave.open": "file", "zipfile.ZipFile": "file", "archive.open": "info"}
FILES = sorted(path for package in ("spinn2sim", "firmware_models") for path in (ROOT / package).rglob("*.py"))


def reads(source: str) -> list[str]:
    """Lines of a module that open a file for reading by its path."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [f"{call.lineno}: {ast.unparse(call.func)}" for call in calls if _opens(call)]


def _opens(call: ast.Call) -> bool:
    said = ast.unparse(call.func)
    if said in HANDED_A_FILE:
        first = call.args[0] if call.args else None
        return not (isinstance(first, ast.Name) and first.id == HANDED_A_FILE[said])
    owner, _, name = said.rpartition(".")
    return (bool(owner) and name in READS) or name == "open" or said in ("np.load", "numpy.load", "h5py.File")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_reader_opens_files_by_their_paths(path: Path) -> None:
    """A file opened elsewhere could be a FIFO that no one writes to, or a device without an end."""
    name = str(path.relative_to(ROOT))
    if name != READER and name not in EXCEPTIONS:
        assert reads(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "open(path)",
        "path.open('rb')",
        "path.read_bytes()",
        "gzip.open(path)",
        "np.load(path)",
        "zipfile.ZipFile(path)",
        "h5py.File(path)",
    ],
)
def test_the_scan_sees_what_reads(line: str) -> None:
    """The scan itself finds each way in which a module might read."""
    assert reads(line)
