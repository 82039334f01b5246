"""What breaks during a run, as a plan has it: rates, and faults that are named one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from spinn2sim.hardware.packet import Part

RATE_BITS = 53  # a rate is compared with this many bits of a hash
PPB = 1_000_000_000


class Instant(NamedTuple):
    """The begin of a tick in the first part of an epoch, with the trace's number of the tick."""

    epoch: int
    batch: int
    tick: int


class SramFlip(NamedTuple):
    """One bit of a PE's SRAM that changes."""

    core: int
    word: int
    bit: int
    at: Instant


class TableFlip(NamedTuple):
    """One bit of a line of the event router's table that changes: bits 0 to 31 are the key's, 32 to 63 the mask's."""

    line: int
    bit: int
    at: Instant


class HungPe(NamedTuple):
    """A PE that does not wake any more."""

    core: int
    at: Instant


class Drift(NamedTuple):
    """How much slower a PE's clock is than the others, in parts per billion; negative if it is faster."""

    core: int
    ppb: int


class ChannelDown(NamedTuple):
    """A channel that carries nothing any more, by its position in `geometry.channels()`."""

    channel: int
    at: Instant


@dataclass(frozen=True)
class DynamicFaults:
    """The faults of a run. Thresholds are rates times 2^RATE_BITS; `seed` names all draws."""

    seed: int = 0
    drop: int = 0
    double: int = 0
    key_flip: int = 0
    payload_flip: int = 0
    sram_flip: int = 0
    table_flip: int = 0
    sram_flips: tuple[SramFlip, ...] = ()
    table_flips: tuple[TableFlip, ...] = ()
    hung_pes: tuple[HungPe, ...] = ()
    drifts: tuple[Drift, ...] = ()
    channels_down: tuple[ChannelDown, ...] = ()


def threshold(rate: float) -> int:
    """Return what a hash's low bits must stay below for something to happen with probability `rate`."""
    return int(rate * (1 << RATE_BITS))


def first_part(epoch: int) -> Part:
    """Return the first part of an epoch, in which instants lie: epoch 0 has no training."""
    return Part.TRAIN if epoch else Part.TEST
