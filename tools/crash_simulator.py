"""Crashes every command that writes files at every file operation, and checks that a user can go on: docs/reference/reliability.md.

python tools/crash_simulator.py [--double 100000] [--faults-every 1] [--only run train] [--seed 0]
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from crashes.cases import CASES
from crashes.frozen_process import prepare
from crashes.laws import Checked
from crashes.trials import crash_everywhere, crash_twice, fail_everywhere

SHOWN = 600  # characters of a finding


def main() -> None:
    """Try the commands, print a line for each, and exit with status 1 if a law was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--double", type=int, default=0, help="double crashes, shared out among the commands")
    parser.add_argument("--faults-every", type=int, default=0, help="try one in so many faults of the machine; 0: none")
    parser.add_argument("--only", nargs="+", choices=list(CASES), default=list(CASES), metavar="COMMAND")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    findings = 0
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as place:  # noqa: S108
        os.chdir(place)
        for number, name in enumerate(options.only):
            double = options.double * (number + 1) // len(options.only) - options.double * number // len(options.only)
            findings += try_command(name, Path(place), double, options.faults_every, options.seed)
        os.chdir("/")
    sys.exit(1 if findings else 0)


def try_command(name: str, root: Path, double: int, faults_every: int, seed: int) -> int:
    """Try one command, print what was tried and found, and return how many findings there are."""
    begun, draw = time.process_time(), random.Random(f"{seed} {name}")  # noqa: S311 - drawn so that it repeats
    checked = Checked.begin(CASES[name], root)
    prepare()
    crash_everywhere(checked, draw)
    if double:
        crash_twice(checked, double, draw)
    if faults_every:
        fail_everywhere(checked, faults_every, seed)
    tried = ", ".join(f"{count:,} {what}" for what, count in checked.counts.items())
    disk, seconds = checked.whole.disk, time.process_time() - begun
    print(
        f"{name}: {len(disk.operations)} operations, {tried}; {len(checked.findings)} findings; {seconds:.0f} s",
        flush=True,
    )
    for finding in checked.findings:
        print(f"  {finding[:SHOWN]}", flush=True)
    return len(checked.findings)


if __name__ == "__main__":
    main()
