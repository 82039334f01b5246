"""Keys of the packets with which the optimizer PEs of several chips add up their gradients, and the masks that route them.

A key is kind 2 bits (WEIGHTS) | role 2 | chip 8 | unit 10 | index 10. The packet with index i holds words 2 i and 2 i + 1 of a chunk.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from spinn2sim.hardware.packet import KIND_SHIFT, Kind

CHIP_BITS, UNIT_BITS, INDEX_BITS = 8, 10, 10
UNIT_SHIFT = INDEX_BITS
CHIP_SHIFT = UNIT_SHIFT + UNIT_BITS
ROLE_SHIFT = CHIP_SHIFT + CHIP_BITS
# The words of a packet: 128 bits of payload.
PACKET_WORDS = 2
MOST_CHIPS, MOST_UNITS, MOST_CHUNK_WORDS = 1 << CHIP_BITS, 1 << UNIT_BITS, (1 << INDEX_BITS) * PACKET_WORDS
# The bits that a routing entry looks at: all but the index.
ROUTED = 0xFFFF_FFFF & ~((1 << INDEX_BITS) - 1)


class Role(IntEnum):
    """What a packet of the exchange carries; 0 and 3 are no packets of the exchange."""

    PARTIAL = 1
    TOTAL = 2


@dataclass(frozen=True)
class ExchangeKey:
    """A key, unpacked: for partial sums the number of the chip that sends them, for totals 0; the unit is the same on every chip."""

    role: Role
    chip: int
    unit: int
    index: int = 0

    def pack(self) -> int:
        """Pack the fields into the 32-bit key. Raises ValueError for a field that does not fit."""
        for name, value, most in (
            ("chip", self.chip, MOST_CHIPS),
            ("unit", self.unit, MOST_UNITS),
            ("index", self.index, 1 << INDEX_BITS),
        ):
            if not 0 <= value < most:
                raise ValueError(f"{name} of a key of the exchange: found {value}, allowed is 0 to {most - 1}")
        word = (Kind.WEIGHTS << KIND_SHIFT) | (self.role << ROLE_SHIFT)
        return word | (self.chip << CHIP_SHIFT) | (self.unit << UNIT_SHIFT) | self.index

    @classmethod
    def unpack(cls, word: int) -> ExchangeKey:
        """Unpack a 32-bit key. Raises ValueError if it is none of the exchange."""
        if not is_exchange_key(word):
            raise ValueError(f"found {word:#010x}, which is no key of the exchange")
        return cls(
            Role((word >> ROLE_SHIFT) & 3),
            (word >> CHIP_SHIFT) & (MOST_CHIPS - 1),
            (word >> UNIT_SHIFT) & (MOST_UNITS - 1),
            word & ((1 << INDEX_BITS) - 1),
        )

    def __str__(self) -> str:
        sender = f" of chip {self.chip}" if self.role is Role.PARTIAL else ""
        return f"{self.role.name.lower()}{sender} unit {self.unit} words from {PACKET_WORDS * self.index} on"


def is_exchange_key(word: int) -> bool:
    """Whether a 32-bit key is one of the exchange."""
    return word >> KIND_SHIFT == Kind.WEIGHTS and (word >> ROLE_SHIFT) & 3 in tuple(Role)


def partial_route(chip: int, unit: int) -> tuple[int, int]:
    """Return (key, mask) of the partial sums that a chip sends for a unit, with any index."""
    return ExchangeKey(Role.PARTIAL, chip, unit).pack(), ROUTED


def total_route(unit: int) -> tuple[int, int]:
    """Return (key, mask) of the totals of a unit, with any index."""
    return ExchangeKey(Role.TOTAL, 0, unit).pack(), ROUTED
