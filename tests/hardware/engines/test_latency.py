"""Latency without load and with two packets that meet, against arithmetic written out by hand.

Core ids used: 1..4 are quad (7,6), 5..8 (7,5), 77..80 (1,1), 97..100 (2,3), 101..104 (3,3), 105..108 (5,1), 129..132 (7,1), 73..76 (3,4).
A hop takes 5 NoC cycles = 200 quanta, a flit holds a channel 40, the router's pipeline takes 4 x 30 = 120.
"""

from __future__ import annotations

import numpy as np
import pytest

from scripted_programs import Send, at_start, build, spike, to
from spinn2sim.hardware.packet import Key, Kind, Outcome
from spinn2sim.hardware.plan import DRAM, Move, Slice, Transfer


@pytest.mark.parametrize(
    ("source", "target", "hops"),
    [
        # (3,3) -> slot (4,3): 1 + 1; (4,3) -> (3,3): 1, ejection: 1
        (101, 104, 2 + 1 + 1),
        # (7,6) -> slot (4,4): 3 + 2 = 5; (4,3) -> (1,1): 3 + 2 = 5; the other slot serves y <= 3
        (1, 77, 2 + 5 + 5),
        # (1,1) -> (4,3): 3 + 2 = 5; (4,4) -> (7,5): 3 + 1 = 4
        (77, 5, 2 + 5 + 4),
        # (5,1) -> (4,3): 1 + 2 = 3; (4,3) -> (7,1): 3 + 2 = 5
        (105, 129, 2 + 3 + 5),
        # (3,4) -> (4,4): 1; (4,3) -> (3,3): 1
        (73, 101, 2 + 1 + 1),
    ],
)
def test_spike_alone_takes_the_time_of_its_hops_and_the_pipeline(source: int, target: int, hops: int) -> None:
    """An unloaded spike takes hops x 200 + 120 quanta, and waits nowhere."""
    chip = build({source: at_start(Send(spike(3)))}, [to(spike(3), target)])
    chip.run()
    assert chip.delivered() == [(target, hops * 200 + 120)]
    assert chip.rows["hops"].tolist() == [hops]
    assert chip.rows["queued_q"].tolist() == [0]


def test_cycle_of_the_outbox_delays_the_send() -> None:
    """A packet leaves at the cycle that the program states, not at the wake."""
    chip = build({101: at_start(Send(spike(3), cycle=25))}, [to(spike(3), 102)])
    chip.run()
    assert chip.rows["sent_q"].tolist() == [25 * 40]
    assert chip.delivered() == [(102, 4 * 200 + 120)]


def test_multicast_goes_out_once_and_reaches_every_pe_of_every_quad() -> None:
    """One packet in, one copy per destination quad, one delivery per PE; the way in is shared and counted once."""
    chip = build({101: at_start(Send(spike(3)))}, [to(spike(3), 97, 98, 101, 129)])
    result = chip.run()
    # in: injection + (3,3)->(4,3); out: (2,3) 2 + 1, (3,3) 1 + 1, (7,1) 3 + 2 + 1
    out = {97: 3, 98: 3, 101: 2, 129: 6}
    # the copies for (2,3) and (3,3) leave the router at one instant by (4,3)->(3,3): by destination quad, so (3,3)
    # waits 40
    waits = {97: 0, 98: 0, 101: 40, 129: 0}
    assert chip.delivered() == [(pe, (2 + n) * 200 + 120 + waits[pe]) for pe, n in out.items()]
    assert result.counters.sent[Kind.SPIKE] == 1
    assert result.counters.hops[Kind.SPIKE] == 2 + 3 + 2 + 6
    assert result.counters.channel_flits.sum() == 2 + 3 + 2 + 6
    assert chip.rows["seq"].tolist() == [0] * 4


def test_two_packets_of_one_quad_share_its_injection_channel() -> None:
    """The second of two packets sent at one instant starts one service (40) later: core 101 before 102, whatever the order of calls."""
    entries = [to(spike(1), 97), to(spike(2), 129)]
    chip = build({102: at_start(Send(spike(2))), 101: at_start(Send(spike(1)))}, entries)
    result = chip.run()
    # hops: (3,3) -> slot 1, slot -> (2,3) 2; slot -> (7,1) 5; behind the injection they are 40 apart and never meet
    # again
    assert dict(chip.delivered()) == {97: (2 + 1 + 2) * 200 + 120, 129: (2 + 1 + 5) * 200 + 120 + 40}
    assert chip.rows["queued_q"].tolist() == [0, 40]
    names = result.counters.channel_names
    assert result.counters.channel_longest[names.index("(3,3) injection")] == 1
    assert result.counters.channel_busy_q[names.index("(3,3) injection")] == 80


