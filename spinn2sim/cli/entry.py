"""Where the program starts: a signal that comes while Python loads the rest ends it without a traceback."""

from __future__ import annotations

from spinn2sim.cli.signals import end_at_once

end_at_once()


def main() -> None:
    """Load the command line and run it."""
    from spinn2sim.cli.main import main as run

    run()
