"""A user's SQL ends: by its own end, after its time, with its memory, or at Ctrl-C; and its answer is bounded."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.trace import sql, sql_limits
from spinn2sim.trace.sql import Tables

ENDLESS = "SELECT count(*) FROM range(3_000_000) a, range(3_000_000) b, range(1000) c WHERE a.range + b.range > c.range"


def refused(run: Path, query: str) -> str:
    """What a query is refused with, in one line."""
    with pytest.raises(DataError) as refusal:
        Tables(run).rows(query)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_time_is_bounded(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cross join of hours ends after the seconds that the variable allows, and the next query runs."""
    monkeypatch.setenv(sql_limits.SECONDS, "1")
    tables = Tables(run)
    begun = time.perf_counter()
    with pytest.raises(DataError, match="took more than 1 s"):
        tables.sql(ENDLESS)
    assert time.perf_counter() - begun < 20
    assert tables.one("SELECT 1 AS a") == {"a": 1}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT list(a.range + b.range) FROM range(100000) a, range(100000) b",
        "SELECT * FROM range(1_000_000_000) a ORDER BY hash(a.range)",
    ],
)
def test_memory_is_bounded(run: Path, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists and sorts beyond the limit are refused by the variable that sets another."""
    monkeypatch.setenv(sql_limits.MEMORY, "100MB")
    assert sql_limits.MEMORY in refused(run, query)


def test_an_answer_is_bounded(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of too many rows or bytes is refused while it arrives."""
    monkeypatch.setattr(sql, "MOST_ROWS", 1000)
    monkeypatch.setenv(sql_limits.MEMORY, "50MB")
    assert "more than 1,000 rows" in refused(run, "SELECT * FROM range(1_000_000_000)")
    with pytest.raises(DataError, match="more than 50 MB"):
        Tables(run).sql("SELECT * FROM range(1_000_000_000)")


def test_ctrl_c_ends_a_query(run: Path) -> None:
    """A signal while DuckDB works reaches the program within a second, as a KeyboardInterrupt."""
    timer = threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT))
    tables = Tables(run)
    timer.start()
    begun = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        tables.sql(ENDLESS)
    assert time.perf_counter() - begun < 10
    assert not sql_limits.must_exit_hard()


@pytest.mark.parametrize(("name", "value"), [(sql_limits.MEMORY, "much"), (sql_limits.SECONDS, "-1")])
def test_a_wrong_limit_is_refused(run: Path, name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is no limit is named."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ScenarioError, match=name):
        Tables(run).sql("SELECT 1")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("DATE '294247-01-01'", "<value out of range: 106751982>"),
        ("DATE '-5000-01-01'", "-5000-01-01"),
        ("TIMESTAMP_NS '2000-01-01 00:00:00.123456789'", "2000-01-01 00:00:00.123456789"),
        ("[TIMESTAMP '294247-01-01', NULL]", ["<value out of range: 9223371244800000000>", None]),
        ("{'a': DATE '-5000-01-01', 'b': 1}", {"a": "-5000-01-01", "b": 1}),
        ("1.50::DECIMAL(38, 10)", 1.5),
        ("170141183460469231731687303715884105727::HUGEINT", 2**127 - 1),
    ],
)
def test_values_that_python_has_not(run: Path, value: str, found: object) -> None:
    """A date outside of Python's years, also inside of a list or a struct, becomes a text."""
    assert Tables(run).one(f"SELECT {value} AS x") == {"x": found}


def test_columns_of_one_name_are_all_kept(run: Path) -> None:
    """A column is not lost because another has its name."""
    assert Tables(run).one("SELECT 1 AS a, 2 AS a, 3 AS a_2") == {"a": 1, "a_2": 2, "a_2_2": 3}
