"""Rules of the house that no other tool keeps: one class per name, few file names twice, docstrings that stand alone."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from places import ROOT

FILES = sorted(path for package in ("spinn2sim", "firmware_models") for path in (ROOT / package).rglob("*.py"))
MOST_REPEATED_FILE_NAMES = 13  # as many as in the best-kept of the projects that we learn from
# Its names are those that scripts import, which were chosen elsewhere.
FACADE = ROOT / "spinn2sim" / "spinnaker2"
LEANING = ("The same", "See ", "Both", "It is", "That of", "None above", "Likewise", "As above", "Ditto")


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    """The syntax tree of every file of both packages."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def test_no_class_name_twice(trees: dict[Path, ast.Module]) -> None:
    """A class name in an import or a traceback needs no look-up: it is the only one in the two packages."""
    own = [tree for path, tree in trees.items() if not path.is_relative_to(FACADE)]
    names = Counter(node.name for tree in own for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert {name: count for name, count in names.items() if count > 1} == {}


def test_few_file_names_repeat() -> None:
    """A file's name alone nearly always says which one is meant."""
    names = Counter(path.name for path in FILES if path.name != "__init__.py")
    repeated = sorted(name for name, count in names.items() if count > 1)
    assert len(repeated) <= MOST_REPEATED_FILE_NAMES, repeated


def test_docstrings_stand_alone(trees: dict[Path, ast.Module]) -> None:
    """A docstring is read beside its function, in a help text, or on a page: it leans on no other docstring."""
    documented = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
    leaning = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, documented) and (ast.get_docstring(node) or "").startswith(LEANING)
    ]
    assert leaning == []
