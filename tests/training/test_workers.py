"""What jobs say while they run reaches the listener, from this process and from others."""

from __future__ import annotations

import time

import pytest

from spinn2sim.training.workers import make_workers, tell


@pytest.mark.parametrize("count", [1, 2])
def test_words_are_heard(count: int) -> None:
    """What a job tells is heard; outside of a job there is no listener, and telling does nothing."""
    heard: list[str] = []
    workers = make_workers(count, heard.append)
    try:
        workers.submit(tell, "epoch 3").result()
        for _ in range(100):
            if heard:
                break
            time.sleep(0.05)
    finally:
        workers.close()
    tell("nobody")
    assert heard == ["epoch 3"]
