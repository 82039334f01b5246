"""The PEs of one group: each sleeps until its tick, drains its FIFO, runs its program's step, and sends.

PEs of a group that wake at the same instant are stepped in one call. By the Program protocol this gives the same as one call per PE.
"""

from __future__ import annotations

import numpy as np

from spinn2sim.hardware.counters import FirstLoss
from spinn2sim.hardware.network.event_scheduler import WAKE
from spinn2sim.hardware.network.fifo import HeldPacket
from spinn2sim.hardware.network.machine import Machine
from spinn2sim.hardware.network.packet_copy import TickLabel
from spinn2sim.hardware.packet import LONG_PAYLOAD, Outcome, join_words, part_words
from spinn2sim.hardware.plan import Group
from spinn2sim.hardware.program import NO_TRANSFER, Program, make_inbox, make_outbox


class GroupRunner:
    """Runs the PEs of one group; between ticks it holds until when each is busy, and the tick that waits for it, if any."""

    def __init__(self, group: Group, program: Program, machine: Machine) -> None:
        rows = len(group.cores)
        self.cores = group.cores
        self._program = program
        self._machine = machine
        self._fifos = [machine.stages.fifos[core] for core in group.cores]
        self._core_quanta = machine.plan.core_quanta
        self._busy_until = [0] * rows
        self._all_free_at = 0
        self._pending: list[TickLabel | None] = [None] * rows
        self._pending_count = 0
        self._last_send_q = [-1] * rows
        self._next_order = [0] * rows
        self._inbox = make_inbox(rows, 64, machine.long_packets)
        self._outbox = make_outbox(max(1, rows * program.outbox_capacity), machine.long_packets)
        self._cycles = np.zeros(rows, np.int64)
        self.busy_cycles = np.zeros(rows, np.int64)
        self.wakes = np.zeros(rows, np.int64)
        self.overruns = [0] * rows
        self.lost_ticks = [0] * rows
        # Rows that do not wake with the others: PEs whose clock drifts, and PEs that hang.
        self._drifting: set[int] = set()
        self._hung: set[int] = set()

    def drift(self, core: int) -> int:
        """Take a core out of those that wake with the group, and return its row."""
        row = self.cores.index(core)
        self._drifting.add(row)
        return row

    def hang(self, core: int) -> int:
        """Have a core wake no more; a tick that waits for it is lost. Returns how many ticks it had lost before."""
        row = self.cores.index(core)
        before = self.lost_ticks[row]
        if row not in self._hung and self._pending[row] is not None:
            self.lost_ticks[row] += 1
            self._pending[row] = None
            self._pending_count -= 1
        self._hung.add(row)
        return before

    def tick_alone(self, row: int, tick_label: TickLabel, now: int) -> None:
        """Interrupt the PE of one row, whose clock drifts."""
        if self._interrupt(row, tick_label, now):
            self._wake(row, row + 1, tick_label, now)

    def tick(self, tick_label: TickLabel, now: int) -> None:
        """Interrupt all PEs: those that sleep wake; a busy PE latches one tick for later, and a further one is lost."""
        rows = len(self.cores)
        if self._all_free_at <= now and not self._pending_count and not self._drifting and not self._hung:
            self._wake(0, rows, tick_label, now)
            return
        idle = [row for row in range(rows) if row not in self._drifting and self._interrupt(row, tick_label, now)]
        for first, last in ranges_of(idle):
            self._wake(first, last, tick_label, now)

    def _interrupt(self, row: int, tick_label: TickLabel, now: int) -> bool:
        """Interrupt the PE of `row`, and return whether it wakes now."""
        if self._pending[row] is not None or row in self._hung:
            self.lost_ticks[row] += 1
            self._note("lost ticks", row, tick_label, now)
            return False
        if self._busy_until[row] <= now:
            return True
        self._pending[row] = tick_label
        self._pending_count += 1
        self.overruns[row] += 1
        self._note("overruns", row, tick_label, now)
        self._machine.scheduler.event_at(self._busy_until[row], WAKE, lambda _: self._wake_late(row))
        return False

    def _wake_late(self, row: int) -> None:
        tick_label, self._pending[row] = self._pending[row], None
        if tick_label is not None:  # otherwise the PE hangs
            self._pending_count -= 1
            self._wake(row, row + 1, tick_label, self._busy_until[row])

    def _wake(self, first: int, last: int, tick_label: TickLabel, now: int) -> None:
        """Wake rows [first, last): drain their FIFOs, run the step, classify the packets taken, mark the PEs busy, and send."""
        held, packets = self._drain(first, last)
        self._outbox.count[0] = 0
        self._cycles[first:last] = 0
        self._program.step(first, last, tick_label.tick, self._inbox, self._outbox, self._cycles)
        if packets:
            self._classify(held, packets, tick_label, now)
        self._occupy(first, last, tick_label, now)
        if self._outbox.count[0]:
            self._emit(tick_label, now)

    def _drain(self, first: int, last: int) -> tuple[list[tuple[int, list[HeldPacket]]], int]:
        """Fill the inbox from the FIFOs. Returns the packets of each core, and how many there are in all."""
        firsts: list[int] = []
        lasts: list[int] = []
        keys: list[int] = []
        payloads: list[int] = []
        longs: list[bool] = []
        has_long = self._machine.long_packets
        held: list[tuple[int, list[HeldPacket]]] = []
        for row in range(first, last):
            firsts.append(len(keys))
            fifo = self._fifos[row]
            if fifo.packets:
                taken = fifo.drain()
                held.append((fifo.core, taken))
                keys += [entry.packet.key for entry in taken]
                payloads += [entry.packet.payload for entry in taken]
                longs += [entry.packet.has_payload == LONG_PAYLOAD for entry in taken] if has_long else []
            lasts.append(len(keys))
        count = len(keys)
        if count > len(self._inbox.key):
            self._inbox = make_inbox(len(self.cores), 2 * count, has_long)
        inbox = self._inbox
        inbox.first[first:last] = firsts
        inbox.last[first:last] = lasts
        if count:
            inbox.key[:count] = keys
            inbox.payload[:count] = (
                [0 if one else word for one, word in zip(longs, payloads, strict=True)] if has_long else payloads
            )
            if has_long:
                inbox.long[:count] = [part_words(word if one else 0) for one, word in zip(longs, payloads, strict=True)]
            inbox.matched[:count] = 1
        return held, count

    def _classify(
        self, held: list[tuple[int, list[HeldPacket]]], packets: int, tick_label: TickLabel, now: int
    ) -> None:
        """Settle the packets taken. A packet is due in the tick after its sender's; only one that is on time can be unmatched."""
        matched = self._inbox.matched[:packets].tolist()
        settle = self._machine.accounting.settle
        index = 0
        for core, taken in held:
            for packet, segment, delivered_q in taken:
                ahead = packet.tick_label.number + 1 - tick_label.number
                if ahead == 0:
                    outcome = Outcome.ON_TIME if matched[index] else Outcome.UNMATCHED
                else:
                    outcome = Outcome.EARLY if ahead > 0 else Outcome.LATE
                settle(packet, segment, core, delivered_q, outcome, now)
                index += 1

    def _occupy(self, first: int, last: int, tick_label: TickLabel, now: int) -> None:
        cycles = self._cycles[first:last]
        self.busy_cycles[first:last] += cycles
        self.wakes[first:last] += 1
        until = [now + busy * self._core_quanta for busy in cycles.tolist()]
        self._busy_until[first:last] = until
        self._all_free_at = max([self._all_free_at, *until])
        if tick_label.traced:
            packets = (self._inbox.last[first:last] - self._inbox.first[first:last]).tolist()
            for core, done_q, taken, busy in zip(self.cores[first:last], until, packets, cycles.tolist(), strict=True):
                self._machine.accounting.wake(tick_label, core, now, done_q, taken, busy)

    def _emit(self, tick_label: TickLabel, now: int) -> None:
        """Send the outbox's entries, each at its cycle.

        A PE's entries are numbered in order, on from those of an earlier wake if its last send may coincide with a new one.
        """
        outbox, machine = self._outbox, self._machine
        count = int(outbox.count[0])
        columns = zip(*(column[:count].tolist() for column in outbox[1:-1]), strict=True)
        words = outbox.long[:count].tolist()
        seen: set[int] = set()
        for at, (row, key, payload, has_payload, cycle, transfer, argument) in enumerate(columns):
            if row not in seen:
                seen.add(row)
                if now > self._last_send_q[row]:
                    self._next_order[row] = 0
            order = self._next_order[row]
            self._next_order[row] = order + 1
            sent_q = now + cycle * self._core_quanta
            if sent_q > self._last_send_q[row]:
                self._last_send_q[row] = sent_q
            if transfer == NO_TRANSFER:
                content = join_words(*words[at]) if has_payload == LONG_PAYLOAD and words else payload
                machine.send_packet(self.cores[row], key, content, has_payload, sent_q, order, tick_label)
            else:
                machine.start_transfer(self.cores[row], transfer, argument, sent_q, order, tick_label)

    def _note(self, what: str, row: int, tick_label: TickLabel, now: int) -> None:
        core = self.cores[row]
        self._machine.accounting.note(
            what, FirstLoss((now, 0, core), core, tick_label.tick.batch, tick_label.trace_tick, -1)
        )


def ranges_of(rows: list[int]) -> list[tuple[int, int]]:
    """Group sorted `rows` into ranges [first, last)."""
    ranges: list[tuple[int, int]] = []
    for row in rows:
        if ranges and ranges[-1][1] == row:
            ranges[-1] = (ranges[-1][0], row + 1)
        else:
            ranges.append((row, row + 1))
    return ranges
