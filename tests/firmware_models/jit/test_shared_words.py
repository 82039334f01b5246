"""Words that one thread writes and another one reads, without the interpreter's lock."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from firmware_models.jit.compiler import kernels_of
from firmware_models.jit.shared_words import (
    exchange_word,
    load_acquire,
    pause,
    sleep_until_woken,
    store_release,
    wake_sleepers,
)

kernel = kernels_of("firmware_models")
LONG_US = 60_000_000


@kernel
def answer(words: Any, rounds: Any) -> Any:
    """Read word 2 of each round, whose number is in word 0, and write it into word 3. Returns how often it was the round's."""
    found = 0
    for number in range(1, rounds + 1):
        for _ in range(10):
            pause()
        seen = load_acquire(words, 0)
        while seen != number:
            exchange_word(words, 1, 1)
            sleep_until_woken(words, 0, seen, LONG_US)
            seen = load_acquire(words, 0)
        found += words[2] == 3 * number
        store_release(words, 3, number)
    return found


@kernel
def ask(words: Any, rounds: Any) -> None:
    """Write a word and then the number of its round, wake who sleeps, and wait for the answer."""
    for number in range(1, rounds + 1):
        words[2] = 3 * number
        store_release(words, 0, number)
        if exchange_word(words, 1, 0):
            wake_sleepers(words, 0)
        while load_acquire(words, 3) != number:
            pause()


def test_a_sleeper_sees_what_was_written_before_it_was_woken() -> None:
    """No wake is lost, and each word is seen with those that were written before it."""
    words = np.zeros(4, np.int64)
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(answer, words, 200)
        ask(words, 200)
        assert found.result(30) == 200


def test_a_sleeper_that_nobody_wakes_wakes_by_itself() -> None:
    """It looks after the other process then."""

    @kernel
    def sleep(words: Any) -> None:
        sleep_until_woken(words, 0, 0, 20_000)
        sleep_until_woken(words, 0, 1, LONG_US)  # another value: there is nothing to wait for

    words = np.zeros(1, np.int64)
    sleep(words)
    begun = time.perf_counter()
    sleep(words)
    assert time.perf_counter() - begun < 30
