"""The compiled engine's tables of a machine in which nothing is broken."""

from __future__ import annotations

import numpy as np

from spinn2sim.hardware.engines.compiled import state as at
from spinn2sim.hardware.engines.compiled.state import Broken, Words
from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.faults.injections import COLUMNS, NONE, FaultKind


def nothing_broken(stages: int, lines: Words) -> Broken:
    """Make the tables of a machine in which nothing is broken."""
    healthy = np.full((len(lines), 4), NONE, np.int64)
    healthy[:, at.HEALTHY_KEY], healthy[:, at.HEALTHY_MASK] = lines[:, at.LINE_KEY], lines[:, at.LINE_MASK]
    down = np.full((stages, 2), NONE, np.int64)
    down[:, at.DOWN_AT] = at.FOREVER
    return Broken(
        injections=np.zeros((1, COLUMNS), np.int64),
        injected=np.zeros(len(FaultKind), np.int64),
        down=down,
        drifts=np.zeros((N_CORES, 4), np.int64),
        drift_of=np.full(N_CORES + 1, at.NO_DRIFT, np.int64),
        off_time=np.zeros(N_CORES + 1, np.int64),
        healthy=healthy,
    )
