"""Reading reference cases: what a file may contain, and which files are refused before anything is compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spinn2sim.errors import DataError
from spinn2sim.validation.case import load_case

GOOD: dict[str, object] = {
    "T": 4, "dt": 1e-3, "tau_mem": 2e-2, "tau_syn": 5e-3, "threshold": 1.0, "xi": 1.5, "alpha": 0.01, "beta": 100.0,
    "input_spikes": np.zeros((4, 3, 2), np.uint8), "labels": np.array([0, 1, 1]),
    "weights_0": np.ones((5, 2)), "weights_1": np.ones((2, 5)), "loss": 0.5, "grad_1": np.zeros((2, 5)),
    "spikes_0": np.zeros((4, 3, 5), np.uint8), "grad_samples_0": np.zeros((3, 5, 2)), "note": np.array("made by hand"),
}  # fmt: skip


def test_a_case_is_read(tmp_path: Path) -> None:
    """Sizes, constants and expected arrays are read by their names; an array that no comparison uses is listed as ignored."""
    np.savez(tmp_path / "case.npz", **GOOD)

    case = load_case(tmp_path / "case.npz")

    assert (case.steps, case.batch, case.sizes) == (4, 3, (2, 5, 2))
    assert (case.a, case.b, case.xi) == (0.01, 100.0, 1.5)
    assert set(case.expected) == {"loss", "grad_1", "spikes_0", "grad_samples_0"}
    assert case.ignored == ("note",)


WRONG = [
    ({"T": 4.0}, "T: found float64 4.0, allowed is an integer"),
    ({"T": 5}, r"input_spikes: found uint8 of shape \(4, 3, 2\), allowed are numbers of shape \(5, any, any\)"),
    ({"tau_syn": 0.0}, "tau_syn: found float64 0.0, allowed is a finite number above 0"),
    ({"xi": np.nan}, "xi: found float64 nan"),
    ({"alpha": -1.0}, "alpha: found float64 -1.0, allowed is a finite number, 0 or more"),
    ({"beta": None}, "has no array beta"),
    ({"input_spikes": np.full((4, 3, 2), 2)}, "input_spikes: found other numbers, allowed are 0 and 1"),
    ({"labels": np.array([0, 1, 2])}, r"labels: .* allowed are integers 0 to 1 of shape \(3,\)"),
    ({"weights_1": np.ones((2, 4))}, r"weights_1: .* allowed are numbers of shape \(any, 5\)"),
    ({"weights_0": None}, "has no array weights_0"),
    ({"weights_0": np.full((5, 2), np.inf)}, "weights_0: found numbers that are not finite"),
    ({"grad_1": np.zeros((5, 2))}, r"grad_1: .* allowed are numbers of shape \(2, 5\)"),
    ({"loss": np.zeros(1)}, r"loss: .* allowed are numbers of shape \(\)"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=[message for _, message in WRONG])
def test_refuses(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    """Each wrong entry is refused with the names of the file and of the array."""
    np.savez(tmp_path / "case.npz", **{name: value for name, value in (GOOD | changes).items() if value is not None})

    with pytest.raises(DataError, match=r"case\.npz: " + message):
        load_case(tmp_path / "case.npz")
