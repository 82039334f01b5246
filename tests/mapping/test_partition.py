"""Cuts, SRAM, placement and refusals; no packet is sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.errors import MappingError
from spinn2sim.hardware.facts import N_CORES, SRAM_BYTES, quad_of
from spinn2sim.hardware.plan import Plan
from spinn2sim.mapping.partition import even_cuts
from spinn2sim.mapping.place import place
from spinn2sim.seeds import generator
from spinn2sim.training.on_chip_trainer import make_firmware, make_plan
from tiny_networks import tiny_scenario


def planned(changes: dict[str, Any], sizes: tuple[int, ...] = (5, 120, 3), steps: int = 27) -> Plan:
    """The plan of a network of these sizes whose inputs spike once."""
    scenario = tiny_scenario(changes, sizes[1:-1], steps)
    return make_plan(scenario, sizes, sizes[0], make_firmware(scenario))


@given(st.integers(1, 3000), st.integers(1, 200))
def test_cuts_are_even_and_complete(total: int, parts: int) -> None:
    """Contiguous, together the whole layer, sizes differ by at most one, the larger first."""
    parts = min(parts, total)
    cuts = even_cuts(total, parts)
    assert [n for cut in cuts for n in range(cut.first, cut.last)] == list(range(total))
    sizes = [cut.size for cut in cuts]
    assert len(sizes) == parts
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] - sizes[-1] <= 1


@pytest.mark.parametrize(
    ("changes", "sizes"),
    [
        ({"training.copies": 22}, (5, 120, 3)),
        ({"training.copies": 11, "mapping.pes_per_layer": (1, 2, 1, 3)}, (4, 20, 20, 3)),
        ({"training.copies": 2, "mapping.spikes_per_neuron": 3}, (5, 2000, 3)),
        ({"training.copies": 3, "optimizer.kind": "sgd", "training.silent_guard": "raise_weights", "training.guard_step": 1e-3},
         (40, 120, 120, 10)),
        ({"training.copies": 5, "numerics.weight": "s0.7", "mapping.neurons_per_pe": 13}, (30, 100, 100, 4)),
        ({"training.copies": 1, "chip.fifo_capacity": 8192}, (5, 300, 3)),
    ],
)  # fmt: skip
def test_no_pe_holds_more_than_its_sram(changes: dict[str, Any], sizes: tuple[int, ...]) -> None:
    """Every PE's regions add up to at most 128 KiB, code, stack and FIFO among them, and each PE has one task."""
    plan = planned(changes, sizes)
    for group in plan.groups:
        assert len(group.used) == len(group.cores)
        assert max(group.used) == sum(group.regions.values()) <= SRAM_BYTES
        assert min(group.regions.values()) >= 0
        assert {"code", "heap and stack", "receive FIFO"} < set(group.regions)
    cores = [core for group in plan.groups for core in group.cores]
    assert len(cores) == len(set(cores))


def test_charged_bytes_hold_what_the_state_holds() -> None:
    """The SRAM of a LIF PE and of an optimizer PE covers weights, gradients, states and records, word by word."""
    plan = planned({"training.copies": 4, "mapping.reduce_rounds": 2})
    lif, optimizer = (next(g.regions for g in plan.groups if g.name == name) for name in ("lif1", "optimizer1"))
    assert lif["weights"] == 4 * 5 * 120
    assert lif["gradients"] == 8 * 5 * 120
    assert lif["neuron states"] == 4 * 4 * 120
    assert lif["own spikes"] == (2 + 4) * 27 * 120 + 2 * (27 + 2)
    assert optimizer["gradient buffer"] == 2 * 8 * 5 * 120
    assert (optimizer["master weights"], optimizer["moments"], optimizer["weights"]) == (2400, 4800, 2400)


@given(
    st.integers(1, 30), st.integers(1, 9), st.integers(0, 40), st.integers(0, 8), st.sampled_from(["compact", "random"]),
    st.integers(0, 5),
)  # fmt: skip
def test_placement_is_disjoint_seeded_and_keeps_a_copy_together(
    copies: int, size: int, optimizers: int, reserved: int, placement: str, seed: int
) -> None:
    """No PE twice, none of the reserved, the same for the same seed, and a copy's quads lie side by side."""
    if copies * size + optimizers > N_CORES - reserved:
        return
    blocks, units = place(copies, size, optimizers, reserved, placement, generator(seed, "placement"))
    assert (blocks, units) == place(copies, size, optimizers, reserved, placement, generator(seed, "placement"))
    cores = [core for block in blocks for core in block] + list(units)
    assert [len(block) for block in blocks] == [size] * copies
    assert len(units) == optimizers
    assert len(set(cores)) == len(cores)
    assert set(cores) <= set(range(1, N_CORES - reserved + 1))
    for block in blocks:
        quads = sorted({quad_of(core) for core in block})
        spread = max(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a in quads for b in quads)
        # n PEs in a row of the walk touch at most (n + 2) / 4 + 1 quads, one more where reserved PEs leave a quad short;
        # beside the router's two slots a step is up to 3 hops.
        assert len(quads) <= (size + 2) // 4 + 1 + (reserved % 4 > 0)
        assert spread <= 3 * (len(quads) - 1)


