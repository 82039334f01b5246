"""Messages of running jobs reach the listener, from this process and from others."""

from __future__ import annotations

import time

import pytest

from spinn2sim.training.workers import make_workers, tell


@pytest.mark.parametrize("count", [1, 2])
def test_messages_reach_the_listener(count: int) -> None:
    """A message that a job tells reaches the listener; outside of a job there is no listener, and telling has no effect."""
    messages: list[str] = []
    workers = make_workers(count, messages.append)
    try:
        workers.submit(tell, "epoch 3").result()
        for _ in range(100):
            if messages:
                break
            time.sleep(0.05)
    finally:
        workers.close()
    tell("nobody")
    assert messages == ["epoch 3"]
