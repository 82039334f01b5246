"""Integer time: one quantum is 1/12 ns. Clock cycles and periods are whole quanta, so the order of events does not depend on rounding."""

from __future__ import annotations

QUANTA_PER_NS = 12
QUANTA_PER_US = 12_000
QUANTA_PER_MS = 12_000_000
QUANTA_PER_S = 12_000_000_000


def quanta_per_cycle(clock_mhz: int) -> int:
    """Return the quanta of one clock cycle. Raises ValueError if the clock does not divide 12 GHz."""
    if clock_mhz <= 0 or QUANTA_PER_US % clock_mhz:
        raise ValueError(f"a clock of {clock_mhz} MHz has no whole number of 1/12 ns quanta per cycle")
    return QUANTA_PER_US // clock_mhz


def whole_us(quanta: int) -> int:
    """Convert quanta to microseconds, rounded up."""
    return -(-quanta // QUANTA_PER_US)


def seconds(quanta: int) -> float:
    """Convert quanta to seconds, for reports only."""
    return quanta / QUANTA_PER_S
