"""Messages quote any value, in a few words and on one line."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest

from spinn2sim.errors import LONGEST_QUOTE, DataError, quoted

NESTED: list[Any] = []
NESTED.append(NESTED)


class Rude:
    """A value without a text."""

    def __repr__(self) -> str:
        """Fail."""
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("name", "'name'"),
        (3, "3"),
        (0.5, "0.5"),
        (None, "None"),
        ([1, 2], "[1, 2]"),
        ({"a": 1}, "{'a': 1}"),
        (b"ab", "b'ab'"),
        (np.arange(3), "[0, 1, 2]"),
        (np.float64(2), "np.float64(2.0)"),
        (10**5000, "an integer of 16610 bits"),
        (np.zeros(10**8), "float64 of shape (100000000,)"),
        (
            bytes(500),
            "b'\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00'... (500 bytes)",
        ),
        (datetime.date(2000, 1, 1), "datetime.date(2000, 1, 1)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_quoted(value: object, text: str) -> None:
    """Short values are quoted as Python writes them, and others by their size."""
    assert quoted(value) == text


@pytest.mark.parametrize(
    "value",
    [
        "x" * 10**7,
        "\n" * 500,
        "\x1b[31m" * 99,
        [1] * 10**7,
        [["a" * 999] * 999] * 9,
        {k: k for k in range(10**6)},
        NESTED,
        -(10**6000),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_quote_is_short_and_on_one_line(value: object) -> None:
    """Long texts, lists, tables and numbers, and a list inside of itself, are shortened; no control characters are left."""
    assert len(quoted(value)) <= LONGEST_QUOTE
    assert quoted(value).isprintable()


def test_a_value_without_a_text_is_quoted_by_its_type() -> None:
    """A user's own value whose text cannot be made does not hide the message."""
    assert quoted(Rude()).startswith("<Rude instance at")


def test_a_message_is_short_whatever_it_holds() -> None:
    """A message keeps its beginning and its end, without escape codes."""
    said = str(DataError(f"file: found {'x' * 10_000}\x1b[2J, allowed is less"))
    assert said.startswith("file: found x")
    assert said.endswith("\\x1b[2J, allowed is less")
    assert len(said) <= 600
