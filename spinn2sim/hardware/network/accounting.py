"""What became of each delivery: counts, first losses, trace rows; it never changes what becomes of it."""

from __future__ import annotations

from spinn2sim.hardware.counters import CLASSES, FirstLoss
from spinn2sim.hardware.network.packet_copy import Leg, Mark, Packet
from spinn2sim.hardware.packet import Outcome
from spinn2sim.hardware.recording import Recorder
from spinn2sim.hardware.rows import COPY_OF_KEY, HAS_PAYLOAD, IS_DMA


class Ledger:
    """Lists for speed; `outcomes[class][outcome]`. Nothing here is read back by the machine."""

    __slots__ = ("dma_bytes", "dma_transfers", "due", "first", "hops", "outcomes", "recorder", "sent")

    def __init__(self, recorder: Recorder | None) -> None:
        self.recorder = recorder
        self.sent = [0] * len(CLASSES)
        self.hops = [0] * len(CLASSES)
        self.due = [0] * len(CLASSES)
        self.outcomes = [[0] * len(Outcome) for _ in CLASSES]
        self.dma_transfers = [0] * len(Outcome)
        self.dma_bytes = [0] * len(Outcome)
        self.first: dict[str, FirstLoss] = {}

    def send(self, packet: Packet) -> None:
        """Count what a program sent."""
        kind = packet.kind
        self.sent[kind] += 1
        self.due[kind] += packet.path.destinations
        self.hops[kind] += packet.path.hops * packet.flits

    def settle(self, packet: Packet, leg: Leg, core: int, delivered_q: int, outcome: Outcome, now: int) -> None:
        """One delivery to `core` has its outcome, known at `now`."""
        self.outcomes[packet.kind][outcome] += 1
        burst = packet.burst
        if burst is not None:
            self.dma_transfers[outcome] += 1
            self.dma_bytes[outcome] += burst.bytes
        if outcome is not Outcome.ON_TIME:
            what = f"{outcome.name.lower()} {CLASSES[packet.kind]}"
            tick = packet.mark.tick
            self.note(what, FirstLoss((now, packet.rank, core), core, tick.batch, packet.mark.trace_tick, packet.key))
        if packet.mark.traced and self.recorder is not None:
            self._record(self.recorder, packet, leg, core, delivered_q, outcome)

    def wake(self, mark: Mark, core: int, now: int, done_q: int, packets: int, busy_cycles: int) -> None:
        """A PE woke at `now` for the tick of `mark`, which is traced, and took `packets` from its FIFO."""
        tick = mark.tick
        if self.recorder is not None and self.recorder.wants_wakes(tick.batch):
            self.recorder.tick(
                (tick.batch, tick.phase, mark.trace_tick, core, mark.at_q, now, done_q, packets, busy_cycles)
            )

    def note(self, what: str, loss: FirstLoss) -> None:
        """Keep the first loss of its sort, by (instant, rank, core)."""
        if what not in self.first or loss.order < self.first[what].order:
            self.first[what] = loss

    def _record(
        self, recorder: Recorder, packet: Packet, leg: Leg, core: int, delivered_q: int, outcome: Outcome
    ) -> None:
        mark, burst = packet.mark, packet.burst
        unloaded = (
            leg.unloaded_q + (packet.flits - 1) * leg.slowest_q if outcome is not Outcome.NO_ROUTE else leg.unloaded_q
        )
        recorder.add((
            packet.seq, packet.key, packet.payload, (HAS_PAYLOAD if packet.has_payload else 0) | (IS_DMA if burst is not None else 0),
            burst.bytes if burst is not None else 0, packet.core, core, mark.tick.batch,
            burst.copy if burst is not None else COPY_OF_KEY, mark.tick.phase, mark.trace_tick, mark.tick.step,
            packet.sent_q, delivered_q, delivered_q - packet.sent_q - unloaded, leg.hops, int(outcome),
        ))  # fmt: skip
