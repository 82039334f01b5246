"""The dead parts of a scenario's chip: those that [faults] names, and those drawn by its rates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from spinn2sim.hardware.board.shape import Chip
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts, channels_by_name, closed
from spinn2sim.hardware.facts import DRAM_SLOTS, N_CORES, ROUTER_ENTRIES, ROUTER_PORTS
from spinn2sim.hardware.geometry import ChannelKind, channels
from spinn2sim.scenario.chip_parts import lists_of_chip, with_lists
from spinn2sim.scenario.dead_part_keys import INTERFACES, PORTS, DeadPartLists
from spinn2sim.scenario.fault_keys import HEALTHY, Faults
from spinn2sim.scenario.keys import Scenario
from spinn2sim.seeds import generator

Part = TypeVar("Part")
FIRST: Chip = (0, 0)
# One channel of each pair between neighbours, without the ports, which have a rate of their own.
PAIRS = tuple(
    channel
    for channel in channels()
    if channel.kind is ChannelKind.MESH
    and channel.start < channel.end
    and not {(channel.start, channel.end), (channel.end, channel.start)} & set(ROUTER_PORTS)
)


def dead_parts_of(scenario: Scenario, chip: Chip = FIRST) -> DeadParts:
    """Return the dead parts of a chip of a scenario. Rates are drawn by both seeds, each kind of part from a generator of its own.

    Without a board there is one chip, the first. On a board, what [faults] names is dead on each chip, and each draws for itself.
    """
    faults, board = scenario.faults, scenario.board
    if board is not None:
        lists = lists_of_chip(board, chip)
        if lists != DeadPartLists():
            faults = with_lists(faults or HEALTHY, lists)
    return NOTHING_DEAD if faults is None else dead_parts_of_faults(faults, scenario.seed, chip)


@lru_cache(maxsize=256)
def dead_parts_of_faults(faults: Faults, seed: int, chip: Chip = FIRST) -> DeadParts:
    """Return the dead parts that [faults] names, and those that its rates draw by its own seed, that of the scenario and the chip."""
    by_name, seeds = channels_by_name(), (seed, faults.seed, *(() if chip == FIRST else chip))
    lines: set[int] = set()
    for line in faults.dead_router_lines:
        lines.update(range(line[0], line[1] + 1) if isinstance(line, tuple) else (line,))
    return DeadParts(
        frozenset({*faults.dead_pes, *_drawn(range(1, N_CORES + 1), faults.dead_pe_rate, seeds, "dead PEs")}),
        closed(
            [
                *(by_name[name] for name in faults.dead_channels),
                *_drawn(PAIRS, faults.dead_channel_rate, seeds, "dead channels"),
            ],
            [
                *(PORTS[name] for name in faults.dead_router_ports),
                *_drawn(
                    [quad for quad, _ in ROUTER_PORTS],
                    faults.dead_router_port_rate,
                    seeds,
                    "dead ports of the event router",
                ),
            ],
            [
                *(INTERFACES[name] for name in faults.dead_dram_interfaces),
                *_drawn(DRAM_SLOTS, faults.dead_dram_interface_rate, seeds, "dead DRAM interfaces"),
            ],
        ),
        frozenset({*lines, *_drawn(range(ROUTER_ENTRIES), faults.dead_router_line_rate, seeds, "dead router lines")}),
    )


def _drawn(parts: Sequence[Part], rate: float, seeds: tuple[int, ...], name: str) -> list[Part]:
    """Draw which of `parts` are dead. With the same seeds, a higher rate leaves dead what a lower one has drawn."""
    if not rate:
        return []
    dead = generator(seeds[0], name, *seeds[1:]).random(len(parts)) < rate
    return [part for part, is_dead in zip(parts, dead.tolist(), strict=True) if is_dead]