def test_packets_of_two_quads_meet_at_an_ejection() -> None:
    """Copies that reach one channel at the same quantum go by core id; the later one waits one service there."""
    # (2,3) -> (4,3): 2, and (3,2) -> (4,3): 1 + 1 = 2: same distance, both to (7,1); they meet at (4,3)->(5,3)
    chip = build({122: at_start(Send(spike(2))), 97: at_start(Send(spike(1)))}, [to(0, 129, mask=0)])
    chip.run()
    alone = (2 + 2 + 5) * 200 + 120
    assert chip.rows["src_pe"].tolist() == [97, 122]
    assert chip.delivered() == [(129, alone), (129, alone + 40)]


def test_earlier_send_goes_first_when_two_arrive_at_the_same_quantum() -> None:
    """Ties at a channel are by send time before core id."""
    # core 97 at (2,3) is one hop (200 = 5 core cycles) further from the slot than core 101 at (3,3), and sends 5
    # cycles earlier
    scripts = {97: at_start(Send(spike(2))), 101: at_start(Send(spike(1), cycle=5))}
    chip = build(scripts, [to(0, 129, mask=0)])
    chip.run()
    assert chip.rows["src_pe"].tolist() == [97, 101]
    assert chip.rows["queued_q"].tolist() == [0, 40]


def test_order_in_the_outbox_decides_between_packets_of_one_pe() -> None:
    """Three packets of one instant leave in the order of the outbox, 40 quanta apart."""
    chip = build({101: at_start(Send(spike(9)), Send(spike(1)), Send(spike(5)))}, [to(0, 102, mask=0)])
    chip.run()
    assert chip.rows["key"].tolist() == [spike(9), spike(1), spike(5)]
    assert chip.rows["seq"].tolist() == [0, 1, 2]
    assert chip.rows["queued_q"].tolist() == [0, 40, 80]


def test_router_takes_three_packets_at_one_instant_and_the_fourth_waits() -> None:
    """Three engines accept one flit each per 30 quanta; a fourth packet of that instant waits 30."""
    # all four quads are one hop from their slot, on four different ports: (3,3), (5,3), (4,2), (3,4)
    sources = (101, 149, 125, 73)
    targets = (97, 129, 113, 5)  # by four different ports, too
    entries = [to(spike(n), target) for n, target in enumerate(targets)]
    chip = build({core: at_start(Send(spike(n))) for n, core in enumerate(sources)}, entries)
    result = chip.run()
    waited = dict(zip(chip.rows["src_pe"].tolist(), chip.rows["queued_q"].tolist(), strict=True))
    assert waited[149] == 30  # the largest core id
    assert sorted(waited.values()) == [0, 0, 0, 30]
    assert result.counters.router_longest == 1


def dma(
    number: int, source: int, targets: tuple[int, ...], size: int, key: int = 0, issuer: int | None = None
) -> Transfer:
    """A transfer that moves no data."""
    return Transfer(
        number, f"t{number}", key, key != 0, size, source if issuer is None else issuer, source, targets, ()
    )


def test_dma_between_pes_goes_straight_and_ends_with_its_tail() -> None:
    """A burst of n flits takes hops x 200 + (n - 1) x 40 over injection, mesh and ejection alone."""
    chip = build({101: at_start(Send(transfer=0))}, transfers=[dma(0, 101, (129,), 100)])
    result = chip.run()
    # (3,3) -> (7,1): 4 + 2, injection, ejection = 8 hops; 100 bytes = 7 flits
    assert chip.delivered() == [(129, 8 * 200 + 6 * 40)]
    assert chip.rows["bytes"].tolist() == [100]
    assert chip.rows["queued_q"].tolist() == [0]
    assert result.counters.router_accepted == 0
    assert result.counters.dma_bytes[Outcome.ON_TIME] == 100
    assert result.counters.hops[-1] == 8 * 7


def test_dma_inside_a_quad_makes_two_hops() -> None:
    """Injection and ejection are all there is between PEs of one quad."""
    chip = build({101: at_start(Send(transfer=0))}, transfers=[dma(0, 101, (102,), 16)])
    chip.run()
    assert chip.delivered() == [(102, 2 * 200)]


