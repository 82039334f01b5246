"""The program opens no port and fetches nothing: only Dask, for a scheduler that the user names, uses the network."""

from __future__ import annotations

import ast

import pytest

from places import ROOT

FORBIDDEN = {
    "socket", "socketserver", "http", "urllib", "ssl", "ftplib", "smtplib", "xmlrpc", "asyncio", "requests", "httpx", "aiohttp",
    "tornado",
}  # fmt: skip
FILES = sorted(path for package in ("spinn2sim", "firmware_models") for path in (ROOT / package).rglob("*.py"))


def imported(source: str) -> set[str]:
    """The packages that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_no_module_uses_the_network() -> None:
    """A page that is served, or a file that is fetched, would be a way in or out."""
    users = {str(path.relative_to(ROOT)): imported(path.read_text()) & FORBIDDEN for path in FILES}
    assert {name: found for name, found in users.items() if found} == {}


@pytest.mark.parametrize(
    "line", ["import socket", "import http.server", "def f():\n    from urllib.request import urlopen"]
)
def test_the_scan_sees_imports(line: str) -> None:
    """The scan finds imports in functions, too."""
    assert imported(line) & FORBIDDEN
