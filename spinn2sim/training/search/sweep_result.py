"""Writes the result of a sweep into its directory: sweep.json, the best scenario ready to run, and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spinn2sim.files import atomic
from spinn2sim.trace.run_directory import SWEEP_RESULT
from spinn2sim.training.search.figures import draw_figures
from spinn2sim.training.search.objective import direction
from spinn2sim.training.search.space import Space
from spinn2sim.training.search.trial_log import Trial, TrialLog, result_data

BEST, FRONT = "best.toml", "front"


@dataclass(frozen=True)
class SweepResult:
    """A sweep's directory and the content of its sweep.json."""

    folder: Path
    data: dict[str, Any]

    @property
    def best(self) -> dict[str, Any] | None:
        """The best trial by the first objective, or None where no trial is complete."""
        best = self.data["best"]
        return next((row for row in self.data["trials"] if row["trial"] == best), None)

    @property
    def complete(self) -> bool:
        """Whether all trials are done."""
        return bool(self.data["status"] == "complete")


def write_result(folder: Path, log: TrialLog, status: str) -> tuple[SweepResult, list[Path]]:
    """Write all files, each whole or not at all, and return the result and the files. Raises OutputError."""
    space, trials = log.space, log.finished
    front = pareto_front(space, trials)
    best = front[0] if front else None
    drawn = draw_figures(folder, log, front) if front else {"importance": {}, "figures": [], "note": ""}
    data: dict[str, Any] = {
        "status": status,
        "objectives": [{"name": name, "direction": direction(name)} for name in space.settings.objectives],
        "settings": {**asdict(space.settings), "trials": log.trial_count},
        "parameters": [asdict(parameter) for parameter in space.parameters],
        "counts": {
            state: sum(k.result is not None and k.result.state == state for k in trials)
            for state in ("complete", "pruned", "refused")
        },
        "best": None if best is None else best.number,
        "front": [trial.number for trial in front],
        **drawn,
        "trials": [_row(space, trial) for trial in trials],
    }
    texts = {} if best is None else {folder / BEST: _scenario_text(space, best)}
    if len(space.settings.objectives) > 1 and front:
        atomic.make_folder(folder / FRONT)
        texts |= {folder / FRONT / f"trial-{trial.number}.toml": _scenario_text(space, trial) for trial in front}
    atomic.write_json(folder / SWEEP_RESULT, data)
    for path, text in texts.items():
        atomic.write_text(path, text)
    written = [folder / SWEEP_RESULT, *texts, *(folder / name for name in drawn["figures"])]
    return SweepResult(folder, atomic.as_json(data)), written


def pareto_front(space: Space, trials: Sequence[Trial]) -> list[Trial]:
    """Return the complete trials that no other trial matches or beats in every objective, best by the first objective first.

    With one objective this is the best trial. Of equal trials the first is taken.
    """
    scored = [(_losses(space, trial), trial.number, trial) for trial in trials if trial.result.state == "complete"]  # type: ignore[union-attr]
    front: list[tuple[tuple[float, ...], int, Trial]] = []
    for losses, number, trial in sorted(scored, key=lambda one: one[:2]):
        if not any(all(a <= b for a, b in zip(kept, losses, strict=True)) for kept, _, _ in front):
            front.append((losses, number, trial))
    return [trial for _, _, trial in front]


def _losses(space: Space, trial: Trial) -> tuple[float, ...]:
    """Return the objectives with signs such that less is better."""
    figures = trial.result.figures if trial.result else {}
    return tuple(-figures[o] if direction(o) == "maximize" else figures[o] for o in space.settings.objectives)


def _row(space: Space, trial: Trial) -> dict[str, Any]:
    result = result_data(trial.result) if trial.result else {}
    values = {parameter.key: parameter.value(trial.values[parameter.key]) for parameter in space.parameters}
    return {"trial": trial.number, "values": values, **result}


def _scenario_text(space: Space, trial: Trial) -> str:
    settings, result = space.settings, trial.result
    figures = "" if result is None else ", ".join(f"{name} {result.figures[name]:.6g}" for name in settings.objectives)
    return (
        f"# Trial {trial.number} of a sweep: {figures}; mean of run seeds {', '.join(map(str, settings.seeds))}, "
        f"{settings.arithmetic}, on the validation split.\n" + space.scenario(trial.values)
    )
