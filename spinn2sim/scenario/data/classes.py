"""Makes classes 0, 1, 2, ... of the labels of a user's file, which may be texts or any whole numbers."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataNote, DataWarning, quoted
from spinn2sim.scenario.network_keys import MAX_NEURONS

WHOLE = re.compile(r"([+-]?\d{1,18})(?:\.0*)?", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
NAMED, LONGEST = 8, 24  # how many classes a message lists, and how much of a name


def class_names(labels: Sequence[str], where: str) -> tuple[str, ...]:
    """Return the different labels in the order of their classes: whole numbers by size, texts by alphabet.

    Raises DataError if the labels are no classes: fewer than two, numbers with decimals, or hardly a sample for each.
    """
    found = Counter(labels)
    whole = {text: WHOLE.fullmatch(text) for text in found}
    if all(whole.values()):
        return _checked(tuple(sorted(_same_numbers(found), key=int)), len(labels), where)
    decimals = next((text for text in found if whole[text] is None and NUMBER.fullmatch(text)), None)
    if decimals is not None and all(NUMBER.fullmatch(text) for text in found):
        raise DataError(
            f"{where}: found label {quoted(decimals)}, allowed are classes: texts or whole numbers, no other numbers"
        )
    return _checked(tuple(sorted(found)), len(labels), where)


def _same_numbers(found: Counter[str]) -> set[str]:
    """Return whole numbers as Python writes them: 1, 1.0 and +1 are one class."""
    return {plain_label(text) for text in found}


def plain_label(text: str) -> str:
    """Return a label as its class is named."""
    match = WHOLE.fullmatch(text)
    return str(int(match[1])) if match else text


def _checked(names: tuple[str, ...], samples: int, where: str) -> tuple[str, ...]:
    if len(names) < 2:
        raise DataError(f"{where}: found the label {quoted(names[0])} alone, allowed are two classes at least")
    if len(names) > MAX_NEURONS or (len(names) > 2 and 2 * len(names) > samples):
        raise DataError(
            f"{where}: found {len(names)} different labels in {samples} samples, such as {quoted(names[0])}, allowed are classes with "
            "several samples each: data.label names the column of the labels"
        )
    return names


def classes_of(labels: Sequence[str], names: tuple[str, ...]) -> NDArray[np.int64]:
    """Return the class [n] of each label."""
    numbers = {name: k for k, name in enumerate(names)}
    plain = {label: numbers[label] if label in numbers else numbers[plain_label(label)] for label in set(labels)}
    return np.array([plain[label] for label in labels], np.int64)


def listed(names: Sequence[str]) -> str:
    """List names in a message, shortened."""
    shown = ", ".join(name if len(name) <= LONGEST else f"{name[:LONGEST]}..." for name in names[:NAMED])
    return shown + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def note_classes(names: tuple[str, ...], where: str) -> None:
    """Say which class each label is, if they are not 0, 1, 2, ... themselves."""
    if names != tuple(map(str, range(len(names)))):
        shown = listed([f"{k} is {name[:LONGEST]}" for k, name in enumerate(names)])
        warnings.warn(f"{where}: the classes are counted from 0: {shown}", DataNote, stacklevel=2)


def note_order(classes: NDArray[np.int64], where: str) -> None:
    """Say that sorted rows do no harm, since splits are drawn."""
    steps = np.diff(classes)
    if len(classes) > 2 and steps.any() and ((steps >= 0).all() or (steps <= 0).all()):
        warnings.warn(
            f"{where}: the rows are sorted by label; the splits are drawn by data.train_seed, with the same share of each class",
            DataNote,
            stacklevel=2,
        )


def warn_of_classes(train: NDArray[np.int64], test: NDArray[np.int64], names: tuple[str, ...], where: str) -> None:
    """Warn of classes that no training sample has, and say which ones no test sample has."""
    for part, name in ((train, "training"), (test, "test")):
        missing = [names[k] for k in range(len(names)) if not (part == k).any()]
        if missing:
            meaning = (
                "they cannot be learned" if name == "training" else "nothing is known of how well they are learned"
            )
            warnings.warn(
                f"{where}: no {name} sample has the label {listed(missing)}: {meaning}",
                DataWarning if name == "training" else DataNote,
                stacklevel=2,
            )
