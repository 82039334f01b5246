"""A population of a script: some neurons of one model, and what was recorded of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import NotModelledError, ScriptError, quoted
from spinn2sim.notebook import html_table
from spinn2sim.spinnaker2.model_table import find_model
from spinn2sim.spinnaker2.recording_figure import figure_of
from spinn2sim.spinnaker2.script_names import as_text
from spinn2sim.spinnaker2.told_facts import parameters_text, recording_text

Recording = dict[str, Any]


class Population:
    """Some neurons of one model. Attributes are read when a run starts, and may be changed before."""

    _unnamed = 0

    def __init__(
        self,
        size: int,
        neuron_model: str,
        params: Mapping[Any, Any] | None = None,
        name: str | None = None,
        record: list[str] | None = None,
    ) -> None:
        """`params` are the model's parameters, or of a spike list {neuron: ticks}; `record` None records spikes.

        Raises NotModelledError (a RuntimeError) for a model that there is not.
        """
        if name is None:
            name = f"Population_{Population._unnamed}"
            Population._unnamed += 1
        self.size, self.neuron_model, self.name = size, neuron_model, as_text(name)
        self.params: Any = {} if params is None else params
        self.record = ["spikes"] if record is None else record
        self.nir_v_scale: Any = None
        self.nir_w_scale: Any = None
        self._atoms: int | None = None
        self._recording: Recording | None = None
        find_model(neuron_model, self.name)

    def set_max_atoms_per_core(self, max_atoms: int) -> None:
        """Set the most neurons of one PE. Raises ScriptError (a ValueError) for less than one."""
        if not isinstance(max_atoms, int | np.integer) or isinstance(max_atoms, bool) or max_atoms < 1:
            raise ScriptError(
                f"population {self.name}: found {quoted(max_atoms)} neurons per PE, allowed is a whole number from 1 on"
            )
        self._atoms = int(max_atoms)

    def get_max_atoms_per_core(self) -> int | None:
        """Return the most neurons of one PE; None if it was not set."""
        return self._atoms

    def get_spikes(self) -> dict[int, list[int]]:
        """Return the ticks in which each neuron fired, with every neuron as a key."""
        rows, size = self._recorded("spikes")
        order = np.argsort(rows[:, 1], kind="stable")
        ends = np.searchsorted(rows[order, 1], np.arange(size + 1))
        ticks = rows[order, 0].tolist()
        return {n: ticks[ends[n] : ends[n + 1]] for n in range(size)}

    def get_voltages(self) -> dict[int, NDArray[np.float64]]:
        """Return the voltages after each tick, or after the last one, by neuron."""
        if self._recording is not None and "v" not in self._recording and "v_last" in self._recording:
            return self.get_variable("v_last")
        return self.get_variable("v")

    def get_variable(self, name: str) -> dict[int, NDArray[np.float64]]:
        """Return a recorded variable of each neuron, such as "v", as arrays over ticks."""
        values = self._recorded(name)
        return {n: values[:, n].copy() for n in range(values.shape[1])}

    def get_time_done_times(self) -> dict[Any, NDArray[np.float64]]:
        """Return by PE when it was done in each tick; 1.0 is a whole tick."""
        return dict(self._recorded("time_done"))

    def get_n_packets(self) -> dict[Any, NDArray[np.int64]]:
        """Return by PE how many packets it took in each tick."""
        return dict(self._recorded("n_packets"))

    def _recorded(self, what: str) -> Any:
        if self._recording is None or what not in self._recording:
            why = "the network has not run since" if what in self.record else f"record has {quoted(self.record)}"
            raise NotModelledError(f"population {self.name}: found no recording of {quoted(what)}: {why}")
        return self._recording[what]

    def keep_recording(self, recording: Recording | None) -> None:
        """Keep what a run recorded of this population; None forgets it."""
        self._recording = recording

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        """What is told of the population in a line or a table."""
        atoms = self._atoms or "as many as fit"
        return (
            ("neurons", self.size),
            ("model", self.neuron_model),
            ("parameters", parameters_text(self.params)),
            ("record", self.record),
            ("neurons of a PE, at most", atoms),
            ("recorded", recording_text(self._recording)),
        )

    def figure(self) -> Any:
        """Draw the raster and the states that were recorded, as a matplotlib figure. Raises NotModelledError if there are none."""
        return figure_of([self])

    @property
    def recording(self) -> Recording:
        """What the last run recorded, by name; empty if there is none."""
        return {} if self._recording is None else self._recording

    def __repr__(self) -> str:
        ran = f", recorded: {recording_text(self._recording)}" if self._recording is not None else ""
        return f"Population({quoted(self.name)}, {quoted(self.size)} neurons, {self.neuron_model}, record={quoted(self.record)}{ran})"

    def _repr_html_(self) -> str:
        return html_table(f"Population {self.name}", self.facts)
