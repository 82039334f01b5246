"""Training from several threads waits its turn; after a fork it is refused by name: neither ends the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from places import ROOT

THREADS = """
import sys, threading, spinn2sim
def go(k): shas[k] = spinn2sim.train(sys.argv[1], f'o{k}', KEYS).summary['weights_sha256']
KEYS, shas = {'training.copies': 100, 'data.train_samples': 500}, {}
threads = [threading.Thread(target=go, args=(k,)) for k in range(3)]
[t.start() for t in threads]; [t.join() for t in threads]
print(len(set(shas.values())), len(shas))
"""
FORK = """
import os, sys, spinn2sim
spinn2sim.train(sys.argv[1], 'before')
if os.fork() == 0:
    try: spinn2sim.train(sys.argv[1], 'after')
    except spinn2sim.errors.ProcessError as error: print(error, flush=True)
    os._exit(0)
os.wait()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "said"),
    [(THREADS, "1 3"), (FORK, 'allowed is a process that multiprocessing.get_context("spawn") starts')],
)
def test_threads_and_forks(small: Path, code: str, said: str) -> None:
    """With the thread pool that numba has without OpenMP, which ends the process where two threads meet in it."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(small)], cwd=small.parent, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "NUMBA_THREADING_LAYER": "workqueue", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
