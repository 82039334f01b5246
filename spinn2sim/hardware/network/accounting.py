"""Accounts for each delivery: counts, first losses, trace rows."""

from __future__ import annotations

from spinn2sim.hardware.counters import CLASSES, FirstLoss
from spinn2sim.hardware.faults.part_faults import PartFaults
from spinn2sim.hardware.network.packet_copy import Packet, PathSegment, TickLabel
from spinn2sim.hardware.packet import LONG_PAYLOAD, LONG_PAYLOAD_BYTES, Outcome
from spinn2sim.hardware.recording import Recorder
from spinn2sim.hardware.rows import COPY_OF_KEY, HAS_PAYLOAD, IS_DMA


class DeliveryAccounting:
    """Counts sends and outcomes by packet class (in lists, for speed: `outcomes[class][outcome]`), and passes rows to the recorder."""

    __slots__ = ("dma_bytes", "dma_transfers", "due", "faults", "first", "hops", "outcomes", "recorder", "sent")

    def __init__(self, recorder: Recorder | None, faults: PartFaults | None = None) -> None:
        self.recorder = recorder
        self.faults = faults
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

    def settle(
        self, packet: Packet, segment: PathSegment, core: int, delivered_q: int, outcome: Outcome, now: int
    ) -> None:
        """Count the outcome of one delivery to `core`, known at `now`, and record it."""
        self.outcomes[packet.kind][outcome] += 1
        burst = packet.burst
        if burst is not None:
            self.dma_transfers[outcome] += 1
            self.dma_bytes[outcome] += burst.bytes
        if outcome is not Outcome.ON_TIME:
            what = f"{outcome.name.lower()} {CLASSES[packet.kind]}"
            tick = packet.tick_label.tick
            self.note(
                what, FirstLoss((now, packet.rank, core), core, tick.batch, packet.tick_label.trace_tick, packet.key)
            )
            if self.faults is not None:
                self.faults.note_detected(packet.injection, outcome, (packet.core, core))
        if packet.tick_label.traced and self.recorder is not None:
            self._record(self.recorder, packet, segment, core, delivered_q, outcome)

    def wake(self, tick_label: TickLabel, core: int, now: int, done_q: int, packets: int, busy_cycles: int) -> None:
        """Record that a PE woke at `now` for the tick of `tick_label`, which is traced, and took `packets` from its FIFO."""
        tick = tick_label.tick
        if self.recorder is not None and self.recorder.wants_wakes(tick.batch):
            self.recorder.tick(
                (
                    tick.batch,
                    tick.phase,
                    tick_label.trace_tick,
                    core,
                    tick_label.at_q,
                    now,
                    done_q,
                    packets,
                    busy_cycles,
                )
            )

    def note(self, what: str, loss: FirstLoss) -> None:
        """Keep a loss if it is the first of its kind by (instant, rank, core)."""
        if what not in self.first or loss.order < self.first[what].order:
            self.first[what] = loss

    def _record(
        self, recorder: Recorder, packet: Packet, segment: PathSegment, core: int, delivered_q: int, outcome: Outcome
    ) -> None:
        label, burst, unloaded_q = packet.tick_label, packet.burst, segment.unloaded_q
        if segment.cores:  # none on the way to the event router
            unloaded_q += (packet.flits - 1) * segment.slowest_q
        long = packet.has_payload == LONG_PAYLOAD
        flags = (HAS_PAYLOAD if packet.has_payload and not long else 0) | (IS_DMA if burst is not None else 0)
        size, copy = (LONG_PAYLOAD_BYTES if long else 0, COPY_OF_KEY) if burst is None else (burst.bytes, burst.copy)
        # A packet that was lost on a channel has not come far enough for its latency in an empty network.
        queued_q = max(0, delivered_q - packet.sent_q - unloaded_q)
        recorder.add((
            packet.seq, packet.key, 0 if long else packet.payload, flags, size, packet.core, core, label.tick.batch, copy, label.tick.phase,
            label.trace_tick, label.tick.step, packet.sent_q, delivered_q, queued_q, segment.hops,
            int(outcome),
        ))  # fmt: skip
