"""What all tests share: where scenarios are, a scenario text to vary, and how hypothesis searches.

SPINN2SIM_EXAMPLES=20 in the environment makes every test of a law draw twenty times as many examples as it asks for.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from places import GOLDEN, SCENARIOS
from small_scenario import SMALL, SMALL_READOUT


def draw_more(times: int) -> None:
    """Multiply the examples that tests ask for from now on, those of a profile included."""
    as_asked = settings.__init__

    def multiplied(self: settings, parent: settings | None = None, **options: Any) -> None:
        if "max_examples" in options:
            options["max_examples"] *= times
        as_asked(self, parent, **options)

    settings.__init__ = multiplied  # type: ignore[method-assign]


if "SPINN2SIM_EXAMPLES" in os.environ:
    draw_more(int(os.environ["SPINN2SIM_EXAMPLES"]))

# A shell without job control lets what it runs in the background ignore Ctrl-C, and so would the tests and all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline: on a busy machine, or while numba compiles, time says nothing about an example.
# In CI the examples are the same for the same tests, so that a change is judged by itself; elsewhere they are drawn anew.
settings.register_profile("spinn2sim", deadline=None, max_examples=50, derandomize="CI" in os.environ)
settings.load_profile("spinn2sim")


@pytest.fixture(scope="session")
def scenarios() -> Path:
    """The folder of the scenarios that come with the project."""
    return SCENARIOS


@pytest.fixture(scope="session")
def yinyang_text(scenarios: Path) -> str:
    """The text of yinyang.toml."""
    return (scenarios / "yinyang.toml").read_text()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A file with the small scenario."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def small_readout(tmp_path: Path) -> Path:
    """A file with the small scenario whose outputs never spike."""
    path = tmp_path / "readout.toml"
    path.write_text(SMALL_READOUT)
    return path


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of reference cases that were made outside this project."""
    return GOLDEN
