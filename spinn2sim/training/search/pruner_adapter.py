"""What a trial in a worker knows of the trials before it, and whether Optuna's pruner stops it; it trains nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from spinn2sim.training.search.objective import direction

if TYPE_CHECKING:
    from optuna.pruners import BasePruner
    from optuna.trial import FrozenTrial

Pruner = Literal["none", "median", "hyperband"]


@dataclass(frozen=True)
class Past:
    """An earlier trial."""

    draw: int
    state: Literal["complete", "pruned", "refused"]
    epochs: tuple[float, ...]  # the objective after each epoch
    marks: dict[str, Any] = field(default_factory=dict)


class Judge:
    """Asks the pruner after each epoch of one trial.

    Which trials `past` has is said by the job, never by the clock, so that the answer is the same on any number of workers.
    """

    def __init__(self, pruner: Pruner, objective: str, draw: int, epochs: int, past: Sequence[Past]) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(
            study_name="sweep", direction=direction(objective), pruner=_pruner(pruner, epochs)
        )
        known = {entry.draw: entry for entry in past}
        self._study.add_trials([_frozen(known.get(k)) for k in range(draw)])  # Hyperband asks for numbers without a gap
        self._trial = self._study.ask()
        self.reported: list[float] = []

    def stops(self, value: float) -> bool:
        """Whether the trial ends with the epoch that gave `value`."""
        self.reported.append(value)
        self._trial.report(value, len(self.reported))
        return bool(self._trial.should_prune())

    @property
    def marks(self) -> dict[str, Any]:
        """What the pruner noted beside the trial, for later ones (successive halving: the rungs it reached)."""
        return dict(self._study.trials[-1].system_attrs)


def _pruner(name: Pruner, epochs: int) -> BasePruner:
    from optuna import pruners

    if name == "median":
        return pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=epochs // 4)
    if name == "hyperband":
        return pruners.HyperbandPruner(min_resource=max(1, epochs // 9), max_resource=epochs)
    return pruners.NopPruner()


def _frozen(entry: Past | None) -> FrozenTrial:
    """An earlier trial as Optuna has it; one that is not known has failed."""
    from optuna.trial import TrialState, create_trial

    if entry is None or entry.state == "refused":
        return create_trial(state=TrialState.FAIL)
    state = TrialState.COMPLETE if entry.state == "complete" else TrialState.PRUNED
    epochs = dict(enumerate(entry.epochs, 1))
    return create_trial(state=state, value=entry.epochs[-1], intermediate_values=epochs, system_attrs=entry.marks)
