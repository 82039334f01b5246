"""The entries of [[population]] and [[projection]]: how messages name them, and how overrides find them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

LISTS = ("population", "projection")
LONGEST_NAME = 40


def short_name(text: object, longest: int = LONGEST_NAME) -> str:
    """Return a text without quotes for a message: shortened, with odd characters escaped."""
    plain = str(text)
    shown = plain if plain.isprintable() else repr(plain)[1:-1]
    return shown if len(shown) <= longest else f"{shown[:longest]}..."


def entry_name(table: str, index: int, entry: object) -> str:
    """Return how messages name an entry: "population 1 (hidden)", "projection 3 (hidden -> out)". Entries are counted from 0."""
    values = entry if isinstance(entry, Mapping) else {}
    keys = ("name",) if table == "population" else ("pre", "post")
    found = [short_name(values[key]) for key in keys if isinstance(values.get(key), str)]
    return f"{table} {index}" + (f" ({' -> '.join(found)})" if len(found) == len(keys) else "")


def find_entry(table: str, entries: Sequence[Any], name: str) -> int:
    """Return the index of the entry that `name` addresses: a population's name, PRE->POST, or an index. Raises ValueError."""
    matching = [k for k, entry in enumerate(entries) if isinstance(entry, dict) and _address(table, entry) == name]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise ValueError(
            f"found {len(matching)} entries {short_name(name)}, allowed is an index, such as {matching[0]}"
        )
    if re.fullmatch(r"\d{1,7}", name, re.ASCII) and int(name) < len(entries):
        return int(name)
    addresses = [short_name(_address(table, entry)) for entry in entries[:8] if isinstance(entry, dict)]
    more = ", ..." if len(entries) > len(addresses) else ""
    raise ValueError(
        f"found no entry {short_name(name)}, allowed is 0 to {len(entries) - 1}, or {', '.join(addresses)}{more}"
    )


def _address(table: str, entry: Mapping[str, Any]) -> str:
    return f"{entry.get('name')}" if table == "population" else f"{entry.get('pre')}->{entry.get('post')}"
