"""The profiler finds the line on which a kernel spends its time."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from places import ROOT
from profiling.code_lines import Place
from profiling.shares import function_of, part_of, shares

PROGRAM = """
import sys, time
from pathlib import Path
import numba
from profiling.code_lines import CodeLines
from profiling.sampler import Sampler
code, sampler = CodeLines(), Sampler()
import kernel_of_test
kernel_of_test.busy(10)
end = time.process_time() + 0.5
with sampler.running():
    while time.process_time() < end:
        kernel_of_test.busy(2_000_000)
for place in code.places(sampler.positions):
    print(Path(place.file).name, place.line) if place else print("other 0")
"""
KERNEL = """
import numba

@numba.njit
def busy(n):
    x = n
    for k in range(n):
        x = (x * 1103515245 + 12345) % 2147483629
    return x
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's signal frames")
def test_samples_name_the_line_that_takes_the_time(tmp_path: Path) -> None:
    """A loop of one statement has nearly all samples, on its own line of its own file."""
    (tmp_path / "kernel_of_test.py").write_text(KERNEL)
    paths = {"PYTHONPATH": f"{ROOT / 'tools'}:{ROOT}:{tmp_path}", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=paths, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = Counter(done.stdout.splitlines())
    assert found["kernel_of_test.py 8"] > 0.8 * found.total() > 40


def test_shares_add_up_and_name_functions() -> None:
    """Each sample counts once in every table; what is in no kernel counts as its library."""
    file = str(ROOT / "firmware_models" / "fixedpoint.py")
    places = [Place(file, 1), Place(file, 0), None, None]
    by_part, by_function, by_line = shares(places, ["libc", "libpython"], ROOT)
    assert np.isclose(sum(share for share, _ in by_part), 1)
    assert np.isclose(sum(share for share, _ in by_function), 1)
    assert by_part[0] == (0.5, "firmware_models")
    assert (0.25, "libc") in by_part
    assert len(by_line) == 2
    line = 1 + next(k for k, text in enumerate(Path(file).read_text().splitlines()) if text.startswith("def scale("))
    assert function_of(Place(file, line + 1)) == "scale"
    assert part_of("spinn2sim/hardware/engines/compiled/sorting.py").endswith("sorting.py")
