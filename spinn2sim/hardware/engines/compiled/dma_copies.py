"""The copy entries of DMA transfers: which bytes a complete burst copies, as addresses in SRAM and rows of DRAM arrays.

A transfer is a scatter/gather list: for each destination core it has entries, each with one source and one destination.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.engines.compiled import limits
from spinn2sim.hardware.engines.compiled.route_tables import make_table
from spinn2sim.hardware.engines.compiled.state import Words
from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.network.dma import Burst, ResolvedSlice

Array = NDArray[Any]
IN_SRAM = -1


class CopyEnd(NamedTuple):
    """One end of a copy entry: an address in SRAM, or an offset into a row of a DRAM array."""

    # 0 for an end in DRAM.
    address: int
    # IN_SRAM, or the number of a DRAM array.
    array: int
    # In bytes from the start of the array's row.
    offset: int


class CopyEntry(NamedTuple):
    """A row of EngineState.dma_copies."""

    source: CopyEnd
    destination: CopyEnd
    bytes: int

    def words(self) -> list[int]:
        """The row in the order of the columns DMA_..."""
        return [*self.source, *self.destination, self.bytes]


class CopyTable:
    """All copy entries of a machine's bursts. `names` are the DRAM arrays that they use, which `find_dram` looks up."""

    def __init__(self, bursts: Mapping[int, Burst]) -> None:
        self.names: list[str] = []
        self._types: list[np.dtype[Any]] = []
        self._words: list[int] = []
        self.first = np.zeros((max(1, len(bursts)), N_CORES + 1), np.int32)
        self.count = np.zeros_like(self.first)
        # The name of each entry's transfer.
        self.owner: list[str] = []
        # The arrays whose addresses are in the entries: kept here, so that no address becomes invalid.
        self._views: list[Array] = []
        entries: list[CopyEntry] = []
        for n, burst in enumerate(bursts.values()):
            for core, pairs in burst.moves.items():
                self.first[n, core], self.count[n, core] = len(entries), len(pairs)
                for source, destination in pairs:
                    entries.append(self._entry(burst, source, destination))
                    self.owner.append(burst.transfer.name)
        self.entries = make_table([entry.words() for entry in entries], 8)

    def _entry(self, burst: Burst, source: ResolvedSlice, destination: ResolvedSlice) -> CopyEntry:
        name, words = burst.transfer.name, source.slice.last - source.slice.first
        views = [end.view for end in (source, destination) if end.view is not None]
        types = {view.dtype for view in views}
        limits.check_types(name, types)
        if destination.slice.last - destination.slice.first != words:
            raise ValueError(f"transfer {name}: {words} words go to {destination.slice.last - destination.slice.first}")
        type_ = types.pop()
        self._views += views
        return CopyEntry(self._end(name, source, type_), self._end(name, destination, type_), words * type_.itemsize)

    def _end(self, transfer: str, end: ResolvedSlice, type_: np.dtype[Any]) -> CopyEnd:
        if end.view is not None:
            return CopyEnd(int(end.view.__array_interface__["data"][0]), IN_SRAM, 0)
        array = end.slice.array
        if array not in self.names:
            self.names.append(array)
            self._types.append(type_)
            self._words.append(0)
        number = self.names.index(array)
        limits.check_dram_type(transfer, array, type_, self._types[number])
        self._words[number] = max(self._words[number], end.slice.last)
        return CopyEnd(0, number, end.slice.first * type_.itemsize)

    def find_dram(self, dram: Mapping[str, Array]) -> Words:
        """Return where the DRAM arrays are now: address, bytes per row, rows. The address of a missing array is 0."""
        found = np.zeros((max(1, len(self.names)), 4), np.int64)
        for number, (name, type_, words) in enumerate(zip(self.names, self._types, self._words, strict=True)):
            array = dram.get(name)
            if array is None:
                continue
            limits.check_dram_rows(name, array, type_, words)
            stride = array[:1].size * type_.itemsize
            address = array.__array_interface__["data"][0] if len(array) else 1
            found[number, :3] = address, stride, len(array)
        return found
