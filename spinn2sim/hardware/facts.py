"""The modelled hardware as facts with value, unit and source, and the floor plan of a chip. Each number stands only here."""

from __future__ import annotations

import math
from dataclasses import dataclass

from spinn2sim.errors import UnknownFactError
from spinn2sim.hardware.units import QUANTA_PER_NS, quanta_per_cycle

Quad = tuple[int, int]


@dataclass(frozen=True)
class Fact:
    """A number of the hardware. `source` names the publication; `assumed` marks a number that is not published."""

    name: str
    value: float | int | None
    unit: str
    source: str
    assumed: bool = False
    # The scenario key that changes it, if any.
    key: str = ""

    def known(self) -> float | int:
        """Return the value. Raises UnknownFactError if it is unknown."""
        if self.value is None:
            raise UnknownFactError(f"{self.name} is unknown ({self.source})")
        return self.value


# Quads in the order of the core ids 1..152, four PEs each (from SpiNNMachine).
QUADS: tuple[Quad, ...] = (
    (7, 6), (7, 5), (6, 6), (6, 5), (6, 4), (5, 4), (5, 6), (3, 6), (4, 6), (5, 5), (3, 5), (4, 5), (1, 6),
    (2, 6), (1, 5), (2, 5), (1, 4), (2, 4), (3, 4), (1, 1), (2, 1), (1, 2), (2, 2), (1, 3), (2, 3), (3, 3),
    (5, 1), (3, 1), (4, 1), (5, 2), (3, 2), (4, 2), (7, 1), (6, 1), (7, 2), (6, 2), (6, 3), (5, 3),
)  # fmt: skip
PES_PER_QUAD = 4
N_CORES = len(QUADS) * PES_PER_QUAD
GRID: tuple[Quad, ...] = tuple((x, y) for x in range(1, 8) for y in range(1, 7))
ROUTER_SLOTS: tuple[Quad, Quad] = ((4, 3), (4, 4))
ROUTER_PORTS: tuple[tuple[Quad, Quad], ...] = (
    ((3, 3), (4, 3)), ((5, 3), (4, 3)), ((4, 2), (4, 3)), ((3, 4), (4, 4)), ((5, 4), (4, 4)), ((4, 5), (4, 4)),
)  # fmt: skip
DRAM_SLOTS: tuple[Quad, Quad] = ((7, 3), (7, 4))

SRAM_BYTES = 128 * 1024
CODE_BYTES = 32 * 1024
HEAP_STACK_BYTES = 4 * 1024
RESERVED_PES = 4
FIFO_CAPACITY = 1024
KEY_BYTES = 4
FIFO_PACKET_BYTES = 8
ROUTER_ENTRIES = 16_384
ROUTER_ENGINES = 3
ROUTER_PIPELINE_CYCLES = 4
FLIT_PAYLOAD_BYTES = 16
NOC_MHZ = 300
ROUTER_MHZ = 400
HOP_CYCLES = 5
PERFORMANCE_LEVELS_MHZ = {"low": 150, "high": 300}
DRAM_RAW_GBIT_S = 25.6
DRAM_BYTES = 2 * 1024**3
DRAM_EFFICIENCY = 0.7
DRAM_LATENCY_NS = 100
EXP_CYCLES = 22
ROUND_CYCLES = 4
ENERGY_PER_HOP_PJ = 0.0
LINKS = 6
LINK_NAMES = ("E", "NE", "N", "W", "SW", "S")
BOARD_CHIPS = 48
LINK_GBIT_S = 6.0
LINK_PACKET_BITS = 96
LINK_LONG_PACKET_BITS = 192
LINK_LATENCY_NS = 200

# Service times and latencies in quanta.
FLIT_Q = quanta_per_cycle(NOC_MHZ)  # a NoC channel serves one flit
HOP_Q = HOP_CYCLES * FLIT_Q
ROUTER_Q = quanta_per_cycle(ROUTER_MHZ)  # an engine of the event router accepts one flit
PIPELINE_Q = ROUTER_PIPELINE_CYCLES * ROUTER_Q