def test_a_scenario_says_where_its_copies_go() -> None:
    """mapping.placement, the seed and chip.reserved_pes reach the plan."""

    def cores(changes: dict[str, Any]) -> list[int]:
        return [core for group in planned({"training.copies": 22, **changes}).groups for core in group.cores]

    compact = cores({})
    random = cores({"mapping.placement": "random"})
    assert compact == cores({"seed": 1})
    assert random not in (compact, cores({"mapping.placement": "random", "seed": 1}))
    few = {"training.copies": 9}
    assert max(cores({**few, "chip.reserved_pes": 0, "mapping.placement": "random"})) > N_CORES - 100
    assert max(cores({**few, "chip.reserved_pes": 100, "mapping.placement": "random"})) <= N_CORES - 100


def test_random_placement_is_another_with_another_seed() -> None:
    """placement = "random" deals the copies' places by the seed; "compact" does not ask it."""
    places = {
        placement: {place(8, 4, 2, 4, placement, generator(seed, "placement"))[0] for seed in range(4)}
        for placement in ("compact", "random")
    }
    assert len(places["compact"]) == 1
    assert len(places["random"]) == 4


REFUSALS = [
    (
        {"training.copies": 60}, (5, 120, 3),
        "60 copies need 240 PEs (4 each) and the optimizer 2, together 242; the chip has 148; "
        "at most about 36 copies fit (training.copies)",
    ),
    (
        {"training.copies": 1}, (5, 2000, 3),
        "1 neuron(s) of layer 2 needs 179377 bytes of SRAM on one PE (input spikes 108058, code 32768, gradients 16000), "
        "there are 131072; lower network.hidden, network.steps, mapping.spikes_per_neuron or chip.fifo_capacity",
    ),
    (
        {"training.copies": 1}, (20_000, 10, 3),
        "1 neuron(s) of layer 1 needs 1385373 bytes of SRAM on one PE (input spikes 1080058, gradients 160000, weights 80000), "
        "there are 131072; lower network.hidden, network.steps, mapping.spikes_per_neuron or chip.fifo_capacity",
    ),
    (
        {"training.copies": 1, "mapping.pes_per_layer": (1, 1, 1)}, (5, 2000, 3),
        "layer 1 cut into 1 needs 567447 bytes of SRAM on one PE (own spikes 324058, gradients 80000, weights 40000), "
        "there are 131072; raise mapping.pes_per_layer, or lower mapping.spikes_per_neuron or chip.fifo_capacity",
    ),
    (
        {"training.copies": 1, "mapping.pes_per_layer": (1, 1, 4)}, (5, 120, 3),
        "mapping.pes_per_layer asks for 4 PEs for layer 2, which has 3 neurons; at most 3",
    ),
    (
        {"training.copies": 3, "mapping.reduce_rounds": 4}, (5, 120, 3),
        "mapping.reduce_rounds is 4, with 3 copies it can be at most 3",
    ),
    (
        {"training.copies": 1}, (5, *(2,) * 15, 3),
        "network.hidden makes 17 layers; a key has room for 16",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "sizes", "message"), REFUSALS)
def test_what_does_not_fit_is_refused_with_the_numbers(
    changes: dict[str, Any], sizes: tuple[int, ...], message: str
) -> None:
    """A refusal says in one line what is needed, what there is, and which key would change it."""
    with pytest.raises(MappingError) as refusal:
        planned(changes, sizes)
    assert str(refusal.value) == message


@pytest.mark.parametrize("reserved", [0, 4, 100])
def test_most_copies_that_are_named_fit(reserved: int) -> None:
    """As many copies as the refusal says fit do fit, and one more does not."""
    with pytest.raises(MappingError, match="at most about") as refusal:
        planned({"training.copies": 120, "chip.reserved_pes": reserved})
    most = int(str(refusal.value).split("at most about ")[1].split()[0])
    assert planned({"training.copies": most, "chip.reserved_pes": reserved}).copies == most
    with pytest.raises(MappingError):
        planned({"training.copies": most + 1, "chip.reserved_pes": reserved})


def test_gradients_that_do_not_fit_beside_each_other_take_turns() -> None:
    """More copies than the optimizer PEs' buffers hold at once are reduced in as few rounds as fit."""

    def rounds(changes: dict[str, Any]) -> int:
        plan = planned(changes, (40, 300, 3))
        turns = {turn for group in plan.groups if group.program == "lif" for turn in group.columns["turn"]}
        assert turns == set(range(len(turns)))
        return len(turns)

    assert rounds({"training.copies": 2}) == 1
    assert rounds({"training.copies": 6, "mapping.reduce_rounds": 3}) == 3
    assert rounds({"training.copies": 5, "mapping.reduce_rounds": 5}) == 5
    # 6 PEs a copy: beside 19 copies 32 optimizer PEs find room for all gradients at once, beside 20, 22 and 23 they do not.
    assert [rounds({"training.copies": copies}) for copies in (19, 20, 22, 23)] == [1, 2, 3, 6]
