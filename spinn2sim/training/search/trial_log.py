"""The book of a sweep: Optuna's study in a journal file, trials drawn and told in order; it runs none.

Trial 0, 1, 2, ... of a sweep is a *draw*. It keeps its number when it must be begun again, which Optuna counts as another trial.
What a draw is depends on the space, on its number, and on the results of draws 0 .. number - ahead: never on which of the others
was finished first. So a result is written to the journal at once (attribute "result"), and told to the sampler when its turn comes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from spinn2sim.files.atomic import plain
from spinn2sim.seeds import generator
from spinn2sim.training.search.pruner_adapter import Past
from spinn2sim.training.search.space import Settings, Space
from spinn2sim.training.search.trial import Result

if TYPE_CHECKING:
    from optuna import Study
    from optuna.samplers import BaseSampler
    from optuna.storages import JournalStorage
    from optuna.trial import FrozenTrial

NAME = "spinn2sim sweep"  # of the study


@dataclass
class Draw:
    """A trial of the sweep. `number` is Optuna's, `values` are as Optuna names them."""

    draw: int
    number: int
    values: dict[str, Any]
    result: Result | None = None
    told: bool = False


class Ledger:
    """All draws so far, and the next one."""

    def __init__(self, space: Space, study: Study, storage: JournalStorage) -> None:
        self.space, self.study, self._storage = space, study, storage
        self._distributions = {parameter.key: parameter.distribution for parameter in space.parameters}
        self._order = generator(space.settings.seed, "grid").permutation(len(space.points))
        self.draws: dict[int, Draw] = {}
        self._told = 0
        self._recover()

    @property
    def trials(self) -> int:
        """How many draws there will be."""
        wanted = int(self.study.user_attrs.get("trials", self.space.trials))
        return min(wanted, len(self.space.points)) if self.space.points else wanted

    def want(self, trials: int) -> None:
        """Another number of trials than the space file says."""
        self.study.set_user_attr("trials", trials)

    @property
    def finished(self) -> list[Draw]:
        """Draws with a result, in order."""
        return [entry for _, entry in sorted(self.draws.items()) if entry.result is not None]

    @property
    def pending(self) -> list[Draw]:
        """Draws without one, in order."""
        return [entry for _, entry in sorted(self.draws.items()) if entry.result is None]

    def may_draw(self) -> bool:
        """Whether there is a next draw, and what it depends on is known."""
        return len(self.draws) < self.trials and self._known(len(self.draws))

    def _known(self, draw: int) -> bool:
        needed = self._needed(draw)
        return all(k in self.draws and self.draws[k].result is not None for k in range(self._told, needed))

    def _needed(self, draw: int) -> int:
        """Draws 0 .. needed - 1 are told before `draw` is drawn."""
        settings = self.space.settings
        blind = settings.sampler in ("random", "grid") and settings.pruner == "none"
        return 0 if blind else max(0, draw + 1 - settings.ahead)

    def draw(self) -> Draw:
        """The next one, in the journal before it is returned."""
        number = len(self.draws)
        self._tell(self._needed(number))
        self.study.sampler = _sampler(self.space.settings, self.space.trials, number)
        if self.space.points:
            self.study.enqueue_trial(self.space.points[self._order[number]])
        trial = self.study.ask(self._distributions)
        trial.set_user_attr("draw", number)
        self.draws[number] = Draw(number, trial.number, dict(trial.params))
        return self.draws[number]

    def past(self, draw: int) -> tuple[Past, ...]:
        """What the pruner of a draw may know."""
        if self.space.settings.pruner == "none":
            return ()
        known = [self.draws[k] for k in range(self._needed(draw))]
        return tuple(Past(k.draw, k.result.state, tuple(k.result.epochs), k.result.marks) for k in known if k.result)

    def finish(self, entry: Draw, result: Result) -> None:
        """A result, on the disk when this returns."""
        self._storage.set_trial_user_attr(self._id(entry.number), "result", plain(asdict(result)))
        entry.result = result

    def close(self) -> None:
        """Tell the sampler all that is left to tell."""
        self._tell(len(self.draws))

    def _tell(self, end: int) -> None:
        """Tell draws in order, up to draw `end` or the first one without a result."""
        from optuna.trial import TrialState

        while self._told < end:
            entry = self.draws.get(self._told)
            if entry is None or entry.result is None:
                return
            if not entry.told:
                result = entry.result
                for epoch, value in enumerate(result.epochs, 1):
                    self._storage.set_trial_intermediate_value(self._id(entry.number), epoch, value)
                if result.state == "complete":
                    self.study.tell(entry.number, [result.figures[o] for o in self.space.settings.objectives])
                else:
                    state = TrialState.PRUNED if result.state == "pruned" else TrialState.FAIL
                    self.study.tell(entry.number, state=state)
                entry.told = True
            self._told += 1

    def _id(self, number: int) -> int:
        study = self._storage.get_study_id_from_name(NAME)
        return self._storage.get_trial_id_from_study_id_trial_number(study, number)

    def _recover(self) -> None:
        """What the journal holds: results are taken over, a trial that was under way has failed and is enqueued again.

        So are those behind it, with their results if they have one: samplers see trials in the order of their numbers.
        """
        from optuna.samplers import RandomSampler

        self.study.sampler = RandomSampler(seed=0)  # here it is asked for trials whose values are known
        latest = self._latest()
        known = TypeAdapter(Result)
        for draw, trial in latest.items():
            found = trial.user_attrs.get("result")
            result = None if found is None else known.validate_python(found)
            self.draws[draw] = Draw(draw, trial.number, dict(trial.params), result, trial.state.is_finished())
        if sorted(self.draws) != list(range(len(self.draws))):
            raise ValueError(f"found the trials {sorted(self.draws)}")
        first = min((entry.draw for entry in self.pending), default=len(self.draws))
        for draw in range(first, len(self.draws)):
            self._again(self.draws[draw], latest[draw])

    def _latest(self) -> dict[int, FrozenTrial]:
        """Optuna's trial of each draw. What else is open, left by a kill between two lines of the journal, has failed."""
        from optuna.trial import TrialState

        trials = self.study.get_trials()
        latest = {int(trial.user_attrs["draw"]): trial for trial in trials if "draw" in trial.user_attrs}
        for trial in trials:
            if trial.state == TrialState.WAITING:
                self.study.ask(self._distributions)
            if not trial.state.is_finished() and latest.get(trial.user_attrs.get("draw", -1)) is not trial:
                self.study.tell(trial.number, state=TrialState.FAIL)
        return latest

    def _again(self, entry: Draw, old: FrozenTrial) -> None:
        """The draw as a new trial of Optuna's, which counts from the moment when it has its number; then the old one fails."""
        from optuna.trial import TrialState

        self.study.enqueue_trial(entry.values)
        trial = self.study.ask(self._distributions)
        for name, value in old.system_attrs.items():  # a sampler's notes: the generation of NSGA-II
            if name != "fixed_params":
                self._storage.set_trial_system_attr(self._id(trial.number), name, value)
        if entry.result is not None:
            trial.set_user_attr("result", plain(asdict(entry.result)))
        trial.set_user_attr("draw", entry.draw)
        self.study.tell(old.number, state=TrialState.FAIL)
        entry.number = trial.number


def _sampler(settings: Settings, trials: int, draw: int) -> BaseSampler:
    """The sampler of one draw, with a seed of its own: what was drawn before an interruption needs not be known."""
    from optuna import samplers

    seed = int(generator(settings.seed, "suggest", draw).integers(2**32))
    if settings.sampler == "tpe":
        return samplers.TPESampler(seed=seed)
    if settings.sampler == "nsga2":
        return samplers.NSGAIISampler(seed=seed, population_size=max(2, min(50, trials // 5)))
    return samplers.RandomSampler(seed=seed)
