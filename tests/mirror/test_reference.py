"""The mirror against cases and a closed form that were made outside this project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spinn2sim.experiments.tasks.synapse import convergence
from spinn2sim.mirror import Mirror, record_batch
from spinn2sim.validation.agreement import gradient_cosine, largest_difference, relative_error, spike_agreement
from spinn2sim.validation.case import load_case
from spinn2sim.validation.case_inputs import case_samples, case_scenario
from spinn2sim.validation.check_float64 import check_float64

CASES = (
    "01_2-3-2_T27_B1", "03_2-2_T30_B4", "04_5-30-3_T27_B8", "06_5-30-3_T50_B3", "08_4-20-20-3_T50_B4", "10_5-120-3_T27_B1",
    "12_5-120-3_T50_B4", "13_5-120-3_T27_B8_silent",
)  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_float64_meets_the_reference(golden: Path, name: str) -> None:
    """Every array of every case to 1e-9 of its largest entry, every spike exactly."""
    case = load_case(golden / f"{name}.npz")
    report = check_float64(case)
    assert len(report.arrays) == len(case.expected) == 2 + 7 * len(case.weights)
    assert report.holds, report.worst


@pytest.mark.parametrize("name", CASES)
def test_fixed_point_is_close_to_the_reference(golden: Path, name: str) -> None:
    """In the default formats no spike differs, nothing saturates, and gradients point the same way at the right scale."""
    case = load_case(golden / f"{name}.npz")
    mirror = Mirror(case_scenario(case), case.graph, case.weights, "fixed")
    record = record_batch(mirror, case_samples(case), np.arange(case.batch))
    unit = case.tau_syn / (case.batch * 2.0 ** (15 + 4))
    for k in range(len(case.weights)):
        assert spike_agreement(record.spikes[k], case.expected[f"spikes_{k}"]) == 1.0
        assert gradient_cosine(record.grad[k].astype(np.float64), case.expected[f"grad_{k}"]) >= 0.999999
        assert relative_error(record.grad[k] * unit, case.expected[f"grad_{k}"]) < 0.005
    assert not record.saturations.any()


def test_a_wrong_gradient_is_seen(golden: Path) -> None:
    """The check is not blind: a case whose expected gradient is off by 1e-8 of its maximum does not hold."""
    case = load_case(golden / f"{CASES[2]}.npz")
    case.expected["grad_0"][3, 1] += 1e-8 * np.abs(case.expected["grad_0"]).max()
    report = check_float64(case)
    assert [array.name for array in report.arrays if not array.holds] == ["grad_0"]


def test_gradient_converges_to_the_closed_form(golden: Path) -> None:
    """dt/dw of one synapse: order 1 in dt over the weights from 1.1 e on, and below 5e-3 at dt = tau / 1024."""
    table = np.genfromtxt(golden / "analytic_gradient.csv", delimiter=",", names=True)
    kept = table[table["w"] >= 1.1 * np.e]
    grids = (64, 128, 256, 512, 1024, 2048)
    errors = [convergence.relative_errors(kept["w"], kept["dt_dw_analytic"], n).mean() for n in grids]
    assert 0.9 <= convergence.convergence_order(grids, errors) <= 1.1
    assert errors[grids.index(1024)] < 5e-3


def test_spike_time_converges_to_the_closed_form(golden: Path) -> None:
    """The first spike is within two steps of -tau W0(-1/w)."""
    table = np.genfromtxt(golden / "analytic_gradient.csv", delimiter=",", names=True)
    for row in table[table["w"] >= 1.1 * np.e][::9]:
        assert abs(convergence.discrete_time_and_slope(float(row["w"]), 1024)[0] - row["t_spike"]) <= 2 / 1024


def test_comparisons_on_empty_and_zero_arrays() -> None:
    """Where both sides are empty or zero they agree; where one is they do not."""
    none, one = np.zeros((4, 1, 2), np.uint8), np.ones((4, 1, 2), np.uint8)
    assert (spike_agreement(none, none), spike_agreement(none, one)) == (1.0, 0.0)
    zero, unit = np.zeros((2, 2)), np.eye(2)
    assert (gradient_cosine(zero, zero), gradient_cosine(zero, unit), gradient_cosine(unit, -unit)) == (
        1.0,
        0.0,
        pytest.approx(-1),
    )
    assert largest_difference(unit, zero) == 1.0
    assert largest_difference(zero, zero) == 0.0
    assert largest_difference(zero, np.zeros(3)) == float("inf")
