"""Faults of the machine at one file operation: what it raises, and at which later operations it does so again."""

from __future__ import annotations

import errno
import os
from typing import Literal, NamedTuple

FaultKind = Literal["full disk", "I/O error", "no permission", "interrupt", "interrupt after", "no memory"]
FAULT_KINDS: tuple[FaultKind, ...] = (
    "full disk",
    "I/O error",
    "no permission",
    "interrupt",
    "interrupt after",
    "no memory",
)
# The operations that need room on the disk.
ALLOCATING = frozenset({"create", "write", "mkdir", "fsync"})
# The operations that can lack a permission.
NAMING = frozenset({"create", "open", "read", "mkdir", "replace", "unlink", "rmdir"})
ERRORS = {"full disk": errno.ENOSPC, "I/O error": errno.EIO, "no permission": errno.EACCES}


class Fault(NamedTuple):
    """A fault at operation number `at`. A full disk stays full, and every other fault comes once."""

    kind: FaultKind
    at: int

    def hits(self, number: int, operation: str) -> bool:
        """Whether an operation fails."""
        if self.kind == "full disk":
            return number >= self.at and operation in ALLOCATING
        return number == self.at

    def can_hit(self, operation: str) -> bool:
        """Whether such an operation can fail in this way."""
        if self.kind == "full disk":
            return operation in ALLOCATING
        return self.kind != "no permission" or operation in NAMING

    def raised(self, path: str) -> Exception:
        """Return what the operation raises. An interrupt is a signal instead, which the program may hold back."""
        if self.kind == "no memory":
            return MemoryError()
        number = ERRORS[self.kind]
        return OSError(number, os.strerror(number), path)
