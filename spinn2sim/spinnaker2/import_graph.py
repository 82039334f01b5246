"""Imports a NIR file as a network to run, and, if it can be trained, as a scenario too, for the command `import`."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spinn2sim.errors import (
    DataError,
    DataWarning,
    MappingError,
    NotModelledError,
    ScenarioError,
    ScriptError,
    ScriptNotice,
    quoted,
)
from spinn2sim.files import atomic
from spinn2sim.files.hdf5_reader import MAX_BYTES
from spinn2sim.files.input_file import read_input
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.overrides import Overrides, as_mapping
from spinn2sim.spinnaker2 import s2_nir
from spinn2sim.spinnaker2.graph_script import GRAPH, SCRIPT, script_text
from spinn2sim.spinnaker2.hardware import SpiNNaker2Chip
from spinn2sim.trace import run_directory
from spinn2sim.trace.run_directory import new_folder
from spinn2sim.training.exchange.convert import DT, import_model
from spinn2sim.training.exchange.exchanged_network import Spikes
from spinn2sim.training.exchange.nir_file import metadata_of, read_nir

DEFAULT_DT_MS = 1.0


class Imported(NamedTuple):
    """What an import made: a script to run if `not_to_run` is empty, and a scenario to train if there is one."""

    folder: Path
    scenario: Scenario | None
    # Why there is no scenario, or no script.
    not_to_train: str
    not_to_run: str


def import_graph(
    file: Path, out: Path, like: Path | None = None, overrides: Overrides = (), spikes: Spikes | None = None
) -> Imported:
    """Write run.py and network.nir, which run the graph, and scenario.toml and weights.npz, which train it, as far as it allows.

    A user who names a scenario, keys other than the time step, or what a spike is, wants to train: then a graph that cannot be trained is
    refused. Raises DataError, ScenarioError, MappingError, ScriptError, NotModelledError or OutputError, and nothing is written.
    """
    run_directory.refuse_used(out, "importing")
    graph = read_nir(file)
    to_train = like is not None or spikes is not None or bool(set(as_mapping(overrides)) - {DT})
    scenario, why_not = None, ""
    with warnings.catch_warnings(record=True, action="always") as told:
        try:
            out, scenario = import_model(file, out, like, overrides, spikes)
        except (DataError, ScenarioError, MappingError) as refusal:
            if to_train:
                raise
            why_not = str(refusal)
            told.clear()
        dt_s = scenario.network.dt_ms / 1000 if scenario is not None else _time_step(graph, overrides, file)
        try:
            _refuse_to_run(graph, dt_s, file)
        except DataError as refusal:
            if scenario is None:
                raise
            _warn_again(told, ScriptNotice)
            return Imported(out, scenario, "", str(refusal))
    # A scenario has been warned of its time step.
    _warn_again(told, ScriptNotice if scenario is not None else None)
    with (
        atomic.locked(out, "importing")
        if scenario is not None
        else new_folder("", out, doing="importing", before=(GRAPH, SCRIPT))
    ):
        _write(file, out, dt_s)
    return Imported(out, scenario, why_not, "")


def _warn_again(told: list[warnings.WarningMessage], without: type[Warning] | None) -> None:
    """Give warnings that were held back, so that a refusal stands alone."""
    for one in told:
        if without is None or not issubclass(one.category, without):
            warnings.warn(one.message, stacklevel=3)


def _time_step(graph: object, overrides: Overrides, file: Path) -> float:
    """Return the seconds of a tick: as asked for, else as in the file. Raises DataError for one that cannot be."""
    named = as_mapping(overrides)
    found = named.get(DT)
    if found is None:
        seconds = metadata_of(graph).get("dt")
        found = None if seconds is None or isinstance(seconds, str | dict) else 1000 * np.ravel(seconds)[0]
    if found is None:
        warnings.warn(
            f"{file}: it has no time step; 1 ms is used; --set {DT}=... sets another one", DataWarning, stacklevel=3
        )
        found = DEFAULT_DT_MS
    if isinstance(found, bool) or not isinstance(found, int | float | np.number) or not 0 < float(found) < 1e6:
        raise DataError(f"{file}: {DT}: found {quoted(found)}, allowed is a time in ms above 0")
    return float(f"{float(found) / 1000:.12g}")


def _refuse_to_run(graph: object, dt_s: float, file: Path) -> None:
    """Raise a refusal that names the file if the graph does not run with the script's options."""
    config = s2_nir.ConversionConfig(dt=dt_s, conn_delay=0, scale_weights=True, reset=s2_nir.ResetMethod.ZERO)
    try:
        with np.errstate(all="ignore"):  # numbers that overflow are refused as parameters
            net, inputs, outputs = s2_nir.from_nir(graph, config)
            if not inputs or not outputs:
                raise ScriptError(
                    f"found {len(inputs)} inputs and {len(outputs)} outputs, allowed are one or more of each"
                )
            SpiNNaker2Chip().run(net, 1, mapping_only=True)
    except (DataError, MappingError, ScriptError, NotModelledError) as refusal:
        raise DataError(f"{file}: {refusal}") from None


def _write(file: Path, out: Path, dt_s: float) -> None:
    content, text = read_input(file, "a NIR file", MAX_BYTES), script_text(file.stem, dt_s)
    atomic.write_atomically(out / GRAPH, lambda target: target.write(content))
    atomic.write_text(out / SCRIPT, text)
