"""A model of a disk: what of a folder is left when the power goes, and when the process is killed, after each file operation."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# A file tree: relative path and content, None for a folder.
Tree = dict[str, bytes | None]
Identity = tuple[int, int]
OPERATIONS = ("open", "fsync", "replace", "unlink", "rmdir")


class RecordedDisk:
    """Follows the file operations under a folder. Only content and names that were fsynced survive the loss of power.

    `lost_power` and `killed` are the trees that are left after each operation, each tree once.
    """

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._root, self._lock = root, threading.RLock()
        self._born: dict[int, int] = {}
        self._content: dict[Identity, bytes] = {}
        self._names: dict[Path, dict[str, tuple[Identity, bool]]] = {root: {}}
        self.lost_power: list[Tree] = []
        self.killed: list[Tree] = []
        for name in OPERATIONS:
            monkeypatch.setattr(os, name, self._followed(name, getattr(os, name)))

    def _followed(self, name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            with self._lock:
                found = operation(*args, **options)
                if name == "open" and args[1] & os.O_EXCL:
                    number = os.fstat(found).st_ino
                    self._born[number] = self._born.get(number, 0) + 1
                elif name == "open":
                    return found
                if name == "fsync":
                    self._force(args[0])
                self._note()
                return found

        return call

    def _force(self, handle: int) -> None:
        path, about = Path(f"/proc/self/fd/{handle}").resolve(), os.fstat(handle)
        if path != self._root and self._root not in path.parents:
            return
        if stat.S_ISDIR(about.st_mode):
            self._names[path] = {
                entry.name: (self._identity(entry.inode()), entry.is_dir()) for entry in os.scandir(path)
            }
        else:
            self._content[self._identity(about.st_ino)] = path.read_bytes()

    def _identity(self, number: int) -> Identity:
        return number, self._born.get(number, 0)

    def _note(self) -> None:
        lost: Tree = {}
        self._collect(self._root, lost)
        paths = sorted(self._root.rglob("*"))
        now = {str(p.relative_to(self._root)): None if p.is_dir() else p.read_bytes() for p in paths}
        for trees, tree in ((self.lost_power, lost), (self.killed, now)):
            if not trees or trees[-1] != tree:
                trees.append(tree)

    def _collect(self, folder: Path, into: Tree) -> None:
        for name, (identity, is_folder) in self._names.get(folder, {}).items():
            path = folder / name
            into[str(path.relative_to(self._root))] = None if is_folder else self._content.get(identity, b"")
            if is_folder:
                self._collect(path, into)


def lay_out(tree: Tree, root: Path) -> None:
    """Write a tree into a new folder."""
    root.mkdir()
    for name, content in sorted(tree.items()):
        if content is None:
            (root / name).mkdir(exist_ok=True)
        else:
            (root / name).write_bytes(content)
