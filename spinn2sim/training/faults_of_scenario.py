"""What breaks during a run, from the keys of [faults]."""

from __future__ import annotations

from firmware_models.fixedpoint import mix
from spinn2sim.hardware.dead_parts import channels_by_name
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
from spinn2sim.hardware.geometry import channels
from spinn2sim.scenario.keys import Scenario

PPB_PER_PPM = 1000


def faults_of_scenario(scenario: Scenario) -> DynamicFaults | None:
    """Return what breaks during a run; None if nothing does."""
    keys = scenario.faults
    if keys is None or not keys.has_dynamic:
        return None
    numbers = {channel: n for n, channel in enumerate(channels())}
    by_name = channels_by_name()
    return DynamicFaults(
        seed=int(mix(mix(0, scenario.seed), keys.seed)),
        drop=threshold(keys.drop_rate),
        double=threshold(keys.double_rate),
        key_flip=threshold(keys.key_flip_rate),
        payload_flip=threshold(keys.payload_flip_rate),
        sram_flip=threshold(keys.sram_flip_rate),
        table_flip=threshold(keys.table_flip_rate),
        sram_flips=tuple(SramFlip(*flip[:3], Instant(*flip[3:])) for flip in keys.sram_flips),
        table_flips=tuple(TableFlip(*flip[:2], Instant(*flip[2:])) for flip in keys.table_flips),
        hung_pes=tuple(HungPe(pe, Instant(*at)) for pe, *at in keys.hung_pes),
        drifts=tuple(Drift(pe, round(ppm * PPB_PER_PPM)) for pe, ppm in keys.clock_drift_ppm),
        channels_down=tuple(ChannelDown(numbers[by_name[name]], Instant(*at)) for name, *at in keys.channels_down),
    )
