"""One entry of a space: a scenario key and the values it may take, in Optuna's terms and in the scenario's."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spinn2sim.errors import ScenarioError, quoted
from spinn2sim.scenario.entries import LISTS, find_entry, short_name
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.table_shape import dotted_keys, key_tree, plain_value, suggest_key

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

# A TOML value.
Value = Any
# The most points that a grid may have.
MAX_POINTS = 100_000
# How far the quotient of two decimal fractions may be from a whole number and still count as one.
QUOTIENT_ERROR = 1e-9
KEYS = {"low", "high", "log", "step", "choices", "also"}
# Keys that cannot be searched, each with the place that sets it.
SET_BY_SWEEP = {
    "seed": "[sweep] seeds",
    "name": "the name of the scenario",
    "data.source": "the scenario",
    "data.path": "the scenario",
    "data.rotation_deg": "the scenario",
    "data.train_seed": "the scenario",
    "data.test_seed": "the sweep's validation split",
    "data.test_samples": "the scenario",
    "training.validation_samples": "the scenario",
    "training.validation_seed": "the scenario",
    "training.patience": "the sweep: every epoch is trained",
    "training.keep": "the sweep: the last epoch counts",
}
# Tables whose keys do not change what the mirror computes.
WITHOUT_EFFECT = ("chip.", "mapping.", "trace.")


@dataclass(frozen=True)
class Parameter:
    """A key with a range low .. high, or with choices. The keys in `also` get the same value; `whole` allows only whole numbers."""

    key: str
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    step: float | None = None
    choices: tuple[Value, ...] = ()
    also: tuple[str, ...] = ()
    whole: bool = False

    @property
    def distribution(self) -> BaseDistribution:
        """The distribution that Optuna draws from. Optuna takes numbers and strings; other choices, such as lists, become strings."""
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

        if self.choices:
            return CategoricalDistribution([_label(value) for value in self.choices])
        if self.whole:
            return IntDistribution(int(self.low), int(self.high), self.log, int(self.step or 1))
        return FloatDistribution(self.low, self.high, self.log, self.step)

    @property
    def ends(self) -> Sequence[Value]:
        """The values that are tried in the scenario one by one when the space is checked: the choices, or both ends of the range."""
        ends = (int(self.low), int(self.high)) if self.whole else (self.low, self.high)
        return self.choices or ends

    def value(self, drawn: Value) -> Value:
        """Convert what Optuna drew to the TOML value."""
        return next((value for value in self.choices if _label(value) == drawn), drawn)

    def points(self, file: str) -> list[Value]:
        """List every value as Optuna represents it. Raises ScenarioError for a range without a step."""
        if self.choices:
            return [_label(value) for value in self.choices]
        step = self.step or (1 if self.whole and not self.log else None)
        if step is None:
            raise ScenarioError(f"{file}: space.{self.key}: found a range without step, a grid needs a step or choices")
        count = math.floor((self.high - self.low) / step + QUOTIENT_ERROR) + 1
        if count > MAX_POINTS:
            raise ScenarioError(f"{file}: space.{self.key}: found {count} values, a grid has at most {MAX_POINTS}")
        values = (self.low + step * k for k in range(count))
        return [int(value) if self.whole else round(value, 12) for value in values]


def grid_points(parameters: Sequence[Parameter], file: str) -> list[dict[str, Value]]:
    """List every point of the space, the last parameter changing fastest. Raises ScenarioError if there are too many."""
    axes = [parameter.points(file) for parameter in parameters]
    if math.prod(map(len, axes)) > MAX_POINTS:
        raise ScenarioError(f"{file}: space: found {math.prod(map(len, axes))} points, a grid has at most {MAX_POINTS}")
    keys = [parameter.key for parameter in parameters]
    return [dict(zip(keys, point, strict=True)) for point in itertools.product(*axes)]


def read_parameter(key: str, table: object, base: Scenario, file: str) -> Parameter:
    """Read an entry of [space]. Raises ScenarioError that names the key, what was found, and what is allowed."""
    where = f"{file}: space.{key}"
    if not isinstance(table, dict):
        raise ScenarioError(f"{where}: found {quoted(table)}, allowed is {{low = .., high = ..}} or {{choices = [..]}}")
    for name in table.keys() - KEYS:
        raise ScenarioError(f"{where}: unknown key {name}, allowed are {', '.join(sorted(KEYS))}")
    also = table.get("also", [])
    if not isinstance(also, list) or not all(isinstance(other, str) for other in also):
        raise ScenarioError(f"{where}.also: found {quoted(also)}, allowed is a list of scenario keys")
    values = [_scenario_value(name, base, file) for name in (key, *also)]
    if "choices" in table:
        return Parameter(key, choices=_read_choices(table, where), also=tuple(also))
    return _read_range(key, table, values[0], where, tuple(also))


def _read_choices(table: Mapping[str, Any], where: str) -> tuple[Value, ...]:
    choices, others = table["choices"], table.keys() - {"choices", "also"}
    if others:
        raise ScenarioError(f"{where}: found choices beside {', '.join(sorted(others))}, allowed is one of the two")
    if not isinstance(choices, list) or not choices:
        raise ScenarioError(f"{where}.choices: found {quoted(choices)}, allowed is a list with one entry at least")
    values = [plain_value(value, f"{where}.choices") for value in choices]
    if len({_label(value) for value in values}) < len(values):
        raise ScenarioError(f"{where}.choices: found {quoted(choices)}, allowed is each value once")
    return tuple(values)


def _read_range(key: str, table: Mapping[str, Any], value: Value, where: str, also: tuple[str, ...]) -> Parameter:
    """Read a range low .. high. It is whole if the scenario's value is, or if the scenario has no value and both ends are whole."""
    if isinstance(value, bool | str | tuple):
        raise ScenarioError(f"{where}: found a range, allowed for a key that is no number is {{choices = [..]}}")
    low, high, log = _read_number(table, "low", where), _read_number(table, "high", where), table.get("log", False)
    step = _read_number(table, "step", where) if "step" in table else None
    whole = all(isinstance(number, int | None) for number in (low, high, step))
    if isinstance(value, int) and not whole:
        raise ScenarioError(f"{where}: found {low} to {high}, allowed are whole numbers")
    if not isinstance(log, bool):
        raise ScenarioError(f"{where}.log: found {quoted(log)}, allowed is true or false")
    if low > high:
        raise ScenarioError(f"{where}: found low {low} above high {high}, allowed is low <= high")
    if log and low <= 0:
        raise ScenarioError(f"{where}.low: found {low}, allowed with log is more than 0")
    if step is not None and (log or not 0 < step <= high - low):
        raise ScenarioError(f"{where}.step: found {step}, allowed is more than 0, at most high - low, and not with log")
    if step is not None:
        high = low + step * math.floor(
            (high - low) / step + QUOTIENT_ERROR
        )  # the last value that whole steps from `low` reach
    return Parameter(key, low, high, log, step, also=also, whole=whole and not isinstance(value, float))


