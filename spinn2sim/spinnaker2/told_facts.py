"""Texts about populations and projections, for the lines and tables that Python and Jupyter show. They never raise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import harmless, quoted, shortened

MOST_PARAMETERS = 12


def parameters_text(params: Any) -> str:
    """Return parameters, with the range of those that differ between neurons; of a spike list, how many spikes."""
    if not isinstance(params, Mapping):
        return quoted(params)
    if params and all(isinstance(key, int | np.integer) for key in params):
        spikes = sum(len(times) for times in params.values() if hasattr(times, "__len__"))
        return f"{spikes:,} spikes of {len(params):,} neurons"
    texts = [f"{key}={_value_text(value)}" for key, value in list(params.items())[:MOST_PARAMETERS]]
    return ", ".join([*texts, *(["..."] if len(params) > MOST_PARAMETERS else [])]) or "none"


def _value_text(value: Any) -> str:
    try:
        values = np.asarray(value, np.float64)
    except (ValueError, TypeError):
        return quoted(value)
    return (
        f"{range_text(values)} ({values.size:,} values)"
        if values.ndim and not isinstance(value, str)
        else quoted(value)
    )


def name_text(thing: Any) -> str:
    """Return the name of a population or a projection as it may stand in a line."""
    return shortened(harmless(str(getattr(thing, "name", thing))))


def range_text(values: NDArray[Any]) -> str:
    """Return the least and the most of some numbers."""
    if not np.size(values):
        return "none"
    try:
        least, most = float(np.min(values)), float(np.max(values))
    except (TypeError, ValueError):
        return quoted(values)
    return f"{least:g}" if least == most else f"{least:g} to {most:g}"


def recording_text(recording: Mapping[str, Any] | None) -> str:
    """Return what a run recorded of a population."""
    if recording is None:
        return "nothing yet"
    texts = []
    for name, values in recording.items():
        if name == "spikes":
            texts.append(f"{len(values[0]):,} spikes")
        elif isinstance(values, Mapping):
            texts.append(f"{name} of {len(values)} PEs")
        else:
            texts.append(f"{name} {' x '.join(map(str, values.shape))}")
    return ", ".join(texts) or "nothing"


def ends_text(projection: Any) -> str:
    """Return where a projection begins and ends."""
    return " -> ".join(map(name_text, (projection.pre, projection.post)))
