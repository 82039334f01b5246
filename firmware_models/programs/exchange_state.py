"""What an optimizer PE knows of the exchange of sums with other chips."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from firmware_models.programs.group_program import Group, column
from firmware_models.words import Int32s

# The bits of the number of a packet in its chunk, and the words of a packet.
INDEX_BITS = 10
PACKET_WORDS = 2
MOST_CHUNK_WORDS = (1 << INDEX_BITS) * PACKET_WORDS


class Exchange(NamedTuple):
    """The place of a chip in the tree, and what its optimizer PEs exchange; on a single chip there are no chunks."""

    depth: int
    # The greatest depth.
    deepest: int
    # The words of a chunk, and the number of chunks, which is that of the longest vector of the board.
    chunk: int
    chunks: int
    # The number of the chip.
    chip: int
    # [pe], the number of the optimizer unit on every chip
    unit: Int32s
    # [pe], the words of the vector
    words: Int32s
    # [pe, words], where each gradient word of the vector is in `total`; the simulator's own, since a PE holds these words side by side
    place: Int32s


def chunk_packets(words: int) -> int:
    """Return the packets of a chunk of `words` words; the last one may hold one word."""
    return -(-words // PACKET_WORDS)


def make_exchange(group: Group, counting: bool, places: int) -> Exchange:
    """Make the exchange of a group whose PEs hold up to `places` gradient words, from its scalars; without these there is none."""
    scalars, rows = group.scalars, len(group.cores)
    chunks = scalars.get("exchange_chunks", 0)
    if not chunks:
        return Exchange(
            0, 0, 0, 0, 0, np.zeros(rows, np.int32), np.zeros(rows, np.int32), np.zeros((rows, 0), np.int32)
        )
    chunk = scalars["exchange_chunk"]
    if not 0 < chunk <= MOST_CHUNK_WORDS:
        raise ValueError(
            f"group {group.name}: found exchange_chunk = {chunk}, allowed is 1 to {MOST_CHUNK_WORDS} words"
        )
    words = column(group, "held") + (column(group, "size") if counting else 0)
    return Exchange(
        depth=scalars["exchange_depth"],
        deepest=scalars["exchange_deepest"],
        chunk=chunk,
        chunks=chunks,
        chip=scalars["chip"],
        unit=column(group, "unit"),
        words=words.astype(np.int32),
        place=np.zeros((rows, places), np.int32),
    )
