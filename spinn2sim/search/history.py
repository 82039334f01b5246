"""What a trial in a worker knows of the trials before it, and whether Optuna's pruner stops it; it holds no state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spinn2sim.search.objective import direction

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


@dataclass(frozen=True)
class Past:
    """An earlier trial."""

    draw: int
    state: Literal["complete", "pruned", "refused"]
    epochs: tuple[float, ...]  # the objective after each epoch


def stops(
    name: Literal["median", "hyperband"], objective: str, draw: int, epochs: int, reported: Sequence[float],
    past: Sequence[Past],
) -> bool:  # fmt: skip
    """Whether trial `draw`, with `reported` after its epochs 1, 2, ..., goes no further.

    Which trials `past` has is said by the job, never by the clock, so that the answer is the same on any number of workers.
    """
    import optuna

    pruner: optuna.pruners.BasePruner
    if name == "median":
        pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=epochs // 4)
    else:
        pruner = optuna.pruners.HyperbandPruner(min_resource=max(1, epochs // 9), max_resource=epochs)
    study = optuna.create_study(study_name="sweep", direction=direction(objective), pruner=pruner)
    known = {entry.draw: entry for entry in past}
    study.add_trials([_frozen(known.get(k)) for k in range(draw)])  # numbers without a gap: Hyperband asks for them
    trial = study.ask()
    for epoch, value in enumerate(reported, 1):
        trial.report(value, epoch)
    return trial.should_prune()


def _frozen(entry: Past | None) -> FrozenTrial:
    """An earlier trial as Optuna has it; one that is not known has failed."""
    from optuna.trial import TrialState, create_trial

    if entry is None or entry.state == "refused":
        return create_trial(state=TrialState.FAIL)
    state = TrialState.COMPLETE if entry.state == "complete" else TrialState.PRUNED
    return create_trial(state=state, value=entry.epochs[-1], intermediate_values=dict(enumerate(entry.epochs, 1)))
