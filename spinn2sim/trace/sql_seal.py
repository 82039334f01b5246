"""What a user's SELECT may name: tables of the run, and table functions that make rows out of values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from spinn2sim.errors import DataError

if TYPE_CHECKING:
    import duckdb

TABLE_FUNCTIONS = ("generate_series", "range", "repeat", "repeat_row", "unnest", "json_each", "json_tree")
LONGEST_QUERY = 100_000


def refuse_other_than_select(duck: duckdb.DuckDBPyConnection, query: str) -> None:
    """Raise DataError unless the query is one SELECT that neither writes nor calls table functions besides TABLE_FUNCTIONS.

    DuckDB's settings forbid files in any case; this keeps a query away from functions that a later version adds.
    """
    import duckdb

    if len(query) > LONGEST_QUERY:
        raise DataError(f"SQL: found {len(query):,} characters, allowed are {LONGEST_QUERY:,}")
    statements = duck.extract_statements(query)
    if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
        raise DataError("SQL: found something else than one SELECT, allowed is one SELECT")
    answer = duck.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchall()
    for node in _nodes(json.loads(answer[0][0])):
        kind, function = node.get("type"), node.get("function")
        if kind == "TABLE_FUNCTION" and isinstance(function, dict):
            name = str(function.get("function_name", "")).lower()
            if name not in TABLE_FUNCTIONS:
                raise DataError(
                    f"SQL: Permission Error: found the table function {name:.40}, allowed are {', '.join(TABLE_FUNCTIONS)}"
                )
        if isinstance(kind, str) and kind.endswith("_QUERY_NODE"):
            raise DataError(f"SQL: Error: found {kind.split('_')[0]} in a WITH, allowed is SELECT")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a tree of JSON."""
    waiting = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
