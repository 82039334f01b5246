"""Writes the text of a new scenario that is like a shipped one: its keys that are no defaults, each with a sentence about it."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spinn2sim.scenario.key_sentences import SENTENCES
from spinn2sim.scenario.keys import (
    Data,
    Encoding,
    Loss,
    Mapping,
    Network,
    Numerics,
    Optimizer,
    Scenario,
    Trace,
    Training,
)
from spinn2sim.scenario.resolved import toml_value
from spinn2sim.scenario.shipped import shipped_folder, shipped_text

# What --like csv stands for, and the first line of such a scenario.
CSV, CSV_LIKE = "csv", "iris"
CSV_HEAD = "# Data of your own, from a CSV file: numbers, and the label in the last column (docs/how-to/own-data.md)."
HEADER = re.compile(r"\s*(\[{1,2})([\w.]+)\]{1,2}")
ASSIGNED = re.compile(r"\s*(\w+)\s*=")
# The tables whose keys are left out if they have their default; which costs a chip has depends on which of its keys are given.
TABLES: dict[str, type] = {
    "": Scenario, "data": Data, "encoding": Encoding, "network": Network, "loss": Loss, "optimizer": Optimizer, "training": Training,
    "numerics": Numerics, "mapping": Mapping, "trace": Trace,
}  # fmt: skip
WIDTH = 44  # where sentences begin


def new_text(name: str, like: str, data: Path | None) -> str:
    """Return the text of a scenario `name` like the shipped one `like`, or with "csv" for a CSV file, `data` or NAME.csv.

    `like` must be a shipped scenario. A file that this names in its own folder is named by its absolute path.
    """
    of_csv = like == CSV
    text = shipped_text(CSV_LIKE if of_csv else like)
    first = [CSV_HEAD if of_csv else line for line in text.splitlines()[:1] if line.startswith("#")]
    changes: dict[str, object] = {"name": name}
    if data is not None or of_csv:
        changes["data.path"] = (data or Path(f"{name}.csv")).as_posix()
    folder = (shipped_folder() / like).parent
    return "\n".join([*first, *_lines(text, changes, folder)]) + "\n"


def _lines(text: str, changes: dict[str, object], folder: Path) -> Iterator[str]:
    table, waiting = "", ""
    for line in text.splitlines():
        header, assigned = HEADER.match(line), ASSIGNED.match(line)
        if header:
            table, waiting = header[2], line.strip()
        elif assigned:
            key = f"{table}.{assigned[1]}".removeprefix(".")
            value = changes.get(key, _absolute(key, tomllib.loads(line)[assigned[1]], folder))
            if header_of_list(waiting) or not _is_default(key, value):
                if waiting:
                    yield from ("", waiting)
                waiting = ""
                yield _with_sentence(f"{assigned[1]} = {toml_value(value)}", SENTENCES.get(key, ""))


def header_of_list(line: str) -> bool:
    """Whether a line begins an entry of a list of tables, none of whose keys may be left out."""
    return line.startswith("[[")


def _with_sentence(line: str, sentence: str) -> str:
    return f"{line:<{WIDTH}} # {sentence}" if sentence else line


def _absolute(key: str, value: Any, folder: Path) -> object:
    """Return the value of a key; a path that leads to a shipped file is made absolute."""
    if key in ("data.path", "data.test_path", "training.start_from", "faults.board") and (folder / value).exists():
        return str((folder / value).absolute())
    return value


def _is_default(key: str, value: object) -> bool:
    """Whether a key has its default; keys of tables that are rare, such as [faults], have none here."""
    table, _, leaf = key.rpartition(".")
    kind = TABLES.get(table)
    if kind is None or key == "data.source":
        return False
    found = {field.name: field.default for field in dataclasses.fields(kind)}.get(leaf, dataclasses.MISSING)
    return found is not dataclasses.MISSING and found == value
