"""The figure of what populations recorded in their last run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from spinn2sim.errors import NotModelledError
from spinn2sim.spinnaker2.told_facts import name_text

OTHER = ("spikes", "v_last", "time_done", "n_packets")


def figure_of(populations: Sequence[Any]) -> Any:
    """Draw a matplotlib figure, which a notebook shows. Raises NotModelledError if nothing was recorded."""
    from spinn2sim.report.figures import notebook_figure
    from spinn2sim.report.figures.network_recordings import Recorded, draw_recordings

    shown = []
    for population in populations:
        recording = population.recording
        states = {name: values for name, values in recording.items() if name not in OTHER}
        rows, size = recording.get("spikes", (None, population.size))
        if states or rows is not None:
            shown.append(Recorded(name_text(population), size, rows, states))
    if not shown:
        names = ", ".join(map(name_text, populations)) or "none"
        raise NotModelledError(
            f"found no recording of {names} to draw; run the network first, with record=['spikes', 'v']"
        )
    return notebook_figure(partial(draw_recordings, populations=shown))
