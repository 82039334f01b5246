"""Reference cases of any graph: what `check` finds in them, and which files are refused before anything is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from places import FIXTURES
from spinn2sim.errors import DataError
from spinn2sim.validation.check_case import check_case
from spinn2sim.validation.check_fixed import FixedReport
from spinn2sim.validation.check_float64 import FloatReport
from spinn2sim.validation.graph_case import load_graph_case

CASES = sorted(path.stem for path in (FIXTURES / "graph").glob("*.npz"))


@pytest.mark.parametrize("name", CASES)
def test_float64_meets_the_reference(name: str) -> None:
    """Every array of every case is within 1e-9 of its largest entry, every spike equal, and every array of the file is compared."""
    report = check_case(FIXTURES / "graph" / f"{name}.npz")
    assert isinstance(report, FloatReport)
    assert report.ignored == ()
    assert len(report.arrays) > 15
    assert report.holds, report.worst


@pytest.mark.parametrize(
    "name", ["g02_recurrent_delays", "g07_sparse_heterogeneous", "g11_average_recurrent", "g13_resting"]
)
def test_the_chip_meets_the_reference(name: str) -> None:
    """In fixed point no spike differs, and gradients of weights and delays point the same way at the right scale."""
    report = check_case(FIXTURES / "graph" / f"{name}.npz", "fixed")
    assert isinstance(report, FixedReport)
    assert report.losses == ()
    assert not report.below(1.0, 0.9999)
    assert {part.array for part in report.layers} >= {"spikes_1", "grad_0", "grad_1", "delay_grad_1"}
    assert max(part.error or 0.0 for part in report.layers) < 0.005


def test_a_wrong_delay_gradient_is_seen(tmp_path: Path) -> None:
    """A case whose expected delay gradient is off by 1e-8 of its maximum does not hold."""
    arrays = _arrays()
    arrays["delay_grad_1"][3, 1] += 1e-8 * np.abs(arrays["delay_grad_1"]).max()
    np.savez(tmp_path / "case.npz", **arrays)
    report = check_case(tmp_path / "case.npz")
    assert isinstance(report, FloatReport)
    assert [array.name for array in report.arrays if not array.holds] == ["delay_grad_1"]


def _arrays() -> dict[str, Any]:
    with np.load(FIXTURES / "graph" / f"{CASES[1]}.npz", allow_pickle=False) as file:
        return dict(file)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"populations": 0}, "populations: found int64 0, allowed is an integer 1 to 4096"),
    ({"kind_1": "LIF"}, "kind_1: found 'LIF', allowed is input or lif or readout"),
    ({"kind_2": "readout"}, "output: found kind readout, allowed is lif for first_spike"),
    ({"post_0": 0}, "post_0: found a population of kind input"),
    ({"pre_1": 3}, "pre_1: found int64 3, allowed is an integer 0 to 2"),
    ({"output": 2.0}, "output: found float64 2.0"),
    ({"tau_syn_1": np.zeros(10)}, "tau_syn_1: found 0.0, allowed are numbers above 0"),
    ({"tau_mem_1": np.ones(9)}, r"tau_mem_1: .* allowed are numbers of shape \(10,\)"),
    ({"delays_1": np.full((10, 10), 0.5)}, "projection 1: allowed are delays of 0 to 4096 whole steps"),
    ({"mask_1": np.full((10, 10), 2)}, "projection 1: .* masks of 0 and 1"),
    ({"weights_1": np.ones((10, 9))}, "weights_1: .* of shape"),
    ({"loss_kind": "other"}, "loss_kind: found 'other', allowed is first_spike or max_voltage or average_voltage"),
    ({"input_spikes_0": np.full((60, 4, 5), 2)}, "input_spikes_0: found other numbers, allowed are 0 and 1"),
    ({"labels": np.array([0, 1, 2, 3])}, "labels: .* integers 0 to 2"),
    ({"size_1": None}, "has no array size_1"),
    ({"refractory_1": -1}, "refractory_1: found int64 -1, allowed is an integer 0 to 4096"),
    ({"refractory_1": 0.5}, "refractory_1: found float64 0.5, allowed is an integer"),
    ({"loss_kind": "average_voltage"}, "output: found kind lif, allowed is readout for average_voltage"),
    ({"delays_0": None}, "has no array delays_0"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=[message for _, message in WRONG])
def test_refuses(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """Each wrong entry is refused with the names of the file and of the array."""
    arrays = {name: value for name, value in (_arrays() | changes).items() if value is not None}
    np.savez(tmp_path / "case.npz", **arrays)
    with pytest.raises(DataError, match=r"case\.npz: " + message):
        load_graph_case(tmp_path / "case.npz")
