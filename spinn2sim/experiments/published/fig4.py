"""Figure 4 of the poster: surrogate gradients compared with EventProp's, for the same neuron, scheme, time step and precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spinn2sim.experiments.runner.protocol import (
    POSTER,
    Experiment,
    ExperimentResult,
    FinishedJob,
    Job,
    Options,
    Published,
    Tell,
    Value,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EVENTPROP = "EventProp"
BETAS = (5, 20, 100)
GRIDS = (64, 128, 256, 512, 1024, 2048)  # steps per tau
QUICK_GRIDS = (64, 256, 1024)
DRAWN = Published("poster, Figure 4: drawn, no number printed")
NOTES = (
    "All estimates have the same forward pass, in float64. The poster prints no number, and does not say of which function of the",
    "spike train its surrogate gradient is taken: docs/results/published.md has the three readings shown "
    "here. After the best factor: root mean",
    "square of the relative error when all gradients are multiplied by one number, the best for that dt (no learning rate does better).",
)


def jobs(options: Options) -> list[Job]:
    """Make a job per estimate and dt."""
    from spinn2sim.experiments.tasks.synapse.surrogate_slope import READINGS

    grids, every = (QUICK_GRIDS, 4) if options.quick else (GRIDS, 1)
    rows: dict[str, dict[str, Any]] = {EVENTPROP: {}}
    rows |= {f"surrogate, {r}, beta {beta}": {"reading": r, "beta": beta} for r in READINGS for beta in BETAS}
    return [
        Job(row, settings={**settings, "steps_per_tau": n, "every": every})
        for row, settings in rows.items()
        for n in grids
    ]


def run(job: Job, tell: Tell) -> Mapping[str, Any]:
    """Compute spike time and estimated dt/dw of each weight."""
    from spinn2sim.experiments.tasks.synapse import chip_scheme, surrogate_slope
    from spinn2sim.experiments.tasks.synapse.closed_form import WEIGHTS

    settings = job.settings
    weights, n = WEIGHTS[:: settings["every"]], settings["steps_per_tau"]
    if job.row == EVENTPROP:
        times, slopes = chip_scheme.in_float64(weights, n)
    else:
        times, slopes = surrogate_slope.time_and_slope(weights, n, settings["reading"], settings["beta"])
    return {"weights": weights, "times": times, "slopes": slopes}


def aggregate(done: Sequence[FinishedJob]) -> ExperimentResult:
    """Make a table row per estimate and dt, and per estimate the order and the errors at the finest dt."""
    from spinn2sim.experiments.tasks.synapse.scheme_errors import by_scheme

    found = by_scheme(done)
    table = [
        {
            "estimate": row,
            "steps_per_tau": n,
            "mean_relative_error_from_1.1e": errors.away,
            "mean_relative_error_all": errors.all,
            "relative_error_after_best_factor_from_1.1e": errors.scaled,
            "share_of_right_sign": errors.right_sign,
        }
        for (row, n), errors in found.items()
    ]
    rows = dict.fromkeys(k.job.row for k in done)
    return ExperimentResult([value for row in rows for value in _values(row, found)], table, NOTES)


def _values(row: str, found: Mapping[tuple[str, int], Any]) -> list[Value]:
    from spinn2sim.experiments.tasks.synapse.convergence import convergence_order

    grids = sorted(n for name, n in found if name == row)
    order = convergence_order(grids, [found[row, n].away for n in grids])
    last, least = found[row, grids[-1]], min(found[row, n].away for n in grids)
    must = (
        {"order": (0.9, 1.1), "least": (None, 5e-3)}
        if row == EVENTPROP
        else {"order": (None, 0.5), "least": (0.1, None)}
    )
    return [
        Value(row, "order in dt, w >= 1.1 e", order, published=DRAWN, allowed=must["order"]),
        Value(row, "smallest error at any dt, w >= 1.1 e", least, published=DRAWN, allowed=must["least"]),
        Value(row, f"error at dt = tau/{grids[-1]}, w >= 1.1 e", last.away, published=DRAWN),
        Value(row, f"the same after the best factor, dt = tau/{grids[-1]}", last.scaled, published=DRAWN),
        Value(row, "share of weights with the right sign", last.right_sign, published=DRAWN),
    ]


def draw(done: Sequence[FinishedJob], figure: Figure) -> None:
    """Draw gradients against the weight at the finest dt, and both kinds of error against dt."""
    figure.set_size_inches(15, 4.8)
    against_weight, plain, scaled = figure.subplots(1, 3)
    _draw_against_weight(done, against_weight)
    _draw_errors(done, plain, "away", "mean relative error of dt/dw, w >= 1.1 e")
    _draw_errors(done, scaled, "scaled", "after the best common factor (rms)")
    figure.legend(*plain.get_legend_handles_labels(), loc="outside right center", fontsize="small")


def _draw_against_weight(done: Sequence[FinishedJob], axes: Axes) -> None:
    import numpy as np

    from spinn2sim.experiments.tasks.synapse.closed_form import AWAY, closed_form
    from spinn2sim.experiments.tasks.synapse.scheme_errors import best_factor

    finest = max(k.job.settings["steps_per_tau"] for k in done)
    weights = np.linspace(2.76, 10, 300)
    axes.plot(weights, closed_form(weights)[1], color="black", lw=2.5, alpha=0.4, label="closed form")
    for k in done:
        reading, beta = k.job.settings.get("reading"), k.job.settings.get("beta", BETAS[1])
        if k.job.settings["steps_per_tau"] != finest or beta != BETAS[1]:
            continue
        weights, slopes = (np.array(k.result[name], float) for name in ("weights", "slopes"))
        factor, label = 1.0, k.job.row
        if reading is not None:
            ratio = (slopes / closed_form(weights)[1])[weights >= AWAY]
            # If the sign is wrong, there is no best factor: slopes are then scaled to the size of the exact ones.
            factor = best_factor(ratio) or float(1 / np.abs(ratio).max())
            label = f"{reading}, beta {beta}, times {factor:.2g}"
        axes.plot(weights, factor * slopes, label=label, **_style(k.job))
    axes.set(xlim=(2.5, 10), ylim=(-1, 0.3), xlabel="weight w / threshold", ylabel="dt/dw in tau / threshold")
    axes.set_title(f"dt = tau/{finest}")
    axes.legend(fontsize="small", loc="lower right")


def _draw_errors(done: Sequence[FinishedJob], axes: Axes, which: str, title: str) -> None:
    from spinn2sim.experiments.tasks.synapse.scheme_errors import by_scheme

    found = by_scheme(done)
    for row, job in {k.job.row: k.job for k in done}.items():
        errors = {n: getattr(each, which) for (name, n), each in found.items() if name == row}
        axes.plot(list(errors), list(errors.values()), label=row, marker="o", ms=3, **_style(job))
    axes.set(xscale="log", yscale="log", xlabel="steps per tau", title=title)


def _style(job: Job) -> dict[str, Any]:
    """Choose a colour per reading and a line style per beta."""
    from spinn2sim.report.palette import SERIES

    if job.row == EVENTPROP:
        return {"color": SERIES[0], "ls": "-", "lw": 1.5}
    colour = {"train": SERIES[3], "first": SERIES[2], "decoder": SERIES[1]}[job.settings["reading"]]
    return {"color": colour, "ls": dict(zip(BETAS, (":", "--", "-."), strict=True))[job.settings["beta"]], "lw": 1.2}


EXPERIMENT = Experiment(
    name="fig4",
    title="EventProp converges with dt to the gradient of a spike time, the surrogate gradient does not",
    source=f"{POSTER}, Figure 4",
    jobs=jobs,
    run=run,
    aggregate=aggregate,
    figures={"fig4": draw},
)
