"""The ten reference networks give their answers: on both engines, cut into small slices, and on the mirror."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from made_networks import MADE, differences, made_network
from spinn2sim.mirror.script_mirror import mirror_network
from spinn2sim.spinnaker2 import brian2_sim, hardware
from spinn2sim.spinnaker2.describe import describe

MOST_MV = 1e-3


@pytest.mark.parametrize("atoms", [None, 7], ids=["whole", "slices of 7"])
@pytest.mark.parametrize("engine", ["compiled", "discrete_event"])
@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_chip_gives_the_answers(path: Path, engine: str, atoms: int | None) -> None:
    """No spike differs and no voltage by more than 1e-3, however the populations are cut; nothing is late or lost."""
    net, ticks, arrays = made_network(path, atoms)
    chip = hardware.SpiNNaker2Chip()
    chip.engine = engine
    chip.run(net, ticks)
    spikes, volts = differences(net, arrays)
    assert spikes == 0
    assert volts < MOST_MV
    assert chip.last_run is not None
    assert not chip.last_run.counters.losses()


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.stem)
def test_mirror_gives_the_answers(path: Path) -> None:
    """The mirror has the chip's spikes and voltages bit for bit, and the strict answers of the Brian2 backend."""
    net, ticks, arrays = made_network(path)
    hardware.SpiNNaker2Chip().run(net, ticks)
    described = describe(net, ticks)
    mirrored = mirror_network(described.graph, described.spikes, ticks)
    for population, spikes, voltages in zip(net.populations, mirrored.spikes, mirrored.voltages, strict=True):
        on_chip = {(t, n) for n, times in population.get_spikes().items() for t in times}
        assert on_chip == set(map(tuple, spikes.tolist()))
        if "v" in population.record:
            assert np.array_equal(np.stack(list(population.get_voltages().values()), 1), voltages)
    brian2_sim.Brian2Backend().run(net, ticks)
    assert differences(net, arrays, strict=True)[0] == 0


def test_the_fixtures_are_there() -> None:
    """All ten networks are tested, and a description that is read can be compared with another."""
    assert len(MADE) == 10
    net, ticks, _ = made_network(MADE[0])
    assert describe(net, ticks).key == describe(net, ticks).key
    assert dataclasses.is_dataclass(describe(net, ticks).graph)
