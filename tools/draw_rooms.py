"""Draw the rooms of the house and who imports whom, from the imports themselves: docs/rooms.svg.

    python tools/draw_rooms.py            # write docs/rooms.svg
    python tools/draw_rooms.py --check    # exit status 1 if the picture no longer shows the imports

The rooms are those of the import contract in pyproject.toml. An arrow is drawn where no longer way through other rooms implies it already.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tomllib
from pathlib import Path
from xml.sax.saxutils import escape

import networkx as nx

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "rooms.svg"
PACKAGE, FIRMWARE = "spinn2sim", "firmware_models"
# Rooms of the firmware that are drawn apart: what a PE runs, and what everything that computes shares.
FIRMWARE_ROOMS = {"programs": "firmware: programs", "shared": "firmware: arithmetic"}
SHARED = {"jit", "fixedpoint", "qformat"}
WIDTH, ROW, BOX_WIDTH, BOX_HEIGHT, MARGIN = 860, 88, 236, 46, 20


def floors() -> list[list[str]]:
    """The rooms of spinn2sim, floor by floor, from the top."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    return [[room.strip() for room in layer.split("|")] for layer in layers]


def room_of(module: str) -> str | None:
    """The room that a module belongs to; None for a module of neither package."""
    parts = module.split(".")
    if parts[0] == FIRMWARE:
        return FIRMWARE_ROOMS["shared" if len(parts) > 1 and parts[1] in SHARED else "programs"]
    return parts[1] if parts[0] == PACKAGE and len(parts) > 1 else None


def imports() -> nx.DiGraph:
    """Rooms, with an edge where a file of one imports a module of the other."""
    known = {room for floor in floors() for room in floor} | set(FIRMWARE_ROOMS.values())
    graph = nx.DiGraph()
    for package in (PACKAGE, FIRMWARE):
        for path in sorted((ROOT / package).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            here = room_of(module)
            if here not in known:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = []
                if isinstance(node, ast.ImportFrom) and node.module:
                    names = [f"{node.module}.{alias.name}" for alias in node.names]
                elif isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                for there in map(room_of, names):
                    if there in known and there != here:
                        graph.add_edge(here, there)
    return graph


def first_words(room: str) -> str:
    """What a room says of itself: its docstring up to the first colon, semicolon, comma or full stop."""
    if room in FIRMWARE_ROOMS.values():
        return "what PEs run" if room == FIRMWARE_ROOMS["programs"] else "shared by all that computes"
    path = ROOT / PACKAGE / room
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split("\n")[0]
    for stop in ":;,.":
        text = text.split(stop)[0]
    return text


def rows_of(graph: nx.DiGraph) -> list[list[str]]:
    """Rooms by depth, from the top: each stands right above the highest room that it imports; neighbours stand near what they import."""
    rows: list[list[str]] = [sorted(rooms) for rooms in nx.topological_generations(graph.reverse())]
    place: dict[str, float] = {}
    for row in rows:
        row.sort(key=lambda room: (sum(place[there] for there in graph[room]) / max(1, len(graph[room])), room))
        place |= {room: (column + 1) / (len(row) + 1) for column, room in enumerate(row)}
    return rows[::-1]


def drawing() -> str:
    """The picture as SVG."""
    graph = nx.transitive_reduction(imports())
    rows = rows_of(graph)
    height = 2 * MARGIN + (len(rows) - 1) * ROW + BOX_HEIGHT
    corner = {
        room: (
            (WIDTH - len(row) * BOX_WIDTH) * (column + 1) / (len(row) + 1) + column * BOX_WIDTH,
            MARGIN + depth * ROW,
        )
        for depth, row in enumerate(rows)
        for column, room in enumerate(row)
    }
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
        "<title>The rooms of spinn2sim: an arrow points to a room that is imported</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#666666"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="#FFFFFF"/>',
    ]
    for here, there in sorted(graph.edges):
        (x, y), (u, v) = corner[here], corner[there]
        x, y, u = x + BOX_WIDTH / 2, y + BOX_HEIGHT, u + BOX_WIDTH / 2
        side = 1 if (x + u) / 2 >= WIDTH / 2 else -1
        bend = side * (BOX_WIDTH * 0.75 if v - y > ROW and abs(x - u) < BOX_WIDTH / 2 else 0)  # around a box in between
        path = f"M{x:.0f} {y:.0f} C{x + bend:.0f} {y + 40:.0f} {u + bend:.0f} {v - 40:.0f} {u:.0f} {v - 1:.0f}"
        lines.append(f'<path d="{path}" fill="none" stroke="#999999" stroke-width="1.3" marker-end="url(#tip)"/>')
    for room, (x, y) in corner.items():
        fill = "#F7EEDD" if room in FIRMWARE_ROOMS.values() else "#E8F0FA"
        middle = x + BOX_WIDTH / 2
        lines += [
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" fill="{fill}" stroke="#5577AA"/>',
            f'<text x="{middle:.0f}" y="{y + 19:.0f}" font-size="15" text-anchor="middle">{escape(room)}</text>',
            f'<text x="{middle:.0f}" y="{y + 36:.0f}" font-size="10" fill="#444444" text-anchor="middle">'
            f"{escape(first_words(room))}</text>",
        ]
    return "\n".join([*lines, "</svg>", ""])


def main() -> int:
    """Write or check the picture; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with docs/rooms.svg instead of writing it")
    if not parser.parse_args().check:
        PICTURE.write_text(drawing(), encoding="utf-8")
        return 0
    same = PICTURE.exists() and PICTURE.read_text(encoding="utf-8") == drawing()
    print("the picture shows the imports" if same else "docs/rooms.svg is out of date: python tools/draw_rooms.py")
    return int(not same)


if __name__ == "__main__":
    sys.exit(main())
