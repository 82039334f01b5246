"""A simulator of crashes: what a disk holds after a kill or a loss of power, and whether a command can go on from it."""

import sys
from pathlib import Path

# Its scenario is that of the tests, made smaller.
sys.path.append(str(Path(__file__).resolve().parents[2] / "tests" / "kit"))
