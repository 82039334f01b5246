"""Tries a model's kernel as plain Python, since a compiled one does not notice that it reads or writes beyond its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.chance import name_of
from firmware_models.neuron_model import NeuronModel
from spinn2sim.errors import quoted

INPUTS = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1e4, 0.0))
TICKS = 3


class _Row(np.ndarray[Any, Any]):
    """A row that refuses to be read or written from its end or as a whole."""

    def __getitem__(self, at: Any) -> Any:
        return super().__getitem__(self._checked(at))

    def __setitem__(self, at: Any, value: Any) -> None:
        super().__setitem__(self._checked(at), value)

    def _checked(self, at: Any) -> int:
        if not isinstance(at, int | np.integer) or not 0 <= at < len(self):
            raise IndexError(f"found the index {quoted(at)} of a row of {len(self)}")
        return int(at)


def try_start(model: NeuronModel) -> list[float]:
    """Return the states at the start of a neuron whose parameters are 1. Raises what functions of the model raise, and ValueError."""
    start = model.start_of({name: np.ones(1) for name in model.parameters}, 1)
    return [float(values[0]) for values in start.values()]


def try_update(model: NeuronModel, start: list[float]) -> None:
    """Run a model's kernel on a neuron for some inputs. Raises what it raises, IndexError beyond a row, TypeError for a wrong answer."""
    update: Any = getattr(model.update, "py_func", model.update)
    for exc, inh in INPUTS:
        p, x = _row([1.0] * len(model.parameters)), _row(start)
        with np.errstate(all="ignore"):
            for tick in range(TICKS):
                fires = update(p, x, np.float32(exc), np.float32(inh), name_of(0, tick, 0))
                if not isinstance(fires, bool | np.bool_):
                    raise TypeError(f"it returns {quoted(fires)}, allowed is True or False")


def _row(values: list[float]) -> NDArray[np.float32]:
    return np.array(values, np.float32).view(_Row)
