"""Both engines on one board, or one process and several, and the first difference between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import numpy as np

from compare_engines import assert_same_counters, assert_same_wakes
from random_boards import make_chips, plan_of
from scripted_programs import Chip
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.compiled.compiled_board import CompiledBoard
from spinn2sim.hardware.engines.compiled.remote_crossings import words_of
from spinn2sim.hardware.engines.peers import BoardShare, PeerLostError, Peers, chips_of
from spinn2sim.report.diff import trace_difference

# By how much a share is late: others come as far as they can without it.
LATE_S = 0.05


class ThreadPeers(Peers):
    """Threads that play shares of a board, joined by queues, or by boxes that all share."""

    def __init__(self, rank: int, queues: list[list[SimpleQueue[bytes]]], boxes: Any) -> None:
        self.rank, self.size, self._queues, self.boxes = rank, len(queues), queues, boxes
        self._looks = 0

    def exchange(self, outgoing: Sequence[bytes]) -> list[bytes]:
        """What each thread says to each other one."""
        for other in range(self.size):
            self._queues[self.rank][other].put(outgoing[other])
        return [self._queues[other][self.rank].get(timeout=60) for other in range(self.size)]

    def look(self) -> None:
        """Give up after a minute, since the other thread has failed."""
        self._looks += 1
        if self._looks > 600:
            raise PeerLostError


def on_threads(count: int, rows: int = 0, late: int = -1) -> Callable[..., Any]:
    """Return an engine that plays a board on threads; with `rows`, they share memory with boxes of so many rows, the head among them.

    The share number `late` begins each part behind the others.
    """

    def make_engine(plan: BoardPlan, programs: Any, drams: Any, recorders: Any) -> Any:
        queues: list[list[SimpleQueue[bytes]]] = [[SimpleQueue() for _ in range(count)] for _ in range(count)]
        boxes = np.zeros(words_of(count, rows), np.int64) if rows else None
        shares = []
        for rank in range(count):
            chips = chips_of(rank, count, len(programs))
            own = [each and each[chips.start : chips.stop] for each in (programs, drams, recorders)]
            shares.append(CompiledBoard(plan, *own, BoardShare(ThreadPeers(rank, queues, boxes), chips)))

        def run_share(rank: int, arguments: Any) -> tuple[EngineResult, ...]:
            time.sleep(LATE_S * (rank == late))
            results: tuple[EngineResult, ...] = shares[rank].run_part(*arguments)
            return results

        def run_part(*arguments: Any) -> tuple[EngineResult, ...]:
            with ThreadPoolExecutor(count) as pool:
                found = list(pool.map(lambda rank: run_share(rank, arguments), range(count)))
            return tuple(result for results in found for result in results)

        return SimpleNamespace(run_part=run_part)

    return make_engine


def run_board_on(engine: Callable[..., Any], drawn: dict[str, Any], chips: list[Chip]) -> tuple[EngineResult, ...]:
    """Two parts on one board."""
    recorders = [chip.recorder for chip in chips if chip.recorder]
    made = engine(plan_of(drawn, chips), [[c.program] for c in chips], [c.dram for c in chips], recorders or None)
    first = drawn["chips"][0]
    start_q = first["start_q"]
    for epoch, part in ((1, first["part"]), (2, 1 - first["part"])):
        for recorder in recorders:
            recorder.begin_part(epoch, part, np.arange(first["batches"]))
        results: tuple[EngineResult, ...] = made.run_part(part, epoch, first["batches"], start_q)
        start_q = results[0].end_q
        for chip in chips:
            if chip.recorder:
                chip.rows = _joined(chip.rows, chip.recorder.end_part())
                chip.wakes = _joined(chip.wakes, chip.recorder.end_ticks())
    return results


def _joined(before: Any, columns: Any) -> Any:
    return {name: np.concatenate([before.get(name, column[:0]), column]) for name, column in columns.items()}


def assert_boards_alike(drawn: dict[str, Any], first: Callable[..., Any], second: Callable[..., Any]) -> None:
    """Rows, wakes, inboxes, memory, counts and end are equal."""
    one, two = make_chips(drawn), make_chips(drawn)
    expected, found = run_board_on(first, drawn, one), run_board_on(second, drawn, two)
    for a, b, right, mine in zip(one, two, expected, found, strict=True):
        if a.recorder:
            parting = trace_difference(a.rows, b.rows)
            assert parting is None, "\n".join(parting)
            assert_same_wakes(a.wakes, b.wakes)
        assert sorted(a.program.log) == sorted(b.program.log)
        np.testing.assert_array_equal(a.program.memory.words, b.program.memory.words)
        np.testing.assert_array_equal(a.dram["store"], b.dram["store"])
        assert_same_counters(right.counters, mine.counters)
        assert right.end_q == mine.end_q
