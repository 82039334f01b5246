"""The parts of fuzz_inputs.py: kinds of input, ways to change them, the law that every reader keeps, and the processes that try it."""

import sys
from pathlib import Path

# The scenarios of the tests are valid inputs, too.
sys.path.append(str(Path(__file__).resolve().parents[2] / "tests" / "kit"))
