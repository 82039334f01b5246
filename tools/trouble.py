"""Runs the commands on a machine in trouble, really and not simulated: docs/reference/reliability.md.

Another user's folder, a full disk, too little memory, no home, files that may not grow: every command ends with status 0, or with one line
and status 2, and what was there before is as it was. Some troubles need root (a full tmpfs, another user).

python tools/trouble.py [--only full-disk no-home ...] [--seed 0]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from troubles.commands import COMMANDS, prepare
from troubles.kinds import KINDS
from troubles.trial import try_command


def main() -> None:
    """Try every command in every trouble, print a line for each trouble, and exit with status 1 if a law was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", nargs="+", choices=list(KINDS), default=list(KINDS), metavar="TROUBLE")
    options = parser.parse_args()
    found = 0
    with tempfile.TemporaryDirectory() as place:
        prepare(Path(place))
        for name in options.only:
            kind = KINDS[name]
            if reason := kind.impossible():
                print(f"{name}: skipped, {reason}", flush=True)
                continue
            ends = [try_command(Path(place), kind, *command) for command in COMMANDS.items()]
            findings = [finding for end in ends for finding in end.findings]
            refused = sum(end.status == 2 for end in ends)
            print(f"{name}: {len(ends)} commands, {refused} refused, {len(findings)} findings", flush=True)
            for finding in findings:
                print(f"  {finding[:600]}", flush=True)
            found += len(findings)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
