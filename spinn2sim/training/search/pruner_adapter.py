"""Asks Optuna's pruner, inside a worker, whether to end a trial early. The job names the trials to compare with."""

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
class FinishedTrial:
    """An earlier trial that the pruner compares with."""

    number: int
    state: Literal["complete", "pruned", "refused"]
    # The objective after each epoch.
    epochs: tuple[float, ...]
    pruner_state: dict[str, Any] = field(default_factory=dict)


class PrunerAdapter:
    """The pruner of one trial, asked after each epoch.

    It compares only with the `finished` trials that the job names, whatever else is finished by now, so that the number of workers does
    not change its decisions.
    """

    def __init__(
        self, pruner: Pruner, objective: str, number: int, epochs: int, finished: Sequence[FinishedTrial]
    ) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._study = optuna.create_study(
            study_name="sweep", direction=direction(objective), pruner=_make_pruner(pruner, epochs)
        )
        known = {trial.number: trial for trial in finished}
        # Hyperband needs consecutive trial numbers.
        self._study.add_trials([_as_optuna_trial(known.get(k)) for k in range(number)])
        self._trial = self._study.ask()
        self.reported: list[float] = []

    def should_stop(self, value: float) -> bool:
        """Report the objective after an epoch, and return whether the trial should end now."""
        self.reported.append(value)
        self._trial.report(value, len(self.reported))
        return bool(self._trial.should_prune())

    @property
    def pruner_state(self) -> dict[str, Any]:
        """What the pruner stored about this trial for later ones (successive halving stores the rungs that it reached)."""
        return dict(self._study.trials[-1].system_attrs)


def _make_pruner(name: Pruner, epochs: int) -> BasePruner:
    from optuna import pruners

    if name == "median":
        return pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=epochs // 4)
    if name == "hyperband":
        return pruners.HyperbandPruner(min_resource=max(1, epochs // 9), max_resource=epochs)
    return pruners.NopPruner()


def _as_optuna_trial(trial: FinishedTrial | None) -> FrozenTrial:
    """Convert an earlier trial to Optuna's class; one that is not known counts as failed."""
    from optuna.trial import TrialState, create_trial

    if trial is None or trial.state == "refused":
        return create_trial(state=TrialState.FAIL)
    state = TrialState.COMPLETE if trial.state == "complete" else TrialState.PRUNED
    epochs = dict(enumerate(trial.epochs, 1))
    return create_trial(
        state=state, value=trial.epochs[-1], intermediate_values=epochs, system_attrs=trial.pruner_state
    )
