"""A space file, read and checked against its scenario: what is searched, how, and for what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, Len, Lt
from pydantic import TypeAdapter

from spinn2sim.errors import ScenarioError, quoted
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load_text, read_keys, read_tree, read_typed
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.training.search.objective import Objective
from spinn2sim.training.search.parameter import Parameter, Value, grid_points, overrides, read_parameter

Seed = Annotated[int, Ge(0), Lt(2**63)]
RANGE_KEYS = {"low", "high", "choices"}


@dataclass(frozen=True)
class SweepSettings:
    """The table [sweep] of a space file, key by key."""

    sampler: Literal["tpe", "random", "grid", "nsga2"] = "tpe"
    pruner: Literal["none", "median", "hyperband"] = "none"
    # None stands for 50, or all points of a grid.
    trials: Annotated[int, Ge(1), Le(100_000)] | None = None
    # None stands for the scenario's number of epochs.
    epochs: Annotated[int, Ge(1), Le(100_000)] | None = None
    # The seed of the sampler.
    seed: Seed = 0
    # Each trial is run once with each of these seeds, and judged by the mean.
    seeds: Annotated[tuple[Seed, ...], Len(1, 1000)] = (100,)
    # With how many other seeds the best settings are trained in the end.
    fresh_seeds: Annotated[int, Ge(0), Le(1000)] = 3
    arithmetic: Literal["float64", "fixed"] = "float64"
    objectives: Annotated[tuple[Objective, ...], Len(1)] = ("validation_accuracy",)
    # Trial k is drawn from the results of trials 0 .. k - ahead, so that up to `ahead` trials can run at once.
    ahead: Annotated[int, Ge(1), Le(10_000)] = 4
    # Whether a trial that does not fit the chip is refused.
    fit_chip: bool = True


@dataclass(frozen=True)
class SweepSource:
    """The texts that a sweep began with, which are enough to begin it again."""

    scenario: str
    file: str
    # The folder that paths in the scenario are relative to.
    folder: str
    # What --set changes in the scenario.
    changes: dict[str, Value]
    space: str
    space_file: str


@dataclass(frozen=True)
class Space:
    """A space file and its scenario, read and checked against each other."""

    source: SweepSource
    base: Scenario
    settings: SweepSettings
    parameters: tuple[Parameter, ...]
    # All points of the grid; empty with other samplers.
    points: list[dict[str, Value]] = field(default_factory=list)

    @property
    def trials(self) -> int:
        """How many trials the space file asks for."""
        wanted = self.settings.trials
        if self.points:
            return min(wanted or len(self.points), len(self.points))
        return wanted or 50

    def scenario(self, drawn: Mapping[str, Value]) -> str:
        """Return the resolved scenario of a trial, as TOML. Raises ScenarioError if its keys contradict each other."""
        source = self.source
        changes = {**source.changes, **overrides(self.parameters, drawn, self.base)}
        if self.settings.epochs is not None:
            changes["training.epochs"] = self.settings.epochs
        return resolved_toml(load_text(source.scenario, changes, "trial", Path(source.folder)))


def read_space(source: SweepSource) -> Space:
    """Read a space and the scenario that it varies. Raises ScenarioError with the file, the key, what was found and what is allowed."""
    file = source.space_file
    base = load_text(source.scenario, source.changes, source.file, Path(source.folder))
    tree = read_tree(source.space, file)
    for name in tree.keys() - {"sweep", "space"}:
        raise ScenarioError(f"{file}: unknown key {name}, allowed are the tables [sweep] and [space]")
    settings = _read_settings(tree.get("sweep", {}), file)
    lines = _flatten(tree.get("space", {}), file)
    parameters = tuple(read_parameter(key, table, base, file) for key, table in lines.items())
    _refuse_disagreement(settings, parameters, base, file)
    for parameter in parameters:
        for end in parameter.ends:
            drawn = overrides([parameter], {parameter.key: end}, base)
            read_keys(source.scenario, {**source.changes, **drawn}, file, Path(source.folder))
    points = grid_points(parameters, file) if settings.sampler == "grid" else []
    return Space(source, base, settings, parameters, points)


@cache
def _adapter() -> TypeAdapter[SweepSettings]:
    return TypeAdapter(SweepSettings)


def _read_settings(table: object, file: str) -> SweepSettings:
    if not isinstance(table, dict):
        raise ScenarioError(f"{file}: sweep: found {quoted(table)}, allowed is a table [sweep]")
    allowed = [entry.name for entry in fields(SweepSettings)]
    for name in table.keys() - set(allowed):
        raise ScenarioError(f"{file}: unknown key sweep.{name}, allowed are {', '.join(allowed)}")
    return read_typed(_adapter(), table, f"{file}: sweep")


def _flatten(table: object, file: str, prefix: str = "") -> dict[str, Any]:
    """Return the entries of [space] by dotted key, whether a key was quoted or written as TOML tables."""
    if not isinstance(table, dict):
        raise ScenarioError(f"{file}: space: found {quoted(table)}, allowed is a table [space]")
    lines: dict[str, Any] = {}
    for name, entry in table.items():
        if isinstance(entry, dict) and not entry.keys() & RANGE_KEYS:
            lines |= _flatten(entry, file, f"{prefix}{name}.")
        else:
            lines[f"{prefix}{name}"] = entry
    return lines


def _refuse_disagreement(settings: SweepSettings, parameters: tuple[Parameter, ...], base: Scenario, file: str) -> None:
    """Raise ScenarioError if keys of the two files contradict each other."""
    keys = [key for parameter in parameters for key in (parameter.key, *parameter.also)]
    for key in keys:
        if keys.count(key) > 1:
            raise ScenarioError(f"{file}: space.{key}: found twice, allowed is once")
        if key.startswith("numerics.") and settings.arithmetic == "float64":
            raise ScenarioError(
                f'{file}: space.{key}: changes nothing in float64, allowed with sweep.arithmetic = "fixed"'
            )
    if "training.epochs" in keys and settings.epochs is not None:
        raise ScenarioError(f"{file}: space.training.epochs: found beside sweep.epochs, allowed is one of the two")
    if len(set(settings.objectives)) < len(settings.objectives):
        raise ScenarioError(f"{file}: sweep.objectives: found {list(settings.objectives)}, allowed is each once")
    if settings.pruner != "none" and len(settings.objectives) > 1:
        raise ScenarioError(
            f'{file}: sweep.pruner: found {quoted(settings.pruner)}, allowed with several objectives is "none"'
        )
    data, validation_seed = base.data, base.training.validation_seed
    if data.source == "yinyang" and validation_seed in (data.train_seed, data.test_seed):
        raise ScenarioError(
            f"{file}: data.train_seed, data.test_seed: found {data.train_seed}, {data.test_seed}, "
            f"allowed is anything but {validation_seed}: the validation split has it"
        )
