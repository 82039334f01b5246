"""The energy of a part, from the chip's published power figures. The energy of packets is unknown: it is an assumption, named as such.

Derivation: chip-paper gives the power of the whole chip with all PEs off, all sleeping, and all 152 running CoreMark. The differences,
divided by 152, are the power of one sleeping PE and what a busy core adds. A PE that waits for its tick sleeps. PEs without a program are
off. That every program draws as much as CoreMark is an assumption.
"""

from __future__ import annotations

from spinn2sim.hardware.facts import FACTS, N_CORES
from spinn2sim.hardware.units import seconds

_MW = {fact.name: float(fact.known()) for fact in FACTS if fact.unit == "mW"}
ALL_OFF_MW = _MW["power, all PEs off"]
SLEEPING_MW = {"low": _MW["power, all PEs sleeping, 0.5 V"], "high": _MW["power, all PEs sleeping, 0.8 V"]}
RUNNING_MW = {
    "low": _MW["power, 152 PEs running CoreMark, 150 MHz"],
    "high": _MW["power, 152 PEs running CoreMark, 300 MHz"],
}


def energy_by_state_j(
    level: str, used_pes: int, chip_q: int, busy_q: int, hops: int, pj_per_hop: float, chips: int = 1
) -> dict[str, float]:
    """Joules of `chip_q` quanta on `chips` chips with `used_pes` PEs in use, whose cores were busy for `busy_q` quanta in all:
    `base` with all PEs off, `sleeping` what the PEs in use add, `running` what busy cores add to that, `network` what the hops take.

    What links between chips take is not published, and not in it."""
    sleep = (SLEEPING_MW[level] - ALL_OFF_MW) / N_CORES
    busy = (RUNNING_MW[level] - SLEEPING_MW[level]) / N_CORES
    return {
        "base": chips * ALL_OFF_MW * seconds(chip_q) * 1e-3,
        "sleeping": used_pes * sleep * seconds(chip_q) * 1e-3,
        "running": busy * seconds(busy_q) * 1e-3,
        "network": hops * pj_per_hop * 1e-12,
    }
