"""Makes the routing tables of all chips of a board on which one network is placed over several chips.

Keys are those of one chip. A chip has lines only for keys that pass it, and none for those that go straight on by default routing. Of a
population's neurons that pass a chip, those that would take the most lines share a last one, which leaves out the neuron.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from spinn2sim.graph import Graph
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import Board, Chip
from spinn2sim.hardware.packet import Key, Kind, RoutingEntry
from spinn2sim.mapping.board.chip_ways import Way, ways_from, ways_to
from spinn2sim.mapping.cuts import Cut
from spinn2sim.mapping.place import PlacedNetwork
from spinn2sim.mapping.routing_keys import any_neuron, prefixes, weight_entries

Part = tuple[int, int]  # a population, and the number of a part


class Passing(NamedTuple):
    """Neurons whose packets pass a chip: the way on, and which parts of the network on this chip they go to."""

    neurons: Cut
    way: Way
    parts: tuple[Part, ...]
    # Whether they go to the loss too, which is on this chip.
    loss: bool = False


@dataclass(frozen=True)
class BoardTables:
    """The tables of a network whose parts are where `networks` say, in the order of the board's chips; None: nothing is on the chip."""

    graph: Graph
    board: Board
    links: LinkOptions
    networks: Sequence[PlacedNetwork | None]
    copies: int
    guard: bool

    def entries(self) -> list[tuple[RoutingEntry, ...]]:
        """Make the table of each chip. Raises ValueError if no way leads from a chip to another that must be reached."""
        found: dict[Chip, list[RoutingEntry]] = {chip: [] for chip in self.board.chips}
        for population, one in enumerate(self.graph.populations):
            is_output = population == self.graph.output
            self._add(found, Kind.SPIKE, population, self._spikes(population))
            if one.kind != "input":
                self._add(found, Kind.ERROR, population, self._to_owners(population, self._listeners(population)))
            if is_output and self.guard:
                self._add(found, Kind.GUARD, population, self._to_owners(population, {self._loss}))
        for chip, network in zip(self.board.chips, self.networks, strict=True):
            found[chip] += weight_entries(network) if network is not None else ()
        return [tuple(found[chip]) for chip in self.board.chips]

    def _add(
        self, found: dict[Chip, list[RoutingEntry]], kind: Kind, population: int, passing: dict[Chip, list[Passing]]
    ) -> None:
        """Add the lines for the packets of one kind from or to a population."""
        mask = any_neuron(population)
        for chip, several in passing.items():
            if self.links.default_route and all(_needs_no_line(one) for one in several):
                continue
            for copy in range(self.copies):
                base = Key(kind, copy, population, 0).pack()
                ends = [(one.neurons, self._cores(copy, one), one.way.links) for one in several]
                found[chip] += _lines(base, mask, ends)

    def _spikes(self, population: int) -> dict[Chip, list[Passing]]:
        """Return where the spikes of a population pass, by chip."""
        posts = {self.graph.projections[q].post for q in self.graph.outgoing(population)}
        is_output = population == self.graph.output
        targets = self._listeners(population)
        ways = {home: ways_from(self.board, home, targets) for home in self._homes(population)}
        passing: dict[Chip, list[Passing]] = {}
        for part, neurons in enumerate(self._shares[population]):
            for chip, way in ways[self._home[population, part]].items():
                parts = tuple(one for one in self._on[chip] if one[0] in posts)
                loss = is_output and chip == self._loss
                passing.setdefault(chip, []).append(Passing(neurons, way, parts, loss))
        return passing

    def _to_owners(self, population: int, senders: set[Chip]) -> dict[Chip, list[Passing]]:
        """Return where packets to the neurons of a population pass, by chip."""
        ways = {home: ways_to(self.board, home, senders) for home in self._homes(population)}
        passing: dict[Chip, list[Passing]] = {}
        for part, neurons in enumerate(self._shares[population]):
            home = self._home[population, part]
            for chip, way in ways[home].items():
                parts = ((population, part),) if chip == home else ()
                passing.setdefault(chip, []).append(Passing(neurons, way, parts))
        return passing

    def _listeners(self, population: int) -> set[Chip]:
        """Return the chips with PEs that hear of a population's spikes, and that send errors back."""
        posts = {self.graph.projections[q].post for q in self.graph.outgoing(population)}
        chips = {chip for (post, _), chip in self._home.items() if post in posts}
        return chips | ({self._loss} if population == self.graph.output else set())

    def _homes(self, population: int) -> set[Chip]:
        """Return the chips that have parts of a population."""
        return {chip for (k, _), chip in self._home.items() if k == population}

    def _cores(self, copy: int, passing: Passing) -> tuple[int, ...]:
        """Return the PEs of a copy that packets go to on a chip."""
        cores = [self._core[copy, *part] for part in passing.parts]
        return (*cores, self._loss_cores[copy]) if passing.loss else tuple(cores)

    @cached_property
    def _placed(self) -> list[tuple[Chip, PlacedNetwork]]:
        pairs = zip(self.board.chips, self.networks, strict=True)
        return [(chip, network) for chip, network in pairs if network is not None]

    @cached_property
    def _shares(self) -> tuple[tuple[Cut, ...], ...]:
        return self._placed[0][1].partition.shares

    @cached_property
    def _home(self) -> dict[Part, Chip]:
        """The chip of each part."""
        return {(share.layer, share.part): chip for chip, network in self._placed for share in network.shares}

    @cached_property
    def _on(self) -> dict[Chip, list[Part]]:
        """The parts on each chip, in order."""
        found: dict[Chip, list[Part]] = {chip: [] for chip in self.board.chips}
        for part, chip in sorted(self._home.items()):
            found[chip].append(part)
        return found

    @cached_property
    def _core(self) -> dict[tuple[int, int, int], int]:
        """The PE of each copy, population and part, on the chip of that part."""
        shares = (share for _, network in self._placed for share in network.shares)
        return {(share.copy, share.layer, share.part): share.core for share in shares}

    @cached_property
    def _loss(self) -> Chip:
        return next(chip for chip, network in self._placed if network.loss_cores)

    @cached_property
    def _loss_cores(self) -> tuple[int, ...]:
        return next(network.loss_cores for _, network in self._placed if network.loss_cores)


def _needs_no_line(passing: Passing) -> bool:
    """Whether default routing does what is needed."""
    return passing.way.is_straight and not passing.parts and not passing.loss


def _lines(
    base: int, mask: int, ends: Sequence[tuple[Cut, tuple[int, ...], tuple[int, ...]]]
) -> Iterator[RoutingEntry]:
    """Yield the lines of a chip for one kind, copy and population: `ends` are neurons with the PEs and links that they go to.

    Neurons that do not pass the chip may match any of the lines.
    """
    together: dict[tuple[tuple[int, ...], tuple[int, ...]], list[tuple[int, int]]] = {}
    for neurons, cores, links in ends:
        together.setdefault((cores, links), []).append((neurons.first, neurons.last))
    lines = {where: [line for span in _joined(spans) for line in prefixes(*span)] for where, spans in together.items()}
    *first, last = sorted(lines, key=lambda where: len(lines[where]))
    for cores, links in first:
        for value, within in lines[cores, links]:
            yield RoutingEntry(base | value, mask | within, cores, links)
    yield RoutingEntry(base, mask, *last)


def _joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans of neurons, in ascending order, that follow each other."""
    joined: list[tuple[int, int]] = []
    for first, last in spans:
        if joined and joined[-1][1] == first:
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return joined
