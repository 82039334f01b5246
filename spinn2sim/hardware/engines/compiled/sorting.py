"""In-place sorts for queues of packet copies, which consist of a few sorted runs, and for plain words.

A queue is two arrays: keys, and words that belong to them. Nothing is allocated: the caller provides spare arrays of the same length.
"""

from __future__ import annotations

from firmware_models.jit.compiler import kernels_of
from spinn2sim.hardware.engines.compiled.state import Word, Words

kernel = kernels_of(__package__)


# Queues up to this length are sorted by insertion.
SHORT_QUEUE = 24
# The length of the blocks of plain words that are sorted by insertion before they are merged.
BLOCK = 8
# The most moves for each word before an insertion sort is given up.
MOVES = 8
# The same of words that are nearly in order.
FEW_MOVES = 4


@kernel
def sort_queue(keys: Words, words: Words, count: Word, spare_keys: Words, spare_words: Words) -> None:
    """Sort keys[:count] and move their words along. No two keys may be equal."""
    if count <= SHORT_QUEUE:
        sort_by_insertion(keys, words, 0, count)
    else:
        sort_by_merging(keys, words, count, spare_keys, spare_words)


@kernel
def sort_by_insertion(keys: Words, words: Words, first: Word, last: Word) -> None:
    """Insertion sort of [first, last), which is cheap when the keys are almost sorted."""
    for i in range(first + 1, last):
        key = keys[i]
        if keys[i - 1] > key:
            word = words[i]
            j = i
            while j > first and keys[j - 1] > key:
                keys[j] = keys[j - 1]
                words[j] = words[j - 1]
                j -= 1
            keys[j] = key
            words[j] = word


@kernel
def sort_by_merging(keys: Words, words: Words, count: Word, spare_keys: Words, spare_words: Words) -> None:
    """Natural merge sort: merge pairs of sorted runs until one run is left."""
    while True:
        done = 0
        runs = 0
        while done < count:
            middle = run_end(keys, done, count)
            end = run_end(keys, middle, count) if middle < count else middle
            runs += 1
            if middle < end:
                merge_runs(keys, words, done, middle, end, spare_keys, spare_words)
            done = end
        if runs <= 1:
            return


@kernel
def run_end(keys: Words, first: Word, count: Word) -> Word:
    """The end of the sorted run that begins at `first`."""
    i = first + 1
    while i < count and keys[i - 1] < keys[i]:
        i += 1
    return i


@kernel
def merge_runs(
    keys: Words, words: Words, first: Word, middle: Word, end: Word, spare_keys: Words, spare_words: Words
) -> None:
    """Merge the runs [first, middle) and [middle, end) in place, by copying the first one to the spare arrays."""
    left = middle - first
    for i in range(left):
        spare_keys[i] = keys[first + i]
        spare_words[i] = words[first + i]
    i, j, k = 0, middle, first
    while i < left and j < end:
        if spare_keys[i] < keys[j]:
            keys[k] = spare_keys[i]
            words[k] = spare_words[i]
            i += 1
        else:
            keys[k] = keys[j]
            words[k] = words[j]
            j += 1
        k += 1
    while i < left:
        keys[k] = spare_keys[i]
        words[k] = spare_words[i]
        i += 1
        k += 1


@kernel
def sort_words(words: Words, count: Word, spare: Words, bins: Words) -> None:
    """Sort words[:count], none of which is negative. `bins` is spare room of any length from 2 on; more than 2 * count are not used.

    Words are spread over twice as many buckets of equal width as there are words, in the order in which they are, and an insertion sort
    puts those of a bucket in order. If it moves words too often, since many fall into few buckets, all are sorted by merging.
    """
    if count < 2:
        return
    low, high = words[0], words[0]
    for i in range(count):
        low, high = min(low, words[i]), max(high, words[i])
    most, shift = min(2 * count, bins.size - 1), 0
    while (high - low) >> shift >= most:
        shift += 1
    buckets = ((high - low) >> shift) + 1
    for k in range(buckets + 1):
        bins[k] = 0
    for i in range(count):
        bins[((words[i] - low) >> shift) + 1] += 1
    for k in range(buckets):
        bins[k + 1] += bins[k]
    for i in range(count):
        k = (words[i] - low) >> shift
        spare[bins[k]] = words[i]
        bins[k] += 1
    words[0] = spare[0]
    done = insert_all(words, spare, count, MOVES * count)
    if done < count:
        for k in range(done, count):
            words[k] = spare[k]
        sort_by_blocks(words, count, spare)


@kernel
def sort_nearly(words: Words, count: Word, spare: Words, bins: Words) -> None:
    """Sort words[:count], which are nearly in order, by insertion; if that moves words too often, like `sort_words`."""
    if insert_all(words, words, count, FEW_MOVES * count) < count:
        sort_words(words, count, spare, bins)


@kernel
def insert_all(words: Words, unsorted: Words, count: Word, moves: Word) -> Word:
    """Insert unsorted[1:count] into `words`, whose first word is there; `unsorted` may be `words`.

    Returns how many words are in order, fewer than `count` if that took more than `moves` moves.
    """
    for i in range(1, count):
        word, j = unsorted[i], i
        while j > 0 and words[j - 1] > word:
            words[j] = words[j - 1]
            j -= 1
        words[j] = word
        moves -= i - j
        if moves < 0:
            return i + 1
    return count


@kernel
def sort_by_blocks(words: Words, count: Word, spare: Words) -> None:
    """Sort words[:count]: each block of BLOCK words by insertion, then pairs of blocks by merging to `spare` and back."""
    for first in range(0, count, BLOCK):
        for i in range(first + 1, min(first + BLOCK, count)):
            word, j = words[i], i
            while j > first and words[j - 1] > word:
                words[j] = words[j - 1]
                j -= 1
            words[j] = word
    width, here, there = BLOCK, words, spare
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
    """Merge the sorted blocks [first, middle) and [middle, end) of `here` into `there`."""
    i, j = first, middle
    for k in range(first, end):
        if j >= end or (i < middle and here[i] <= here[j]):
            there[k] = here[i]
            i += 1
        else:
            there[k] = here[j]
            j += 1


@kernel
def push(heap: Words, count: Word, word: Word) -> Word:
    """Add a word to the heap of heap[:count], whose least word is first. Returns how many it has now."""
    place = count
    while place:
        above = (place - 1) >> 1
        if heap[above] <= word:
            break
        heap[place] = heap[above]
        place = above
    heap[place] = word
    return count + 1


@kernel
def pop_least(heap: Words, count: Word) -> Word:
    """Remove the least word from the heap of heap[:count]. Returns how many it has now."""
    count -= 1
    word, place, below = heap[count], 0, 1
    while below < count:
        if below + 1 < count and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= word:
            break
        heap[place] = heap[below]
        place, below = below, 2 * below + 1
    heap[place] = word
    return count
