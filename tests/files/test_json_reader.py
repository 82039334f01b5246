"""JSON of unknown origin is read within bounds: everything that Python's reader accepts beyond JSON, or dies of, is refused in one line."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.errors import DataError
from spinn2sim.files.json_reader import MOST_LEVELS, parse_object

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
REFUSED = {
    "two keys": b'{"a": 1, "a": 2}', "nan": b'{"a": NaN}', "infinity": b'{"a": -Infinity}', "huge float": b'{"a": 1e999}',
    "long float": b'{"a": ' + b"1" * 400 + b".5}", "65 bits": b'{"a": 9223372036854775808}', "5,000 digits": b'{"a": ' + b"7" * 5000 + b"}",
    "deep": b'{"a": ' + b"[" * 100_000, "deep and closed": b'{"a": ' + b"[" * 70 + b"]" * 70 + b"}", "a list": b"[1]", "a number": b"1",
    "nothing": b"", "half": b'{"a": ', "no text": b'{"a": "\xff"}', "surrogate": b'{"a": "\\ud800"}',
    "null character": b'{"a": ["\\u0000"]}',
    "null character in a key": b'{"a\\u0000": 1}',
}  # fmt: skip


@given(st.dictionaries(TEXT, VALUES, max_size=5))
def test_what_json_holds_is_read_as_it_is(value: dict[str, object]) -> None:
    """An object within the bounds is read as Python's own reader reads it."""
    assert parse_object(json.dumps(value).encode(), "f") == value


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_the_rest_is_refused_in_one_line(text: bytes) -> None:
    """The refusal is short, in one line, and names the place."""
    with pytest.raises(DataError) as refused:
        parse_object(text, "f.json: line 3")
    assert str(refused.value).startswith("f.json: line 3: found no JSON object")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 250


def test_brackets_in_a_text_are_no_levels() -> None:
    """A text may have as many brackets as it likes."""
    value = {"a": "[" * 10 * MOST_LEVELS, "b": ['\\"{' * MOST_LEVELS]}
    assert parse_object(json.dumps(value).encode(), "f") == value
