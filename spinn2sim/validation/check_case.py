"""Runs a reference case on the float64 mirror, or in fixed point on the simulated hardware, for the command `check`."""

from __future__ import annotations

from pathlib import Path

from spinn2sim.errors import DataError
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.validation.case import load_case
from spinn2sim.validation.check_fixed import FixedReport, check_fixed
from spinn2sim.validation.check_float64 import FloatReport, check_float64
from spinn2sim.validation.check_graph import check_graph_float64
from spinn2sim.validation.check_graph_fixed import check_graph_fixed
from spinn2sim.validation.graph_case import GraphCase, is_graph_case, load_graph_case


def check_case(path: Path | str, arithmetic: str = "float64", overrides: Overrides = ()) -> FloatReport | FixedReport:
    """Check a case. Raises DataError (also if the case expects nothing), ScenarioError, MappingError."""
    case = load_graph_case(path) if is_graph_case(path) else load_case(path)
    if not case.expected:
        raise DataError(
            f"{path}: found no array that says what to expect, allowed is one at least, such as spikes_0 or grad_0"
        )
    if isinstance(case, GraphCase):
        return check_graph_float64(case) if arithmetic == "float64" else check_graph_fixed(case, overrides, str(path))
    return check_float64(case) if arithmetic == "float64" else check_fixed(case, overrides, str(path))
