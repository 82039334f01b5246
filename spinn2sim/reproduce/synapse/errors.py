"""How far a scheme is from the closed form; it runs no scheme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spinn2sim.reproduce.synapse.closed_form import AWAY, Array, closed_form


@dataclass(frozen=True)
class Errors:
    """Means over the weights that fire, of |dt/dw - exact| / |exact|, and of |t - exact| in tau."""

    away: float  # weights from 1.1 e on
    all: float
    time_away: float
    silent: int  # weights without a spike

    @classmethod
    def of(cls, result: Mapping[str, Any]) -> Errors:
        """Of a job's "weights", "times" and "slopes"; None in them is a silent neuron."""
        weights, times, slopes = (np.array(result[name], np.float64) for name in ("weights", "times", "slopes"))
        exact_times, exact_slopes = closed_form(weights)
        relative = np.abs(slopes - exact_slopes) / np.abs(exact_slopes)
        away = (weights >= AWAY) & ~np.isnan(relative)
        late = np.abs(times - exact_times)
        return cls(
            _mean(relative[away]),
            _mean(relative[~np.isnan(relative)]),
            _mean(late[away]),
            int(np.isnan(relative).sum()),
        )


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else float("nan")