def _read_number(table: Mapping[str, Any], name: str, where: str) -> float:
    number = table.get(name)
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise ScenarioError(f"{where}.{name}: found {quoted(number)}, allowed is a number")
    return number


def _scenario_value(key: str, base: Scenario, file: str) -> Value:
    """Return the scenario's value of a key. Raises ScenarioError if there is no such key, or if it has no effect on a trial."""
    dotted, indices = split_key(key)
    if dotted.partition(".")[0] in LISTS:
        return _entry_at(_value_of_entry(dotted, base, f"{file}: space.{key}"), indices, f"{file}: space.{key}", dotted)
    if dotted not in set(dotted_keys(key_tree())):
        raise ScenarioError(f"{file}: space: unknown key {key}{suggest_key(dotted)}")
    if dotted in SET_BY_SWEEP:
        raise ScenarioError(f"{file}: space.{key}: cannot be searched, it is set by {SET_BY_SWEEP[dotted]}")
    if dotted.startswith(WITHOUT_EFFECT):
        raise ScenarioError(f"{file}: space.{key}: cannot be searched, what the mirror computes does not depend on it")
    value: Value = base
    for name in dotted.split("."):
        value = getattr(value, name)
    return _entry_at(value, indices, f"{file}: space.{key}", dotted)


def _value_of_entry(dotted: str, base: Scenario, where: str) -> Value:
    """Return the value of a key of one population or projection, such as population.hidden.size. Raises ScenarioError."""
    table, _, rest = dotted.partition(".")
    name, _, field = rest.rpartition(".")
    entries = [vars(entry) for entry in getattr(base, table) or ()]
    if not entries:
        raise ScenarioError(f"{where}: found no [[{table}]] in the scenario")
    try:
        entry = entries[find_entry(table, entries, name)]
    except ValueError as error:
        raise ScenarioError(f"{where}: {error}") from None
    if field not in entry:
        raise ScenarioError(f"{where}: unknown key {short_name(field)}, allowed are {', '.join(entry)}")
    return entry[field]


def _entry_at(value: Value, indices: Sequence[int], where: str, dotted: str) -> Value:
    """Return an entry of a list, of a list in it, and so on. Raises ScenarioError if there is none."""
    for index in indices:
        if not isinstance(value, tuple) or index >= len(value):
            raise ScenarioError(f"{where}: found no entry [{index}] in the scenario's {dotted}")
        value = value[index]
    return value


def split_key(key: str) -> tuple[str, tuple[int, ...]]:
    """Split a key into its dotted name and its indices: network.init[0][1] gives ("network.init", (0, 1))."""
    match = re.fullmatch(r"([^\[\]]+)((?:\[\d{1,4}\])*)", key, re.ASCII)
    return (match[1], tuple(map(int, re.findall(r"\d+", match[2])))) if match else (key, ())


def overrides(parameters: Sequence[Parameter], drawn: Mapping[str, Value], base: Scenario) -> dict[str, Value]:
    """Return what a trial changes in the scenario, by dotted key."""
    changed: dict[str, Value] = {}
    for parameter in parameters:
        value = parameter.value(drawn[parameter.key])
        for key in (parameter.key, *parameter.also):
            dotted, indices = split_key(key)
            before = changed.get(dotted, _scenario_value(dotted, base, "")) if indices else None
            changed[dotted] = _with_entry(before, indices, value)
    return changed


def _with_entry(before: Value, indices: tuple[int, ...], value: Value) -> Value:
    if not indices:
        return value
    first, *rest = indices
    return [_with_entry(entry, tuple(rest), value) if k == first else entry for k, entry in enumerate(before)]


def _label(value: Value) -> Value:
    return json.dumps(value) if isinstance(value, list | tuple) else value
