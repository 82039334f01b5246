"""Changes texts: as trees if they are TOML or JSON, and by bytes, lines and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from fuzzing.mutate_bytes import mutate_bytes, mutate_lines, mutate_numbers
from fuzzing.mutate_tree import mutate_tree, to_json, to_toml
from fuzzing.text_trees import json_tree, toml_tree


def mutate_text(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change a text by bytes, lines or numbers."""
    return random.choice((mutate_bytes, mutate_lines, mutate_lines, mutate_numbers))(random, data, others)


def mutate_json(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change a JSON value as a tree, or else its text."""
    tree = json_tree(data) if random.random() < 0.7 else None
    if tree is None:
        return mutate_text(random, data, others)
    return to_json(mutate_tree(random, tree, [found for found in map(json_tree, others[:8]) if found]))


def mutate_json_lines(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change one line of a text with a JSON value in each, or else the text."""
    lines = data.split(b"\n")
    if random.random() < 0.3:
        return mutate_text(random, data, others)
    at = random.randrange(len(lines))
    lines[at] = mutate_json(random, lines[at], lines)
    return b"\n".join(lines)


def mutate_toml(random: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Change the tables of a TOML text as a tree, or else its text."""
    tree = toml_tree(data) if random.random() < 0.6 else None
    if tree is None:
        return mutate_text(random, data, others)
    return to_toml(mutate_tree(random, tree, [found for found in map(toml_tree, others[:8]) if found]))
