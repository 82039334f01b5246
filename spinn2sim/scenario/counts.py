"""Fills in how many samples a user's own data have, if a scenario does not say it: the file is read for its counts."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError

from spinn2sim.errors import DataError
from spinn2sim.scenario.keys import OWN_EVENTS, OWN_TABLES, Data
from spinn2sim.scenario.overrides import Tree

COUNTS = ("train_samples", "test_samples")
NPZ = "npz"


def with_counts(tree: Tree, file: str) -> Tree:
    """Return the tables of a scenario with data.train_samples and data.test_samples, if its source is a user's own file.

    Keys of [data] that are wrong are left for their own checks. Raises DataError if the file cannot be read.
    """
    table = tree.get("data")
    if not isinstance(table, dict) or all(key in table for key in COUNTS):
        return tree
    if table.get("source") not in (*OWN_TABLES, OWN_EVENTS, NPZ) or not isinstance(table.get("path"), str):
        return tree
    try:
        data = TypeAdapter(Data).validate_python({**table, "ignore": tuple(table.get("ignore", ())) or None})
    except (ValidationError, TypeError):
        return tree
    train, test = (table.get(key) for key in COUNTS)
    found = dict(zip(COUNTS, counts(data, train, test), strict=True))
    return {**tree, "data": {**table, **found}}


def counts(data: Data, train: int | None, test: int | None) -> tuple[int, int]:
    """Return the numbers of training and test samples of a user's own file; `train` and `test` are those that are given."""
    # Imported here, since most scenarios need none of it.
    from spinn2sim.scenario.data.npz import npz_counts
    from spinn2sim.scenario.data.own_splits import default_counts
    from spinn2sim.scenario.data.own_tables import read_tables
    from spinn2sim.scenario.data.timed_events import read_timed

    if data.source == NPZ:
        return default_counts(*npz_counts(str(data.path)), train, test)
    parts = read_tables(data) if data.source in OWN_TABLES else read_timed(data)
    tested = None if parts.test is None else len(parts.test.labels)
    found = default_counts(len(parts.whole.labels), tested, train, test)
    if min(found) < 1:
        raise DataError(f"{data.path}: found {len(parts.whole.labels)} samples, allowed are two at least")
    return found
