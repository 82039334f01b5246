"""The page about security: its bounds are those of the program, and the files that it names exist."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from places import ROOT

PAGE = (ROOT / "docs/reference/security.md").read_text()
ROWS = re.findall(r"^\|[^|]*\| `(spinn2sim[\w.]+)\.([A-Z_]+)` \| ([\d.,]+) ?(KiB|MiB|GiB|s)? \|$", PAGE, re.MULTILINE)
UNITS = {"": 1, "s": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


@pytest.mark.parametrize(
    ("module", "name", "value", "unit"), ROWS, ids=[f"{module}.{name}" for module, name, *_ in ROWS]
)
def test_a_bound_is_the_programs(module: str, name: str, value: str, unit: str) -> None:
    """A bound that was changed in the program is changed on the page."""
    assert getattr(import_module(module), name) == float(value.replace(",", "")) * UNITS[unit]


def test_every_row_is_compared() -> None:
    """No row of the table is written in a form that the test does not read."""
    assert len(ROWS) == PAGE.count("| `spinn2sim.") > 25


def test_files_that_the_page_names_exist() -> None:
    """A claim's test is where the page says."""
    named = re.findall(r"(?:tests|tools|spinn2sim)/[\w/]+(?:\.py)?", PAGE)
    assert [name for name in named if not (ROOT / name).exists()] == []
