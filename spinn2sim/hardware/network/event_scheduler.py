"""Schedules arrivals, sends and choices as SimPy events.

All that happens at one instant in one role is a single event, so that no result depends on the order in which events were created.
The roles are SimPy priorities, in the order that engines.base.Engine states.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import simpy
from simpy.events import EventPriority

from spinn2sim.hardware.network.packet_copy import Packet, PacketCopy, packet_rank

ARRIVE, WAKE, TICK, OWN_TICK, CHOOSE = (EventPriority(role) for role in range(5))

# Is called with the name of a channel or router, a packet copy, and when its head arrived, its service starts, and the place is free again.
Passed = Callable[[str, PacketCopy, int, int, int], None]


class Chooser(Protocol):
    """A stage with a queue, which chooses the next one to serve when all arrivals of the instant are known."""

    listed: bool
    releasing: bool

    def choose(self, now: int) -> None:
        """Start as many services as can start at `now`."""


class Event(simpy.Event):
    """An event that will happen in any case, like simpy.Timeout, but with its own priority."""

    def __init__(self, env: simpy.Environment, callback: Callable[[simpy.Event], None] | None = None) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        if callback is not None:
            self.callbacks.append(callback)


class EventScheduler:
    """Schedules all events of a machine, in quanta. Packets are numbered by (send time, core, order in the outbox); `sent` is the next."""

    __slots__ = (
        "_arrivals", "_choices", "_choosers", "_finishing", "_releases", "_sends", "env", "finish", "passed", "sent",
    )  # fmt: skip

    def __init__(self, start_q: int, first_number: int, env: simpy.Environment | None = None) -> None:
        """The machines of a board share the calendar `env`."""
        self.env = simpy.Environment(initial_time=start_q) if env is None else env
        self.sent = first_number
        self.finish: Callable[[PacketCopy, int], None] = _nothing_finishes
        # Is called for every service that starts, if it is set.
        self.passed: Passed | None = None
        self._arrivals: dict[int, list[PacketCopy]] = {}
        self._sends: dict[int, list[Packet]] = {}
        self._releases: dict[int, list[Chooser]] = {}
        self._choices: set[int] = set()
        self._choosers: list[Chooser] = []
        self._finishing: list[PacketCopy] = []

    def event_at(
        self, when: int, priority: EventPriority, callback: Callable[[simpy.Event], None] | None = None
    ) -> Event:
        """Schedule an event at `when`."""
        event = Event(self.env, callback)
        self.env.schedule(event, priority, when - int(self.env.now))
        return event

    def arrive_at(self, when: int, packet_copy: PacketCopy) -> None:
        """Have `packet_copy` arrive at its next stage at `when`."""
        bucket = self._arrivals.get(when)
        if bucket is None:
            self._arrivals[when] = [packet_copy]
            self.event_at(when, ARRIVE, self._deliver)
        else:
            bucket.append(packet_copy)

    def send_at(self, when: int, packet: Packet) -> None:
        """Have `packet` leave its PE at `when` (now, or later)."""
        bucket = self._sends.get(when)
        if bucket is None:
            self._sends[when] = [packet]
            self._choose_at(when)
        else:
            bucket.append(packet)

    def release_at(self, when: int, chooser: Chooser) -> None:
        """Have `chooser` choose at `when`, when it is free again; packets are waiting there."""
        if not chooser.releasing:
            chooser.releasing = True
            self._releases.setdefault(when, []).append(chooser)
            self._choose_at(when)

    def list_chooser(self, chooser: Chooser) -> None:
        """List `chooser` among those that choose at the end of this instant."""
        if not chooser.listed:
            chooser.listed = True
            self._choosers.append(chooser)

    def choose_now(self) -> None:
        """Let the listed choosers choose at the end of this instant."""
        self._choose_at(int(self.env.now))

    def finish_now(self, packet_copy: PacketCopy) -> None:
        """Note that a burst is complete. Data moves when all bursts of this instant are known, in the order of their ranks."""
        self._finishing.append(packet_copy)

    def _choose_at(self, when: int) -> None:
        if when not in self._choices:
            self._choices.add(when)
            self.event_at(when, CHOOSE, self._choose)

    def _deliver(self, _: simpy.Event) -> None:
        now = int(self.env.now)
        for packet_copy in self._arrivals.pop(now):
            packet_copy.stages[packet_copy.at].arrive(packet_copy, now)
        if self._finishing:
            self._finishing.sort(key=_copy_rank)
            for packet_copy in self._finishing:
                self.finish(packet_copy, now)
            self._finishing.clear()
        if self._choosers:
            if self.env.peek() > now:  # no other event at this instant: choose without one more event
                self._choose_among(now)
            else:
                self._choose_at(now)

    def _choose(self, _: simpy.Event) -> None:
        now = int(self.env.now)
        self._choices.discard(now)
        if now in self._sends:
            self._number(self._sends.pop(now), now)
        for chooser in self._releases.pop(now, ()):
            chooser.releasing = False
            self.list_chooser(chooser)
        self._choose_among(now)

    def _choose_among(self, now: int) -> None:
        choosers, self._choosers = self._choosers, []
        for chooser in choosers:
            chooser.listed = False
            chooser.choose(now)

    def _number(self, packets: list[Packet], now: int) -> None:
        packets.sort(key=packet_rank)
        for packet in packets:
            packet.seq = self.sent
            self.sent += 1
            for packet_copy in packet.depart():
                if packet.path.lead_q:
                    self.arrive_at(now + packet.path.lead_q, packet_copy)
                else:
                    packet_copy.stages[0].arrive(packet_copy, now)

    def waiting(self) -> list[PacketCopy]:
        """Return the packet copies on their way between two stages."""
        return [packet_copy for bucket in self._arrivals.values() for packet_copy in bucket]

    def unsent(self) -> list[Packet]:
        """Return the packets that a program has emitted for a later instant."""
        return [packet for bucket in self._sends.values() for packet in bucket]


def _copy_rank(packet_copy: PacketCopy) -> int:
    return packet_copy.rank


def _nothing_finishes(packet_copy: PacketCopy, now: int) -> None:
    raise RuntimeError(f"a burst finished at {now} on a machine that moves no data: {packet_copy.packet}")
