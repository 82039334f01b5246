"""Runs a script with other numbers of the hardware than the facts have, in a process of its own, with kernels that are not compiled."""

from __future__ import annotations

import os
import subprocess
import sys

from places import ROOT

# Loads `spinn2sim.hardware.facts` from a text with changed numbers, before anything else imports it.
CHANGE = """
import importlib.util, sys
from pathlib import Path

changes = dict(change.split("=") for change in sys.argv[1:])
spec = importlib.util.find_spec("spinn2sim.hardware.facts")
text = Path(spec.origin).read_text(encoding="utf-8")
for name, value in changes.items():
    (old,) = [line for line in text.splitlines() if line.startswith(name + " = ")]
    text = text.replace(old, f"{name} = {value}")
facts = importlib.util.module_from_spec(spec)
sys.modules["spinn2sim.hardware.facts"] = facts
exec(compile(text, spec.origin, "exec"), facts.__dict__)
"""


def played(script: str, *changes: str) -> list[str]:
    """What a script prints with some numbers of the facts changed, such as "NOC_MHZ=200".

    Kernels run uncompiled: numba would keep what it has compiled with the changed numbers.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CHANGE + script, *changes], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()
