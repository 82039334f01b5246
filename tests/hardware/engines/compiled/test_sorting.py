"""The compiled engine's sorts against numpy's stable sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.hardware.engines.compiled.sorting import (
    BLOCK,
    SHORT_QUEUE,
    pop_least,
    push,
    sort_nearly,
    sort_queue,
    sort_words,
)
from spinn2sim.hardware.engines.compiled.state import Words

word = st.integers(-(2**63), 2**63 - 1)
# Queues as channels have them: a few runs that are sorted by themselves, of lengths on both sides of the limit for insertion.
runs = st.lists(st.sets(word, max_size=2 * SHORT_QUEUE).map(sorted), max_size=5)


def sort(keys: list[int], count: int) -> tuple[Words, Words]:
    """The keys after sort_queue on the first `count` of them, and where each of them was before."""
    found, places = np.array(keys, np.int64), np.arange(len(keys))
    sort_queue(found, places, count, np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64))
    return found, places


@given(runs, st.integers(0, 10))
def test_a_queue_of_sorted_runs_is_sorted_with_its_words(found: list[list[int]], behind: int) -> None:
    """Keys and their words have numpy's order, and what lies behind the queue in the arrays stays where it is."""
    keys = list(dict.fromkeys(key for run in found for key in run))
    count = max(0, len(keys) - behind)
    ordered, places = sort(keys, count)
    expected = np.argsort(np.array(keys[:count], np.int64), kind="stable")
    assert places[:count].tolist() == expected.tolist()
    assert places[count:].tolist() == list(range(count, len(keys)))
    assert ordered.tolist() == [keys[place] for place in places]


@given(st.lists(word, unique=True, min_size=SHORT_QUEUE - 2, max_size=5 * SHORT_QUEUE))
def test_a_queue_in_any_order_is_sorted(keys: list[int]) -> None:
    """Sorted runs make the sort fast; without them it is still right."""
    assert sort(keys, len(keys))[0].tolist() == sorted(keys)


@pytest.mark.parametrize("count", [0, 1, 2, SHORT_QUEUE, SHORT_QUEUE + 1, 1000])
def test_a_falling_queue_is_sorted(count: int) -> None:
    """The most runs that a queue can have: each key is one."""
    assert sort(list(range(count))[::-1], count)[0].tolist() == list(range(count))


positive = st.integers(0, 2**63 - 1)
# Words that an insertion into buckets can sort, and many that are close to each other beside one that is far away, for which it gives up.
spread_out = st.lists(positive, max_size=6 * BLOCK)
bunched = st.lists(st.integers(0, 1000), min_size=2 * BLOCK, max_size=12 * BLOCK).map(lambda words: [*words, 2**60])


@given(spread_out | bunched, st.integers(0, 10), st.integers(2, 100))
def test_words_are_sorted(words: list[int], behind: int, bins: int) -> None:
    """Plain words, equal ones among them, have numpy's order however much spare room there is, and those behind the first `count` stay."""
    count = max(0, len(words) - behind)
    expected = np.sort(np.array(words[:count], np.int64), kind="stable")
    for sort_them in (sort_words, sort_nearly):
        found = np.array(words, np.int64)
        sort_them(found, count, np.zeros(len(words), np.int64), np.zeros(bins, np.int64))
        assert found.tolist() == expected.tolist() + words[count:]


@given(st.lists(positive, max_size=50), st.lists(positive, max_size=50))
def test_a_heap_gives_the_least_word(first: list[int], later: list[int]) -> None:
    """Words come out of a heap in their order, also if some are added when others have left."""
    heap, count, out = np.zeros(len(first) + len(later), np.int64), 0, []
    for word in first:
        count = push(heap, count, word)
    for word in later:
        out.append(int(heap[0]) if count else -1)
        count = pop_least(heap, count) if count else 0
        count = push(heap, count, word)
    while count:
        out.append(int(heap[0]))
        count = pop_least(heap, count)
    assert out == expected_of_heap(first, later)


def expected_of_heap(first: list[int], later: list[int]) -> list[int]:
    """What comes out of a list that is sorted whenever a word is added."""
    inside, out = sorted(first), []
    for word in later:
        out.append(inside.pop(0) if inside else -1)
        inside = sorted([*inside, word])
    return out + inside
