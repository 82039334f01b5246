"""docs/start/first-run.ipynb, executed cell by cell in a fresh namespace, without Jupyter: each last line is shown as Jupyter would."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from places import ROOT

NOTEBOOK = ROOT / "docs" / "start" / "first-run.ipynb"


def shown(value: Any) -> Any:
    """What Jupyter would show of a value: a picture, a table, or its repr."""
    for name in ("_repr_png_", "_repr_html_"):
        if hasattr(value, name):
            return getattr(value, name)()
    return repr(value)


def test_every_cell_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cell raises, and every cell that ends with a value shows something; the notebook holds no outputs."""
    monkeypatch.chdir(tmp_path)
    cells = [cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"]
    names: dict[str, Any] = {}
    said = []
    for number, cell in enumerate(cells):
        assert cell["outputs"] == []
        tree = ast.parse("".join(cell["source"]), f"cell {number}")
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, f"cell {number}", "exec"), names)  # noqa: S102 - the notebook's own code
        if isinstance(last, ast.Expr):
            said.append(shown(eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names)))  # noqa: S307
    assert all(said)
    assert sum(isinstance(one, bytes) for one in said) == 2
    assert any(isinstance(one, str) and "key that may help" in one for one in said)
    assert (tmp_path / "first.html").is_file()
