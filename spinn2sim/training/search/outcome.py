"""What a sweep leaves in its directory: sweep.json, the best scenario ready to run, figures; it runs no trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from spinn2sim.files import atomic
from spinn2sim.training.search.figures import draw_figures
from spinn2sim.training.search.objective import direction
from spinn2sim.training.search.space import Space
from spinn2sim.training.search.trial_log import Draw, Ledger

BEST, FRONT, TABLE = "best.toml", "front", "sweep.json"


@dataclass(frozen=True)
class Sweep:
    """A sweep's directory and what sweep.json holds."""

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


def write_outcome(folder: Path, ledger: Ledger, status: str) -> Sweep:
    """Write all of it, whole or not at all. Raises OutputError."""
    space, draws = ledger.space, ledger.finished
    front = pareto_front(space, draws)
    best = front[0] if front else None
    drawn = draw_figures(folder, ledger, front) if front else {"importance": {}, "figures": [], "note": ""}
    data: dict[str, Any] = {
        "status": status,
        "objectives": [{"name": name, "direction": direction(name)} for name in space.settings.objectives],
        "settings": {**asdict(space.settings), "trials": ledger.trials},
        "parameters": [asdict(parameter) for parameter in space.parameters],
        "counts": {state: sum(k.result is not None and k.result.state == state for k in draws)
                   for state in ("complete", "pruned", "refused")},
        "best": None if best is None else best.draw,
        "front": [entry.draw for entry in front],
        **drawn,
        "trials": [_row(space, entry) for entry in draws],
    }  # fmt: skip
    atomic.write_json(folder / TABLE, data)
    if best is not None:
        atomic.write_text(folder / BEST, _scenario(space, best))
    if len(space.settings.objectives) > 1 and front:
        (folder / FRONT).mkdir(exist_ok=True)
        for entry in front:
            atomic.write_text(folder / FRONT / f"trial-{entry.draw}.toml", _scenario(space, entry))
    return Sweep(folder, atomic.plain(data))


def pareto_front(space: Space, draws: Sequence[Draw]) -> list[Draw]:
    """Complete trials that no other one beats in every objective; the best by the first objective comes first.

    With one objective that is the best trial; of equal ones the first.
    """
    scored = [(_losses(space, entry), entry.draw, entry) for entry in draws if entry.result.state == "complete"]  # type: ignore[union-attr]
    front: list[tuple[tuple[float, ...], int, Draw]] = []
    for losses, number, entry in sorted(scored, key=lambda one: one[:2]):
        if not any(all(a <= b for a, b in zip(kept, losses, strict=True)) for kept, _, _ in front):
            front.append((losses, number, entry))
    return [entry for _, _, entry in front]


def _losses(space: Space, entry: Draw) -> tuple[float, ...]:
    """The objectives, each such that less is better."""
    figures = entry.result.figures if entry.result else {}
    return tuple(-figures[o] if direction(o) == "maximize" else figures[o] for o in space.settings.objectives)


def _row(space: Space, entry: Draw) -> dict[str, Any]:
    result = asdict(entry.result) if entry.result else {}
    values = {parameter.key: parameter.value(entry.values[parameter.key]) for parameter in space.parameters}
    return {"trial": entry.draw, "values": values, **result}


def _scenario(space: Space, entry: Draw) -> str:
    settings, result = space.settings, entry.result
    figures = "" if result is None else ", ".join(f"{name} {result.figures[name]:.6g}" for name in settings.objectives)
    return (
        f"# Trial {entry.draw} of a sweep: {figures}; mean of run seeds {', '.join(map(str, settings.seeds))}, "
        f"{settings.arithmetic}, on the validation split.\n" + space.scenario(entry.values)
    )
