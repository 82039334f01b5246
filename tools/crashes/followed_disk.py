"""Follows the file operations of this process under a folder: keeps the disk after each of them, and makes one of them fail."""

from __future__ import annotations

import builtins
import fcntl
import io
import os
import signal
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

from crashes.crash_states import UNFINISHED
from crashes.disk_model import File, Folder, Moment, Write
from crashes.faults import Fault

REAL = {
    name: getattr(os, name)
    for name in ("open", "fdopen", "fsync", "replace", "unlink", "mkdir", "rmdir", "ftruncate", "close")
}
REAL_OPEN, REAL_FLOCK = io.open, fcntl.flock
WRITING = os.O_WRONLY | os.O_RDWR


class FollowedDisk:
    """The disk under `root` while a command runs. `moments` are the disks between operations, `operations` their names.

    An operation is counted and may fail before it is done; an interrupt may also come right after it.
    """

    def __init__(self, root: Path, start: Moment, fault: Fault | None = None) -> None:
        self.root, self.fault = str(root), fault
        self.moments, self.operations = [start], list[str]()
        self.foreign_reads: list[str] = []
        self._next = 1 + max(start.nodes)
        self._numbers: dict[int, int] = {}
        self._made: set[str] = set()
        self._reading: dict[int, str] = {}
        self._files: list[weakref.ref[FollowedFile]] = []
        # While this is set, an interrupt waits, as it does while another thread works.
        self.in_thread = False
        self._late_interrupt = False

    @property
    def now(self) -> Moment:
        """The disk as it is."""
        return self.moments[-1]

    def do(self, operation: str, path: str, perform: Callable[[], Any], after: Callable[[Any], Moment | None]) -> Any:
        """Perform an operation, unless it is to fail, and keep the disk that it leaves."""
        number, fault = len(self.operations), self.fault
        self.operations.append(operation)
        hit = fault is not None and fault.hits(number, operation)
        interrupt = hit and fault is not None and fault.kind.startswith("interrupt")
        if hit and fault is not None and not interrupt:
            raise fault.raised(path)
        if interrupt and fault is not None and fault.kind == "interrupt":
            interrupt, self._late_interrupt = False, True
            self.interrupt_if_due()
        found = perform()
        moment = after(found)
        if moment is not None:
            self.moments.append(moment)
        if interrupt:
            self._late_interrupt = True
            self.interrupt_if_due()
        return found

    def interrupt_if_due(self) -> None:
        """Raise an interrupt that had to wait for another thread."""
        if self._late_interrupt and not self.in_thread:
            self._late_interrupt = False
            signal.raise_signal(signal.SIGINT)

    def relative(self, path: Any) -> str | None:
        """Return a path relative to the root; None for a path elsewhere."""
        if isinstance(path, int):
            return None
        full = os.path.normpath(os.path.join(os.getcwd(), os.fspath(path)))  # noqa: PTH109, PTH118 - strings are four times as fast
        return full[len(self.root) + 1 :] if full.startswith(self.root + "/") else "" if full == self.root else None

    def new_number(self) -> int:
        """Return a number for a new file or folder."""
        self._next += 1
        return self._next

    def open(self, path: Any, flags: int, mode: int = 0o777, **options: Any) -> int:
        """Stand in for os.open."""
        name = self.relative(path)
        if name is None or options:
            return int(REAL["open"](path, flags, mode, **options))
        new = bool(flags & os.O_CREAT) and self.now.find(name) is None

        def opened(handle: int) -> Moment | None:
            folder, _, last = name.rpartition("/")
            moment = self.now.with_names(folder, ((last, self.new_number()),), File()) if new else self.now
            number = moment.find(name)
            if number is not None and (flags & WRITING or isinstance(moment.nodes[number], Folder)):
                self._numbers[handle] = number
                self._made.add(name)
            else:
                self._reading[handle] = name
            return moment if new else None

        return int(self.do("create" if new else "open", str(path), lambda: REAL["open"](path, flags, mode), opened))

    def open_file(self, file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        """Stand in for open and io.open."""
        name = self.relative(file)
        if name is None:
            return REAL_OPEN(file, mode, *arguments, **options)
        if not set(mode) & set("wax+"):
            self._note_read(name)
            return self.do("read", str(file), lambda: REAL_OPEN(file, mode, *arguments, **options), lambda _: None)
        kinds = {"a": os.O_APPEND, "w": os.O_TRUNC, "x": os.O_EXCL}
        flags = sum(flag for letter, flag in kinds.items() if letter in mode)
        handle = self.open(file, flags | os.O_CREAT | (os.O_RDWR if "+" in mode else os.O_WRONLY), 0o666)
        return self.fdopen(handle, mode)

    def fdopen(self, handle: int, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        """Stand in for os.fdopen."""
        if mode == "rb":
            self._note_read(self._reading.pop(handle, ""))
        if handle not in self._numbers or "b" not in mode:
            return REAL["fdopen"](handle, mode, *arguments, **options)
        raw = FollowedFile(self, handle, self._numbers[handle], mode)
        self._files.append(weakref.ref(raw))
        return io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)

    def _note_read(self, name: str) -> None:
        if UNFINISHED.search(name) and name not in self._made:
            self.foreign_reads.append(name)

    def fsync(self, handle: Any) -> None:
        """Stand in for os.fsync. The disk itself is not asked to do anything, which would take most of the time."""
        number = self._numbers.get(handle if isinstance(handle, int) else handle.fileno())
        if number is None:
            REAL["fsync"](handle)
        else:
            self.do("fsync", f"file {handle}", lambda: None, lambda _: self.now.forced(number))

    def ftruncate(self, handle: int, length: int) -> None:
        """Stand in for os.ftruncate."""
        number = self._numbers.get(handle)
        if number is None:
            REAL["ftruncate"](handle, length)
            return
        cut = Write(length, None)
        self.do(
            "truncate",
            f"file {handle}",
            lambda: REAL["ftruncate"](handle, length),
            lambda _: self.now.written(number, cut),
        )

    def replace(self, old: Any, new: Any) -> None:
        """Stand in for os.replace."""
        before, after = self.relative(old), self.relative(new)
        if before is None or after is None:
            REAL["replace"](old, new)
            return
        folder, _, name = before.rpartition("/")
        target, _, final = after.rpartition("/")
        if folder != target:
            raise NotImplementedError(f"{old} is moved to another folder than its own")

        def renamed(_: None) -> Moment:
            return self.now.with_names(folder, ((name, None), (final, self.now.find(before))))

        self.do("replace", str(new), lambda: REAL["replace"](old, new), renamed)

    def unlink(self, path: Any, **options: Any) -> None:
        """Stand in for os.unlink and os.remove."""
        self._take_away("unlink", path, options)

    def rmdir(self, path: Any, **options: Any) -> None:
        """Stand in for os.rmdir."""
        self._take_away("rmdir", path, options)

    def _take_away(self, operation: str, path: Any, options: dict[str, Any]) -> None:
        name = self.relative(path)
        if name is None or options:
            REAL[operation](path, **options)
            return
        folder, _, last = name.rpartition("/")
        self.do(
            operation, str(path), lambda: REAL[operation](path), lambda _: self.now.with_names(folder, ((last, None),))
        )

    def mkdir(self, path: Any, mode: int = 0o777, **options: Any) -> None:
        """Stand in for os.mkdir."""
        name = self.relative(path)
        if name is None or options:
            REAL["mkdir"](path, mode, **options)
            return
        folder, _, last = name.rpartition("/")

        def made(_: None) -> Moment:
            return self.now.with_names(folder, ((last, self.new_number()),), Folder())

        self.do("mkdir", str(path), lambda: REAL["mkdir"](path, mode), made)

    def close(self, handle: int) -> None:
        """Stand in for os.close, which may be called for a file that is gone."""
        self.closed(handle)
        REAL["close"](handle)

    def closed(self, handle: int) -> None:
        """Forget an open file."""
        self._numbers.pop(handle, None)

    def flock(self, handle: Any, how: int) -> None:
        """Stand in for fcntl.flock."""
        if handle in self._numbers:
            self.do("flock", f"file {handle}", lambda: REAL_FLOCK(handle, how), lambda _: None)
        else:
            REAL_FLOCK(handle, how)

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Follow the operations inside the block; files that it leaves open are closed, as at the end of a process."""
        with ExitStack() as stack:
            for name in REAL:
                stack.enter_context(mock.patch.object(os, name, getattr(self, name)))
            stack.enter_context(mock.patch.object(os, "remove", self.unlink))
            stack.enter_context(mock.patch.object(fcntl, "flock", self.flock))
            stack.enter_context(mock.patch.object(builtins, "open", self.open_file))
            stack.enter_context(mock.patch.object(io, "open", self.open_file))
            yield
        self._close_all()

    def _close_all(self) -> None:
        wrapped = set()
        for reference in self._files:
            raw = reference()
            if raw is not None and not raw.closed:
                wrapped.add(raw.fileno())
                raw.forgotten = True
                raw.close()
        for handle in self._numbers.keys() - wrapped:
            with suppress(OSError):
                os.close(handle)


class FollowedFile(io.FileIO):
    """An open file whose writes are followed."""

    def __init__(self, disk: FollowedDisk, handle: int, number: int, mode: str) -> None:
        super().__init__(handle, "r+" if "+" in mode else "a" if "a" in mode else "w")
        self._disk, self._number, self._appends = disk, number, "a" in mode
        self._half = True
        # Set when the process that wrote it is over.
        self.forgotten = False

    def write(self, data: Any, /) -> int:
        """Write as FileIO does. On a full disk half of the bytes are written first."""
        if self.forgotten:
            return len(data)
        disk, content = self._disk, bytes(data)
        fault = disk.fault
        full = fault is not None and fault.kind == "full disk" and len(disk.operations) == fault.at
        if full and self._half and len(content) > 1:
            self._half = False
            return self._written(content[: len(content) // 2])
        return int(disk.do("write", f"file {self.fileno()}", lambda: self._written(content), lambda _: None))

    def _written(self, content: bytes) -> int:
        offset = len(self._disk.now.file(self._number).now) if self._appends else self.tell()
        count = super().write(content)
        moment = self._disk.now.written(self._number, Write(offset, content[:count]))
        self._disk.moments.append(moment)
        return int(count)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._disk.closed(self.fileno())
        super().close()

    def truncate(self, size: int | None = None, /) -> int:
        """Cut the file as FileIO does."""
        length = self.tell() if size is None else size
        cut = Write(length, None)
        return int(
            self._disk.do(
                "truncate", f"file {self.fileno()}", lambda: super(FollowedFile, self).truncate(length),
                lambda _: self._disk.now.written(self._number, cut),
            )
        )  # fmt: skip
