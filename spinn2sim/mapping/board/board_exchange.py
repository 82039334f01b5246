"""The exchange of gradient sums between the chips of a board: in which chunks, and in how many ticks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from spinn2sim.errors import MappingError
from spinn2sim.hardware.board.exchange_keys import MOST_CHUNK_WORDS, MOST_UNITS, PACKET_WORDS
from spinn2sim.hardware.board.link_options import UNBOUNDED, LinkOptions
from spinn2sim.hardware.board.sum_tree import SumTree
from spinn2sim.hardware.facts import FIFO_PACKET_BYTES, KEY_BYTES
from spinn2sim.hardware.packet import LONG_PAYLOAD_BYTES
from spinn2sim.hardware.program import Firmware, Unit
from spinn2sim.mapping.optimizer_cuts import OptimizerCut
from spinn2sim.mapping.partition import Partition
from spinn2sim.mapping.place import PlacedNetwork
from spinn2sim.mapping.transfers import learns

# A receive FIFO has bytes for a key and 32 bits in each entry; a key with 128 bits takes the room of so many.
ENTRIES_OF_LONG = -(-(KEY_BYTES + LONG_PAYLOAD_BYTES) // FIFO_PACKET_BYTES)


@dataclass(frozen=True)
class BoardExchange:
    """How the chips of a board sum what their optimizer PEs have. The exchange numbers the units that learn from 0 on."""

    tree: SumTree
    # The optimizer units that learn, by their number in the partition: unit n of the exchange is learning[n].
    learning: tuple[int, ...]
    # The 64-bit words that each of them has, and the most that it sends in a tick.
    words: tuple[int, ...]
    chunk: int

    @property
    def packets(self) -> tuple[int, ...]:
        """The most packets that each unit sends in a tick."""
        return tuple(-(-min(self.chunk, words) // PACKET_WORDS) for words in self.words)

    @property
    def chunks(self) -> int:
        """In how many chunks the words of the largest unit are sent."""
        return -(-max(self.words) // self.chunk)

    @property
    def ticks(self) -> int:
        """The ticks of the exchange: a chunk is on its way up for as many ticks as the deepest chip is deep."""
        return self.tree.deepest + self.chunks

    @property
    def most_children(self) -> int:
        """The most children of a chip."""
        return max(map(len, self.tree.children.values()))

    def cores(self, network: PlacedNetwork) -> tuple[int, ...]:
        """Return the PEs of the units on a chip, in the order of their numbers."""
        return tuple(network.optimizer_cores[unit] for unit in self.learning)

    def held_by(self, number: int, unit: Unit) -> Unit:
        """Return what the optimizer PE of a unit of the partition holds, with what it exchanges."""
        if number not in self.learning:
            return unit
        words = self.words[self.learning.index(number)]
        return replace(unit, chunk=min(self.chunk, words), chunk_senders=self.most_children)


def exchanged_words(cut: Partition, unit: OptimizerCut, firmware: Firmware) -> int:
    """Return the 64-bit words of an optimizer unit: its gradient sums and, if a guard needs them, the spike counts of its neurons."""
    counts = unit.quantity == "weights" and cut.sends_counts(unit.population, firmware)
    return cut.words(unit) + (cut.shares[unit.population][unit.part].size if counts else 0)


def learning_units(cut: Partition) -> tuple[int, ...]:
    """Return the numbers of the optimizer units that learn. Raises MappingError if keys cannot name so many."""
    found = tuple(number for number, unit in enumerate(cut.optimizer) if learns(cut.graph, unit))
    if len(found) > MOST_UNITS:
        raise MappingError(
            f"the gradients are on {len(found)} optimizer PEs of each chip; keys of their exchange have room for {MOST_UNITS}"
        )
    return found


def most_chunk(tree: SumTree, units: int, fifo_capacity: int, links: LinkOptions) -> int:
    """Return the most words of each unit in a tick: receive FIFOs, queues before links and keys have room for them.

    Raises MappingError if there is not room for one packet.
    """
    received = max(map(len, tree.children.values())) + 1
    entries = received * ENTRIES_OF_LONG
    most = min(MOST_CHUNK_WORDS, fifo_capacity // entries * PACKET_WORDS)
    if most < 1:
        raise MappingError(
            f"chip.fifo_capacity is {fifo_capacity}; an optimizer PE gets {received} packets with 128 bits of payload in a tick when chips "
            f"exchange {PACKET_WORDS} words of each gradient sum: at least {entries} are needed"
        )
    if links.queue != UNBOUNDED:
        most = min(most, links.queue // units * PACKET_WORDS)
        if most < 1:
            raise MappingError(
                f"board.link_queue is {links.queue}; {units} optimizer PEs send {units} packets over a link at once "
                f"when chips exchange {PACKET_WORDS} words of each gradient sum: at least {units} are needed, or 0 for no limit"
            )
    return most


def chunk_sizes(words: int, most: int) -> list[int]:
    """Return the sizes up to `most` into which `words` can be cut such that no smaller size makes as few chunks, largest first."""
    sizes, size = [], min(words, most)
    while size > 0:
        size = -(-words // -(-words // size))
        sizes.append(size)
        size -= 1
    return sizes
