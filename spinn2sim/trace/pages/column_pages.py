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
NO_LENGTHS = np.zeros(0, np.int64)
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


class PageRoom(local):
    """The arrays that kernels write into, for up to MOST_ROWS rows."""

    def __init__(self) -> None:
        from spinn2sim.trace.pages.page_kernels import FREE, SLOTS, KernelArrays

        self.places, self.spread, slot_of = np.empty((3, MOST_ROWS), np.int32)
        self.values = {size: np.empty(MOST_ROWS, f"i{size}") for size in (4, 8)}
        self.dictionaries = {size: np.empty(MOST_ROWS, f"i{size}") for size in (4, 8)}
        # Eight bytes for a difference, a head of fifteen for 128 of them, and levels.
        self.page = np.empty(10 * MOST_ROWS + 1024, np.uint8)
        self.tables = KernelArrays(np.full(SLOTS, FREE, np.int32), slot_of, self.places, self.spread, self.page)


@cache
def room() -> PageRoom:
    """Make the room when it is first needed, since numba takes half a second to load."""
    return PageRoom()


def word_page(values: Numbers, words: Sequence[str], lengths: Numbers | None = None) -> Page:
    """Encode places in a list of words, all of which are in the dictionary, in their order.

    With `lengths` a value stands for so many rows.
    """
    from spinn2sim.trace.pages.page_kernels import pack_page

    made = room()
    places = _as_stored(values, INT32, made.places)
    entries, dictionary = words_as_bytes(tuple(words))
    width = max(1, (entries - 1).bit_length())
    end = pack_page(places, NO_LENGTHS if lengths is None else lengths, np.int64(width), made.tables, 0)
    return Page(PLACES, made.page[:end], entries, dictionary)


@cache
def words_as_bytes(words: tuple[str, ...]) -> tuple[int, bytes]:
    """Return how many words there are, and their bytes in a dictionary."""
    encoded = [word.encode() for word in words]
    return len(words), b"".join(len(word).to_bytes(LENGTH, "little") + word for word in encoded)


def steady_page(values: Numbers, stored: np.dtype[Any], at: int = 0) -> Page:
    """Encode numbers as differences, after the bytes of the page up to `at`."""
    from spinn2sim.trace.pages.difference_kernels import pack_differences

    made = room()
    if not len(values):
        return Page(PLAIN, made.page[:at])
    kept = _as_stored(values, stored, made.values[stored.itemsize])
    extremes = kept.min().tobytes(), kept.max().tobytes()
    end = pack_differences(kept.astype(np.int64, copy=False), kept.itemsize == 4, made.page, at)
    return Page(DIFFERENCES, made.page[:end], extremes=extremes)


def nullable_page(values: Numbers, present: NDArray[np.bool_], stored: np.dtype[Any]) -> Page:
    """Encode numbers as differences; `present` tells which of them are not null."""
    from spinn2sim.trace.pages.page_kernels import pack_numbers

    made = room()
    places = made.places[: len(present)]
    np.copyto(places, present)
    end = pack_numbers(places, np.int64(1), made.page, LENGTH)
    made.page[:LENGTH] = np.frombuffer((end - LENGTH).to_bytes(LENGTH, "little"), np.uint8)
    return steady_page(values[present], stored, end)


def number_page(values: Numbers, stored: np.dtype[Any], bytewise: bool, lengths: Numbers | None = None) -> Page:
    """Encode numbers as places in a dictionary, or as they are if too many differ. With `lengths` a value stands for so many rows.

    `bytewise` has places of five to eight bits fill a byte each.
    """
    from spinn2sim.trace.pages.page_kernels import encode_numbers

    made, size, unsigned = room(), stored.itemsize, values.dtype.kind == "u"
    kept = _as_stored(values, stored, made.values[size])
    dictionary, lengths = made.dictionaries[size], NO_LENGTHS if lengths is None else lengths
    entries, end, *both = encode_numbers(kept, lengths, bytewise, unsigned, dictionary, made.tables)
    mask = (1 << 8 * size) - 1
    least, most = ((int(number) & mask).to_bytes(size, "little") for number in both)
    if end:
        return Page(PLACES, made.page[:end], entries, dictionary[:entries].tobytes(), (least, most))
    plain = (np.repeat(kept, lengths) if len(lengths) else kept).view(np.uint8)
    return Page(PLAIN, plain, extremes=(least, most))


def _as_stored(values: Numbers, stored: np.dtype[Any], room: Numbers) -> Numbers:
    """Return values in a type that holds them, in `room` unless they have it; of a number without a sign, the same bits."""
    if values.dtype.kind == "u" and values.dtype.itemsize == stored.itemsize:
        values = values.view(stored)
    if values.dtype == stored and values.flags.c_contiguous:
        return values
    found = room[: len(values)]
    np.copyto(found, values, casting="unsafe")
    return found
