"""The scenarios, spaces and boards that come with the project, found by their names: `yinyang`, `best/small`.

In a checkout they are the folder `scenarios`; in an installed package they are a folder inside it, since setup.py puts them there.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from spinn2sim.errors import DataError, DataWarning, ScenarioError, quoted
from spinn2sim.files.input_file import read_input

SUFFIX = ".toml"
PACKAGE = Path(__file__).parents[1]
FOLDERS = (PACKAGE / "shipped_scenarios", PACKAGE.parent / "scenarios")  # of an installed package, and of a checkout
MOST_LISTED = 380  # characters of names in a message of one line
MOST_BYTES = 1 << 20
CLOSE = 0.6  # from which ratio of equal characters on a name counts as meant, as in difflib


class ShippedKind(NamedTuple):
    """What a name stands for: how messages call it, and the folder whose name may be left out."""

    called: str
    folder: str


SCENARIO, SPACE, BOARD = ShippedKind("scenario", ""), ShippedKind("space", "spaces/"), ShippedKind("board", "boards/")
NO_SCENARIOS = (SPACE.folder, BOARD.folder)


def shipped_folder() -> Path:
    """Return the folder of the shipped scenarios. Raises DataError if the package came without it."""
    for folder in FOLDERS:
        if folder.is_dir():
            return folder
    raise DataError(f"{FOLDERS[0]}: found no shipped scenarios, allowed is an install of the whole package")


def shipped_names(kind: ShippedKind = SCENARIO) -> list[str]:
    """Return the names of what is shipped of a kind, sorted, those without a folder first."""
    folder = shipped_folder()
    names = [path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob(f"*{SUFFIX}")]
    found = [name for name in names if _is_of(name, kind)]
    return sorted((name.removeprefix(kind.folder) for name in found), key=lambda name: (name.count("/"), name))


def _is_of(name: str, kind: ShippedKind) -> bool:
    return name.startswith(kind.folder) if kind.folder else not name.startswith(NO_SCENARIOS)


def find_shipped(given: Path | str, kind: ShippedKind = SCENARIO) -> Path:
    """Return the file that a user means by a path or by a name.

    A file goes first, then the scenario NAME.toml in the current folder, then the shipped one of that name. If there is none of them,
    raises ScenarioError with the names that there are, the closest first.
    """
    path, name = Path(given), Path(given).as_posix()
    if "\0" in name or path.is_absolute() or _exists(path):
        return path
    shipped = name.removeprefix(kind.folder) in shipped_names(kind)
    here = path.with_name(f"{path.name}{SUFFIX}") if path.name else path
    if _exists(here) and not (shipped and kind.folder):
        if shipped:
            warnings.warn(
                f"{name}: {here} of this folder is used, not the shipped {kind.called}", DataWarning, stacklevel=2
            )
        return here
    if shipped:
        return shipped_folder() / f"{kind.folder}{name.removeprefix(kind.folder)}{SUFFIX}"
    if _exists(path, Path.exists):
        return path  # a folder or a device, which the reader refuses by its kind
    raise ScenarioError(_unknown(name, kind))


def with_shipped_board(file: Path) -> Path:
    """Return a board file, or the shipped board of its name if there is no such file."""
    named = _exists(file) or file.name not in shipped_names(BOARD)
    return file if named else shipped_folder() / f"{BOARD.folder}{file.name}{SUFFIX}"


def _exists(path: Path, how: Callable[[Path], bool] = Path.is_file) -> bool:
    """Return whether a path leads to a file, or with Path.exists to anything."""
    try:
        return how(path)
    except OSError:  # a name that is too long, or a folder that may not be searched
        return False


def _unknown(name: str, kind: ShippedKind) -> str:
    """Say that nothing has this name, and which names there are."""
    names = closest_first(name.removesuffix(SUFFIX).removeprefix("scenarios/"), shipped_names(kind))
    listed = names[0]
    for number, next_name in enumerate(names[1:], 1):
        if len(listed) + len(next_name) > MOST_LISTED:
            listed += f" and {len(names) - number} more (spinn2sim scenarios)"
            break
        listed += f", {next_name}"
    return f"{quoted(name)[1:-1]}: cannot be read: no such file, allowed is a TOML file or a shipped {kind.called}: {listed}"


def closest_first(name: str, names: Iterable[str]) -> list[str]:
    """Return names, those first that look like `name`, the others in their order."""
    ratios = {one: SequenceMatcher(None, name.lower(), one).ratio() for one in names}
    return sorted(ratios, key=lambda one: -ratios[one] if ratios[one] >= CLOSE else 0.0)


def describe_shipped(name: str) -> str:
    """Return what the first comment of a shipped scenario says."""
    lines = shipped_text(name).splitlines()
    return lines[0].removeprefix("#").strip() if lines and lines[0].startswith("#") else ""


def shipped_text(name: str, kind: ShippedKind = SCENARIO) -> str:
    """Return the TOML text of what is shipped under a name."""
    return read_input(shipped_folder() / f"{kind.folder}{name}{SUFFIX}", "a TOML file", MOST_BYTES).decode()
