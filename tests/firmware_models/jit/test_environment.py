"""numba's environment variables: whatever they hold, the program works, or says one line."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# What the module that trains on the mirror needs of numba: its threads.
START = (
    "import warnings; warnings.simplefilter('always'); import spinn2sim, spinn2sim.mirror.model, numba; "
    "numba.set_num_threads(1); print(numba.get_num_threads(), numba.config.NUMBA_NUM_THREADS > 0)"
)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("NUMBA_NUM_THREADS", "0", "allowed is a number of threads"),
        ("NUMBA_NUM_THREADS", "-3", "allowed is a number of threads"),
        ("NUMBA_NUM_THREADS", "abc", "allowed is a number of threads"),
        ("NUMBA_NUM_THREADS", "9" * 5000, "allowed is a number of threads"),
        ("NUMBA_NUM_THREADS", "", ""),
        ("NUMBA_NUM_THREADS", "2", ""),
        ("NUMBA_THREADING_LAYER", "nonsense", "allowed is default or safe"),
        ("NUMBA_THREADING_LAYER", "\x1b[31m", "allowed is default or safe"),
        ("NUMBA_THREADING_LAYER", "workqueue", ""),
        ("NUMBA_THREADING_LAYER_PRIORITY", "tbb tbb tbb", "in any order"),
        ("NUMBA_DISABLE_JIT", "1", "kernels run as plain Python"),
        ("SPINN2SIM_PLAIN_NUMBA", "nonsense", "allowed is 0, 1"),
    ],
)
def test_a_value_that_numba_fails_on_is_ignored_and_said(name: str, value: str, said: str) -> None:
    """The threads start all the same, and a warning names the variable."""
    others = {key: text for key, text in os.environ.items() if not key.startswith(("NUMBA_", "SPINN2SIM_"))}
    kept = {key: text for key, text in os.environ.items() if key == "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", START], env={**others, **kept, name: value}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "1 True\n"), done.stderr
    warned = [line for line in done.stderr.splitlines() if "CacheWarning" in line]
    assert len(warned) == bool(said)
    assert all(name in line and said in line and line.isprintable() and len(line) < 400 for line in warned)


@pytest.mark.parametrize("layer", ["tbb", "safe", "threadsafe", "omp"])
def test_a_layer_that_is_not_installed_is_replaced(layer: str) -> None:
    """Whether or not a threading layer is installed, the threads start."""
    done = subprocess.run(
        [sys.executable, "-c", START],
        env={**os.environ, "NUMBA_THREADING_LAYER": layer}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "1 True\n"), done.stderr
