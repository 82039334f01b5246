"""A model of a disk: files and folders as a process sees them, what of them has been forced to the disk, and what has not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, cast

# A file tree: relative path and content, None for a folder.
Tree = dict[str, bytes | None]
ROOT = 0


class Write(NamedTuple):
    """A change of a file's content: bytes at an offset, or the cut (`data` is None) to a length."""

    offset: int
    data: bytes | None

    def applied_to(self, content: bytes) -> bytes:
        """Return the content after the change."""
        if self.data is None:
            return content[: self.offset].ljust(self.offset, b"\0")
        return content[: self.offset].ljust(self.offset, b"\0") + self.data + content[self.offset + len(self.data) :]


@dataclass(frozen=True)
class File:
    """The content of a file: now, when it was last forced to the disk, and the changes since."""

    now: bytes = b""
    synced: bytes = b""
    pending: tuple[Write, ...] = ()


# The names that one operation changes, at once: the number of the file or folder, or None for a name that goes.
NameChange = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Folder:
    """The names in a folder, each with the number of its file or folder: now, when last forced to the disk, and the changes since."""

    now: Mapping[str, int] = field(default_factory=dict)
    synced: Mapping[str, int] = field(default_factory=dict)
    pending: tuple[NameChange, ...] = ()

    def changed(self, change: NameChange) -> Folder:
        """Return the folder after a change that is not forced to the disk."""
        return replace(self, now=with_change(self.now, change), pending=(*self.pending, change))


def with_change(names: Mapping[str, int], change: NameChange) -> dict[str, int]:
    """Return names after a change."""
    found = dict(names)
    for name, number in change:
        if number is None:
            found.pop(name, None)
        else:
            found[name] = number
    return found


@dataclass(frozen=True)
class Moment:
    """A disk between two operations: all files and folders by number. Number 0 is the folder that everything is in."""

    nodes: Mapping[int, File | Folder]

    def find(self, path: str) -> int | None:
        """Return the number of what has a path now, or None."""
        number = ROOT
        for name in path.split("/") if path else ():
            node = self.nodes[number]
            if not isinstance(node, Folder) or name not in node.now:
                return None
            number = node.now[name]
        return number

    def _need(self, path: str) -> int:
        number = self.find(path)
        if number is None:
            raise LookupError(f"the model of the disk has no {path}")
        return number

    def file(self, number: int) -> File:
        """Return a file by its number."""
        return cast(File, self.nodes[number])

    def folder(self, path: str) -> Folder:
        """Return a folder by its path."""
        return cast(Folder, self.nodes[self._need(path)])

    def with_node(self, number: int, node: File | Folder) -> Moment:
        """Return the disk with one file or folder changed."""
        return Moment({**self.nodes, number: node})

    def with_names(self, folder: str, change: NameChange, node: File | Folder | None = None) -> Moment:
        """Return the disk with names in a folder changed, and the new file or folder, if any, that the last name stands for."""
        number = self._need(folder)
        nodes = {**self.nodes, number: self.folder(folder).changed(change)}
        if node is not None and change[-1][1] is not None:
            nodes[change[-1][1]] = node
        return Moment(nodes)

    def written(self, number: int, write: Write) -> Moment:
        """Return the disk after a change of a file's content."""
        file = self.file(number)
        changed = File(write.applied_to(file.now), file.synced, (*file.pending, write))
        return self.with_node(number, changed)

    def forced(self, number: int) -> Moment:
        """Return the disk after a file's content, or a folder's names, were forced to it."""
        node = self.nodes[number]
        return self.with_node(number, type(node)(node.now, node.now, ()))  # type: ignore[arg-type]


def moment_of(tree: Tree) -> Moment:
    """Return a disk that holds a tree, everything forced to it."""
    nodes: dict[int, File | Folder] = {}
    names: dict[str, dict[str, int]] = {"": {}}
    numbers = {"": ROOT}
    for number, (path, content) in enumerate(sorted(tree.items()), 1):
        parent, _, name = path.rpartition("/")
        names[parent][name] = number
        if content is None:
            names[path], numbers[path] = {}, number
        else:
            nodes[number] = File(content, content)
    nodes |= {numbers[path]: Folder(inside, inside) for path, inside in names.items()}
    return Moment(nodes)


def walk(moment: Moment, number: int = ROOT, path: str = "") -> Iterator[tuple[str, int]]:
    """Yield the path and the number of everything that a process sees in a folder."""
    node = moment.nodes[number]
    if isinstance(node, Folder):
        for name, inner in node.now.items():
            yield path + name, inner
            yield from walk(moment, inner, f"{path}{name}/")
