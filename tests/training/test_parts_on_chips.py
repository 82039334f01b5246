"""Training one network over several chips: chip and mirror bit for bit, and nothing that only one chip would know."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from random_graphs import COPIES, run_inputs
from spinn2sim.errors import MappingError
from spinn2sim.graph import Graph, Population, Projection
from spinn2sim.hardware.engines.choice import WITHOUT_FIRMWARE
from spinn2sim.hardware.facts import DRAM_BYTES, N_CORES
from spinn2sim.scenario.board_keys import BoardKeys
from spinn2sim.training.dram_room import refuse_full_dram, row_bytes
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs
from spinn2sim.validation.validate_scenario import validate_inputs

PES = 12  # of a chip; the networks take 25 to 32


def population(name: str, size: int, kind: Any) -> Population:
    """A population with time constants, but an input."""
    return Population(name, size, kind) if kind == "input" else Population(name, size, kind, 20.0, 5.0)


NETWORKS = {
    "feed-forward": Graph(
        tuple(population(f"p{k}", 4, "lif" if k else "input") for k in range(3)),
        (Projection(0, 1), Projection(1, 2)),
        2,
    ),
    "recurrent, with a readout": Graph(
        (population("in", 4, "input"), population("hidden", 6, "lif"), population("out", 3, "readout")),
        (Projection(0, 1), Projection(1, 1), Projection(1, 2)),
        2,
    ),
    "delays, one of them axonal": Graph(
        (population("in", 3, "input"), population("hidden", 4, "lif"), population("out", 3, "lif")),
        (Projection(0, 1, "axonal", 3), Projection(1, 2, "both", 4)),
        2,
    ),
}  # fmt: skip


def inputs_of(network: str, columns: int, rows: int, **changes: Any) -> RunInputs:
    """The inputs of a network on a rectangle of small chips, with two neurons on each PE."""
    board = BoardKeys(shape="rectangle", columns=columns, rows=rows, parallel="model")
    changes = {"board": board, "chip.reserved_pes": N_CORES - PES, "mapping.neurons_per_pe": 2, **changes}
    return run_inputs(NETWORKS[network], changes, 3)


def chips_in_use(trainer: OnChipTrainer) -> int:
    """How many chips have a part of the network."""
    return sum(bool(plan.groups) for plan in trainer.plans)


@pytest.mark.parametrize(("network", "shape"), list(zip(NETWORKS, ((3, 1), (2, 2), (3, 1)), strict=True)))
@pytest.mark.parametrize("engine", WITHOUT_FIRMWARE)
def test_chip_and_mirror_agree_over_several_chips(network: str, shape: tuple[int, int], engine: str) -> None:
    """Spikes, adjoints, gradients and what is learned are equal in every bit, in two batches."""
    inputs = inputs_of(network, *shape)
    assert chips_in_use(OnChipTrainer(inputs)) >= 3
    found = validate_inputs(inputs, 2, engine)
    assert (found.differences, found.losses) == ([], [])
    assert found.spikes > 0


def test_a_checkpoint_has_the_weights_of_all_chips() -> None:
    """What a trainer has learned on several chips, another one goes on with."""
    one, two = (OnChipTrainer(inputs_of("recurrent, with a readout", 2, 2)) for _ in range(2))
    one.train(1, np.arange(COPIES))
    two.load_state(one.state())
    results = [trainer.train(2, np.arange(COPIES)) for trainer in (one, two)]
    np.testing.assert_array_equal(results[0].peaks, results[1].peaks)
    for mine, other in zip(one.weights, two.weights, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_samples_that_fill_a_dram_are_refused() -> None:
    """A chip with inputs has room for so many samples and no more; chips without inputs have room for more."""
    trainer = OnChipTrainer(inputs_of("feed-forward", 3, 1))
    plans, graph = trainer.board_plan, NETWORKS["feed-forward"]
    each = row_bytes(trainer.plan, graph)
    assert each > 2 * row_bytes(trainer.plans[1], graph)
    fits = DRAM_BYTES // each // COPIES * COPIES
    refuse_full_dram(plans, graph, [fits], COPIES)
    with pytest.raises(MappingError, match=r"^chip \(0, 0\) of the board: .* bytes of DRAM, there are 2147483648"):
        refuse_full_dram(plans, graph, [1, fits + COPIES], COPIES)


def test_counts_are_those_of_one_chip() -> None:
    """Spikes by population, wakes and operations do not depend on how many chips a network lies on."""
    many, one = inputs_of("feed-forward", 3, 1), inputs_of("feed-forward", 3, 1, board=None, **{"chip.reserved_pes": 0})
    results = [OnChipTrainer(inputs).train(1, np.arange(2 * COPIES)) for inputs in (many, one)]
    for field in ("spikes", "saturations", "first_spikes"):
        np.testing.assert_array_equal(*(getattr(result, field) for result in results))
    for name in ("group", "operation", "times"):
        rows = [result.cycles[name].tolist() for result in results if result.cycles is not None]
        assert rows[0] == rows[1]
