"""The errors of a scheme against the closed form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spinn2sim.experiments.runner.protocol import FinishedJob
from spinn2sim.experiments.tasks.synapse.closed_form import AWAY, Array, closed_form


@dataclass(frozen=True)
class SchemeErrors:
    """Errors over the weights that fire: means of |dt/dw - exact| / |exact|, and of |t - exact| in tau.

    away, all   mean error of the slope over weights from 1.1 e on, and over all weights
    scaled      root mean square error from 1.1 e on, after all slopes have been multiplied by the best common factor
    right_sign  share of all weights
    time_away   mean error of the time over weights from 1.1 e on
    silent      number of weights without a spike
    """

    away: float
    all: float
    scaled: float
    right_sign: float
    time_away: float
    silent: int

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> SchemeErrors:
        """Compute the errors of a job's "weights", "times" and "slopes", in which None stands for a silent neuron."""
        weights, times, slopes = (np.array(result[name], np.float64) for name in ("weights", "times", "slopes"))
        exact_times, exact_slopes = closed_form(weights)
        ratio, late = slopes / exact_slopes, np.abs(times - exact_times)
        fired = ~np.isnan(ratio)
        away = fired & (weights >= AWAY)
        relative = np.abs(ratio - 1)
        return cls(
            _mean(relative[away]),
            _mean(relative[fired]),
            _after_best_factor(ratio[away]),
            _mean((ratio > 0)[fired].astype(np.float64)),
            _mean(late[away]),
            int((~fired).sum()),
        )


def by_scheme(done: Iterable[FinishedJob]) -> dict[tuple[str, int], SchemeErrors]:
    """Compute the errors of each finished job, by its scheme (the job's row) and its steps per tau."""
    return {(k.job.row, int(k.job.settings["steps_per_tau"])): SchemeErrors.of(k.result) for k in done}


def best_factor(ratio: Array) -> float:
    """Find the c >= 0 that minimises the root mean square of c ratio - 1; `ratio` is slope / exact per weight."""
    return max(0.0, float(ratio.sum() / np.square(ratio).sum())) if ratio.any() else 0.0


def _after_best_factor(ratio: Array) -> float:
    """The root mean square error after the best factor: 0 where all ratios are equal, 1 where no factor helps."""
    return float(np.sqrt(np.square(best_factor(ratio) * ratio - 1).mean()))


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else float("nan")
