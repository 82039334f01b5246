"""Messages quote values by one function, which shortens them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from places import ROOT

FILES = sorted((ROOT / "spinn2sim").rglob("*.py"))
REPR = ord("r")


def unshortened(source: str) -> list[str]:
    """Lines that raise an error with a value in it as Python writes it, of any length."""
    raised = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Raise)]
    values = [value for node in raised for value in ast.walk(node)]
    return [f"{value.lineno}: {ast.unparse(value)}" for value in values if _is_repr(value)]


def _is_repr(value: ast.AST) -> bool:
    if isinstance(value, ast.FormattedValue):
        return value.conversion == REPR
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "repr"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_errors_quote_values_by_one_function(path: Path) -> None:
    """A value in a message may be a million digits, or hold escape codes: spinn2sim.errors.quoted shortens it."""
    assert unshortened(path.read_text()) == []


@pytest.mark.parametrize(
    "line", ["raise ValueError(f'found {x!r}')", "raise ValueError(f'{x!r:.80}')", "raise E('a' + repr(x))"]
)
def test_the_scan_sees_a_value_that_is_not_shortened(line: str) -> None:
    """The scan itself finds both ways of quoting a value whole."""
    assert unshortened(line)
