"""Random sets of dead parts."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import strategies as st

from spinn2sim.hardware.chip_routes import routes_around
from spinn2sim.hardware.dead_parts import DeadParts, closed
from spinn2sim.hardware.facts import DRAM_SLOTS, N_CORES, ROUTER_ENTRIES, ROUTER_PORTS
from spinn2sim.hardware.geometry import ChannelKind, channels
from spinn2sim.hardware.mapped_around import mapped_around
from spinn2sim.scenario.fault_keys import Faults

PORTS = [quad for quad, _ in ROUTER_PORTS]
MESH = [channel for channel in channels() if channel.kind is ChannelKind.MESH]


@st.composite
def dead_parts(draw: st.DrawFn, most_channels: int = 40) -> DeadParts:
    """A chip with any parts dead, from a single one to most of them."""
    channel_count, pe_count = draw(st.sampled_from((0, 1, 3, most_channels))), draw(st.sampled_from((0, 1, 8, 100)))
    return DeadParts(
        draw(st.frozensets(st.integers(1, N_CORES), max_size=pe_count)),
        closed(
            draw(st.sets(st.sampled_from(channels()), max_size=channel_count)),
            draw(st.one_of(st.just(set()), st.sets(st.sampled_from(PORTS)))),
            draw(st.one_of(st.just(set()), st.sets(st.sampled_from(DRAM_SLOTS)))),
        ),
        draw(st.one_of(st.just(frozenset()), st.frozensets(st.integers(0, ROUTER_ENTRIES - 1), max_size=60))),
    )


def dead_mesh_channels(reached: Collection[int]) -> st.SearchStrategy[DeadParts]:
    """Some dead channels of the mesh that leave a way to each of the PEs `reached`, and to the DRAM."""

    def keeps_all(dead: DeadParts) -> bool:
        routes = routes_around(dead)
        return set(reached) <= set(routes.pes) and bool(routes.dram_slots)

    mesh = st.sets(st.sampled_from(MESH), min_size=1, max_size=12)
    return mesh.map(lambda chosen: DeadParts(channels=closed(chosen))).filter(keeps_all)


def faults_of(dead: DeadParts) -> Faults:
    """The keys of [faults] that name these dead parts."""
    lists = mapped_around(dead)
    lists.pop("cut_off_pes")
    lines = tuple((first, last) for first, last in lists.pop("dead_router_lines"))
    return Faults(dead_router_lines=lines, **{name: tuple(parts) for name, parts in lists.items()})
