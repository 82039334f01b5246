"""What DMA moves, as addresses: strips of programs' arrays and rows of the DRAM; it moves nothing itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.engines.compiled.routes import OTHER_ENGINE, table
from spinn2sim.hardware.engines.compiled.state import Words
from spinn2sim.hardware.facts import N_CORES
from spinn2sim.hardware.network.dma import Burst, Strip

Array = NDArray[Any]
NOWHERE = -1


class Strips:
    """All strips of the bursts of a machine. `names` are the DRAM's arrays; what the DRAM holds is looked up for each part (`rows`)."""

    def __init__(self, bursts: Mapping[int, Burst]) -> None:
        self.names: list[str] = []
        self._types: list[np.dtype[Any]] = []
        self._words: list[int] = []
        self.first = np.zeros((max(1, len(bursts)), N_CORES + 1), np.int32)
        self.count = np.zeros_like(self.first)
        self.owner: list[str] = []
        self._views: list[Array] = []  # kept, so that the addresses stay good
        found: list[list[int]] = []
        for n, burst in enumerate(bursts.values()):
            for core, pairs in burst.strips.items():
                self.first[n, core], self.count[n, core] = len(found), len(pairs)
                for source, end in pairs:
                    found.append(self._strip(burst, source, end))
                    self.owner.append(burst.transfer.name)
        self.strips = table(found, 8)

    def _strip(self, burst: Burst, source: Strip, end: Strip) -> list[int]:
        """One row, in the order of S_...."""
        name, words = burst.transfer.name, source.slice.last - source.slice.first
        views = [strip.view for strip in (source, end) if strip.view is not None]
        types = {view.dtype for view in views}
        if len(types) != 1:
            raise ScenarioError(
                f"compiled engine: transfer {name} moves between {' and '.join(sorted(map(str, types))) or 'DRAM and DRAM'}, "
                f"allowed are equal types, one end at a PE{OTHER_ENGINE}"
            )
        if end.slice.last - end.slice.first != words:
            raise ValueError(f"transfer {name}: {words} words go to {end.slice.last - end.slice.first}")
        kind = types.pop()
        self._views += views
        return [*self._end(name, source, kind), *self._end(name, end, kind), words * kind.itemsize]

    def _end(self, name: str, strip: Strip, kind: np.dtype[Any]) -> tuple[int, int, int]:
        """(address, -1, 0) at a PE, (0, DRAM array, bytes into a row) in DRAM."""
        if strip.view is not None:
            return int(strip.view.__array_interface__["data"][0]), NOWHERE, 0
        array = strip.slice.array
        if array not in self.names:
            self.names.append(array)
            self._types.append(kind)
            self._words.append(0)
        at = self.names.index(array)
        if self._types[at] != kind:
            raise ScenarioError(
                f"compiled engine: transfer {name}: DRAM array {array}: found types {kind} and {self._types[at]}, "
                f"allowed is one{OTHER_ENGINE}"
            )
        self._words[at] = max(self._words[at], strip.slice.last)
        return 0, at, strip.slice.first * kind.itemsize

    def rows(self, dram: Mapping[str, Array]) -> Words:
        """Where the DRAM's arrays are now: address, bytes a row, rows; address 0 for one that is not there."""
        found = np.zeros((max(1, len(self.names)), 4), np.int64)
        for at, (name, kind, words) in enumerate(zip(self.names, self._types, self._words, strict=True)):
            array = dram.get(name)
            if array is None:
                continue
            row = array[:1].reshape(-1)
            if array.dtype != kind or not array.flags.c_contiguous or (len(array) and len(row) < words):
                raise ScenarioError(
                    f"compiled engine: DRAM array {name}: found {array.dtype} {array.shape}, allowed are contiguous rows of at least "
                    f"{words} {kind}{OTHER_ENGINE}"
                )
            stride = len(row) * kind.itemsize
            found[at, :3] = array.__array_interface__["data"][0] if len(array) else 1, stride, len(array)
        return found
