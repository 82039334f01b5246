"""tools/make_spoken_events.py: spikes in continuous time become events in steps."""

from __future__ import annotations

import numpy as np

from make_spoken_events import events_of
from spinn2sim.experiments.datasets.labelled import LabelledSpikes, join_samples


def test_spikes_are_rounded_to_steps_and_late_ones_cut() -> None:
    """Two spikes of a channel in one step are one, and a spike after the last millisecond is none."""
    first = (np.array([0.0101, 0.0119, 0.0501]), np.array([2, 2, 0], np.int32))
    second = (np.array([0.004]), np.array([1], np.int32))
    data = LabelledSpikes(join_samples([first, second], 3), np.array([5, 6]))
    assert events_of(data, dt_ms=4.0, last_ms=50.0).tolist() == [[0, 3, 2], [1, 1, 1]]
