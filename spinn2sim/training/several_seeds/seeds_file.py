"""seeds.json, which makes a folder one of several seeds: what was asked for, so that seeds that have not begun can begin later."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from annotated_types import Ge, Len, Lt

from spinn2sim.errors import DataError, quoted
from spinn2sim.files import atomic
from spinn2sim.scenario.tree_bounds import MOST_BYTES
from spinn2sim.trace.run_directory import SEEDS, is_several
from spinn2sim.training.several_seeds.seed_list import ABOVE, MOST_SEEDS
from spinn2sim.training.start import Command

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True)
class SeedsFile:
    """The content of seeds.json."""

    command: Command
    seeds: Annotated[list[Annotated[int, Ge(0), Lt(ABOVE)]], Len(1, MOST_SEEDS)]
    # The resolved scenario, as TOML; its own seed does not count.
    scenario: Annotated[str, Len(1, MOST_BYTES)]
    # The files that the scenario names, as in provenance.json.
    inputs: dict[str, dict[str, str]]


def write_seeds_file(folder: Path, content: SeedsFile) -> None:
    """Write seeds.json. Raises OutputError."""
    atomic.write_json(folder / SEEDS, asdict(content))


def read_seeds_file(folder: Path) -> SeedsFile:
    """Read seeds.json. Raises DataError if there is none, or if it is not what this program writes."""
    from pydantic import ValidationError

    file = folder / SEEDS
    if not is_several(folder):
        raise DataError(f"{folder}: found no {SEEDS} in it, allowed is a folder that --seeds wrote")
    try:
        found = _adapter().validate_json(json.dumps(atomic.read_json(file)), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise DataError(f"{file}: {key:.80}: found {quoted(_short(first['input']))}, {first['msg']:.120}") from None
    if len(set(found.seeds)) < len(found.seeds):
        raise DataError(f"{file}: seeds: found one twice, allowed is each once")
    return found


def _short(value: Any) -> Any:
    return "an object" if isinstance(value, dict) else value


@cache
def _adapter() -> TypeAdapter[SeedsFile]:
    from pydantic import TypeAdapter

    return TypeAdapter(SeedsFile)
