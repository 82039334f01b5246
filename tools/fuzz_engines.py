"""Thousands of random machines on both engines: stops at the first that they disagree on, in as small a form as it can find.

python tools/fuzz_engines.py [--draws 2000]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "kit"))


from hypothesis import HealthCheck, given, settings

from compare_engines import assert_equal_engines
from random_machines import machines


def main() -> None:
    """Draw, compare, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--draws", type=int, default=2000)
    draws = parser.parse_args().draws
    done = 0

    @settings(max_examples=draws, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(machines())
    def compare(machine: dict[str, Any]) -> None:
        nonlocal done
        assert_equal_engines(machine)
        done += 1
        if done % 500 == 0:
            print(f"{done} machines: equal", flush=True)

    compare()
    print(f"{done} machines: both engines gave the same packets, data, counters and end")


if __name__ == "__main__":
    main()
