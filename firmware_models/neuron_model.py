"""What a neuron model of scripts declares, built in or from a user's own package (docs/how-to/own-program.md)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

Parameters = Mapping[str, NDArray[Any]]
# The value of a state at the start: a number, the name of a parameter, or a function of the parameters' arrays.
Start = float | str | Callable[[Parameters], NDArray[Any]]
# A row of a neuron's parameters or states: float32, in the order in which they are declared.
Row = NDArray[np.float32]
REQUIRED = None
# The parameter whose value is one of RESETS; in a row it is 1 for the first of them and 0 for the second.
RESET, RESETS = "reset", ("reset_by_subtraction", "reset_to_v_reset")
SEED = "seed"
# A synapse is a half word: delay, sign, and a weight of 4 bits, or without a delay of 7.
MOST_WEIGHT, MOST_DELAYED_WEIGHT = 127, 15
SPIKE_LIST = "spike_list"
UPDATE_ARGUMENTS = 5
# What a population records, and what a PE holds, besides states.
RESERVED = ("spikes", "v_last", "time_done", "n_packets", "packets", "model")
MOST_BYTES = 1 << 16
MOST_CYCLES = 1 << 24


@dataclass(frozen=True)
class NeuronModel:
    """A neuron model: its names, its kernel, and what it costs. Raises ValueError for what cannot be run."""

    name: str
    # update(p, x, exc, inh, name) -> bool: advance a neuron by a tick and say whether it fires. A kernel; None for a spike list.
    update: Callable[..., Any] | None
    # Defaults by name; REQUIRED if the script must give one. RESET has a name of RESETS as its default.
    parameters: Mapping[str, float | str | None] = field(default_factory=dict)
    # Where each state starts, by name.
    states: Mapping[str, Start] = field(default_factory=dict)
    # The states that a script may record, [tick, neuron].
    record: tuple[str, ...] = ("v",)
    # Weights are whole numbers from -most_weight to most_weight; delays of 0 to 7 ticks need most_weight of 15 or less.
    most_weight: int = MOST_DELAYED_WEIGHT
    delays: bool = True
    takes_spikes: bool = True
    # Parameters that are whole numbers, from 0 on if they have no bounds; and the least and the most of parameters.
    whole: tuple[str, ...] = ()
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    # Core cycles of an update; None: those of a built-in neuron. SRAM beyond that of a built-in model, of a neuron and of a PE.
    cycles: int | None = None
    neuron_bytes: int = 0
    pe_bytes: int = 0
    # Whether it stands for a model of the chip of which not everything is known.
    approximate: bool = False
    # What Brian2Backend and `validate` compute: step(p, x, exc, inh, at) -> fired, on arrays of whole populations. None: they refuse it.
    reference: Callable[..., Any] | None = None

    def __post_init__(self) -> None:
        wrong = next(filter(None, (check(self) for check in CHECKS)), None)
        if wrong:
            raise ValueError(wrong)

    @property
    def recordable(self) -> tuple[str, ...]:
        """What a script may record of a population."""
        last = ("v_last",) if "v" in self.record else ()
        return ("spikes", *self.record[:1], *last, *self.record[1:], "time_done", "n_packets")

    def row_of(self, population: Any) -> NDArray[np.float64]:
        """Return the parameters of a population's neurons, [neuron, parameter]."""
        columns = [
            np.full(population.size, float(population.subtracts)) if name == RESET else population.parameters[name]
            for name in self.parameters
        ]
        return np.stack(columns, 1) if columns else np.zeros((population.size, 0))

    def start_of(self, parameters: Parameters, size: int) -> dict[str, NDArray[np.float64]]:
        """Return the states of a population's neurons at the start."""
        found = {}
        for name, start in self.states.items():
            value = parameters[start] if isinstance(start, str) else start(parameters) if callable(start) else start
            found[name] = np.broadcast_to(np.asarray(value, np.float64), size).copy()
        return found


def _name(m: NeuronModel) -> str | None:
    if isinstance(m.name, str) and m.name.isidentifier():
        return None
    return f"name: found {m.name!r}, allowed are letters, digits and _"


def _update(m: NeuronModel) -> str | None:
    if m.update is None and m.name == SPIKE_LIST:
        return None
    if not callable(m.update):
        return f"update: found {m.update!r}, allowed is a kernel"
    takes = len(inspect.signature(getattr(m.update, "py_func", m.update)).parameters)
    return None if takes == UPDATE_ARGUMENTS else f"update: takes {takes} arguments, allowed are p, x, exc, inh, name"


def _parameters(m: NeuronModel) -> str | None:
    if not isinstance(m.parameters, Mapping):
        return f"parameters: found {m.parameters!r}, allowed are defaults by name"
    for name, default in m.parameters.items():
        allowed = default in RESETS if name == RESET else default is REQUIRED or isinstance(default, Real)
        if not isinstance(name, str) or not name.isidentifier():
            return f"parameters: found {name!r}, allowed are letters, digits and _"
        if not allowed:
            kinds = " or ".join(RESETS) if name == RESET else "a number or REQUIRED"
            return f"parameters: {name!r}: found {default!r}, allowed is {kinds}"
    unknown = [name for name in (*m.whole, *m.bounds) if name not in m.parameters]
    return f"whole, bounds: found {unknown[0]!r}, which is no parameter" if unknown else None


def _states(m: NeuronModel) -> str | None:
    if not isinstance(m.states, Mapping):
        return f"states: found {m.states!r}, allowed are starts by name"
    for name, start in m.states.items():
        known = start in m.parameters if isinstance(start, str) else isinstance(start, Real) or callable(start)
        if not isinstance(name, str) or not name.isidentifier() or name in RESERVED:
            return f"states: found {name!r}, allowed are letters, digits and _, and not {', '.join(RESERVED)}"
        if not known or start == RESET:
            return f"states: {name!r}: found {start!r}, allowed is a number, the name of a parameter, or a function of them"
    absent = [name for name in m.record if name not in m.states]
    return f"record: found {absent[0]!r}, which is no state" if absent else None


def _costs(m: NeuronModel) -> str | None:
    most = MOST_DELAYED_WEIGHT if m.delays else MOST_WEIGHT
    least = 1 if m.takes_spikes else 0
    bounds = (("most_weight", m.most_weight, least, most), ("neuron_bytes", m.neuron_bytes, 0, MOST_BYTES),
              ("pe_bytes", m.pe_bytes, 0, MOST_BYTES), ("cycles", 1 if m.cycles is None else m.cycles, 1, MOST_CYCLES))  # fmt: skip
    for name, value, low, high in bounds:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            return f"{name}: found {value!r}, allowed is a whole number from {low} to {high}"
    return None


CHECKS = (_name, _update, _parameters, _states, _costs)
