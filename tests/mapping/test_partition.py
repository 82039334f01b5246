"""Cuts, SRAM and refusals, with firmware whose sizes can be worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plain_firmware import plan_of
from spinn2sim.errors import MappingError
from spinn2sim.hardware.facts import SRAM_BYTES
from spinn2sim.hardware.hardware_options import HardwareOptions
from spinn2sim.mapping.cuts import even_cuts
from spinn2sim.mapping.mapping_options import MappingOptions

# SRAM that is left beside code, stack and a receive FIFO of 1024 packets.
FREE = SRAM_BYTES - 32 * 1024 - 4 * 1024 - 8 * 1024


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


def test_a_layer_is_cut_into_the_fewest_parts_that_fit() -> None:
    """A neuron with 100 sources takes 1300 bytes, its sources 5000 once: 62 neurons fit a PE and 63 do not."""
    assert 62 * 1300 + 5000 <= FREE < 63 * 1300 + 5000
    for neurons, parts in ((62, 1), (63, 2)):
        plan = plan_of((100, neurons, 3), MappingOptions(copies=1, steps=10))
        assert len([share for share in plan.shares if share.layer == 1]) == parts
    asked = plan_of((100, 60, 3), MappingOptions(copies=1, steps=10, neurons_per_pe=25))
    assert [share.size for share in asked.shares if share.layer == 1] == [20, 20, 20]
    named = plan_of((100, 60, 3), MappingOptions(copies=1, steps=10, pes_per_layer=(2, 4, 1)))
    assert [share.size for share in named.shares if share.layer < 2] == [50, 50, 15, 15, 15, 15]


def test_no_pe_holds_more_than_its_sram_nor_two_tasks() -> None:
    """Every PE's regions add up to at most 128 KiB, code, stack and FIFO among them, and each PE is in one group."""
    plan = plan_of((40, 120, 120, 10), MappingOptions(copies=3, steps=20), HardwareOptions(fifo_capacity=2000))
    for group in plan.groups:
        assert len(group.used) == len(group.cores)
        assert max(group.used) == sum(group.regions.values()) <= SRAM_BYTES
        assert group.regions["receive FIFO"] == 16_000
    cores = [core for group in plan.groups for core in group.cores]
    assert len(cores) == len(set(cores))


REFUSALS = [
    (
        (5, 120, 3), MappingOptions(copies=60, steps=10),
        "60 copies need 240 PEs (4 each) and the optimizer 2, together 242; the chip has 148; "
        "at most about 36 copies fit (training.copies)",
    ),
    (
        (3000, 10, 3), MappingOptions(copies=1, steps=10),
        "1 neuron(s) of population lif1 needs 231156 bytes of SRAM on one PE (spikes 150100, code 32768, gradients 24000), "
        "there are 131072; use smaller populations (network.hidden), or lower network.steps, "
        "mapping.spikes_per_neuron or chip.fifo_capacity",
    ),
    (
        (100, 120, 3), MappingOptions(copies=1, steps=10, pes_per_layer=(1, 1, 1)),
        "population lif1 cut into 1 needs 206056 bytes of SRAM on one PE (gradients 96000, weights 48000, code 32768), "
        "there are 131072; raise mapping.pes_per_layer, or lower mapping.spikes_per_neuron or chip.fifo_capacity",
    ),
    (
        (5, 120, 3), MappingOptions(copies=1, steps=10, pes_per_layer=(1, 1, 4)),
        "mapping.pes_per_layer asks for 4 PEs for population lif2, which has 3 neurons; at most 3",
    ),
    (
        (5, 120, 3), MappingOptions(copies=3, steps=10, reduce_rounds=4),
        "mapping.reduce_rounds is 4, with 3 copies it can be at most 3",
    ),
    ((5, 120, 3), MappingOptions(copies=257, steps=10), "training.copies is 257; a key has room for 256 copies"),
    (
        (5, *(2,) * 4095, 3), MappingOptions(copies=1, steps=10),
        "the network has 4097 populations; keys have room for 4096",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("sizes", "options", "message"), REFUSALS)
def test_what_does_not_fit_is_refused_with_the_numbers(
    sizes: tuple[int, ...], options: MappingOptions, message: str
) -> None:
    """A refusal says in one line what is needed, what there is, and which key would change it."""
    with pytest.raises(MappingError) as refusal:
        plan_of(sizes, options)
    assert str(refusal.value) == message


@pytest.mark.parametrize("reserved", [0, 4, 100])
def test_as_many_copies_as_the_refusal_says_fit(reserved: int) -> None:
    """As many copies as the refusal says fit do fit, and one more does not."""
    hardware = HardwareOptions(reserved_pes=reserved)
    with pytest.raises(MappingError, match="at most about") as refusal:
        plan_of((5, 120, 3), MappingOptions(copies=120, steps=10), hardware)
    most = int(str(refusal.value).split("at most about ")[1].split()[0])
    assert plan_of((5, 120, 3), MappingOptions(copies=most, steps=10), hardware).copies == most
    with pytest.raises(MappingError):
        plan_of((5, 120, 3), MappingOptions(copies=most + 1, steps=10), hardware)
