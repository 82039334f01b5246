"""The DMA transfers of a plan, and how its groups know them."""

from __future__ import annotations

import pytest

from plain_firmware import PlainFirmware, plan_of
from spinn2sim.hardware.plan import DRAM, Plan
from spinn2sim.hardware.program import NO_TRANSFER
from spinn2sim.mapping.mapping_options import MappingOptions

PLANS = [
    ((4, 6, 3), MappingOptions(copies=3, steps=12)),
    ((4, 6, 6, 3), MappingOptions(copies=5, steps=12, neurons_per_pe=2, reduce_rounds=2)),
    ((30, 60, 10), MappingOptions(copies=2, steps=12, pes_per_layer=(2, 3, 2))),
]


def started(plan: Plan) -> list[tuple[int, int]]:
    """(number, core) of every transfer that a group's PEs were told to start."""
    found = []
    for group in plan.groups:
        for name, column in group.columns.items():
            if name.endswith("transfer"):
                for core, numbers in zip(group.cores, column, strict=True):
                    found += [(n, core) for n in (numbers if isinstance(numbers, tuple) else (numbers,))]
    return [(number, core) for number, core in found if number != NO_TRANSFER]


@pytest.mark.parametrize(("sizes", "options"), PLANS)
def test_each_transfer_is_started_by_its_issuer_and_nobody_else(
    sizes: tuple[int, ...], options: MappingOptions
) -> None:
    """Transfers have names of their own and count up; each number stands once in the groups' columns, at the issuer."""
    plan = plan_of(sizes, options, firmware=PlainFirmware(send_counts=True), readout=sizes[0] == 30)
    assert [transfer.number for transfer in plan.transfers] == list(range(len(plan.transfers)))
    assert len({transfer.name for transfer in plan.transfers}) == len(plan.transfers)
    assert sorted(started(plan)) == [(transfer.number, transfer.issuer) for transfer in plan.transfers]


@pytest.mark.parametrize(("sizes", "options"), PLANS)
def test_moves_are_as_long_at_both_ends_and_stay_at_their_cores(
    sizes: tuple[int, ...], options: MappingOptions
) -> None:
    """Source and destination of a move have the same length, and belong to the transfer's source and destination cores."""
    plan = plan_of(sizes, options, firmware=PlainFirmware(send_counts=True), readout=sizes[0] == 30)
    cores = {group.name: group.cores for group in plan.groups}
    for transfer in plan.transfers:
        for move in transfer.moves:
            ends = [(move.source, (transfer.source_core,))]
            ends += [(place, transfer.destination_cores) for place in move.destinations]
            for place, allowed in ends:
                assert place.last - place.first == move.source.last - move.source.first > 0
                assert (0 if place.place == DRAM else cores[place.place][place.row]) in allowed
