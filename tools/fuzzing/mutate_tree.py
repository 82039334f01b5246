"""Changes trees of tables, lists and values, such as JSON and TOML hold, and writes them as text."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

Tree = Any
DEEP: Any = 1
for _ in range(12):
    DEEP = [DEEP]
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2, 3, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63),
    10**30,
    10**400, 0.0, -0.0, 0.5, 1.0, 1e-9, 5e-324, 1e308, -1e308, float("nan"), float("inf"), float("-inf"), "", "0", "1", "nan", "a" * 50,
    "a" * 30_000, "\x1b[31mred", "\u202eabc", "\x00", "\ud83d\ude00", "'; DROP TABLE packets; --", "../../../etc/passwd", "/dev/zero",
    "npz",
    [], [0], [1, 2], [[]], [[0.0, 0.0]], [None], ["a", 1], [1e308] * 3, [0] * 300, [[0.0, 1.0]] * 20, {}, {"a": 1}, {"a": {"b": []}}, DEEP,
]  # fmt: skip


def mutate_tree(random: Random, tree: Tree, others: list[Tree]) -> Tree:
    """Return a copy of a tree after one to four random changes: values replaced, keys dropped, renamed, moved, or taken from another."""
    tree = copy.deepcopy(tree)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        places = list(_places(tree))
        if not places:
            return random.choice(VALUES)
        holder, key = random.choice(places)
        action = random.randrange(8)
        if action == 0:
            del holder[key]
        elif action == 1 and isinstance(holder, dict):
            value = holder.pop(key)
            holder[_other_name(random, key, holder)] = value
        elif action == 2:
            other, name = random.choice(list(_places(random.choice(others))) or places)
            holder[key] = copy.deepcopy(other[name])
        elif action == 3 and isinstance(holder, dict):
            holder[random.choice(("extra", "", "a.b", "\x1b[31m", "é", "x" * 300, "__class__"))] = random.choice(VALUES)
        elif action == 4 and isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
            holder[key] = _near(random, holder[key])
        elif action == 5 and isinstance(holder, list):
            holder.insert(key, copy.deepcopy(random.choice(holder)))
        else:
            holder[key] = copy.deepcopy(random.choice(VALUES))
    return tree


def _places(tree: Tree) -> Any:
    """Yield every place of a tree as the table or list that holds it, and its key."""
    waiting = [tree]
    while waiting:
        holder = waiting.pop()
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ():
            yield holder, key
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])


def _other_name(random: Random, name: str, holder: dict[str, Any]) -> str:
    return random.choice((name[:-1], name + "x", name.upper(), random.choice([*holder, "x"]), f"{name}.{name}", ""))


def _near(random: Random, value: float) -> float:
    """Return a number of the same type that an off-by-one, a sign, a unit or a rounding would make of `value`."""
    changes = (
        lambda v: v + 1,
        lambda v: v - 1,
        lambda v: -v,
        lambda v: v * 10,
        lambda v: v * 1000,
        lambda v: v / 7,
        lambda v: v * 0,
    )
    try:
        found: float = random.choice(changes)(value)
    except OverflowError:
        return 0
    return found


def to_json(tree: Tree) -> bytes:
    """Write a tree as JSON; NaN and infinities are written as Python does."""
    return json.dumps(tree).encode("utf-8", "surrogatepass")


def to_toml(tree: Tree) -> bytes:
    """Write a tree as TOML: tables one level deep with headers, deeper ones inline; None, which TOML has not, as an empty text."""
    if not isinstance(tree, dict):
        return f"value = {toml_value(tree)}".encode("utf-8", "surrogatepass")
    plain = {key: value for key, value in tree.items() if not isinstance(value, dict)}
    lines = [f"{_key(key)} = {toml_value(value)}" for key, value in plain.items()]
    for name, table in tree.items():
        if isinstance(table, dict):
            lines += [f"[{_key(name)}]", *(f"{_key(key)} = {toml_value(value)}" for key, value in table.items())]
    return "\n".join([*lines, ""]).encode("utf-8", "surrogatepass")


def _key(name: str) -> str:
    return name if name.replace("_", "a").isalnum() and name.isascii() else json.dumps(name)


def toml_value(value: Any) -> str:
    """Write a value as TOML, tables inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {toml_value(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps("" if value is None else str(value))
