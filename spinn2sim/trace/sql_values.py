"""Converts an answer of DuckDB to plain Python values, also where Python has no such value."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


def plain_rows(table: pa.Table) -> list[Row]:
    """Return the rows as dicts. Of columns with one name, the later ones get a number; a date that Python has not becomes a text."""
    names: list[str] = []
    for name in table.column_names:
        number = 1
        while (other := name if number == 1 else f"{name}_{number}") in names:
            number += 1
        names.append(other)
    columns = [_plain_column(column) for column in table.columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _plain_column(column: pa.ChunkedArray) -> list[Any]:
    try:
        found = column.to_pylist()
    except (OverflowError, ValueError, ArithmeticError):
        found = [_plain_scalar(scalar) for scalar in column]
    return [_plain_number(value) for value in found]


def _plain_scalar(scalar: Any) -> Any:
    """Return a value as Python has it, or as a text."""
    import pyarrow as pa

    try:
        return scalar.as_py()
    except (OverflowError, ValueError, ArithmeticError):
        if isinstance(scalar, pa.StructScalar):
            return {name: _plain_scalar(value) for name, value in scalar.items()}
        if isinstance(scalar, pa.ListScalar | pa.LargeListScalar | pa.FixedSizeListScalar | pa.MapScalar):
            return [_plain_scalar(value) for value in scalar.values]
    try:
        return scalar.cast(pa.string()).as_py()
    except pa.ArrowException:
        return repr(scalar)


def _plain_number(value: object) -> object:
    """Convert a decimal to a plain Python number, since DuckDB returns sums of integers as decimals."""
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == int(value) else float(value)
    return value
