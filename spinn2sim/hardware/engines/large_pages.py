"""Memory in large pages: one piece for many arrays, which then take few entries of the processor's cache of addresses.

Chips of a board are played in turns, and each would else find no address of its arrays in that cache. numpy asks the system for large
pages for pieces of 4 MB and more; where it gives none, memory is as any other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PAGE = 1 << 21
# From so many bytes on numpy asks.
ASKED = 1 << 22


def large_room(size: int) -> NDArray[np.uint8]:
    """Make `size` bytes of zeros that begin with a large page, and are alone in their pages."""
    room = np.zeros(max(ASKED, -(-size // PAGE) * PAGE + PAGE), np.uint8)
    first = -room.ctypes.data % PAGE
    return room[first : first + size]
