"""The log of a sweep's trials: an Optuna study, kept in a journal file, from which trials are drawn and to which results are told.

A trial that must be begun again keeps its number in the sweep, while Optuna counts it as another trial.
The values drawn for a trial depend on the space, on its number, and on the results of trials 0 .. number - ahead, but not on the order in
which trials finish. So a result is written to the journal at once, but told to the sampler only when all earlier trials have been told.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from spinn2sim.errors import quoted
from spinn2sim.files.atomic import as_json
from spinn2sim.seeds import generator
from spinn2sim.training.search.pruner_adapter import FinishedTrial
from spinn2sim.training.search.space import Space, SweepSettings
from spinn2sim.training.search.trial import TrialJob, TrialResult

if TYPE_CHECKING:
    from optuna import Study
    from optuna.samplers import BaseSampler
    from optuna.storages import JournalStorage
    from optuna.trial import FrozenTrial

MOST_TRIALS = 100_000
STUDY_NAME = "spinn2sim sweep"
# Attributes of Optuna's trials in the journal: the trial's number in the sweep, and its result.
NUMBER, RESULT = "draw", "result"
# Attribute of the study that holds the number of trials given by --trials, if it was given.
TRIAL_COUNT = "trials"
_results = TypeAdapter(TrialResult)


def result_data(result: TrialResult) -> dict[str, Any]:
    """Convert a result to the data that the journal and sweep.json hold."""
    data: dict[str, Any] = _results.dump_python(result, by_alias=True)
    return data


@dataclass
class Trial:
    """One trial of the sweep. `optuna_number` is its number in the study; `values` are those that Optuna drew."""

    number: int
    optuna_number: int
    values: dict[str, Any]
    result: TrialResult | None = None
    told: bool = False


class TrialLog:
    """Holds all trials so far, draws the next one, and records results."""

    def __init__(self, space: Space, study: Study, storage: JournalStorage) -> None:
        self.space, self.study, self._storage = space, study, storage
        self._distributions = {parameter.key: parameter.distribution for parameter in space.parameters}
        self._order = generator(space.settings.seed, "grid").permutation(len(space.points))
        self.trials: dict[int, Trial] = {}
        self._told = 0
        self._recover()

    @property
    def trial_count(self) -> int:
        """How many trials there will be in all."""
        wanted = int(self.study.user_attrs.get(TRIAL_COUNT, self.space.trials))
        return min(wanted, len(self.space.points)) if self.space.points else wanted

    def set_trial_count(self, trials: int) -> None:
        """Ask for another number of trials than the space file."""
        self.study.set_user_attr(TRIAL_COUNT, trials)

    @property
    def finished(self) -> list[Trial]:
        """Trials with a result, in order."""
        return [trial for _, trial in sorted(self.trials.items()) if trial.result is not None]

    @property
    def unfinished(self) -> list[Trial]:
        """Trials without a result, in order."""
        return [trial for _, trial in sorted(self.trials.items()) if trial.result is None]

    def can_draw(self) -> bool:
        """Whether there is a next trial and the results that it depends on are known."""
        number = len(self.trials)
        return number < self.trial_count and all(
            k in self.trials and self.trials[k].result is not None for k in range(self._told, self._depends_on(number))
        )

    def draw(self) -> Trial:
        """Draw the next trial and write it to the journal."""
        number = len(self.trials)
        self._tell(self._depends_on(number))
        self.study.sampler = _make_sampler(self.space.settings, self.space.trials, number)
        if self.space.points:
            self.study.enqueue_trial(self.space.points[self._order[number]])
        drawn = self.study.ask(self._distributions)
        drawn.set_user_attr(NUMBER, number)
        self.trials[number] = Trial(number, drawn.number, dict(drawn.params))
        return self.trials[number]

    def make_job(self, trial: Trial) -> TrialJob:
        """Make the job of a trial. Raises Spinn2simError if the scenario does not accept the drawn values."""
        settings = self.space.settings
        return TrialJob(
            trial.number, self.space.scenario(trial.values), settings.seeds, settings.arithmetic, settings.fit_chip,
            settings.objectives[0], settings.pruner, self._trials_for_pruner(trial.number),
        )  # fmt: skip

    def record(self, trial: Trial, result: TrialResult) -> None:
        """Write a result to the journal; it is on the disk when this returns."""
        self._storage.set_trial_user_attr(self._storage_id(trial.optuna_number), RESULT, as_json(result_data(result)))
        trial.result = result

    def close(self) -> None:
        """Tell the sampler the results that it has not been told yet."""
        self._tell(len(self.trials))

    def _depends_on(self, number: int) -> int:
        """Return how many trials, counted from the first, the sampler and the pruner of a trial take into account."""
        settings = self.space.settings
        blind = settings.sampler in ("random", "grid") and settings.pruner == "none"
        return 0 if blind else max(0, number + 1 - settings.ahead)

    def _trials_for_pruner(self, number: int) -> tuple[FinishedTrial, ...]:
        """Return the trials that the pruner compares a trial with."""
        if self.space.settings.pruner == "none":
            return ()
        known = [self.trials[k] for k in range(self._depends_on(number))]
        return tuple(
            FinishedTrial(k.number, k.result.state, tuple(k.result.epochs), k.result.pruner_state)
            for k in known
            if k.result
        )

    def _tell(self, end: int) -> None:
        """Tell the sampler results in order, up to trial `end` or to the first trial without a result."""
        while self._told < end:
            trial = self.trials.get(self._told)
            if trial is None or trial.result is None:
                return
            if not trial.told:
                self._tell_result(trial, trial.result)
                trial.told = True
            self._told += 1

    def _tell_result(self, trial: Trial, result: TrialResult) -> None:
        from optuna.trial import TrialState

        for epoch, value in enumerate(result.epochs, 1):
            self._storage.set_trial_intermediate_value(self._storage_id(trial.optuna_number), epoch, value)
        if result.state == "complete":
            self.study.tell(trial.optuna_number, [result.figures[o] for o in self.space.settings.objectives])
        else:
            state = TrialState.PRUNED if result.state == "pruned" else TrialState.FAIL
            self.study.tell(trial.optuna_number, state=state)

    def _storage_id(self, optuna_number: int) -> int:
        study = self._storage.get_study_id_from_name(STUDY_NAME)
        return self._storage.get_trial_id_from_study_id_trial_number(study, optuna_number)

    def _recover(self) -> None:
        """Read the journal. Trials from the first unfinished one on are marked failed in Optuna's study and enqueued again.

        Their results, if they have any, go with them: so the sampler sees all trials in the order of their numbers.
        """
        from optuna.samplers import RandomSampler

        self.study.sampler = RandomSampler(seed=0)  # no values are drawn here: `ask` is called only for enqueued trials
        latest = self._latest_trials()
        for number, trial in latest.items():
            found = trial.user_attrs.get(RESULT)
            result = None if found is None else _results.validate_python(found)
            self._refuse_unfit(trial, result)
            self.trials[number] = Trial(number, trial.number, dict(trial.params), result, trial.state.is_finished())
        if sorted(self.trials) != list(range(len(self.trials))):
            raise ValueError(f"found the trials {sorted(self.trials)}")
        count = self.study.user_attrs.get(TRIAL_COUNT, 1)
        if type(count) is not int or not 1 <= count <= MOST_TRIALS:
            raise ValueError(f"found {quoted(count)} trials asked for, allowed are 1 to {MOST_TRIALS}")
        first = min((trial.number for trial in self.unfinished), default=len(self.trials))
        for number in range(first, len(self.trials)):
            self._enqueue_again(self.trials[number], latest[number])

    def _refuse_unfit(self, trial: FrozenTrial, result: TrialResult | None) -> None:
        """Raise ValueError for a trial whose values are not of the space, or whose result has not all objectives."""
        if trial.params.keys() != self._distributions.keys():
            raise ValueError(f"trial {trial.number} has values of other parameters than the space")
        for name, distribution in self._distributions.items():
            if trial.distributions[name] != distribution:
                raise ValueError(f"trial {trial.number} has another range of {name} than the space")
        if result is None:
            return
        figures = [*result.figures.values(), *result.by_seed, *result.epochs, result.seconds]
        if not all(map(math.isfinite, figures)):
            raise ValueError(f"trial {trial.number} has a figure that is not finite")
        missing = set(self.space.settings.objectives) - result.figures.keys()
        if result.state == "complete" and missing:
            raise ValueError(f"trial {trial.number} has no {min(missing)}")

    def _latest_trials(self) -> dict[int, FrozenTrial]:
        """Return Optuna's latest trial for each trial of the sweep.

        Any other open trial of Optuna's, left by a kill between two lines of the journal, is marked failed.
        """
        from optuna.trial import TrialState

        trials = self.study.get_trials()
        latest = {int(trial.user_attrs[NUMBER]): trial for trial in trials if NUMBER in trial.user_attrs}
        for trial in trials:
            if trial.state == TrialState.WAITING:
                self.study.ask(self._distributions)
            if not trial.state.is_finished() and latest.get(trial.user_attrs.get(NUMBER, -1)) is not trial:
                self.study.tell(trial.number, state=TrialState.FAIL)
        return latest

    def _enqueue_again(self, trial: Trial, old: FrozenTrial) -> None:
        """Create a new trial of Optuna's for a trial of the sweep, number it last, since from then on it counts, and fail the old one."""
        from optuna.trial import TrialState

        self.study.enqueue_trial(trial.values)
        new = self.study.ask(self._distributions)
        for name, value in old.system_attrs.items():  # what the sampler stored, such as the generation of NSGA-II
            if name != "fixed_params":
                self._storage.set_trial_system_attr(self._storage_id(new.number), name, value)
        if trial.result is not None:
            new.set_user_attr(RESULT, as_json(result_data(trial.result)))
        new.set_user_attr(NUMBER, trial.number)
        self.study.tell(old.number, state=TrialState.FAIL)
        trial.optuna_number = new.number


def _make_sampler(settings: SweepSettings, trials: int, number: int) -> BaseSampler:
    """Make the sampler of one trial. Each trial has its own seed, so that a resumed sweep need not restore a sampler's state."""
    from optuna import samplers

    seed = int(generator(settings.seed, "suggest", number).integers(2**32))
    if settings.sampler == "tpe":
        return samplers.TPESampler(seed=seed)
    if settings.sampler == "nsga2":
        return samplers.NSGAIISampler(seed=seed, population_size=max(2, min(50, trials // 5)))
    return samplers.RandomSampler(seed=seed)
