"""What a sweep reports while it runs. The module loads fast, since the command line imports it to subclass SweepReporter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spinn2sim.training.reporter import Reporter

if TYPE_CHECKING:
    from spinn2sim.training.search.space import Space
    from spinn2sim.training.search.trial_log import Trial


class SweepReporter(Reporter):
    """Receives the progress of a sweep; by default nothing is shown."""

    def begin(self, space: Space, done: int, trials: int) -> None:
        """Called before the first trial of this process; `done` of the `trials` are finished already."""

    def trial(self, space: Space, trial: Trial, done: int, trials: int) -> None:
        """Called after each finished trial."""

    def fresh(self, space: Space, best: Trial) -> None:
        """Called before the settings of the best trial are trained with fresh seeds."""
