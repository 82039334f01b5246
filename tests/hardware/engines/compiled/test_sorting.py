"""The compiled engine's sorts against numpy's stable sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.hardware.engines.compiled.sorting import BLOCK, SHORT_QUEUE, sort_queue, sort_words
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


@given(st.lists(word, max_size=6 * BLOCK), st.integers(0, 10))
def test_words_are_sorted(words: list[int], behind: int) -> None:
    """Plain words, equal ones among them, have numpy's order, and those behind the first `count` stay."""
    found, count = np.array(words, np.int64), max(0, len(words) - behind)
    sort_words(found, count, np.zeros(len(words), np.int64))
    expected = np.sort(np.array(words[:count], np.int64), kind="stable")
    assert found.tolist() == expected.tolist() + words[count:]
