"""The plan that mapping makes for an engine: which PE runs what, where keys are routed, what DMA moves, and the schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from spinn2sim.graph import Graph
from spinn2sim.hardware.chip_routes import ChipRoutes, routes_around
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.hardware.dynamic_faults import DynamicFaults
from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.packet import Phase, RoutingEntry

DRAM = "dram"


@dataclass(frozen=True)
class Share:
    """Neurons [first, last) of a population of one copy, held by one PE as part number `part`. `layer` is the population's position."""

    layer: int
    copy: int
    part: int
    first: int
    last: int
    core: int

    @property
    def size(self) -> int:
        """The number of neurons."""
        return self.last - self.first


# Names of the arrays that transfers move, which mapping, the programs' states and the host's DRAM arrays agree on.
RECORD, LABEL, VALUE = "record", "label", "value"
DELAY, DELAY_GRADIENT, AXON_DELAY, AXON_GRADIENT = "delay", "delay_gradient", "axon_delay", "axon_gradient"
WEIGHT, GRADIENT, SPIKE_COUNT = "weight", "gradient", "spike_count"
BUFFER, COUNT_BUFFER, RAW = "buffer", "count_buffer", "raw"
DRAM_LABELS, DRAM_RESULTS = "labels", "results"


def dram_samples(population: int, part: int) -> str:
    """Return the name of the DRAM array that holds the spike records for one part of an input population."""
    return f"samples_{population}_{part}"


@dataclass(frozen=True)
class Incoming:
    """A projection into a population, as the program of its PEs needs it: the neurons of `population` are its rows from `first_row` on."""

    population: int
    first_row: int
    size: int
    # Whether the source neurons take errors, which inputs do not.
    takes_errors: bool
    # The most steps of delay; 0: none.
    delay_max: int = 0
    # Whether delays are learned; with `axonal` one for each source neuron, not for each synapse.
    learns_delays: bool = False
    axonal: bool = False
    # (n_post, n_pre), which synapses exist, if PEs hold them as rows of (target, delay, weight); None for a matrix.
    exists: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class ProjectionForm:
    """How the PEs of its `post` hold a projection."""

    pre: str
    post: str
    # Whether as rows of (target, delay, weight), and not as a matrix.
    as_rows: bool
    synapses: int
    # The bytes of SRAM that it takes on the PE with the most of it: weights, gradients, delays, targets.
    sram_bytes: int


@dataclass(frozen=True)
class Group:
    """The PEs that run one program: row r of the program's state is core id cores[r].

    A program is built from `columns`, integers per row (tuples of length rows, or of rows x k), and `scalars`, integers per group.
    `regions` are the SRAM bytes of the fullest PE by name; `used` are the bytes of each PE, including code and stack.
    """

    name: str
    program: str
    layer: int
    cores: tuple[int, ...]
    scalars: Mapping[str, int]
    columns: Mapping[str, tuple[Any, ...]]
    regions: Mapping[str, int]
    used: tuple[int, ...]
    # Of a population of LIF or readout neurons.
    incoming: tuple[Incoming, ...] = ()
    # tau_mem and tau_syn in ms of the population (of the loss: the output): one pair if all neurons have the same, else one each.
    time_constants: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Slice:
    """Words [first, last) of one flattened row of an array. `place` is a group's name, or DRAM, where the sender's argument is the row."""

    place: str
    array: str
    row: int
    first: int
    last: int


@dataclass(frozen=True)
class Move:
    """One copy that a transfer makes when it is complete: from a source slice to one or more slices of the same length."""

    source: Slice
    destinations: tuple[Slice, ...]


@dataclass(frozen=True)
class Transfer:
    """One DMA burst: `bytes` from `source_core` to `destination_cores`; core 0 is the DRAM. `issuer` is the core whose program starts it.

    Multicast bursts (weights) carry a key and go through the event router; direct ones go straight over the mesh.
    """

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
    """A phase: `ticks` wakes of `groups`, `period_q` quanta apart. Tick j has trace tick first_tick + j and step first_step + j stride."""

    phase: Phase
    ticks: int
    first_tick: int
    first_step: int
    stride: int
    period_q: int
    groups: tuple[int, ...]
    # Whether packets that are sent in these ticks may leave the chip over a link.
    crosses: bool = False


@dataclass(frozen=True)
class Schedule:
    """The phases of a training batch, of the first test batch, in which weights are sent, and of every further test batch."""

    train: tuple[PhasePlan, ...]
    test_first: tuple[PhasePlan, ...]
    test: tuple[PhasePlan, ...]


@dataclass(frozen=True)
class Plan:
    """A network mapped onto the hardware."""

    copies: int
    # None if the hardware runs something else, such as synthetic traffic.
    graph: Graph | None
    shares: tuple[Share, ...]
    groups: tuple[Group, ...]
    entries: tuple[RoutingEntry, ...]
    transfers: tuple[Transfer, ...]
    schedule: Schedule
    # Quanta per core cycle at the performance level.
    core_quanta: int
    fifo_capacity: int
    fifo_policy: str
    # Quanta per flit at the sustained DRAM rate, and from a read's request to its first flit.
    dram_flit_q: int
    dram_latency_q: int
    # How many PEs applications may use.
    pes_available: int = N_CORES
    # The parts of the chip that the plan leaves out.
    dead: DeadParts = NOTHING_DEAD
    # What breaks during the run; None if nothing does.
    faults: DynamicFaults | None = None
    # In the order of the graph's projections.
    projections: tuple[ProjectionForm, ...] = ()
    # Whether programs may send packets with 128 bits of payload.
    long_packets: bool = False

    @property
    def routes(self) -> ChipRoutes:
        """The routes that packets and bursts take."""
        return routes_around(self.dead)
