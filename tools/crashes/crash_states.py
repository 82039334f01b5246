"""The trees that a crash leaves: what a process saw if it was killed, and what may be left on the disk if the power went."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Literal

from crashes.disk_model import File, Folder, Moment, Tree, Write, with_change

# How much of what was not forced to the disk is there after a crash.
Survival = Literal["all", "none", "part"]
SURVIVALS: tuple[Survival, ...] = ("all", "none", "part")
UNFINISHED = re.compile(r"\.(.*)\.[0-9a-f]{16}\.part$")
# A state of a disk that can be compared with others.
Key = frozenset[tuple[str, bytes | None]]


def tree_after(moment: Moment, survival: Survival, draw: random.Random) -> Tree:
    """Return the tree that is left. After a kill "all" is; after a loss of power any of the three may be."""
    tree: Tree = {}
    folders = [("", moment.folder(""))]
    for path, folder in folders:
        for name, number in _names(folder, survival, draw).items():
            found = moment.nodes[number]
            if isinstance(found, Folder):
                tree[path + name] = None
                folders.append((f"{path}{name}/", found))
            else:
                tree[path + name] = _content(found, survival, draw)
    return tree


def _names(folder: Folder, survival: Survival, draw: random.Random) -> Mapping[str, int]:
    if survival == "all" or not folder.pending:
        return folder.now
    names = folder.synced
    if survival == "part":
        for change in folder.pending:
            if draw.random() < 0.5:
                names = with_change(names, change)
    return names


def _content(file: File, survival: Survival, draw: random.Random) -> bytes:
    if survival == "all" or not file.pending:
        return file.now
    content = file.synced
    if survival == "part":
        for write in file.pending:
            content = _torn(write, draw).applied_to(content)
    return content


def _torn(write: Write, draw: random.Random) -> Write:
    """Return what survives of a write: all, nothing, its first bytes, or zeros in the place of some bytes."""
    if write.data is None:
        return write if draw.random() < 0.5 else Write(0, b"")
    length = len(write.data)
    kept = draw.choice((0, 1, length // 2, max(0, length - 1), length))
    if draw.random() < 0.25:
        return Write(write.offset, bytes(kept) + write.data[kept:])
    return Write(write.offset, write.data[:kept])


def key_of(tree: Tree) -> Key:
    """Return what tells a tree from others. The content of unfinished files counts for nothing, and their random names only by number.

    `followed_disk` reports a process that reads an unfinished file which it did not write.
    """
    parts: dict[str, int] = {}
    key: list[tuple[str, bytes | None]] = []
    for path, content in tree.items():
        folder, slash, name = path.rpartition("/")
        if found := UNFINISHED.match(name):
            general = f"{folder}{slash}.{found[1]}.part"
            parts[general] = parts.get(general, 0) + 1
        else:
            key.append((path, content))
    return frozenset([*key, *((f"{path} {count}", None) for path, count in parts.items())])
