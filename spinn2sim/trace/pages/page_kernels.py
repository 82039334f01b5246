"""Kernels that encode values as the pages of Parquet have them: as places in a dictionary.

https://parquet.apache.org/docs/file-format/data-pages/encodings describes it. Each kernel writes bytes into `out` from `at` on, which has
room for the longest result, and returns where they end.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.compiler import kernels_of
from spinn2sim.trace.pages.bit_kernels import write_varint, write_word

kernel = kernels_of(__package__)
# Slots of the table by which values are found: a power of two, twice the rows of a row group, so that there is always a free one.
SLOT_BITS = 17
SLOTS = 1 << SLOT_BITS
FREE = np.int32(-1)
# Odd numbers: one spreads the upper bits of values over the slots, the other leads from a slot that is taken to one far away.
SPREAD, ASIDE = 40503, 21473
# Values are packed in eights. A run as long as this is written as its value and its length.
EIGHT, RUN = 8, 16
# Places of more bits than this, and fewer than eight, may fill a byte each, since a compressor looks for bytes.
PACKED = 4
SIGN = np.int32(-(1 << 31))
WORD_BITS = 32
BYTE = np.uint64(8)


class KernelArrays(NamedTuple):
    """What kernels need beside values and results: arrays that are kept from one column to the next."""

    # All FREE between two columns.
    slots: NDArray[np.int32]
    # By value in the dictionary.
    slot_of: NDArray[np.int32]
    # By value, and by row.
    places: NDArray[np.int32]
    spread: NDArray[np.int32]
    page: NDArray[np.uint8]


@kernel
def encode_numbers(values: Any, lengths: Any, bytewise: Any, unsigned: Any, dictionary: Any, tables: Any) -> Any:
    """Write values into a page as places in `dictionary`. With `lengths`, unless it is empty, a value stands for so many rows.

    `bytewise` has places of PACKED to EIGHT bits fill a byte each, `unsigned` compares values without their sign. Returns how many values
    the dictionary has, where the page ends (0 if a dictionary is longer than the values themselves), the least value and the greatest.
    """
    entries = number_values(values, tables.slots, dictionary, tables.slot_of, tables.places)
    least = most = dictionary[0]
    flip = SIGN if unsigned else np.int32(0)
    for entry in range(1, entries):
        value = dictionary[entry]
        if value ^ flip < least ^ flip:
            least = value
        if value ^ flip > most ^ flip:
            most = value
    rows = lengths.sum() if len(lengths) else len(values)
    width = bits_for(entries)
    if entries * values.itemsize + rows * width // EIGHT > rows * values.itemsize:
        return entries, 0, least, most
    if bytewise and PACKED < width < EIGHT:
        width = EIGHT
    return entries, pack_page(tables.places[: len(values)], lengths, width, tables, 0), least, most


@kernel
def pack_page(places: Any, lengths: Any, width: Any, tables: Any, at: Any) -> Any:
    """Write the width of places and the places into the page from `at` on, by runs unless `lengths` is empty. Returns where they end."""
    tables.page[at] = width
    if len(lengths):
        return pack_runs(places, lengths, tables.spread, width, tables.page, at + 1)
    return pack_numbers(places, width, tables.page, at + 1)


@kernel
def bits_for(entries: Any) -> Any:
    """Return how many bits a place among so many entries takes, at least one."""
    width = 1
    while (entries - 1) >> width:
        width += 1
    return width


@kernel
def number_values(values: Any, slots: Any, dictionary: Any, slot_of: Any, numbers: Any) -> Any:
    """Write into `numbers` the place of each value in `dictionary`, where values come as they are first seen. Returns how many there are.

    All of `slots` is FREE before and after.
    """
    rows, count, at = len(values), 0, 0
    number = np.int32(0)
    while at < rows:
        if at and run_of(values, at, values[at - 1]):
            for here in range(at, at + RUN):
                numbers[here] = number
            at += RUN
            continue
        end = min(at + RUN, rows)
        for here in range(at, end):
            value = values[here]
            slot = slot_for(value)
            number = slots[slot]
            while number != FREE and dictionary[number] != value:
                slot = (slot + ASIDE) & (SLOTS - 1)
                number = slots[slot]
            if number == FREE:
                number = np.int32(count)
                slots[slot], dictionary[count], slot_of[count] = number, value, slot
                count += 1
            numbers[here] = number
        at = end
    for place in range(count):
        slots[slot_of[place]] = FREE
    return count


@kernel
def slot_for(value: Any) -> Any:
    """Return the slot where to look for a value first: neighbours have neighbouring ones, which share a line of the cache."""
    bits = np.int64(value)
    bits ^= bits >> 32
    return (bits + (bits >> 18) * SPREAD) & (SLOTS - 1)


@kernel
def pack_runs(places: Any, lengths: Any, spread: Any, width: Any, out: Any, at: Any) -> Any:
    """Write each place as many times as its length says, with the bytes that `pack_numbers` gives, but one look at each long run.

    `spread` has room for all rows. Neighbouring runs may have the same place.
    """
    literal, filled, run, begin = 0, 0, 0, 0
    while run < len(lengths):
        place, end = places[run], begin
        while run < len(lengths) and places[run] == place:
            end += lengths[run]
            run += 1
        # Eights of the rows before that are not full take the first rows of this run.
        aligned = min(end, literal + (begin - literal + EIGHT - 1) // EIGHT * EIGHT)
        if end - aligned < RUN:
            aligned = end
        for row in range(filled, aligned):
            spread[row - literal] = place
        filled = aligned
        if aligned < end:
            if literal < aligned:
                at = pack_eights(spread, 0, aligned - literal, width, out, at)
            at = write_run(place, end - aligned, width, out, at)
            literal = filled = end
        begin = end
    if literal < filled:
        at = pack_eights(spread, 0, filled - literal, width, out, at)
    return at


@kernel
def write_run(value: Any, length: Any, width: Any, out: Any, at: Any) -> Any:
    """Write a run as its length and its value."""
    at = write_varint(np.uint64(length) << np.uint64(1), out, at)
    for byte in range((width + 7) >> 3):
        out[at] = np.uint8(value >> (8 * byte))
        at += 1
    return at


@kernel
def run_of(values: Any, at: Any, value: Any) -> Any:
    """Whether the next RUN values are all `value`."""
    if at + RUN > len(values) or values[at] != value or values[at + EIGHT] != value:
        return False
    others = values[at] ^ value
    for here in range(at, at + RUN):
        others |= values[here] ^ value
    return others == 0


@kernel
def pack_numbers(numbers: Any, width: Any, out: Any, at: Any) -> Any:
    """Write numbers of `width` bits: runs as value and length, the rest in eights, the last of which is filled up with zeros."""
    rows, literal, here = len(numbers), 0, 0
    while here < rows:
        value = numbers[here]
        if not run_of(numbers, here, value):
            here += EIGHT
            continue
        end = here + RUN
        while run_of(numbers, end, value):
            end += RUN
        while end < rows and numbers[end] == value:
            end += 1
        if literal < here:
            at = pack_eights(numbers, literal, here, width, out, at)
        at = write_run(value, end - here, width, out, at)
        here = literal = end
    if literal < rows:
        at = pack_eights(numbers, literal, rows, width, out, at)
    return at


@kernel
def pack_eights(numbers: Any, first: Any, end: Any, width: Any, out: Any, at: Any) -> Any:
    """Write numbers[first:end] of `width` bits, least bits first, in eights."""
    eights = (end - first + 7) >> 3
    at = write_varint((np.uint64(eights) << np.uint64(1)) | np.uint64(1), out, at)
    held, bits, wide = np.uint64(0), np.uint64(0), np.uint64(width)
    for here in range(first, first + eights * EIGHT):
        if here < end:
            held |= np.uint64(numbers[here]) << bits
        bits += wide
        if bits >= np.uint64(WORD_BITS):
            at = write_word(held, out, at)
            held >>= np.uint64(WORD_BITS)
            bits -= np.uint64(WORD_BITS)
    while bits > np.uint64(0):
        out[at] = np.uint8(held)
        held >>= BYTE
        bits -= min(bits, BYTE)
        at += 1
    return at
