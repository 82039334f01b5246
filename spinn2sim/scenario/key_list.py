"""Lists the keys of a scenario with type, bounds, default, unit and a sentence, for people and for editors."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Len, Lt

from spinn2sim.errors import ScenarioError
from spinn2sim.scenario.key_sentences import DEFAULTS, GROUPS, SENTENCES
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.network_keys import Distribution
from spinn2sim.scenario.table_shape import suggest_key

UNITS = {
    "ms": "ms", "us": "us", "ns": "ns", "pj": "pJ", "deg": "degrees", "ppm": "parts per million", "bits": "bits", "steps": "steps",
    "samples": "samples", "epochs": "epochs",
}  # fmt: skip
NAMES = {int: "integer", float: "number", str: "text", bool: "true or false"}
REQUIRED = "required"


@dataclass(frozen=True)
class KeyEntry:
    """What is said about a key."""

    key: str
    # Such as "integer", "list of number", or the choices.
    type: str
    # Such as ">= 1, <= 256", or "".
    bounds: str
    default: str
    unit: str
    sentence: str


def list_keys(prefix: str = "") -> list[KeyEntry]:
    """Return the keys that are `prefix`, or lie in the table of that name, or begin with it. Raises ScenarioError if there are none."""
    entries = list(_entries(Scenario, ""))
    exact = [entry for entry in entries if f"{entry.key}.".startswith(f"{prefix}.")] if prefix else entries
    found = exact or [entry for entry in entries if entry.key.startswith(prefix)]
    found = found or [entry for entry in entries if entry.key.rpartition(".")[2] == prefix]
    if not found:
        raise ScenarioError(f"keys: found no key {prefix:.80}{suggest_key(prefix)}")
    return found


def _entries(table: type, prefix: str) -> Iterator[KeyEntry]:
    hints = get_type_hints(table, include_extras=True)
    below = {field.name: _table_of(hints[field.name]) for field in dataclasses.fields(table)}
    for field in dataclasses.fields(table):
        if below[field.name] is None:
            key = f"{prefix}{field.name}"
            yield KeyEntry(key, *_type_and_bounds(hints[field.name]), _default(field, key), _unit(key), _sentence(key))
    for name, inner in below.items():
        if inner is not None:
            yield from _entries(inner, f"{prefix}{name}.")


def _table_of(hint: Any) -> type | None:
    """Return the dataclass of a table or of the entries of a list of tables, None for a value."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return None if hint is Distribution else hint
    found = [_table_of(member) for member in get_args(hint)]
    return next((table for table in found if table is not None), None)


def _type_and_bounds(hint: Any) -> tuple[str, str]:
    if get_origin(hint) is Annotated:
        inner, *limits = get_args(hint)
        text, bounds = _type_and_bounds(inner)
        return text, ", ".join(part for part in (bounds, *map(_bound, limits)) if part)
    if get_origin(hint) is Literal:
        return " or ".join(f'"{choice}"' for choice in get_args(hint)), ""
    if get_origin(hint) is tuple:
        return _tuple_text(get_args(hint))
    if get_args(hint):
        found = [_type_and_bounds(member) for member in get_args(hint) if member is not NoneType]
        return " or ".join(dict.fromkeys(text for text, _ in found)), " or ".join(
            dict.fromkeys(b for _, b in found if b)
        )
    return NAMES.get(hint, "table of a distribution"), ""


def _tuple_text(members: tuple[Any, ...]) -> tuple[str, str]:
    if members[1:] == (...,):
        text, bounds = _type_and_bounds(members[0])
        return f"list of {text}", f"each {bounds}" if bounds else ""
    found = [_type_and_bounds(member) for member in members]
    return f"[{', '.join(text for text, _ in found)}]", ", ".join(
        dict.fromkeys(bounds for _, bounds in found if bounds)
    )


def _bound(limit: object) -> str:
    if isinstance(limit, Ge | Gt | Le | Lt):
        sign = {Ge: ">=", Gt: ">", Le: "<=", Lt: "<"}[type(limit)]
        value = getattr(limit, type(limit).__name__.lower())
        return f"{sign} {value}"
    if isinstance(limit, Len):
        return (
            f"{limit.min_length} to {limit.max_length} long"
            if limit.max_length is not None
            else f"at least {limit.min_length}"
        )
    return ""


def _default(field: dataclasses.Field[Any], key: str) -> str:
    if key in DEFAULTS:
        return DEFAULTS[key]
    if key.startswith("chip.cycles."):
        return "that of chip.costs"
    if field.default is dataclasses.MISSING:
        return REQUIRED
    if isinstance(field.default, bool):
        return str(field.default).lower()
    return "none" if field.default is None else "[]" if field.default == () else str(field.default)


def _unit(key: str) -> str:
    if key.startswith("chip.cycles."):
        return "cycles"
    if key.endswith("_gbit_s"):
        return "Gbit/s"
    return UNITS.get(key.rpartition(".")[2].rpartition("_")[2], "")


def _sentence(key: str) -> str:
    for start, sentence in GROUPS.items():
        if key.startswith(start) and key not in SENTENCES:
            return sentence.format(key.removeprefix(start).replace("_", " "))
    return SENTENCES.get(key, "")  # a test sees to it that there is one


def json_schema() -> dict[str, Any]:
    """Return a JSON schema of scenarios, with the sentence of each key, by which editors complete and check TOML files."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(Scenario).json_schema()
    sentences = {entry.key: entry.sentence for entry in _entries(Scenario, "")}
    _describe(schema, schema.get("$defs", {}), sentences, "")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "A scenario of spinn2sim"}


def _describe(table: dict[str, Any], defs: dict[str, Any], sentences: dict[str, str], prefix: str) -> None:
    table["additionalProperties"] = False
    for name, value in table.get("properties", {}).items():
        key = f"{prefix}{name}"
        if key in sentences:
            value["description"] = sentences[key]
            continue
        for below in _references(value):
            definition = defs[below]
            _describe(definition, defs, sentences, f"{key}.")


def _references(value: Any) -> Iterator[str]:
    """Yield the names of the tables that the schema of a key refers to."""
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def keys_page() -> str:
    """Return docs/reference/keys.md, which `python tools/make_keys_page.py` writes."""
    lines = [
        "# Every key of a scenario",
        "",
        "Made by `python tools/make_keys_page.py`; [scenarios.md](scenarios.md) explains how the keys work together.",
        "`spinn2sim keys network` lists those of a table, and `spinn2sim keys --json-schema` writes a schema for editors.",
    ]
    table = ""
    for entry in list_keys():
        above, _, name = entry.key.rpartition(".")
        if above != table or len(lines) == 4:
            title = (
                "At the top"
                if not above
                else f"`[[{above}]]`"
                if above in ("population", "projection")
                else f"`[{above}]`"
            )
            lines += [
                "",
                f"## {title}",
                "| key | type | bounds | default | unit | meaning |",
                "|---|---|---|---|---|---|",
            ]
            table = above
        cells = (f"`{name}`", entry.type, entry.bounds, entry.default, entry.unit, entry.sentence)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
