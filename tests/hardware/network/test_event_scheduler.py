"""The order of what happens at one instant, whatever the order in which it was scheduled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spinn2sim.hardware.network.event_scheduler import ARRIVE, CHOOSE, TICK, WAKE, EventScheduler

NOW = 120


class Listener:
    """A scheduler with stages and choosers that note what happens to them."""

    def __init__(self) -> None:
        self.scheduler = EventScheduler(100, 7)
        self.scheduler.finish = lambda packet_copy, now: self.note(f"finish {packet_copy.rank}", now)
        self.notes: list[str] = []

    def note(self, what: str, now: int) -> None:
        """Something happens, and happens at the instant that is tested."""
        assert now == NOW
        self.notes.append(what)

    def arriving(self, rank: int, burst: bool = False) -> Any:
        """A packet copy whose next stage notes its arrival, or where it is complete as a burst."""

        def arrive(packet_copy: Any, now: int) -> None:
            if burst:
                self.scheduler.finish_now(packet_copy)
            else:
                self.note(f"arrive {rank}", now)

        return SimpleNamespace(stages=[SimpleNamespace(arrive=arrive)], at=0, rank=rank)

    def leaving(self, rank: int) -> Any:
        """A packet that notes its number when it leaves its PE."""
        packet = SimpleNamespace(rank=rank, seq=-1, path=SimpleNamespace(lead_q=0))

        def depart() -> list[Any]:
            self.note(f"send {rank} as {packet.seq}", int(self.scheduler.env.now))
            return []

        packet.depart = depart
        return packet

    def chooser(self, name: str) -> Any:
        """A stage that notes when it chooses what to serve."""
        return SimpleNamespace(listed=False, releasing=False, choose=lambda now: self.note(f"choose {name}", now))

    def play(self) -> list[str]:
        """Everything that is scheduled happens; returns the notes."""
        self.scheduler.env.run()
        return self.notes


@given(st.permutations(["arrive", "late wake", "tick", "send", "release"]))
def test_an_instant_has_one_order(scheduled: list[str]) -> None:
    """Deliveries come before late wakes, these before the timer's, and sends and choices come last, however they were scheduled."""
    listener = Listener()
    scheduler = listener.scheduler
    schedule = {
        "arrive": lambda: scheduler.arrive_at(NOW, listener.arriving(3)),
        "late wake": lambda: scheduler.event_at(NOW, WAKE, lambda _: listener.note("late wake", NOW)),
        "tick": lambda: scheduler.event_at(NOW, TICK, lambda _: listener.note("tick", NOW)),
        "send": lambda: scheduler.send_at(NOW, listener.leaving(5)),
        "release": lambda: scheduler.release_at(NOW, listener.chooser("channel")),
    }
    for name in scheduled:
        schedule[name]()
    assert listener.play() == ["arrive 3", "late wake", "tick", "send 5 as 7", "choose channel"]


def test_the_roles_rise_in_the_stated_order() -> None:
    """SimPy plays smaller priorities first: the names of the roles are in the order that the module states."""
    assert ARRIVE < WAKE < TICK < CHOOSE


@given(st.permutations([2, 5, 11, 30]))
def test_packets_are_numbered_by_rank(ranks: list[int]) -> None:
    """Packets that leave at one instant get rising numbers in the order of (send time, core, order), not in that of the calls."""
    listener = Listener()
    for rank in ranks:
        listener.scheduler.send_at(NOW, listener.leaving(rank))
    assert listener.play() == ["send 2 as 7", "send 5 as 8", "send 11 as 9", "send 30 as 10"]
    assert listener.scheduler.sent == 11


@given(st.permutations([2, 5, 11]))
def test_bursts_finish_by_rank_after_all_arrivals(ranks: list[int]) -> None:
    """The data of an instant's bursts moves in the order of rank, once all of the instant's arrivals are known."""
    listener = Listener()
    for rank in ranks:
        listener.scheduler.arrive_at(NOW, listener.arriving(rank, burst=True))
    listener.scheduler.arrive_at(NOW, listener.arriving(1))
    assert listener.play() == ["arrive 1", "finish 2", "finish 5", "finish 11"]


def test_a_send_of_a_wake_leaves_at_the_same_instant() -> None:
    """What a program emits in its wake for the present instant is sent before the channels choose."""
    listener = Listener()
    scheduler = listener.scheduler
    scheduler.release_at(NOW, listener.chooser("channel"))
    scheduler.event_at(NOW, TICK, lambda _: scheduler.send_at(NOW, listener.leaving(4)))
    assert listener.play() == ["send 4 as 7", "choose channel"]


def test_a_stage_chooses_once_an_instant() -> None:
    """A channel that becomes free at an instant at which somebody arrives chooses once, with both known."""
    listener = Listener()
    scheduler, channel = listener.scheduler, listener.chooser("channel")
    packet_copy = listener.arriving(3)
    noted = packet_copy.stages[0].arrive

    def arrive(packet_copy: Any, now: int) -> None:
        noted(packet_copy, now)
        scheduler.list_chooser(channel)

    packet_copy.stages[0].arrive = arrive
    scheduler.arrive_at(NOW, packet_copy)
    scheduler.release_at(NOW, channel)
    assert listener.play() == ["arrive 3", "choose channel"]
    assert not channel.listed
    assert not channel.releasing


def test_what_has_not_happened_yet_can_be_counted() -> None:
    """Packet copies between two stages and packets that are still to leave are found, as the balance of the counters needs."""
    listener = Listener()
    packet_copy, packet = listener.arriving(1), listener.leaving(2)
    listener.scheduler.arrive_at(NOW, packet_copy)
    listener.scheduler.send_at(NOW + 1, packet)
    assert listener.scheduler.waiting() == [packet_copy]
    assert listener.scheduler.unsent() == [packet]


def test_a_machine_without_data_refuses_a_finished_burst() -> None:
    """A burst that is complete where nothing can move its data is a mistake, not a loss."""
    scheduler = EventScheduler(0, 0)
    with pytest.raises(RuntimeError, match="a burst finished"):
        scheduler.finish(SimpleNamespace(packet="t0"), 5)  # type: ignore[arg-type]
