"""A complete run whose files are changed, and a server of commands, made once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzzing.commands import Commands
from fuzzing.kind import Kind
from fuzzing.kinds import all_kinds
from fuzzing.made_folders import make_run


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a complete run."""
    folder = tmp_path_factory.mktemp("inputs")
    make_run(folder)
    return folder


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """Runs commands in processes of their own."""
    with Commands(tmp_path_factory.mktemp("printed")) as server:
        yield server


@pytest.fixture(scope="session")
def kinds(work: Path) -> dict[str, Kind]:
    """Every kind of input, by name."""
    return {kind.name: kind for kind in all_kinds(work)}
