"""Makes a send list from packets with destinations: a table line per set of destinations, a transfer per kind of burst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError
from spinn2sim.hardware.facts import FLIT_PAYLOAD_BYTES, ROUTER_ENTRIES
from spinn2sim.hardware.geometry import DRAM_CORE
from spinn2sim.hardware.packet import RoutingEntry
from spinn2sim.hardware.plan import Transfer
from spinn2sim.hardware.program import NO_TRANSFER
from spinn2sim.hardware.traffic.send_list import SendList

EXACT = NO_LINE = 0xFFFF_FFFF
NOWHERE = (0,)  # the destinations of a packet over the event router that no line matches


class ListedPacket(NamedTuple):
    """A packet of a list. A `direct` one goes straight over the mesh, others go over the event router.

    PE 0 is the DRAM. A direct burst from a PE only to itself comes from the DRAM, as in the trace of a run.
    """

    sent_q: int
    source: int
    cores: tuple[int, ...]
    flits: int = 1
    direct: bool = False


def make_send_list(packets: Sequence[ListedPacket], where: str = "packets") -> tuple[SendList, NDArray[np.int64]]:
    """Make the sends of a list, and return them with the index in the list of each. Packets of one PE and instant keep the list's order.

    Raises DataError, which names `where`, if there are more sets of destinations than lines in the routing table.
    """
    table = _Table(where)
    words = np.array([table.words(packet) for packet in packets], np.int64).reshape(-1, 3)
    sent_q = np.array([packet.sent_q for packet in packets], np.int64)
    issuer, key, transfer = words.T
    order = np.lexsort((issuer, sent_q))
    traffic = SendList(
        sent_q[order], issuer[order], key[order].astype(np.uint32), transfer[order].astype(np.int32),
        tuple(table.entries), tuple(table.transfers),
    )  # fmt: skip
    return traffic, order


class _Table:
    """Collects routing lines and transfers, each distinct one once."""

    def __init__(self, where: str) -> None:
        self.entries: list[RoutingEntry] = []
        self.transfers: list[Transfer] = []
        self._where = where
        self._keys: dict[tuple[int, ...], int] = {}
        self._numbers: dict[tuple[object, ...], int] = {}

    def words(self, packet: ListedPacket) -> tuple[int, int, int]:
        """Return (the core that starts it, key, transfer) of a packet."""
        source, cores = packet.source, packet.cores
        if packet.direct:
            from_dram = source == DRAM_CORE or cores == (source,)
            issuer = cores[0] if from_dram else source
            return issuer, 0, self._transfer(issuer, DRAM_CORE if from_dram else source, cores, packet.flits, 0)
        key = self._key(cores)
        return (
            source,
            key,
            NO_TRANSFER if packet.flits == 1 else self._transfer(source, source, cores, packet.flits, key),
        )

    def _key(self, cores: tuple[int, ...]) -> int:
        if cores == NOWHERE:
            return NO_LINE
        key = self._keys.setdefault(cores, len(self._keys) + 1)
        if key > len(self.entries):
            if key > ROUTER_ENTRIES:
                lines = f"{ROUTER_ENTRIES}, the lines of the event router's table"
                raise DataError(f"{self._where}: dst_pe: found more sets of destinations than allowed: {lines}")
            self.entries.append(RoutingEntry(key, EXACT, cores))
        return key

    def _transfer(self, issuer: int, source: int, cores: tuple[int, ...], flits: int, key: int) -> int:
        number = self._numbers.setdefault((issuer, source, cores, flits, key), len(self._numbers))
        if number == len(self.transfers):
            name, size = f"burst of {flits} flits", flits * FLIT_PAYLOAD_BYTES
            self.transfers.append(Transfer(number, name, key, key != 0, size, issuer, source, cores, ()))
        return number
