"""The reporter of several seeds that are trained side by side."""

from __future__ import annotations

from typing import Any

from spinn2sim.training.reporter import Reporter


class SeedsReporter(Reporter):
    """Receives the progress of all seeds; by default nothing is shown."""

    def begin(self, seeds: tuple[int, ...], processes: int, done: int, epochs: int) -> None:
        """Called first: `done` of `epochs`, counted over all seeds, were finished before. Epoch 0, which does not train, counts."""

    def at(self, seed: int, text: str) -> None:
        """Called now and then with where a seed is, such as "epoch 3/40 train 45%"."""

    def epoch(self, seed: int, line: dict[str, Any]) -> None:
        """Called after each epoch of each seed, with its line of metrics.jsonl."""

    def compiled(self, seconds: float) -> None:
        """Called after a seed's first part with the time that compiling took."""

    def ended(self, seed: int, status: str, reason: str) -> None:
        """Called when a seed is "complete", "interrupted" or "failed", with the reason in one line."""
