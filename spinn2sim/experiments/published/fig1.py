"""Figure 1 of the poster: spike time and gradient of one synapse against its weight, and how fast they converge."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
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

MIRROR, CHIP = "chip's scheme, float64 mirror", "chip's scheme, fixed point on the simulated chip"
EULER, SECOND = "explicit Euler, as the poster", "second order, interpolated crossings"
BETWEEN = "second order, input between grid points"
# The position of the input of BETWEEN within a step, as a share of the step.
PLACE = 0.37
# Grids, in steps per tau; the order of convergence is fitted to FITTED.
GRIDS = (8, 16, 32, 64, 128, 256, 512, 1024, 2048)
FITTED = GRIDS[3:]
QUICK_GRIDS = (16, 64, 256, 1024)
# The bounds of each scheme's order in dt.
EXPECTED = {MIRROR: (0.9, 1.1), EULER: (0.9, 1.1), SECOND: (1.9, 2.1), BETWEEN: (1.9, 2.1)}
DRAWN = Published("poster, Figure 1: drawn, no number printed")


def jobs(options: Options) -> list[Job]:
    """Make a job per scheme and dt."""
    grids, every = (QUICK_GRIDS, 4) if options.quick else (GRIDS, 1)
    return [Job(row, settings={"steps_per_tau": n, "every": every}) for row in (*EXPECTED, CHIP) for n in grids]


def run(job: Job, tell: Tell) -> Mapping[str, Any]:
    """Compute spike time and dt/dw of each weight."""
    from spinn2sim.experiments.tasks.synapse import chip_scheme, euler, interpolated
    from spinn2sim.experiments.tasks.synapse.closed_form import WEIGHTS, Array

    schemes: dict[str, Callable[[Array, int], tuple[Array, Array]]] = {
        MIRROR: chip_scheme.in_float64,
        CHIP: chip_scheme.on_chip,
        EULER: euler.time_and_slope,
        SECOND: interpolated.time_and_slope,
        BETWEEN: lambda weights, n: interpolated.time_and_slope(weights, n, PLACE / n),
    }
    weights = WEIGHTS[:: job.settings["every"]]
    times, slopes = schemes[job.row](weights, job.settings["steps_per_tau"])
    return {"weights": weights, "times": times, "slopes": slopes}


def aggregate(done: Sequence[FinishedJob]) -> ExperimentResult:
    """Make a table row per scheme and dt, and the orders and errors per scheme."""
    from spinn2sim.experiments.tasks.synapse.scheme_errors import by_scheme

    found = by_scheme(done)
    table = [
        {
            "scheme": row,
            "steps_per_tau": n,
            "mean_relative_error_from_1.1e": errors.away,
            "mean_relative_error_all": errors.all,
            "mean_spike_time_error_tau": errors.time_away,
            "silent_weights": errors.silent,
        }
        for (row, n), errors in found.items()
    ]
    values = [value for row in EXPECTED for value in _values(row, found)]
    grids = sorted(n for row, n in found if row == CHIP)
    values += [Value(CHIP, _error_at(n), found[CHIP, n].away, published=DRAWN) for n in grids if n >= FITTED[0]]
    return ExperimentResult(values, table, _notes(found))


def _values(row: str, found: Mapping[tuple[str, int], Any]) -> list[Value]:
    from spinn2sim.experiments.tasks.synapse.convergence import convergence_order

    grids = sorted(n for scheme, n in found if scheme == row and n >= FITTED[0])
    last = min(1024, grids[-1])
    away = convergence_order(grids, [found[row, n].away for n in grids])
    everywhere = convergence_order(grids, [found[row, n].all for n in grids])
    limit = (None, 5e-3) if row == MIRROR else (None, None)
    return [
        Value(row, "order in dt, w >= 1.1 e", away, published=DRAWN, allowed=EXPECTED[row]),
        Value(row, "order in dt, all weights", everywhere, published=DRAWN),
        Value(row, _error_at(last), found[row, last].away, published=DRAWN, allowed=limit),
        Value(row, f"error at dt = tau/{last}, all weights", found[row, last].all, published=DRAWN),
    ]


def _error_at(n: int) -> str:
    return f"error at dt = tau/{n}, w >= 1.1 e"


def _notes(found: Mapping[tuple[str, int], Any]) -> list[str]:
    fitted = sorted(n for row, n in found if row == MIRROR and n >= FITTED[0])
    silent = [f"{errors.silent} at tau/{n}" for (row, n), errors in found.items() if row == CHIP and errors.silent]
    notes = [
        f"order: of the gradient's mean relative error over dt = tau/{fitted[0]} to tau/{fitted[-1]}. All weights: from 1.001 e on, where",
        "dt/dw diverges; the first of them rules that mean.",
    ]
    if silent:
        notes.append(f"Weights that rounding leaves silent on the chip: {', '.join(silent)}; they enter no mean.")
    return notes


def draw(done: Sequence[FinishedJob], figure: Figure) -> None:
    """Draw spike time and gradient by the poster's scheme for several dt, and the error of each scheme against dt."""
    figure.set_size_inches(13, 4.6)
    times, slopes, errors = figure.subplots(1, 3)
    _draw_against_weight(done, times, slopes)
    _draw_convergence(done, errors)


def _draw_against_weight(done: Sequence[FinishedJob], times: Axes, slopes: Axes) -> None:
    import numpy as np

    from spinn2sim.experiments.tasks.synapse.closed_form import closed_form
    from spinn2sim.report.palette import SERIES

    shown = [k for k in done if k.job.row == EULER and k.job.settings["steps_per_tau"] <= 64]
    for k, colour in zip(shown, SERIES, strict=False):
        label = f"dt = tau/{k.job.settings['steps_per_tau']}"
        for axes, name in ((times, "times"), (slopes, "slopes")):
            axes.plot(k.result["weights"], np.array(k.result[name], float), "--", lw=1.2, color=colour, label=label)
    weights = np.geomspace(1.0005 * math.e, 10, 400)
    for axes, exact in zip((times, slopes), closed_form(weights), strict=True):
        axes.plot(weights, exact, color="black", lw=1.2, label="closed form", zorder=0)
        axes.set(xlabel="weight w / threshold", xlim=(2.5, 10))
        axes.legend(fontsize="small")
    times.set(ylabel="spike time / tau", title=EULER)
    slopes.set(ylabel="dt/dw in tau / threshold", title=EULER, ylim=(-2.5, 0.1))


def _draw_convergence(done: Sequence[FinishedJob], axes: Axes) -> None:
    from spinn2sim.experiments.tasks.synapse.scheme_errors import by_scheme
    from spinn2sim.report.palette import SERIES

    found = by_scheme(done)
    for row, colour in zip(EXPECTED | {CHIP: None}, SERIES, strict=False):
        errors = {n: each for (name, n), each in found.items() if name == row}
        axes.plot(list(errors), [each.away for each in errors.values()], "-o", ms=3.5, color=colour, label=row)
        axes.plot(list(errors), [each.all for each in errors.values()], ":", lw=1, color=colour)
    axes.set(xscale="log", yscale="log", xlabel="steps per tau", ylim=(1e-9, 1))
    axes.set_ylabel("mean relative error of dt/dw")
    axes.set_title("solid: w >= 1.1 e; dotted: from 1.001 e on")
    axes.legend(fontsize="small", loc="lower left")


EXPERIMENT = Experiment(
    name="fig1",
    title="spike time and gradient of one synapse converge to the closed form",
    source=f"{POSTER}, Figure 1",
    jobs=jobs,
    run=run,
    aggregate=aggregate,
    figures={"fig1": draw},
)
