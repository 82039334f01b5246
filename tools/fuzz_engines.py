"""Thousands of random machines on both engines: stops at the first that they disagree on, in as small a form as it can find.

python tools/fuzz_engines.py [--draws 2000]
python tools/fuzz_engines.py --boards      # boards of one to six chips, whole, and in shares that say little or much at a time
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "kit"))


from hypothesis import HealthCheck, given, settings

from compare_boards import assert_boards_alike, on_threads
from compare_engines import assert_equal_engines
from random_boards import boards
from random_machines import machines
from spinn2sim.hardware.engines.compiled.compiled_board import CompiledBoard
from spinn2sim.hardware.engines.discrete_board import DiscreteBoard

# Rows of the boxes that threads share for messages; 0: messages are carried.
BOX_ROWS = (0, 2, 256)


def main() -> None:
    """Draw, compare, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--boards", action="store_true")
    arguments = parser.parse_args()
    draws, what = arguments.draws, "boards" if arguments.boards else "machines"
    done = 0

    @settings(max_examples=draws, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(boards() if arguments.boards else machines())
    def compare(machine: dict[str, Any]) -> None:
        nonlocal done
        if arguments.boards:
            assert_boards_alike(machine, DiscreteBoard, CompiledBoard)
            if len(machine["chips"]) > 1:
                shares = 2 + done % 2 if len(machine["chips"]) > 2 else 2
                assert_boards_alike(machine, CompiledBoard, on_threads(shares, BOX_ROWS[done % len(BOX_ROWS)]))
        else:
            assert_equal_engines(machine)
        done += 1
        if done % 100 == 0:
            print(f"{done} {what}: equal", flush=True)

    compare()
    print(f"{done} {what}: both engines gave the same packets, data, counters and end")


if __name__ == "__main__":
    main()
