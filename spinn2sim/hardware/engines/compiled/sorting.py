"""Sorting slips by key in place, made for few of them in a few sorted runs; it never allocates."""

from __future__ import annotations

from spinn2sim.hardware.engines.compiled.jit import kernel
from spinn2sim.hardware.engines.compiled.state import Word, Words

FEW, FEW_WORDS = 24, 8


@kernel
def sort_slips(keys: Words, loads: Words, count: Word, spare_keys: Words, spare_loads: Words) -> None:
    """Sort keys[:count] with their loads. Keys are unique, so the order is one."""
    if count <= FEW:
        insert_slips(keys, loads, 0, count)
    else:
        merge_slips(keys, loads, count, spare_keys, spare_loads)


@kernel
def insert_slips(keys: Words, loads: Words, first: Word, last: Word) -> None:
    """Insertion sort of [first, last): cheap when it is almost sorted."""
    for i in range(first + 1, last):
        key = keys[i]
        if keys[i - 1] > key:
            load = loads[i]
            at = i
            while at > first and keys[at - 1] > key:
                keys[at] = keys[at - 1]
                loads[at] = loads[at - 1]
                at -= 1
            keys[at] = key
            loads[at] = load


@kernel
def merge_slips(keys: Words, loads: Words, count: Word, spare_keys: Words, spare_loads: Words) -> None:
    """Natural merge sort: pairs of runs, until one is left."""
    while True:
        done = 0
        runs = 0
        while done < count:
            middle = run_end(keys, done, count)
            end = run_end(keys, middle, count) if middle < count else middle
            runs += 1
            if middle < end:
                merge_pair(keys, loads, done, middle, end, spare_keys, spare_loads)
            done = end
        if runs <= 1:
            return


@kernel
def run_end(keys: Words, first: Word, count: Word) -> Word:
    """End of the sorted run that begins at `first`."""
    at = first + 1
    while at < count and keys[at - 1] < keys[at]:
        at += 1
    return at


@kernel
def merge_pair(
    keys: Words, loads: Words, first: Word, middle: Word, end: Word, spare_keys: Words, spare_loads: Words
) -> None:
    """Merge the runs [first, middle) and [middle, end); the first one is set aside."""
    left = middle - first
    for i in range(left):
        spare_keys[i] = keys[first + i]
        spare_loads[i] = loads[first + i]
    i, j, at = 0, middle, first
    while i < left and j < end:
        if spare_keys[i] < keys[j]:
            keys[at] = spare_keys[i]
            loads[at] = spare_loads[i]
            i += 1
        else:
            keys[at] = keys[j]
            loads[at] = loads[j]
            j += 1
        at += 1
    while i < left:
        keys[at] = spare_keys[i]
        loads[at] = spare_loads[i]
        i += 1
        at += 1


@kernel
def sort_words(words: Words, count: Word, spare: Words) -> None:
    """Sort words[:count]: stretches of 8 by insertion, then merged in pairs, back and forth between `words` and `spare`."""
    for first in range(0, count, FEW_WORDS):
        for i in range(first + 1, min(first + FEW_WORDS, count)):
            word, at = words[i], i
            while at > first and words[at - 1] > word:
                words[at] = words[at - 1]
                at -= 1
            words[at] = word
    width, here, there = FEW_WORDS, words, spare
    swapped = False
    while width < count:
        for first in range(0, count, 2 * width):
            merge_words(here, there, first, min(first + width, count), min(first + 2 * width, count))
        here, there = there, here
        swapped = not swapped
        width *= 2
    if swapped:
        for i in range(count):
            words[i] = spare[i]


@kernel
def merge_words(here: Words, there: Words, first: Word, middle: Word, end: Word) -> None:
    """Merge the sorted stretches [first, middle) and [middle, end) of `here` into `there`."""
    i, j = first, middle
    for at in range(first, end):
        if j >= end or (i < middle and here[i] <= here[j]):
            there[at] = here[i]
            i += 1
        else:
            there[at] = here[j]
            j += 1
