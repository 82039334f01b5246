"""What mapping hands to an engine: who runs where, which keys go where, what moves by DMA, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.packet import Phase, RoutingEntry

DRAM = "dram"


@dataclass(frozen=True)
class Share:
    """Neurons [first, last) of a layer of one copy, held by one PE. Layer 0 is the input layer."""

    layer: int
    copy: int
    part: int
    first: int
    last: int
    core: int

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.last - self.first


# Names of arrays that transfers move: the contract between mapping and the programs' states (and the host's DRAM arrays).
RECORD, LABEL, VALUE = "record", "label", "value"
WEIGHT, GRADIENT, SPIKE_COUNT = "weight", "gradient", "spike_count"
BUFFER, COUNT_BUFFER, RAW = "buffer", "count_buffer", "raw"
DRAM_LABELS, DRAM_RESULTS = "labels", "results"


def dram_samples(part: int) -> str:
    """DRAM array of the spike records for one part of the input layer."""
    return f"samples_{part}"


@dataclass(frozen=True)
class Group:
    """The PEs that run one program: row r of the program's state is core id cores[r].

    `columns` are integers per row (tuples of length rows, or of rows x k), `scalars` integers per group: what a program is built from.
    `regions` are SRAM bytes by name of its fullest PE; `used` are the bytes of each PE, code and stack included.
    """

    name: str
    program: str
    layer: int
    cores: tuple[int, ...]
    scalars: Mapping[str, int]
    columns: Mapping[str, tuple[Any, ...]]
    regions: Mapping[str, int]
    used: tuple[int, ...]


@dataclass(frozen=True)
class Slice:
    """Words [first, last) of one flattened row of an array. `place` is a group's name or DRAM (there the row is the sender's argument)."""

    place: str
    array: str
    row: int
    first: int
    last: int


@dataclass(frozen=True)
class Move:
    """What a transfer copies when it finishes: one source slice to one or more slices of the same length."""

    source: Slice
    destinations: tuple[Slice, ...]


@dataclass(frozen=True)
class Transfer:
    """One DMA burst: `bytes` from `source_core` to `destination_cores`, core 0 being the DRAM. Multicast bursts (weights) carry a key
    and go through the event router; the others go straight over the NoC. `issuer` is the core whose program starts it."""

    number: int
    name: str
    key: int
    multicast: bool
    bytes: int
    issuer: int
    source_core: int
    destination_cores: tuple[int, ...]
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class PhasePlan:
    """`ticks` wakes of `groups`, `period_q` quanta apart. Tick j has trace tick first_tick + j and step first_step + j * stride."""

    phase: Phase
    ticks: int
    first_tick: int
    first_step: int
    stride: int
    period_q: int
    groups: tuple[int, ...]


@dataclass(frozen=True)
class Schedule:
    """The phases of one batch: of training, of the first test batch (weights are sent), of the further ones."""

    train: tuple[PhasePlan, ...]
    test_first: tuple[PhasePlan, ...]
    test: tuple[PhasePlan, ...]


@dataclass(frozen=True)
class Plan:
    """The network on the chip."""

    copies: int
    sizes: tuple[int, ...]
    shares: tuple[Share, ...]
    groups: tuple[Group, ...]
    entries: tuple[RoutingEntry, ...]
    transfers: tuple[Transfer, ...]
    schedule: Schedule
    # quanta per core cycle at the performance level
    core_quanta: int
    fifo_capacity: int
    fifo_policy: str
    # quanta per flit at the sustained DRAM rate, and until the first flit of a read
    dram_flit_q: int
    dram_latency_q: int
    # to applications
    pes_available: int = N_CORES
