"""One module writes files: every other one hands it what is to be written."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from places import ROOT

WRITER = "spinn2sim/files/atomic.py"
# Writes into devices and pipes that a user named, which have no content to keep, and hands files to the writer.
DEVICE_WRITER = "spinn2sim/files/named_output.py"
# What writes a file when it is handed a path. Functions named here are called with an open file by the modules that are named with them.
WRITES = {
    "write_bytes", "touch", "symlink_to", "hardlink_to", "to_parquet", "to_csv", "savez", "savez_compressed", "savetxt", "tofile",
    "mkstemp", "NamedTemporaryFile", "TemporaryFile", "ftruncate", "truncate", "copyfile", "copytree", "rename", "JournalFileBackend",
}  # fmt: skip
HANDED_A_FILE = {"savefig": "file out", "ParquetWriter": "file", "CSVWriter": "file", "nir.write": "file"}
# Where a file is opened for writing all the same, each with its reason.
EXCEPTIONS = {
    "firmware_models/jit/kernel_cache.py": "numba writes its cache, under temporary names; an entry that is lost costs a compilation",
    "spinn2sim/cli/standard_streams.py": "nothing but /dev/null, in the place of a stream that is closed or gone",
    "spinn2sim/hardware/engines/spread/shared_states.py": "a file that stands for memory which processes share, and lasts as long as they",
    "spinn2sim/training/search/journal.py": "Optuna appends to its own journal, and forces it to the disk itself",
}
READING = {"r", "rb", "rt"}
READING_FLAGS = {"O_RDONLY", "O_NONBLOCK", "O_NOCTTY", "O_DIRECTORY", "O_NOFOLLOW"}
FILES = sorted(path for package in ("spinn2sim", "firmware_models") for path in (ROOT / package).rglob("*.py"))


def writes(source: str) -> list[str]:
    """Lines of a module that open a file for writing, or hand a path to what does."""
    return [
        f"{node.lineno}: {said}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and (said := _write(node))
    ]


def _write(call: ast.Call) -> str | None:
    name, owner = _name(call.func)
    if name == "open" and owner == "os":
        return None if _only_reads(call.args[1]) else "os.open for writing"
    if name == "open" and owner not in ("archive", "gzip", "wave", "zipfile"):
        mode = _mode(call, 1 if owner is None else 0)
        return None if mode in READING else f"{owner or ''}.open({mode})"
    if name == "write_text" and owner is not None and owner != "atomic":
        return f"{owner}.write_text"
    if name == "save" and owner == "np":
        return "np.save"
    if name in WRITES:
        return str(name)
    if name in ("replace", "rename", "link", "symlink") and owner == "os":
        return f"os.{name}"
    allowed = HANDED_A_FILE.get(str(name)) or HANDED_A_FILE.get(f"{owner}.{name}")
    first = call.args[0] if call.args else None
    if allowed is not None and not (isinstance(first, ast.Name) and first.id in allowed.split()):
        return f"{name} with something else than an open file"
    return None


def _only_reads(flags: ast.expr) -> bool:
    names = {node.attr for node in ast.walk(flags) if isinstance(node, ast.Attribute)}
    variables = {node.id for node in ast.walk(flags) if isinstance(node, ast.Name)} - {"os"}
    return bool(names) and names <= READING_FLAGS and not variables


def _name(function: ast.expr) -> tuple[str | None, str | None]:
    """The name that is called, and that of its owner; "?" for an owner without a name, None where there is none."""
    if isinstance(function, ast.Name):
        return function.id, None
    if isinstance(function, ast.Attribute):
        return function.attr, function.value.id if isinstance(function.value, ast.Name) else "?"
    return None, None


def _mode(call: ast.Call, place: int) -> str:
    given = [k.value for k in call.keywords if k.arg == "mode"] or call.args[place : place + 1]
    if not given:
        return "r"
    return str(given[0].value) if isinstance(given[0], ast.Constant) else "?"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_writer_opens_files_for_writing(path: Path) -> None:
    """A file opened for writing elsewhere would not be forced to the disk, or would follow a planted link."""
    name = str(path.relative_to(ROOT))
    if name not in (WRITER, DEVICE_WRITER, *EXCEPTIONS):
        assert writes(path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "open(path, 'w')", "path.open('ab')", "path.open(mode='x')", "open(path, mode)", "os.open(path, flags)",
        "os.open(path, os.O_RDONLY | os.O_CREAT)", "os.open(path, os.O_RDONLY | flags)", "path.write_text(text)",
        "path.write_bytes(data)", "np.savez(path, a=a)", "np.save(path, a)", "figure.savefig(path)", "pq.ParquetWriter(path, schema)",
        "table.to_parquet(path)", "tempfile.mkstemp()", "os.replace(a, b)", "nir.write(path, graph)", "path.touch()",
    ],
)  # fmt: skip
def test_the_scan_sees_what_writes(line: str) -> None:
    """The scan itself finds each way in which a module might write."""
    assert writes(line)


def test_exceptions_are_few() -> None:
    """At most four modules write by themselves, each with its reason."""
    assert len(EXCEPTIONS) <= 4
    assert all((ROOT / name).exists() and reason for name, reason in EXCEPTIONS.items())
