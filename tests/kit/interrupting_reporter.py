"""A reporter that interrupts a run at a chosen place."""

from __future__ import annotations

from collections.abc import Callable

from spinn2sim.training.reporter import RunReporter


class StopsAt(RunReporter):
    """Interrupts in a part of an epoch, after a batch."""

    def __init__(self, part: str, epoch: int) -> None:
        self.where = (part, epoch)

    def part(self, name: str, epoch: int, epochs: int) -> Callable[[int, int], None]:
        """Stop after the second batch of that part, or soon after it."""

        def watch(done: int, total: int) -> None:
            if (name, epoch) == self.where and done >= 2:
                raise KeyboardInterrupt

        return watch
