"""What a sweep says while it goes on. It imports no trial at run time, so that a command line can subclass it cheaply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spinn2sim.training.reporter import Reporter

if TYPE_CHECKING:
    from spinn2sim.training.search.space import Space
    from spinn2sim.training.search.trial_log import Trial


class SweepReporter(Reporter):
    """What a sweep says about its trials."""

    def begin(self, space: Space, done: int, trials: int) -> None:
        """Tell what lies ahead before the first trial of this process; `done` trials are finished already."""

    def trial(self, space: Space, trial: Trial, done: int, trials: int) -> None:
        """Tell that a trial is finished."""
