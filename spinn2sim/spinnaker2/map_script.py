"""Maps the first network that a script runs, without running it, for the command `map`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from spinn2sim.errors import ScriptError
from spinn2sim.scripts.script_session import Session
from spinn2sim.spinnaker2 import hardware
from spinn2sim.spinnaker2.alias import run_script


def map_script(path: Path, arguments: Sequence[str] = ()) -> tuple[str, Session]:
    """Run a script until it runs a network. Returns the network's name and its session. The script's own output goes to stderr.

    Raises ScriptError if the script runs none, and whatever the simulated chip refuses.
    """
    found: list[tuple[str, Session]] = []

    def stop(name: str, session: Session) -> None:
        found.append((name, session))
        sys.exit(0)

    hardware.mappers.append(stop)
    try:
        with redirect_stdout(sys.stderr):
            run_script(path, arguments)
    finally:
        hardware.mappers.remove(stop)
    if not found:
        raise ScriptError(f"{path}: found no network that it runs on a chip, needed is one")
    return found[0]
