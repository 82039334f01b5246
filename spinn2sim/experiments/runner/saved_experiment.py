"""Reads experiment.json, which says what an experiment is and with which options it was begun, and checks every key."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from annotated_types import Ge, Le, Len

from spinn2sim.errors import DataError, quoted
from spinn2sim.experiments.runner.protocol import Options
from spinn2sim.files.atomic import read_json
from spinn2sim.trace.run_schemas import LONGEST_TEXT, check_provenance

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Seed = Annotated[int, Ge(0), Le(2**63 - 1)]


@dataclass(frozen=True)
class SavedOptions:
    """The key `options` of experiment.json."""

    seeds: Annotated[list[Seed], Len(0, 10_000)]
    quick: bool
    data: Annotated[str, Len(1, LONGEST_TEXT)] | None
    sigma: Annotated[float, Ge(0), Le(1e6)] | None


def read_experiment(file: Path) -> tuple[str, Options, dict[str, Any]]:
    """Return name, options and provenance of an experiment. Raises DataError if the file is not what this program writes."""
    from pydantic import ValidationError

    saved = read_json(file)
    try:
        found = _adapter().validate_json(_as_json(saved.get("options")), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(map(str, ("options", *first["loc"])))
        why = f"{key:.80}: found {quoted(first['input'])}, {first['msg']:.120}"
        raise DataError(f"{file}: found no options of an experiment in it ({why})") from None
    name, origin = saved.get("experiment"), saved.get("provenance")
    if not isinstance(name, str) or not isinstance(origin, dict):
        raise DataError(f"{file}: found no name of an experiment and no provenance in it")
    check_provenance(origin, f"{file}: provenance")
    data = None if found.data is None else Path(found.data)
    return name, Options(tuple(found.seeds), found.quick, data, found.sigma), origin


def _as_json(value: object) -> str:
    """Return a value as JSON again: pydantic makes structures from JSON alone when it is strict."""
    import json

    return json.dumps(value)


@cache
def _adapter() -> TypeAdapter[SavedOptions]:
    from pydantic import TypeAdapter

    return TypeAdapter(SavedOptions)
