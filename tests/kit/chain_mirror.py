"""The mirror of a chain of layers, made from the numbers of neurons, for tests that need no other graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Graph, chain
from spinn2sim.mirror import Mirror
from spinn2sim.mirror.flat_arrays import Layout, make_layout
from spinn2sim.mirror.model import Arithmetic
from spinn2sim.scenario.keys import Scenario


def chain_of(scenario: Scenario, sizes: Sequence[int]) -> Graph:
    """The scenario's chain of layers with these numbers of neurons, input first."""
    net = scenario.network
    return chain(sizes, scenario.has_readout, net.tau_mem_ms, net.tau_syn_ms)


def chain_layout(*sizes: int, readout: bool = False) -> Layout:
    """The offsets of a chain of layers, input first."""
    return make_layout(chain(sizes, readout, 20.0, 5.0))


def chain_mirror(
    scenario: Scenario, sizes: Sequence[int], weights: Sequence[NDArray[np.float64]], arithmetic: Arithmetic | Any
) -> Mirror:
    """The mirror of the scenario's chain of layers with these sizes, input first."""
    return Mirror(scenario, chain_of(scenario, sizes), weights, arithmetic)
