"""Networks of more than 16 populations, whose keys have other fields: chip and mirror agree, and what does not fit is said in one line."""

from __future__ import annotations

import pytest

from plain_firmware import PlainFirmware
from random_graphs import run_inputs
from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph, Population, Projection
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.mapping.build import build_plan
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.seeds import generator
from spinn2sim.validation.validate_scenario import validate_inputs


def fan(between: int, size: int = 1, neurons: int = 4) -> Graph:
    """An input, `between` populations beside each other, and an output."""
    populations = [Population("in", neurons, "input")]
    populations += [Population(f"p{k}", size, "lif", 20.0, 5.0) for k in range(between)]
    populations += [Population("out", 3, "lif", 20.0, 5.0)]
    last = between + 1
    projections = [Projection(0, k) for k in range(1, last)] + [Projection(k, last) for k in range(1, last)]
    return Graph(tuple(populations), tuple(projections), last)


def test_chip_and_mirror_agree_with_22_populations() -> None:
    """Spikes, errors, guards and weights find their way by the keys of populations beyond the sixteenth."""
    changes = {"training.copies": 1, "training.silent_guard": "push", "training.guard_step": 1e-4}
    found = validate_inputs(run_inputs(fan(20), changes, 3), 6, "discrete_event")
    assert found.holds, (found.differences, found.losses)


def refusal(graph: Graph, copies: int = 1) -> str:
    """What mapping says of a graph that it refuses."""
    with pytest.raises(MappingError) as error:
        build_plan(graph, 4, MappingOptions(copies, 10), HardwareOptions(), PlainFirmware(), generator(1, "placement"))
    return str(error.value)


def test_what_does_not_fit_is_one_line() -> None:
    """More populations than PEs, more than keys, and more copies or neurons than the keys of many populations name."""
    assert refusal(fan(200)) == (
        "1 copies need 203 PEs (203 each) and the optimizer 400, together 603; the chip has 148; a PE holds neurons of one population, "
        "or synapses of one projection, so that 202 populations and 400 projections need 603 at least: use fewer"
    )
    assert refusal(fan(4095)) == "the network has 4097 populations; keys have room for 4096"
    assert refusal(fan(20), 9) == (
        "training.copies is 9; a key has room for 8 copies of a network of more than 16 populations"
    )
    assert refusal(fan(20, 8193)) == (
        "population p15 has 8193 neurons; its keys have room for 8192; of the first 16 populations, for 262144"
    )
