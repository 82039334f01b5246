"""Tells a machine that has no memory left from a file that asks for more than any machine has."""

from __future__ import annotations

import errno
import re

ASKED = re.compile(r"alloc\D{0,40}?(\d{1,20})", re.IGNORECASE)
PLAUSIBLE = 1 << 30  # bytes that a sound file may need at once; a damaged one asks for any number
# What the dynamic loader says if there is no room for a library.
NO_ROOM = ("failed to map segment", "cannot allocate memory")


def lacks_memory(error: BaseException) -> bool:
    """Whether an error of a library that reads files means that memory has run out, so that nothing is known about the file."""
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    asked = ASKED.search(str(error))
    return asked is not None and int(asked[1]) <= PLAUSIBLE


def refuse_if_memory_lacks(error: BaseException) -> None:
    """Raise MemoryError if an error of a library means that memory has run out."""
    if lacks_memory(error):
        raise MemoryError from None


def lacks_room_for_a_library(error: ImportError) -> bool:
    """Whether a library could not be loaded since memory has run out."""
    return any(words in str(error).lower() for words in NO_ROOM)
