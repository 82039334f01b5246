"""Packet kinds, the 32-bit multicast key, parts and phases of a run, and outcomes of a delivery."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from spinn2sim.hardware.facts import LINK_NAMES

KIND_BITS, COPY_BITS, LAYER_BITS, NEURON_BITS = 2, 8, 4, 18
LAYER_SHIFT = NEURON_BITS
COPY_SHIFT = LAYER_SHIFT + LAYER_BITS
KIND_SHIFT = COPY_SHIFT + COPY_BITS
NEURON_MASK = (1 << NEURON_BITS) - 1
LAYER_MASK = (1 << LAYER_BITS) - 1
COPY_MASK = (1 << COPY_BITS) - 1
# Keys of the populations beyond the first 16 are wide: after the kind come a mark, which no copy of the other keys begins with, and
# fields of other widths.
MARK_BITS, WIDE_COPY_BITS, WIDE_LAYER_BITS, WIDE_NEURON_BITS = 2, 3, 12, 13
WIDE_LAYER_SHIFT = WIDE_NEURON_BITS
WIDE_COPY_SHIFT = WIDE_LAYER_SHIFT + WIDE_LAYER_BITS
WIDE_SHIFT = WIDE_COPY_SHIFT + WIDE_COPY_BITS
WIDE_MARK = (1 << MARK_BITS) - 1
WIDE_NEURON_MASK = (1 << WIDE_NEURON_BITS) - 1
WIDE_LAYER_MASK = (1 << WIDE_LAYER_BITS) - 1
WIDE_COPY_MASK = (1 << WIDE_COPY_BITS) - 1
# The copies that keys can name: those below the mark.
KEY_COPIES = WIDE_MARK << (COPY_BITS - MARK_BITS)


# What a packet carries beside its key: nothing, 32 bits, or, in a long packet, 128 bits, which are two words of 64.
NO_PAYLOAD, PAYLOAD, LONG_PAYLOAD = 0, 1, 4
LONG_PAYLOAD_BYTES = 16
WORD_BITS = 64
WORD_MASK = (1 << WORD_BITS) - 1


class Kind(IntEnum):
    """Packet kind: the two highest bits of a multicast key."""

    SPIKE = 0
    ERROR = 1
    WEIGHTS = 2
    GUARD = 3


class Part(IntEnum):
    """Parts of an epoch, in their order."""

    TRAIN = 0
    TEST = 1
    VALIDATION = 2


PART_NAMES = tuple(part.name.lower() for part in Part)


class Phase(IntEnum):
    """Phases of a batch, in their order."""

    LOAD = 0
    FORWARD = 1
    LOSS = 2
    BACKWARD = 3
    REDUCE = 4
    UPDATE = 5
    # Between REDUCE and UPDATE, on a board of several chips.
    EXCHANGE = 6


STEP_PHASES = (Phase.FORWARD, Phase.LOSS, Phase.BACKWARD)  # the phases whose ticks are time steps
CHIP_PHASES = tuple(phase for phase in Phase if phase is not Phase.EXCHANGE)  # those that a chip has by itself


class Outcome(IntEnum):
    """The outcome of one delivery; a delivery without outcome is still in flight."""

    ON_TIME = 0
    LATE = 1
    EARLY = 2
    DROPPED = 3
    NO_ROUTE = 4
    UNMATCHED = 5


@dataclass(frozen=True)
class Key:
    """A multicast key, unpacked. An error or guard key names the neuron that receives it, a spike key the one that sent it."""

    kind: Kind
    copy: int
    layer: int
    neuron: int

    def pack(self) -> int:
        """Pack the fields into the 32-bit key, whose layout depends on the layer."""
        if self.layer > LAYER_MASK:
            wide = (self.kind << MARK_BITS) | WIDE_MARK
            return (
                (wide << WIDE_SHIFT) | (self.copy << WIDE_COPY_SHIFT) | (self.layer << WIDE_LAYER_SHIFT) | self.neuron
            )
        return (self.kind << KIND_SHIFT) | (self.copy << COPY_SHIFT) | (self.layer << LAYER_SHIFT) | self.neuron

    @classmethod
    def unpack(cls, word: int) -> Key:
        """Unpack a 32-bit key."""
        if (word >> WIDE_SHIFT) & WIDE_MARK == WIDE_MARK:
            return cls(
                Kind(word >> KIND_SHIFT),
                (word >> WIDE_COPY_SHIFT) & WIDE_COPY_MASK,
                (word >> WIDE_LAYER_SHIFT) & WIDE_LAYER_MASK,
                word & WIDE_NEURON_MASK,
            )
        return cls(
            Kind(word >> KIND_SHIFT),
            (word >> COPY_SHIFT) & COPY_MASK,
            (word >> LAYER_SHIFT) & LAYER_MASK,
            word & NEURON_MASK,
        )

    def __str__(self) -> str:
        return f"{self.kind.name.lower()} copy {self.copy} layer {self.layer} neuron {self.neuron}"


def join_words(first: int, second: int) -> int:
    """Join the two words of a long packet to one number without sign."""
    return (first & WORD_MASK) | (second & WORD_MASK) << WORD_BITS


def part_words(payload: int) -> tuple[int, int]:
    """Return the two words of a long packet, with their signs."""
    words = (payload & WORD_MASK, payload >> WORD_BITS)
    first, second = (word - (word >> (WORD_BITS - 1) << WORD_BITS) for word in words)
    return first, second


def neuron_mask(layer: int) -> int:
    """Return the bits of the neuron in the keys of a layer."""
    return NEURON_MASK if layer <= LAYER_MASK else WIDE_NEURON_MASK


@dataclass(frozen=True)
class RoutingEntry:
    """One line of the event router's table: packets with `key & mask == self.key` go to `cores`, and over `links` to other chips."""

    key: int
    mask: int
    cores: tuple[int, ...]
    links: tuple[int, ...] = ()

    def __str__(self) -> str:
        bits = "".join(("." if not (self.mask >> b) & 1 else str((self.key >> b) & 1)) for b in range(31, -1, -1))
        links = (f"link {LINK_NAMES[link]}" for link in self.links)
        return f"{bits} -> {' '.join([*map(str, self.cores), *links])}"