def test_pe_to_dram_and_back() -> None:
    """The DRAM interface takes the place of one hop; a read waits the access latency first; the slowest service follows."""
    moves = [dma(0, 101, (0,), 64), dma(1, 0, (101,), 64, issuer=101), dma(2, 0, (102,), 64, issuer=102)]
    scripts = {101: at_start(Send(transfer=0), Send(transfer=1)), 102: at_start(Send(transfer=2))}
    chip = build(scripts, transfers=moves, dram_flit_q=86, dram_latency_q=1200)
    chip.run()
    # (3,3) -> (7,3): 4 mesh hops; write: injection + 4 + interface = 6; read: interface + 4 + ejection = 6; 4 flits
    write, read = 6 * 200 + 3 * 86, 1200 + 6 * 200 + 3 * 86
    # reads have a channel of their own: the write does not hold them; the second read waits there for the 4 flits of
    # the first
    assert chip.delivered() == [(0, write), (101, read), (102, read + 4 * 86)]
    assert chip.rows["queued_q"].tolist() == [0, 0, 4 * 86]


def test_multicast_burst_goes_over_the_router_and_holds_an_engine() -> None:
    """A burst of weights takes a spike's way with n flits; the engine is held n router cycles; it never enters a FIFO."""
    key = Key(Kind.WEIGHTS, 0, 1, 0).pack()
    chip = build({101: at_start(Send(transfer=0))}, [to(key, 129, 130)], transfers=[dma(0, 101, (129, 130), 160, key)])
    result = chip.run()
    # 1 hop to the slot, 5 from it, injection, ejection; 10 flits
    assert chip.delivered() == [(129, 8 * 200 + 120 + 9 * 40), (130, 8 * 200 + 120 + 9 * 40)]
    assert result.counters.router_busy_q == 10 * 30
    assert result.counters.fifo_high_water.sum() == 0
    assert result.counters.sent[Kind.WEIGHTS] == 1
    assert result.counters.due[Kind.WEIGHTS] == 2


def test_burst_holds_each_channel_without_interleaving() -> None:
    """A packet behind a burst of 10 flits waits for all of them at the channel that they share."""
    chip = build(
        {101: at_start(Send(transfer=0), Send(spike(1)))}, [to(spike(1), 102)], transfers=[dma(0, 101, (129,), 160)]
    )
    chip.run()
    assert chip.rows["queued_q"].tolist() == [0, 400]


def test_data_moves_at_the_finish_and_not_before() -> None:
    """A PE that wakes one quantum before the burst is complete finds old data, one that wakes at that instant the new."""
    # (3,3) to its own quad: 2 hops, 2 flits: complete at 400 + 40 = 440
    for period, seen in ((439, 0), (440, 7)):
        move = Move(Slice("pe", "words", 0, 0, 2), (Slice("pe", "words", 1, 5, 7),))
        transfer = Transfer(0, "copy", 0, False, 32, 101, 101, (102,), (move,))
        chip = build({101: at_start(Send(transfer=0))}, transfers=[transfer], period_q=period, ticks=2)
        chip.program.memory.words[0, :2] = (6, 7)
        found: dict[tuple[int, int], int] = {}
        memory = chip.program.memory.words
        chip.program.at_wake = lambda core, tick, f=found, m=memory: f.update({(core, tick.step): int(m[1, 6])})
        result = chip.run()
        assert found[102, 1] == seen
        assert memory[1, 5:7].tolist() == [6, 7]
        late = result.counters.dma_transfers[Outcome.LATE]
        assert late == (0 if seen else 1)


def test_dram_rows_are_chosen_by_the_senders_argument() -> None:
    """A transfer from DRAM reads the row that its issuer names; one to DRAM writes it; a row that is not there is refused."""
    load = Transfer(
        0,
        "in",
        0,
        False,
        24,
        101,
        0,
        (101,),
        (Move(Slice(DRAM, "samples", 0, 0, 3), (Slice("pe", "words", 0, 0, 3),)),),
    )
    store = Transfer(
        1, "out", 0, False, 16, 101, 101, (0,), (Move(Slice("pe", "words", 0, 1, 3), (Slice(DRAM, "out", 0, 0, 2),)),)
    )
    dram = {"samples": np.arange(12).reshape(4, 3), "out": np.zeros((3, 2), np.int64)}
    script = at_start(Send(transfer=0, argument=2))
    script.sends[0, 1] = [Send(transfer=1, argument=1)]
    chip = build({101: script}, transfers=[load, store], dram=dram)
    chip.run()
    assert dram["out"].tolist() == [[0, 0], [7, 8], [0, 0]]
    wrong = build({101: at_start(Send(transfer=0, argument=4))}, transfers=[load], dram=dram)
    with pytest.raises(IndexError, match="row 4 of DRAM array samples"):
        wrong.run()