def dram_flit_quanta(efficiency: float) -> int:
    """Compute the quanta per flit at the sustained DRAM rate, rounded up."""
    bits_per_quantum = DRAM_RAW_GBIT_S * efficiency / QUANTA_PER_NS
    return math.ceil(FLIT_PAYLOAD_BYTES * 8 / bits_per_quantum)


def flits_of(size: int) -> int:
    """Count the flits of a burst of `size` bytes; an empty burst has one."""
    return max(1, -(-size // FLIT_PAYLOAD_BYTES))


FACTS: tuple[Fact, ...] = (
    Fact("processing elements", N_CORES, "PE", "chip-paper"),
    Fact("quads (QPE)", len(QUADS), "", "chip-paper; coordinates: SpiNNMachine"),
    Fact(
        "reserved for system software",
        RESERVED_PES,
        "PE",
        "portal; which ones: assumed (core ids 149..152)",
        key="chip.reserved_pes",
    ),
    Fact(
        "core clock, level low (0.5 V)",
        PERFORMANCE_LEVELS_MHZ["low"],
        "MHz",
        "chip-paper",
        key="chip.performance_level",
    ),
    Fact(
        "core clock, level high (0.8 V)",
        PERFORMANCE_LEVELS_MHZ["high"],
        "MHz",
        "chip-paper",
        key="chip.performance_level",
    ),
    Fact("timer reference", 1, "MHz", "chip-paper"),
    Fact("SRAM per PE", SRAM_BYTES, "byte", "chip-paper"),
    Fact("SRAM for code (ITCM)", CODE_BYTES, "byte", "chip-paper, portal: about 32 KiB"),
    Fact("SRAM for heap and stack", HEAP_STACK_BYTES, "byte", "portal"),
    Fact("DRAM interfaces", len(DRAM_SLOTS), "", "chip-paper; at (7,3) and (7,4): assumed"),
    Fact("DRAM of a chip", DRAM_BYTES, "byte", "chip-paper"),
    Fact("DRAM raw bandwidth per interface", DRAM_RAW_GBIT_S, "Gbit/s", "chip-paper"),
    Fact("DRAM sustained share of raw bandwidth", DRAM_EFFICIENCY, "", "not published", True, "chip.dram_efficiency"),
    Fact("DRAM access latency", DRAM_LATENCY_NS, "ns", "not published", True, "chip.dram_latency_ns"),
    Fact("NoC clock", NOC_MHZ, "MHz", "chip-paper"),
    Fact("NoC latency per hop", HOP_CYCLES, "cycle", "chip-paper"),
    Fact("NoC service per flit", 1, "cycle", "chip-paper: a whole packet in one 192-bit flit"),
    Fact("NoC payload per flit", FLIT_PAYLOAD_BYTES, "byte", "chip-paper, portal"),
    Fact("event router clock", ROUTER_MHZ, "MHz", "chip-paper"),
    Fact("event router engines", ROUTER_ENGINES, "", "chip-paper"),
    Fact("event router ports", len(ROUTER_PORTS), "", "chip-paper; which quads: assumed from the floor plan"),
    Fact("event router pipeline", ROUTER_PIPELINE_CYCLES, "cycle", "chip-paper: 4-stage multicast pipeline"),
    Fact("event router table", ROUTER_ENTRIES, "entry", "chip-paper"),
    Fact(
        "receive FIFO capacity",
        FIFO_CAPACITY,
        "packet",
        "an SRAM FIFO of configurable size (chip-paper); the size here",
        True,
        "chip.fifo_capacity",
    ),
    Fact("receive FIFO bytes per packet", FIFO_PACKET_BYTES, "byte", "a key and a payload word of 32 bits each", True),
    Fact(
        "exp accelerator", EXP_CYCLES, "cycle", "chip-paper: 7 to 22 cycles; the larger is used", key="chip.cycles.exp"
    ),
    Fact(
        "rounding accelerator",
        ROUND_CYCLES,
        "cycle",
        "chip-paper: 3 to 4 cycles; the larger is used",
        key="chip.cycles.round",
    ),
    Fact("power, all PEs off", 75.2, "mW", "chip-paper"),
    Fact("power, all PEs sleeping, 0.5 V", 235.4, "mW", "chip-paper"),
    Fact("power, all PEs sleeping, 0.8 V", 564.7, "mW", "chip-paper"),
    Fact("power, 152 PEs running CoreMark, 150 MHz", 424.6, "mW", "chip-paper"),
    Fact("power, 152 PEs running CoreMark, 300 MHz", 1247.9, "mW", "chip-paper"),
    Fact(
        "energy per packet and hop",
        ENERGY_PER_HOP_PJ,
        "pJ",
        "not published; 0 so that no joule is invented",
        True,
        "chip.energy_per_hop_pj",
    ),
    Fact("links of a chip", LINKS, "", "SpiNNMachine: E, NE, N, W, SW, S on a hexagonal grid, each in both directions"),
    Fact("link rate in each direction", LINK_GBIT_S, "Gbit/s", "chip-paper: on a board", key="board.link_gbit_s"),
    Fact("link rate between boards", 2.0, "Gbit/s", "chip-paper: 8b10b; a simulated board has one rate for all links"),
    Fact("link packet", LINK_PACKET_BITS, "bit", "chip-paper", key="board.link_packet_bits"),
    Fact(
        "link packet with 128 bits of payload",
        LINK_LONG_PACKET_BITS,
        "bit",
        "not published; two thirds payload, as on the NoC, where such a packet is one flit",
        True,
        "board.link_long_packet_bits",
    ),
    Fact("link packets per second", int(LINK_GBIT_S * 1e9 / LINK_PACKET_BITS), "1/s", "follows from rate and bits"),
    Fact("link latency", LINK_LATENCY_NS, "ns", "not published", True, "board.link_latency_ns"),
    Fact("link queue", 0, "packet", "not published; 0: as many as there are", True, "board.link_queue"),
    Fact("energy per packet and link", None, "pJ", "not published; the energy of a board is without it"),
    Fact("chips of a board", BOARD_CHIPS, "", "SpiNNMachine (version_248): a hexagon", key="board.shape"),
    Fact("PEs of a board for networks", BOARD_CHIPS * (N_CORES - RESERVED_PES), "PE", "follows from the above"),
    Fact(
        "chips of three boards", 3 * BOARD_CHIPS, "", "SpiNNMachine: 12 x 12 chips, wrapped around", key="board.shape"
    ),
    Fact("host link of a board", 1.0, "Gbit/s", "chip-paper: Ethernet, at one chip of a board; not modelled"),
)

ASSUMED_RULES: tuple[str, ...] = (
    "arbitration: first come first served by arrival quantum, ties by (send time, core id, order in that wake's outbox), copies of one "
    "packet by destination quad; in place of round robin",
    "no rounding up to clock edges between clock domains",
    "one injection and one ejection channel per quad, each counts as a hop; queues inside the network are unbounded",
    "the NoC has a router at all 42 grid positions; the event router is entered by the last hop into its slot",
    "quads with y <= 3 use the event router's slot (4,3), the others (4,4)",
    "event router: one queue for its three engines, each accepts one flit per 400 MHz cycle; all copies leave 4 cycles later",
    "a DMA transfer is one burst of n flits that holds each channel n cycles without interleaving",
    "the DRAM interface is a channel that takes the place of the injection (reads) or ejection (writes) hop, one for reads and one "
    "for writes; a read's request takes the access latency and no traffic",
    "a burst frees each channel after flits x that channel's own service; its tail follows its head by (flits - 1) of the slowest",
    "a tick that falls into a running one is latched, one at most; more are counted as lost",
    "links: a packet holds one for its bits at the rate; no frames, no resends; a payload of 32 bits makes a packet no longer",
    "a packet with 128 bits of payload is one flit, and one entry of a receive FIFO; mapping leaves it the bytes of three entries",
    "a packet that came over a link and that no line of the table matches leaves straight on, as on SpiNNaker 1 [board.default_route]",
    "the ticks of all chips of a board begin at the same instants; real chips drift, and software makes up for it",
    "a single board does not wrap around: what is published contradicts itself [board.wrap]",
)
