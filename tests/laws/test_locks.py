"""What `make demo` installs is a part of what `make test` installs, in the same versions."""

from __future__ import annotations

import runtime_lock


def test_the_runtime_lock_is_the_part_of_the_other_that_running_needs() -> None:
    """With another version in one of the files, the tests would not test what the demo installs."""
    assert runtime_lock.RUNTIME_LOCK.read_text() == runtime_lock.runtime_lock()


def test_no_tool_of_developers_is_installed_to_run() -> None:
    """The demo stays small: nothing that only tests, searches or browsers need."""
    names = set(runtime_lock.blocks_of(runtime_lock.RUNTIME_LOCK.read_text()))

    assert names.isdisjoint(
        {"pytest", "mypy", "ruff", "selenium", "dask", "optuna", "scipy", "scikit-learn", "unicorn"}
    )
    assert {"numba", "numpy", "setuptools"} <= names
