"""The plan of a scenario: its keys take effect in the plan, and a network that does not fit is refused with the numbers."""

from __future__ import annotations

from typing import Any

import pytest

from spinn2sim.errors import MappingError
from spinn2sim.graph import chain
from spinn2sim.hardware.facts import N_CORES, SRAM_BYTES
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.hardware.packet import STEP_PHASES, Phase
from spinn2sim.hardware.plan import Plan
from spinn2sim.mapping.mapping_options import MappingOptions
from spinn2sim.training.firmware_of_scenario import make_firmware
from spinn2sim.training.plan_of_scenario import hardware_options, make_plan, mapping_options
from tiny_networks import tiny_scenario


def planned(changes: dict[str, Any], sizes: tuple[int, ...] = (5, 120, 3), steps: int = 27) -> Plan:
    """Make the plan of a network of these sizes whose inputs each spike once."""
    scenario = tiny_scenario(changes, sizes[1:-1], steps)
    return make_plan(scenario, chain(sizes, scenario.has_readout, 20.0, 5.0), sizes[0], make_firmware(scenario))


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


REFUSALS = [
    (
        {"training.copies": 60}, (5, 120, 3),
        "60 copies need 240 PEs (4 each) and the optimizer 2, together 242; the chip has 148; "
        "at most about 36 copies fit (training.copies)",
    ),
    (
        {"training.copies": 1}, (5, 2000, 3),
        "1 neuron(s) of population lif2 needs 179377 bytes of SRAM on one PE (input spikes 108058, code 32768, gradients 16000), "
        "there are 131072; use smaller populations (network.hidden), or lower network.steps, "
        "mapping.spikes_per_neuron or chip.fifo_capacity",
    ),
    (
        {"training.copies": 1}, (20_000, 10, 3),
        "1 neuron(s) of population lif1 needs 1385373 bytes of SRAM on one PE (input spikes 1080058, gradients 160000, weights 80000), "
        "there are 131072; use smaller populations (network.hidden), or lower network.steps, "
        "mapping.spikes_per_neuron or chip.fifo_capacity",
    ),
    (
        {"training.copies": 1, "mapping.pes_per_layer": (1, 1, 1)}, (5, 2000, 3),
        "population lif1 cut into 1 needs 567447 bytes of SRAM on one PE (own spikes 324058, gradients 80000, weights 40000), "
        "there are 131072; raise mapping.pes_per_layer, or lower mapping.spikes_per_neuron or chip.fifo_capacity",
    ),
    (
        {"training.copies": 1, "mapping.pes_per_layer": (1, 1, 4)}, (5, 120, 3),
        "mapping.pes_per_layer asks for 4 PEs for population lif2, which has 3 neurons; at most 3",
    ),
    (
        {"training.copies": 3, "mapping.reduce_rounds": 4}, (5, 120, 3),
        "mapping.reduce_rounds is 4, with 3 copies it can be at most 3",
    ),
    (
        {"training.copies": 9}, (5, *(2,) * 15, 3),
        "training.copies is 9; a key has room for 8 copies of a network of more than 16 populations",
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
    """The number of copies that the refusal gives as the largest does fit, and one more does not."""
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


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("performance_level", "low"), ("reserved_pes", 9), ("fifo_capacity", 77), ("fifo_policy", "stall"), ("dram_efficiency", 0.5),
        ("dram_latency_ns", 3),
    ],
)  # fmt: skip
def test_keys_of_the_chip_reach_the_hardware(key: str, value: Any) -> None:
    """Each key of [chip] that the hardware has an option for changes that option and no other; the defaults are the same."""
    assert hardware_options(tiny_scenario()) == HardwareOptions()
    assert hardware_options(tiny_scenario({f"chip.{key}": value})) == HardwareOptions(**{key: value})


def test_keys_of_a_scenario_reach_the_mapping() -> None:
    """Each key reaches the mapping option of its name; measured tick periods override a number in chip.tick_us."""
    assert mapping_options(tiny_scenario(), {}) == MappingOptions(copies=3, steps=12)
    changes = {
        "training.copies": 2, "network.steps": 9, "loss.kind": "max_voltage", "training.silent_guard": "push", "mapping.neurons_per_pe": 4,
        "mapping.pes_per_layer": (1, 2, 1, 1), "mapping.placement": "random", "mapping.reduce_rounds": 2, "chip.tick_us": 30.0,
    }  # fmt: skip
    periods = {**dict.fromkeys(STEP_PHASES, 30), Phase.LOSS: 7}
    assert mapping_options(tiny_scenario(changes), {Phase.LOSS: 7}) == MappingOptions(
        2, 9, True, 4, (1, 2, 1, 1), "random", 2, periods
    )
