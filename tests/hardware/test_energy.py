"""Energy: the joules of each state, counted by hand from the chip's published power, and the assumptions of the formula."""

from __future__ import annotations

import pytest

from spinn2sim.hardware.energy import energy_by_state_j
from spinn2sim.hardware.units import QUANTA_PER_S

# The whole chip in mW: all 152 PEs off; all asleep at 0.5 V and at 0.8 V; all running CoreMark at 150 MHz and at 300 MHz.
OFF, ASLEEP, RUNNING, PES = 75.2, {"low": 235.4, "high": 564.7}, {"low": 424.6, "high": 1247.9}, 152
SECOND = QUANTA_PER_S


@pytest.mark.parametrize("level", ["low", "high"])
def test_the_whole_chip_draws_what_was_published(level: str) -> None:
    """Off, asleep and running, a chip all of whose PEs do one thing for a second draws the power that the paper gives."""
    off, asleep, running = (
        sum(energy_by_state_j(level, used, SECOND, busy, 0, 0.0).values())
        for used, busy in ((0, 0), (PES, 0), (PES, PES * SECOND))
    )
    assert off == pytest.approx(OFF * 1e-3)
    assert asleep == pytest.approx(ASLEEP[level] * 1e-3)
    assert running == pytest.approx(RUNNING[level] * 1e-3)


def test_a_part_of_the_chip_by_hand() -> None:
    """76 PEs in use for 2 s whose cores are busy for 19 core seconds in all, and a billion hops at 3 pJ, each state by itself."""
    assert energy_by_state_j("low", 76, 2 * SECOND, 19 * SECOND, 10**9, 3.0) == pytest.approx({
        "base": 0.1504,  # 75.2 mW * 2 s
        "sleeping": 0.1602,  # (235.4 - 75.2) mW / 152 * 76 * 2 s
        "running": 0.02365,  # (424.6 - 235.4) mW / 152 * 19 s
        "network": 0.003,
    })  # fmt: skip


def test_a_pe_without_a_program_is_off() -> None:
    """Assumption: a PE that is not in use adds nothing, and one in use adds a 152nd of what all sleeping PEs add."""
    one, two = (energy_by_state_j("high", used, SECOND, 0, 0, 0.0)["sleeping"] for used in (1, 2))
    assert energy_by_state_j("high", 0, SECOND, 0, 0, 0.0)["sleeping"] == 0
    assert two == pytest.approx(2 * one)
    assert one == pytest.approx((564.7 - 75.2) * 1e-3 / 152)


def test_a_pe_that_waits_for_its_tick_sleeps() -> None:
    """Assumption: what a busy core adds depends on its busy time alone, however long the part lasts and however many PEs are in use."""
    assert (
        energy_by_state_j("low", 1, SECOND, SECOND // 4, 0, 0.0)["running"]
        == energy_by_state_j("low", 152, 9 * SECOND, SECOND // 4, 0, 0.0)["running"]
        == pytest.approx((424.6 - 235.4) * 1e-3 / 152 / 4)
    )


def test_the_energy_of_packets_is_what_the_scenario_assumes() -> None:
    """Assumption: nobody published the energy of a hop, so that it counts as 0 unless the scenario gives a value."""
    assert energy_by_state_j("low", 0, 0, 0, 10**12, 0.0)["network"] == 0
    assert energy_by_state_j("low", 0, 0, 0, 10**12, 1.5)["network"] == pytest.approx(1.5)
