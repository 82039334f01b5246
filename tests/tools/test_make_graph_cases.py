"""The reference cases that the project makes itself are what their generator makes."""

from __future__ import annotations

import sys

import pytest

import make_graph_cases


def test_the_cases_are_those_of_the_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every array of the files is made again, equal to rounding, with gradients that central differences confirm."""
    monkeypatch.setattr(sys, "argv", ["make_graph_cases.py"])
    with pytest.raises(SystemExit) as ended:
        make_graph_cases.main()
    assert ended.value.code == 0


def test_a_wrong_gradient_is_refused() -> None:
    """A gradient of the readout that is off by a thousandth is not written into a case."""
    case = make_graph_cases.cases()["g14_resting_average"]
    grads = make_graph_cases.backward(case, make_graph_cases.forward(case))
    grads["grad_2"] = grads["grad_2"] * 1.001
    with pytest.raises(ValueError, match="differences say"):
        make_graph_cases.refuse_other_slopes(case, grads)
