"""The label of a sample, from the data that a run's scenario names; it never guesses one."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.errors import Spinn2simError
from spinn2sim.trace.run_directory import SCENARIO
from spinn2sim.training.run_inputs import load_run_inputs


def label_of(folder: Path, part: str, sample: int) -> int | None:
    """The label of a sample of the train, the test or the validation part; None when the data is not to be had any more."""
    try:
        inputs = load_run_inputs(folder / SCENARIO)
    except (Spinn2simError, OSError):
        return None
    data = {"train": inputs.train, "test": inputs.test, "validation": inputs.validation}[part]
    return int(data.labels[sample]) if data is not None and 0 <= sample < len(data) else None
