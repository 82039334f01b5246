"""The time step of an imported graph (the user's, else the file's, else a default with a warning), and fields that nothing reads."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest

from nir_graphs import cuba, lif, row
from spinn2sim.errors import DataError, DataWarning
from spinn2sim.training.exchange.convert import import_model


def graph(folder: Path, neurons: Any, **metadata: Any) -> Path:
    """Write a NIR file with five inputs and one layer of three neurons."""
    made = row(nir.Linear(weight=np.ones((3, 5))), neurons)
    made.metadata = metadata
    nir.write(folder / "g.nir", made)
    return folder / "g.nir"


def imported(file: Path, **keys: Any) -> float:
    """Import a file and return the time step of its scenario, in ms."""
    return import_model(file, file.parent / "out", None, {"encoding.kind": "latency_steps", **keys})[1].network.dt_ms


def test_the_files_own_time_step_is_taken(tmp_path: Path) -> None:
    """The file's time step is used without a warning if it is small compared with the time constants."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        assert imported(graph(tmp_path, cuba(3), dt=0.0005)) == 0.5


def test_the_time_step_that_is_asked_for_is_taken(tmp_path: Path) -> None:
    """--set network.dt_ms overrides the time step in the file."""
    assert imported(graph(tmp_path, cuba(3), dt=0.0005), **{"network.dt_ms": 0.25}) == 0.25


def test_a_file_without_a_time_step_is_said(tmp_path: Path) -> None:
    """If the file has no time step, that of the default recipe is used, with a warning that names it."""
    with pytest.warns(DataWarning, match=r"it has no time step; the recipe's, 1 ms, is used; --set network\.dt_ms"):
        assert imported(graph(tmp_path, cuba(3))) == 1.0


def test_a_large_time_step_is_warned_of(tmp_path: Path) -> None:
    """A time step of 1 ms with tau_syn = 2 ms causes a warning, since spike times then differ much from those with fine steps."""
    with pytest.warns(
        DataWarning, match=r"time step of 1 ms is large against tau_syn = 2 ms.*--set network\.dt_ms=0\.2"
    ):
        imported(graph(tmp_path, cuba(3, tau_syn=0.002), dt=0.001))


def test_a_node_without_a_synapse_is_judged_by_its_membrane(tmp_path: Path) -> None:
    """A LIF node has no synaptic time constant, so only a step that is large compared with tau_mem causes a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        imported(graph(tmp_path, lif(3), dt=0.001))


@pytest.mark.parametrize("dt", [0.0, -1.0, float("nan"), "soon"])
def test_a_time_step_that_is_none_is_refused(tmp_path: Path, dt: Any) -> None:
    """A time step in the metadata that is not a positive number is refused."""
    with pytest.raises(DataError, match="metadata dt: found"):
        imported(graph(tmp_path, cuba(3), dt=dt))


def test_a_field_that_nothing_reads_is_named(tmp_path: Path) -> None:
    """A warning names a field that is ignored, such as a refractory time that another program stored."""
    file = graph(tmp_path, cuba(3), dt=0.001)
    with h5py.File(file, "r+") as opened:
        opened["node/nodes/cubalif/t_refractory"] = np.full(3, 0.002)
    with pytest.warns(DataWarning, match="node 'cubalif': ignored: t_refractory"):
        imported(file)
