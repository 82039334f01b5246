"""Real runs of the small scenario, made once for all tests of this folder: a healthy one, one that loses packets, one without a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

import spinn2sim
from small_scenario import SMALL


def made(folder: Path, **overrides: object) -> Path:
    """A run directory."""
    (folder / "small.toml").write_text(SMALL)
    changes = {key.replace("__", "."): value for key, value in overrides.items()}
    return spinn2sim.run(folder / "small.toml", folder / "run", overrides=changes).folder


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything traced, nothing lost."""
    return made(tmp_path_factory.mktemp("traced"), trace__packets="all")


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything traced, a FIFO that holds one packet."""
    return made(tmp_path_factory.mktemp("faulty"), trace__packets="all", chip__fifo_capacity=1)


@pytest.fixture(scope="session")
def untraced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No packet traced."""
    return made(tmp_path_factory.mktemp("untraced"))
