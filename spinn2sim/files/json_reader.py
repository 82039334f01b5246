"""Reads JSON of unknown origin: size, nesting and numbers are limited, and what Python's reader silently accepts beyond JSON is refused."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

import numpy as np

from spinn2sim.errors import DataError, quoted

MOST_LEVELS = 64
TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')
# Numbers that may be beyond 64 bits, unless these digits follow a decimal point, and numbers that may not be finite.
MANY_DIGITS, LARGE_EXPONENT = re.compile(rb"[0-9]{19}"), re.compile(rb"[0-9.][eE]\+?[0-9]{3}")
NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def parse_object(text: bytes, where: str, allowed: str = "") -> dict[str, Any]:
    """Parse a JSON object. Raises DataError, in one line that begins with `where`, for anything else.

    Refused are nesting of more than MOST_LEVELS levels, integers beyond 64 bits, NaN and infinities, a key that an object has twice, and
    texts with a null character or half a surrogate pair, which no file name and no terminal can take.
    """
    try:
        _refuse_depth(text)
        numbers: dict[str, Any] = {"parse_int": _integer, "parse_float": _float} if _has_large_numbers(text) else {}
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number, **numbers)
        if b"\\u" in text:
            _refuse_texts(found)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: found no JSON object ({_reason(error)}){allowed}") from None
    if not isinstance(found, dict):
        raise DataError(f"{where}: found no JSON object{allowed}")
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "no text in UTF-8"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]


def _refuse_depth(text: bytes) -> None:
    if _levels(text) > MOST_LEVELS:  # brackets within texts are left out only now, which takes longer
        levels = _levels(TEXT.sub(b"", text))
        if levels > MOST_LEVELS:
            raise ValueError(f"{levels} levels of nesting, allowed are {MOST_LEVELS}")


def _has_large_numbers(text: bytes) -> bool:
    """Whether a text may have numbers that do not fit, so that each must be looked at."""
    if LARGE_EXPONENT.search(text):
        return True
    return any(text[found.start() - 1 : found.start()] != b"." for found in MANY_DIGITS.finditer(text))


def _levels(text: bytes) -> int:
    """Return the most brackets that are open at once."""
    brackets = np.frombuffer(text.translate(None, NO_BRACKETS), np.uint8)
    opened = np.where((brackets == ord("[")) | (brackets == ord("{")), 1, -1)
    return int(np.cumsum(opened).max(initial=0))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {quoted(twice)} twice")
    return found


def _refuse_texts(value: object) -> None:
    """Raise ValueError for a text, at any level, that no file name can be."""
    if isinstance(value, dict):
        for key, entry in value.items():
            _refuse_texts(key)
            _refuse_texts(entry)
    elif isinstance(value, list):
        for entry in value:
            _refuse_texts(entry)
    elif isinstance(value, str) and ("\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value)):
        raise ValueError("a null character or half a surrogate pair in a text")


def _integer(digits: str) -> int:
    if len(digits) > 20 or not -(1 << 63) <= (value := int(digits)) < 1 << 63:
        raise ValueError(f"an integer of {len(digits)} digits, allowed are 64 bits")
    return value


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"the number {digits:.20}, allowed are finite ones")
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name}, which is no JSON")
