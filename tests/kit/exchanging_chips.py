"""Optimizer PEs of several chips that exchange their sums, with packets handed along a tree by hand instead of an engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from firmware_cases import constants
from firmware_models.firmware_options import GuardOptions
from firmware_models.programs.optimizer import build_optimizer
from firmware_models.programs.optimizer_cost import optimizer_cycles
from spinn2sim.hardware.board.exchange_keys import ExchangeKey, Role
from spinn2sim.hardware.packet import LONG_PAYLOAD, Phase
from spinn2sim.hardware.plan import Group
from spinn2sim.hardware.program import Listed, TimerTick, Unit, make_inbox, make_outbox

# Three optimizer PEs with a share of three or two neurons; the last one holds weights that do not learn. Two copies, in one reduce round.
PRE_ROWS, SIZES, LEARNS, STRIDE, COPIES = (4, 3, 2), (3, 2, 3), (1, 1, 0), 3, 2
UNITS = (5, 1023, 0)
CONSTANTS = constants({"guard": GuardOptions(kind="raise_weights", step=0.05), "copies": 14})
# A key, and the two words of its payload.
Packet = tuple[int, int, int]


@dataclass
class ExchangingChip:
    """One chip: its program, and the packets that have come to each PE."""

    number: int
    depth: int
    program: Any
    senders: int
    chunk: int
    inbox: list[list[Packet]] = field(default_factory=lambda: [[] for _ in PRE_ROWS])
    unmatched: list[Packet] = field(default_factory=list)
    # [PE], the most packets that came in a tick, and the cycles of wakes that were longer than their bound.
    longest: int = 0
    over: list[tuple[int, int]] = field(default_factory=list)

    def step(self, phase: Phase, step: int = 0) -> list[Packet]:
        """Wake all PEs, and return what they send."""
        rows, state = len(PRE_ROWS), self.program.state
        box = make_inbox(rows, sum(map(len, self.inbox)), True)
        packets = [packet for one in self.inbox for packet in one]
        box.last[:] = np.cumsum([len(one) for one in self.inbox])
        box.first[:] = box.last - [len(one) for one in self.inbox]
        box.key[:] = [packet[0] for packet in packets]
        box.long[:] = [packet[1:] for packet in packets] or np.zeros((0, 2))
        self.longest = max(self.longest, *map(len, self.inbox))
        self.inbox = [[] for _ in PRE_ROWS]
        outbox, cycles = make_outbox(rows * self.program.outbox_capacity, True), np.zeros(rows, np.int64)
        self.program.step(0, rows, TimerTick(int(phase), step, 0), box, outbox, cycles)
        self.unmatched += [packets[at] for at in np.flatnonzero(box.matched == 0)]
        for row in range(rows):
            bound = optimizer_cycles(CONSTANTS, self.unit(row, state), phase)
            if LEARNS[row] and cycles[row] > bound:
                self.over.append((int(cycles[row]), bound))
        count = int(outbox.count[0])
        assert (outbox.cycle[:count] <= cycles[outbox.row[:count]]).all()
        assert (outbox.has_payload[:count] == LONG_PAYLOAD).all()
        return [
            (key, *words) for key, words in zip(outbox.key[:count].tolist(), outbox.long[:count].tolist(), strict=True)
        ]

    def unit(self, row: int, state: Any) -> Unit:
        """What a PE holds."""
        absent = int(PRE_ROWS[row] * SIZES[row] - state.held[row])
        listed = Listed(rows=PRE_ROWS[row], absent=absent) if absent else Listed()
        return Unit("optimizer", neurons=SIZES[row], pre_rows=PRE_ROWS[row], slots=COPIES, listed=listed,
                    chunk=self.chunk, chunk_senders=self.senders)  # fmt: skip


def make_chip(
    number: int, depth: int, deepest: int, senders: int, chunk: int, exists: np.ndarray[Any, Any] | None
) -> ExchangingChip:
    """Make a chip at a place in the tree. With `exists`, [pe, 12] of 0 and 1, only these synapses are held."""
    places = [[p * STRIDE + j for p in range(rows) for j in range(n)] for rows, n in zip(PRE_ROWS, SIZES, strict=True)]
    held = [len(one) if exists is None else int(exists[pe, one].sum()) for pe, one in enumerate(places)]
    words = max(h + n for h, n in zip(held, SIZES, strict=True))
    scalars = {
        "slots": COPIES, "senders": 1, "stride": STRIDE, "counts": 1, "delays": 0, "masked": int(exists is not None),
        "exchange_depth": depth, "exchange_deepest": deepest, "exchange_chunk": chunk, "exchange_chunks": -(-words // chunk),
        "chip": number,
    }  # fmt: skip
    columns = {
        "pre_first": (0, 4, 7), "pre_rows": PRE_ROWS, "held": tuple(held), "first": (0, 3, 0), "size": SIZES, "learns": LEARNS,
        "largest": (0, 0, 0), "transfer": (0, 1, 2), "unit": UNITS, "projection": (0, 0, 0),
    }  # fmt: skip
    group = Group("optimizer1", "optimizer", 1, (4, 5, 6), scalars, columns, {}, (), time_constants=((20.0, 5.0),))
    program = build_optimizer(CONSTANTS, type("Plan", (), {"copies": COPIES, "long_packets": True}), group)
    if exists is not None:
        program.state.exists[:] = exists
    return ExchangingChip(number, depth, program, senders, chunk)


def make_tree(parents: Sequence[int], chunk: int, exists: np.ndarray[Any, Any] | None) -> list[ExchangingChip]:
    """Make the chips of a tree: chip c has the parent parents[c], the root itself."""
    depth = {c: 0 for c, p in enumerate(parents) if c == p}
    while len(depth) < len(parents):
        depth |= {c: depth[p] + 1 for c, p in enumerate(parents) if c not in depth and p in depth}
    deepest = max(depth.values())
    return [
        make_chip(c, depth[c], deepest, sum(p == c != child for child, p in enumerate(parents)), chunk, exists)
        for c in range(len(parents))
    ]


def hand_over(chips: Sequence[ExchangingChip], parents: Sequence[int], sender: int, sent: Sequence[Packet]) -> None:
    """Give packets to the PE of their unit on the parent, or totals to all other chips."""
    for packet in sent:
        key = ExchangeKey.unpack(packet[0])
        if key.role is Role.PARTIAL:
            assert key.chip == sender
            receivers = [parents[sender]]
        else:
            assert parents[sender] == sender
            receivers = [chip.number for chip in chips if chip.number != sender]
        for receiver in receivers:
            chips[receiver].inbox[UNITS.index(key.unit)].append(packet)


def exchange(chips: Sequence[ExchangingChip], parents: Sequence[int], rng: np.random.Generator) -> None:
    """Run reduce, exchange and update; what comes to a PE in one tick comes in any order."""
    state = chips[0].program.state.exchange
    ticks = [(Phase.REDUCE, 0), *((Phase.EXCHANGE, t) for t in range(state.chunks + state.deepest)), (Phase.UPDATE, 0)]
    for phase, step in ticks:
        sent = [chip.step(phase, step) for chip in chips]
        for sender, packets in enumerate(sent):
            hand_over(chips, parents, sender, packets)
        for chip in chips:
            chip.inbox = [[one[at] for at in rng.permutation(len(one))] for one in chip.inbox]
