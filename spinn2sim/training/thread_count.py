"""How many threads this process may use: as many as the mirror's kernels do."""

from __future__ import annotations

from typing import Any

import numba
from numba import config as numba_config
from numba.np.ufunc import parallel

from spinn2sim.training.workers import core_count

config: Any = numba_config  # its fields are made at run time


def thread_count() -> int:
    """Return the number of threads that this process may use: NUMBA_NUM_THREADS, the cores that it may run on, or a worker's share.

    numba's own threads are not started for it, since a process that has them must not be forked.
    """
    if parallel._is_initialized:
        return int(numba.get_num_threads())
    return int(min(config.NUMBA_NUM_THREADS, core_count()))
