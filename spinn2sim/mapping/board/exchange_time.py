"""Bounds the time of a tick in which the chips of a board exchange gradient sums, and chooses the exchange that is over first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from spinn2sim.hardware.board.exchange_keys import ExchangeKey, Role
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.board.shape import Board, Chip
from spinn2sim.hardware.packet import Phase, RoutingEntry
from spinn2sim.hardware.program import Unit
from spinn2sim.mapping.board.board_exchange import BoardExchange
from spinn2sim.mapping.build import MappedChip
from spinn2sim.mapping.traffic_bound import BoardTraffic, Flow


@dataclass(frozen=True)
class ExchangeBound:
    """Computes the period of the ticks in which an exchange takes place, and of the update after it."""

    exchange: BoardExchange
    chips: Mapping[Chip, MappedChip]
    # What the PEs of optimizers send: the number of the unit of the exchange, and where its packets go.
    flows: Sequence[tuple[int, Flow]]
    traffic: BoardTraffic

    def with_chunk(self, chunk: int) -> ExchangeBound:
        """Return the bound of an exchange in chunks of another size."""
        return replace(self, exchange=replace(self.exchange, chunk=chunk))

    @property
    def first_us(self) -> int:
        """The period of the first tick, in whose wake the last gradients of the chip's own copies are added."""
        return self._covering_us(Phase.EXCHANGE, self._network_q, adds=True)

    @property
    def exchange_us(self) -> int:
        """The period of the ticks after the first, which covers the worst wake and the slowest packet of any chip."""
        return self._covering_us(Phase.EXCHANGE, self._network_q)

    @property
    def whole_us(self) -> int:
        """The time of all ticks."""
        return self.first_us + (self.exchange.ticks - 1) * self.exchange_us

    @property
    def update_us(self) -> int:
        """The period of the update, in whose wake the last totals are taken."""
        return self._covering_us(Phase.UPDATE, 0)

    @cached_property
    def _network_q(self) -> int:
        packets = self.exchange.packets
        return self.traffic.network_q(flow._replace(packets=packets[unit]) for unit, flow in self.flows)

    def _covering_us(self, phase: Phase, network_q: int, adds: bool = False) -> int:
        return max(
            one.bound.covering_us(phase, network_q, _exchanging_units(self.exchange, one, adds))
            for one in set(self.chips.values())
        )


def exchange_bound(
    exchange: BoardExchange,
    board: Board,
    links: LinkOptions,
    chips: Mapping[Chip, MappedChip],
    tables: Sequence[Sequence[RoutingEntry]],
) -> ExchangeBound:
    """Follow the packets of an exchange through the routing tables of all chips, in their order."""
    long = replace(links, packet_bits=links.long_packet_bits)  # no others cross links in these ticks
    traffic = BoardTraffic(board, long, tables, [chips[chip].problem.hardware for chip in board.chips])
    flows = []
    for number, chip in enumerate(board.chips):
        role, sender = (Role.TOTAL, 0) if chip == exchange.tree.root else (Role.PARTIAL, number)
        for unit, core in enumerate(exchange.cores(chips[chip].network)):
            flows.append((unit, traffic.packets(number, core, ExchangeKey(role, sender, unit).pack(), 1)))
    return ExchangeBound(exchange, chips, flows, traffic)


def fastest(bound: ExchangeBound, chunks: Sequence[int]) -> ExchangeBound:
    """Return the exchange that takes the least time in all; of several the one with the fewest ticks, which comes first."""
    return min(map(bound.with_chunk, chunks), key=lambda one: one.whole_us)


def _exchanging_units(exchange: BoardExchange, mapped: MappedChip, adds: bool) -> set[Unit]:
    """Return what the optimizer PEs of a chip hold; without buffers of gradients if they add none."""
    cut = mapped.network.partition
    units = {exchange.held_by(number, cut.optimizer_unit(unit)) for number, unit in enumerate(cut.optimizer)}
    return units if adds else {replace(unit, slots=0) for unit in units}
