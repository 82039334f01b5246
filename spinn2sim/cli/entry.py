"""Where the program starts: a signal that comes while Python loads the rest ends it without a traceback."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from spinn2sim.errors import ON_WINDOWS


def has_fcntl() -> bool:
    """Return whether this is a system that the program runs on."""
    try:
        return find_spec("fcntl") is not None
    except ValueError:  # a module that was marked as missing
        return False


if has_fcntl():
    from spinn2sim.cli.signals import end_at_once

    end_at_once()


def main() -> None:
    """Load the command line and run it."""
    if not has_fcntl():
        sys.stderr.write(f"spinn2sim: {ON_WINDOWS}\n")
        sys.exit(2)
    try:
        from spinn2sim.cli.main import main as run
    except (MemoryError, ImportError) as error:
        # Nothing may be imported here: with so little memory it would fail again.
        text = str(error).lower()
        if isinstance(error, ImportError) and "failed to map segment" not in text and "allocate memory" not in text:
            raise
        sys.stderr.write("spinn2sim: not enough memory to load the program\n")
        sys.exit(2)
    run()
