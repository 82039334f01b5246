"""Runs a script and compares the chip with the mirror on every network that it runs, for the command `validate`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from spinn2sim.hardware.engines.choice import ENGINES
from spinn2sim.spinnaker2 import hardware
from spinn2sim.spinnaker2.alias import run_script
from spinn2sim.validation.validate_network import NetworkValidation, NetworkValidator


def validate_script(
    path: Path, arguments: Sequence[str] = (), engine: str = ENGINES[0]
) -> tuple[NetworkValidation, int]:
    """Run a script, whose own output goes to stderr. Returns what was compared, and the script's exit status.

    Raises ScriptError if there is no such file, and whatever the simulated chip refuses.
    """
    validator = NetworkValidator(engine)

    def compare(name: str, ran: hardware.RanNetwork) -> None:
        described, options = ran
        validator.compare(name, described.graph, described.spikes, options, described.key)

    hardware.observers.append(compare)
    try:
        with redirect_stdout(sys.stderr):
            status = run_script(path, arguments)
    finally:
        hardware.observers.remove(compare)
    return validator.validation, status
