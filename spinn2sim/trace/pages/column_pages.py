"""Encodes one column of a row group as a page, with a dictionary unless its values are differences, or too different for one.

The arrays that kernels write into are kept, one set for each thread, since making them anew takes longer than filling them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from threading import local
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.trace.pages.descriptions import DIFFERENCES, INT32, PLACES, PLAIN

MOST_ROWS = 1 << 16
# Places in a dictionary that need more than PACKED bits and fit a byte fill a whole one, since a compressor looks for bytes.
PACKED, BYTE = 4, 8
# Before values that may be null: the bytes of these levels, in four bytes.
LENGTH = 4

Numbers = NDArray[Any]


class Page(NamedTuple):
    """A page before compression. Its bytes are valid until the next page is made in this thread."""

    encoding: int
    content: Any
    # How many values the dictionary has, and their bytes; none if the page has the values themselves.
    entries: int = 0
    dictionary: bytes = b""
    # The least and the greatest value, as they are stored.
    extremes: tuple[bytes, bytes] | None = None


class Room(local):
    """The arrays that kernels write into, for up to MOST_ROWS rows."""

    def __init__(self) -> None:
        from spinn2sim.trace.pages.page_kernels import FREE, SLOTS

        self.slots = np.full(SLOTS, FREE, np.int32)
        self.slot_of, self.places = np.empty((2, MOST_ROWS), np.int32)
        self.values = {size: np.empty(MOST_ROWS, f"i{size}") for size in (4, 8)}
        self.dictionaries = {size: np.empty(MOST_ROWS, f"i{size}") for size in (4, 8)}
        # Eight bytes for a difference, a head of fifteen for 128 of them, and levels.
        self.page = np.empty(10 * MOST_ROWS + 1024, np.uint8)


@cache
def room() -> Room:
    """Make the room when it is first needed, since numba takes half a second to load."""
    return Room()


def word_page(values: Numbers, words: Sequence[str]) -> Page:
    """Encode places in a list of words, all of which are in the dictionary, in their order."""
    from spinn2sim.trace.pages.page_kernels import pack_numbers

    made = room()
    places = _as_stored(values, INT32, made.places)
    encoded = [word.encode() for word in words]
    dictionary = b"".join(len(word).to_bytes(4, "little") + word for word in encoded)
    made.page[0] = width = max(1, (len(words) - 1).bit_length())
    return Page(PLACES, made.page[: pack_numbers(places, np.int64(width), made.page, 1)], len(words), dictionary)


def number_page(values: Numbers, stored: np.dtype[Any], steady: bool, present: NDArray[np.bool_] | None = None) -> Page:
    """Encode numbers, as differences if they are `steady`. `present` tells which of them are not null, if some may be."""
    made = room()
    at = 0
    if present is not None:
        at = _write_levels(present, made)
        values = values[present]
    kept = _as_stored(values, stored, made.values[stored.itemsize])
    if not len(values):
        return Page(PLAIN, made.page[:at])
    if steady:
        return _difference_page(kept, values, made, at)
    return _dictionary_page(kept, values.dtype, made, at)


def _as_stored(values: Numbers, stored: np.dtype[Any], room: Numbers) -> Numbers:
    """Return values in a type that holds them, in `room` unless they have it; of a number without a sign, the same bits."""
    if values.dtype.kind == "u" and values.dtype.itemsize == stored.itemsize:
        values = values.view(stored)
    if values.dtype == stored and values.flags.c_contiguous:
        return values
    found = room[: len(values)]
    np.copyto(found, values, casting="unsafe")
    return found


def _difference_page(kept: Numbers, values: Numbers, made: Room, at: int) -> Page:
    from spinn2sim.trace.pages.page_kernels import pack_differences

    extremes = kept.min().tobytes(), kept.max().tobytes()
    end = pack_differences(kept.astype(np.int64, copy=False), kept.itemsize == 4, made.page, at)
    return Page(DIFFERENCES, made.page[:end], extremes=extremes)


def _dictionary_page(kept: Numbers, given: np.dtype[Any], made: Room, at: int) -> Page:
    from spinn2sim.trace.pages.page_kernels import number_values, pack_numbers

    rows, size = len(kept), kept.itemsize
    dictionary, places = made.dictionaries[size], made.places[:rows]
    entries = number_values(kept, made.slots, dictionary, made.slot_of, places)
    found = dictionary[:entries]
    ordered = found.view(f"u{size}") if given.kind == "u" else found
    extremes = ordered.min().tobytes(), ordered.max().tobytes()
    width = max(1, (entries - 1).bit_length())
    if entries * size + rows * width // 8 > rows * size:
        made.page[at : at + rows * size] = kept.view(np.uint8)
        return Page(PLAIN, made.page[: at + rows * size], extremes=extremes)
    made.page[at] = width = BYTE if PACKED < width < BYTE else width
    end = pack_numbers(places, np.int64(width), made.page, at + 1)
    return Page(PLACES, made.page[:end], entries, found.tobytes(), extremes)


def _write_levels(present: NDArray[np.bool_], made: Room) -> int:
    """Write which values are not null, and return where that ends."""
    from spinn2sim.trace.pages.page_kernels import pack_numbers

    places = made.places[: len(present)]
    np.copyto(places, present)
    end: int = pack_numbers(places, np.int64(1), made.page, LENGTH)
    made.page[:LENGTH] = np.frombuffer((end - LENGTH).to_bytes(LENGTH, "little"), np.uint8)
    return end
