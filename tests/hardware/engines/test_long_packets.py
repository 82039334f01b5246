"""Packets with 128 bits of payload: two words that arrive as they were sent, and what the trace says of them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripted_programs import Chip, Script, Send, at_start, build, spike, to
from spinn2sim.hardware.board.link_options import LinkOptions
from spinn2sim.hardware.engines.compiled.engine import Compiled
from spinn2sim.hardware.engines.discrete_event import DiscreteEvent
from spinn2sim.hardware.packet import LONG_PAYLOAD, PAYLOAD, join_words, part_words

WORDS = (-(2**63), 2**63 - 1)
word = st.integers(-(2**63), 2**63 - 1)


def chip(long_packets: bool) -> Chip:
    """A PE that sends a long packet and another one to PE 6."""
    sends = at_start(Send(spike(0), 0, join_words(*WORDS), LONG_PAYLOAD), Send(spike(1), 9, -5, PAYLOAD))
    made = build({5: sends, 6: Script()}, [to(spike(0), 6), to(spike(1), 6)])
    made.plan = dataclasses.replace(made.plan, long_packets=long_packets)
    return made


@pytest.mark.parametrize("engine", [DiscreteEvent, Compiled])
def test_both_words_arrive_and_the_trace_has_their_size_alone(engine: type[Any]) -> None:
    """A program finds both words, and 0 for a packet with 32 bits; the trace has 16 bytes and no payload."""
    made = chip(True)
    made.run(engine=engine)
    taken = next(one for one in made.program.log if one.core == 6 and one.keys)
    assert taken.payloads == (0, -5, *WORDS, 0, 0)
    assert made.rows["bytes"].tolist() == [16, 0]
    assert made.rows["has_payload"].tolist() == [False, True]
    assert made.rows["payload"].tolist() == [0, -5]


@pytest.mark.parametrize("engine", [DiscreteEvent, Compiled])
def test_a_plan_without_long_packets_refuses_one(engine: type[Any]) -> None:
    """A long packet without the plan's leave is an error of the engine."""
    made = chip(False)
    with pytest.raises(ValueError, match="core 5 sends a packet with 128 bits of payload, but the plan has none"):
        made.run(engine=engine)


@given(word, word)
def test_words_are_joined_and_parted(first: int, second: int) -> None:
    """Two words make one number, and come out of it with their signs."""
    assert part_words(join_words(first, second)) == (first, second)


def test_a_window_is_no_longer_than_the_shortest_service_and_latency() -> None:
    """Whichever of the two kinds of packets is the shorter one on a link."""
    assert LinkOptions().window_q == LinkOptions().service_q + LinkOptions().latency_q
    short = LinkOptions(long_packet_bits=40)
    assert short.window_q == short.long_service_q + short.latency_q < short.service_q + short.latency_q
