"""Turns samples into shares: by part of the program, by function and by source line."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from profiling.code_lines import Place

Shares = list[tuple[float, str]]
NO_LINE = "(code of no line)"
ENGINE, KERNELS = "spinn2sim/hardware/engines/compiled", "firmware_models"


def library_of(address: int) -> str:
    """Name the file that an address outside of kernels belongs to, from /proc/self/maps."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, _, _, _, _, *name = line.split(maxsplit=5)
        first, last = (int(word, 16) for word in span.split("-"))
        if first <= address < last:
            return Path(name[0]).name if name else "code without a file"
    return "the system"


@cache
def _functions(file: str) -> list[tuple[int, int, str]]:
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return []
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return sorted((node.lineno, node.end_lineno or node.lineno, node.name) for node in found)


def function_of(place: Place) -> str:
    """Name the innermost function around a line; code of no line is its file's."""
    around = [name for first, last, name in _functions(place.file) if first <= place.line <= last]
    return around[-1] if around else NO_LINE


def short(file: str, root: Path) -> str:
    """A file's name within the project, or the end of its path."""
    path = Path(file)
    return str(path.relative_to(root)) if path.is_relative_to(root) else "/".join(path.parts[-3:])


def part_of(file: str) -> str:
    """Say which part of the program a file belongs to: the file itself in the compiled engine, the folder elsewhere."""
    return file if file.startswith(ENGINE) else KERNELS if file.startswith(KERNELS) else str(Path(file).parent)


def source_line(place: Place) -> str:
    """Return the text of a line, without its indentation."""
    try:
        return (
            Path(place.file).read_text(encoding="utf-8").splitlines()[place.line - 1].strip() if place.line else NO_LINE
        )
    except (OSError, IndexError):
        return ""


def shares(places: Sequence[Place | None], outside: Sequence[str], root: Path) -> tuple[Shares, Shares, Shares]:
    """Return the shares by part, by function and by line, most first; `outside` names what is in no kernel, in order."""
    parts: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    others = iter(outside)
    for place in places:
        if place is None:
            name = next(others)
            parts[name] += 1
            functions[name] += 1
        else:
            file = short(place.file, root)
            parts[part_of(file)] += 1
            functions[f"{file}: {function_of(place)}"] += 1
            lines[f"{file}:{place.line}: {source_line(place)}"] += 1
    total = max(len(places), 1)
    by_part, by_function, by_line = (
        [(count / total, name) for name, count in counted.most_common()] for counted in (parts, functions, lines)
    )
    return by_part, by_function, by_line
