"""Checks the values of a checkpoint before a trainer takes them: a run directory may come from a stranger, or from a damaged disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import OutputError
from spinn2sim.hardware.packet import PART_NAMES
from spinn2sim.hardware.units import QUANTA_PER_S
from spinn2sim.trace.tables import LARGEST
from spinn2sim.training.broken_memory import SENT, TABLE

Arrays = Mapping[str, NDArray[Any]]
# The arrays besides the trainer's state and the best weights: number of words and type.
ABOUT = {"epoch": (1, np.int64), "scenario": (32, np.uint8), "inputs": (32, np.uint8)}
# What no fault changes.
CLOCKS = ("now_q", "sequence_base", SENT)
# The ends of the names of arrays that are never negative, and of those that are at most 1.
NOT_NEGATIVE, AT_MOST_ONE = ("now_q", "sequence_base", SENT, "steps", "square", "powers"), ("powers",)


def epoch_of(path: Path, checkpoint: Arrays) -> int:
    """Return the epoch at whose end a checkpoint was written. Raises OutputError if it does not say."""
    epoch = checkpoint.get("epoch", np.zeros(0))
    if epoch.shape != (1,) or epoch.dtype != np.int64:
        raise OutputError(f"{path}: epoch: found {epoch.dtype} of shape {epoch.shape}, allowed is one int64")
    return int(epoch[0])


def refuse_values(path: Path, checkpoint: Arrays, state: Arrays, lines: Sequence[Mapping[str, Any]]) -> None:
    """Raise OutputError for an array that is unlike its namesake in `state`, a state of the trainer, or whose values cannot be.

    `lines` are the metrics up to the checkpoint's epoch, which the chip's clock must agree with. On a chip on which bits flip, words may
    have any value.
    """
    flipped = TABLE in state
    for name, found in checkpoint.items():
        words, kind = ABOUT.get(name, (0, None))
        wanted = np.zeros(words, kind) if kind else state.get(name)
        if wanted is None and not name.startswith("best_"):
            raise OutputError(f"{path}: found an array {name:.40}, allowed is what this run's trainer keeps")
        if wanted is not None and (found.shape != wanted.shape or found.dtype != wanted.dtype):
            raise OutputError(
                f"{path}: {name}: found {found.dtype} of shape {found.shape}, allowed is {wanted.dtype} of shape {wanted.shape}"
            )
        if not flipped or name in CLOCKS:
            _refuse_range(f"{path}: {name}", name, found)
    missing = sorted(state.keys() - checkpoint.keys())
    if missing:
        raise OutputError(f"{path}: found no array {missing[0]}")
    if "now_q" in checkpoint:
        _refuse_clock(path, int(checkpoint["now_q"][0]), lines)


def _refuse_range(where: str, name: str, found: NDArray[Any]) -> None:
    if found.dtype.kind not in "biuf" or (found.dtype.kind == "f" and not np.isfinite(found).all()):
        raise OutputError(f"{where}: found {found.dtype} that is not a finite number, allowed are numbers")
    if not found.size:
        return
    low, high = found.min(), found.max()
    if name.endswith(NOT_NEGATIVE) and low < 0:
        raise OutputError(f"{where}: found {low}, allowed is 0 or more")
    if name.endswith(AT_MOST_ONE) and high > 1:
        raise OutputError(f"{where}: found {high}, allowed is 1 at most")
    if found.dtype == np.int64 and high > LARGEST:
        raise OutputError(f"{where}: found {high}, allowed is 2^60 at most")


def _refuse_clock(path: Path, now_q: int, lines: Sequence[Mapping[str, Any]]) -> None:
    """Raise OutputError unless the clock stands where the parts in the metrics end; their seconds are rounded to float64."""
    parts = [line.get(f"{part}_chip_s") or 0.0 for line in lines for part in PART_NAMES]
    ended_q = sum(round(seconds * QUANTA_PER_S) for seconds in parts)
    if abs(ended_q - now_q) > 1 + len(parts) + ended_q // 2**50:
        raise OutputError(f"{path}: now_q: found {now_q} quanta, the metrics have epochs of {ended_q} quanta")
