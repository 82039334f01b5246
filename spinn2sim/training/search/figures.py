"""Draws the figures of a sweep: Pareto front, importance of each parameter, parallel coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spinn2sim.errors import how_to_install
from spinn2sim.files.atomic import write_atomically
from spinn2sim.training.search.objective import LABELS
from spinn2sim.training.search.parameter import Parameter
from spinn2sim.training.search.trial_log import Trial, TrialLog

# Three colours of Okabe and Ito's palette, which colour-blind readers can tell apart.
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#999999"
# With fewer complete trials than this, importances are not computed.
FEWEST_TRIALS = 4


def draw_figures(folder: Path, log: TrialLog, front: Sequence[Trial]) -> dict[str, Any]:
    """Write pareto.png, importance.png and parallel.png, as far as the sweep has data for them; return their names and the importances."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return {
            "importance": {},
            "figures": [],
            "note": f"no figures: matplotlib is not installed: {how_to_install('sweep')}",
        }
    complete = [trial for trial in log.finished if trial.result is not None and trial.result.state == "complete"]
    objectives, parameters = log.space.settings.objectives, log.space.parameters
    importance = _importance(log, len(complete))
    figures = []
    if len(objectives) > 1:
        figures.append(_save(folder / "pareto.png", _pareto(objectives, complete, front)))
    if importance:
        figures.append(_save(folder / "importance.png", _bars(importance, objectives[0])))
    if parameters:
        figures.append(_save(folder / "parallel.png", _parallel(parameters, objectives[0], complete, front[0])))
    return {"importance": importance, "figures": figures, "note": ""}


def _importance(log: TrialLog, complete: int) -> dict[str, float]:
    """Shares of the first objective's variance by parameter (fANOVA; Hutter, Hoos, Leyton-Brown 2014), largest first."""
    if complete < FEWEST_TRIALS or len(log.space.parameters) < 2:
        return {}
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    try:
        evaluator = FanovaImportanceEvaluator(seed=0)
    except ImportError:  # scikit-learn is missing
        return {}
    try:
        return get_param_importances(log.study, evaluator=evaluator, target=lambda t: float(t.values[0]))
    except (RuntimeError, ValueError):  # all trials gave the same
        return {}


def _figure(columns: int, width: float, height: float) -> tuple[Any, list[Any]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(1, columns, squeeze=False)[0])


def _save(path: Path, figure: Any) -> str:
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=150))
    return path.name


def _pareto(objectives: Sequence[str], complete: Sequence[Trial], front: Sequence[Trial]) -> Any:
    """Draw the first objective against each of the others. With two objectives, a line joins the trials of the Pareto front."""
    figure, axes = _figure(len(objectives) - 1, 5.0 * (len(objectives) - 1) + 0.5, 4.2)
    for axis, other in zip(axes, objectives[1:], strict=True):
        x, y = _points(complete, other, objectives[0])
        axis.plot(x, y, "o", color=GREY, ms=4, alpha=0.6, label=f"{len(complete)} trials")
        pairs = sorted(zip(*_points(front, other, objectives[0]), strict=True))
        style = "-o" if len(objectives) == 2 else "o"
        axis.plot(*zip(*pairs, strict=True), style, color=ORANGE, ms=6, lw=1, label=f"{len(front)} on the front")
        axis.set(xlabel=LABELS[other], ylabel=LABELS[objectives[0]])
        axis.grid(alpha=0.3)
    axes[0].legend(loc="best")
    return figure


def _points(trials: Sequence[Trial], x: str, y: str) -> tuple[list[float], list[float]]:
    figures = [trial.result.figures for trial in trials if trial.result is not None]
    return [scores[x] for scores in figures], [scores[y] for scores in figures]


def _bars(importance: dict[str, float], objective: str) -> Any:
    figure, (axis,) = _figure(1, 7.0, 1.2 + 0.4 * len(importance))
    names = list(importance)[::-1]
    axis.barh(names, [importance[name] for name in names], color=BLUE)
    axis.set(xlabel=f"share of the variance of {LABELS[objective]} (fANOVA)", xlim=(0, 1))
    return figure


def _parallel(parameters: Sequence[Parameter], objective: str, complete: Sequence[Trial], best: Trial) -> Any:
    """Draw one axis per parameter and one line per trial across them, coloured by the objective. The best trial is drawn last."""
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    figure, (axis,) = _figure(1, max(6.0, 2.0 * len(parameters) + 2.0), 4.5)
    values = {trial.number: trial.result.figures[objective] for trial in complete if trial.result is not None}
    norm, colours = Normalize(min(values.values()), max(values.values())), colormaps["viridis"]
    places = range(len(parameters))
    for trial in sorted(complete, key=lambda one: values[one.number]):
        heights = [_height(parameter, trial.values[parameter.key]) for parameter in parameters]
        axis.plot(places, heights, "-o", ms=3, lw=1, alpha=0.7, color=colours(norm(values[trial.number])))
    heights = [_height(parameter, best.values[parameter.key]) for parameter in parameters]
    axis.plot(places, heights, "--o", ms=5, color=ORANGE, label=f"best: trial {best.number}")
    for place, parameter in enumerate(parameters):
        for height, text in _ticks(parameter):
            axis.annotate(
                text, (place, height), xytext=(-4, 0), textcoords="offset points", ha="right", va="center", fontsize=8
            )
        axis.axvline(place, color="black", lw=0.8)
    axis.set(xlim=(-0.6, len(parameters) - 0.8 + 0.2), ylim=(-0.05, 1.05), yticks=[])
    axis.set_xticks(list(places), [f"{p.key}{' (log)' if p.log else ''}" for p in parameters], fontsize=8)
    axis.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False)
    figure.colorbar(ScalarMappable(norm, colours), ax=axis, label=LABELS[objective])
    return figure


def _height(parameter: Parameter, drawn: Any) -> float:
    """Return the position of a value on its parameter's axis, 0 to 1."""
    if parameter.choices:
        choices = [parameter.value(choice) for choice in parameter.choices]
        return choices.index(parameter.value(drawn)) / max(1, len(choices) - 1)
    low, high, value = parameter.low, parameter.high, float(drawn)
    if parameter.log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    return (value - low) / (high - low) if high > low else 0.5


def _ticks(parameter: Parameter) -> list[tuple[float, str]]:
    if parameter.choices:
        return [(k / max(1, len(parameter.choices) - 1), str(choice)) for k, choice in enumerate(parameter.choices)]
    return [(0.0, f"{parameter.low:g}"), (1.0, f"{parameter.high:g}")]
