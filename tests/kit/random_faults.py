"""Random faults for the random machines: rates, and faults in ticks that the machine has."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from random_machines import CORES
from spinn2sim.hardware.dynamic_faults import (
    ChannelDown,
    Drift,
    DynamicFaults,
    HungPe,
    Instant,
    SramFlip,
    TableFlip,
    threshold,
)
from spinn2sim.hardware.geometry import DRAM_CORE, EVENT_ROUTER, channels, route

RATES = st.sampled_from((0.0, 0.0, 0.1, 0.5, 1.0)).map(threshold)
# The channels that packets between the cores of random machines, the event router and the DRAM pass.
PASSED = {
    channel
    for core in CORES
    for other in (EVENT_ROUTER, DRAM_CORE)
    for channel in (*route(core, other), *route(other, core))
}
CHANNELS = [n for n, channel in enumerate(channels()) if channel in PASSED]


@st.composite
def faults(draw: st.DrawFn, machine: dict[str, Any]) -> DynamicFaults:
    """What breaks on a machine of which epoch 1 and then epoch 2 are played."""
    core = st.sampled_from(CORES)
    instant = st.builds(
        Instant,
        st.integers(1, 2),
        st.integers(0, machine["batches"] - 1),
        st.integers(0, machine["ticks"] - 1),
    )

    def few(*fields: st.SearchStrategy[Any], kind: Any) -> Any:
        return draw(st.lists(st.builds(kind, *fields), max_size=draw(st.sampled_from((0, 0, 1, 4)))))

    return DynamicFaults(
        seed=draw(st.integers(0, 2**63 - 1)),
        drop=draw(RATES),
        double=draw(RATES),
        key_flip=draw(RATES),
        payload_flip=draw(RATES),
        sram_flip=draw(RATES),
        table_flip=draw(RATES),
        sram_flips=tuple(few(core, st.integers(0, 200), st.integers(0, 31), instant, kind=SramFlip)),
        table_flips=tuple(few(st.integers(0, 7), st.integers(0, 63), instant, kind=TableFlip)),
        hung_pes=tuple({one.core: one for one in few(core, instant, kind=HungPe)}.values()),
        drifts=tuple(
            {one.core: one for one in few(core, st.sampled_from((-60_000_000, -1000, 7, 10**8)), kind=Drift)}.values()
        ),
        channels_down=tuple(
            {one.channel: one for one in few(st.sampled_from(CHANNELS), instant, kind=ChannelDown)}.values()
        ),
    )
