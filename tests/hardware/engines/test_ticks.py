"""Ticks, FIFOs and outcomes, each instant worked by hand; tight: not one quantum early, not one late."""

from __future__ import annotations

import pytest

from scripted_programs import Script, Send, Taken, at_start, build, error, spike, to
from spinn2sim.hardware.packet import Kind, Outcome, Part

ALONE = 4 * 200 + 120  # core 101 to its own quad (3,3)


def outcomes(chip: object) -> list[str]:
    """Outcome names by row."""
    return [Outcome(o).name.lower() for o in chip.rows["outcome"].tolist()]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("period", "seen", "outcome"), [(ALONE - 1, 2, "late"), (ALONE, 1, "on_time")])
def test_packet_is_not_there_one_quantum_early(period: int, seen: int, outcome: str) -> None:
    """A wake one quantum before the delivery does not see the packet; a wake at that very instant does, and it is in time."""
    chip = build({101: at_start(Send(spike(1), payload=-5, has_payload=1))}, [to(spike(1), 102)], period_q=period)
    chip.run()
    assert [taken for taken in chip.program.log if taken.keys] == [Taken(102, 0, seen, (spike(1),), (-5,))]
    assert outcomes(chip) == [outcome]
    assert chip.rows["has_payload"].tolist() == [True]


def test_busy_pe_latches_one_tick_and_loses_the_next() -> None:
    """Busy from 0 to 2.5 periods: tick 1 waits and runs when the PE is free, tick 2 is lost, tick 3 finds it asleep."""
    period = 4000  # 100 core cycles
    script = Script(busy={(0, 0): 250, (0, 1): 10})
    chip = build({101: script}, ticks=4, period_q=period)
    result = chip.run()
    assert [taken.step for taken in chip.program.log] == [0, 1, 3]
    counters = result.counters
    assert (counters.overruns[101], counters.lost_ticks[101], counters.wakes[101]) == (1, 1, 3)
    assert counters.busy_cycles[101] == 260
    assert [str(loss) for loss in counters.losses()] == [
        "overruns: 1 (first at PE 101, batch 0, tick 1)",
        "lost ticks: 1 (first at PE 101, batch 0, tick 2)",
    ]


def test_pe_that_is_free_at_the_tick_did_not_overrun() -> None:
    """Busy until exactly the next tick is no overrun; one cycle more is."""
    for cycles, overruns in ((100, 0), (101, 1)):
        chip = build({101: Script(busy={(0, 0): cycles})}, ticks=2, period_q=4000)
        assert chip.run().counters.overruns[101] == overruns


def test_latched_wake_sends_from_the_instant_at_which_the_pe_is_free() -> None:
    """The step of a latched tick starts when the PE is done: its packets leave then, due one tick after the latched one."""
    script = Script(busy={(0, 0): 150}, sends={(0, 1): [Send(spike(1), cycle=2)]})
    chip = build({101: script}, [to(spike(1), 102)], ticks=5, period_q=4000)
    chip.run()
    # free at 150 x 40 = 6000, sent at 6080, there at 7000: before tick 2 at 8000
    assert chip.rows["sent_q"].tolist() == [6080]
    assert outcomes(chip) == ["on_time"]


def test_overrun_receiver_takes_a_packet_early() -> None:
    """A PE that is late for tick 1 takes a packet sent in tick 1, which was due in tick 2."""
    scripts = {101: at_start(Send(spike(1)), step=1), 102: Script(busy={(0, 0): 150})}
    chip = build(scripts, [to(spike(1), 102)], ticks=4, period_q=4000)
    chip.run()
    # tick 1 at 4000, delivered at 4920; PE 102 wakes for tick 1 at 6000
    assert chip.rows["delivered_q"].tolist() == [4000 + ALONE]
    assert outcomes(chip) == ["early"]


def test_unmatched_is_said_only_of_an_error_that_came_in_time() -> None:
    """A cleared `matched` makes an on-time delivery unmatched; a late one stays late."""
    receiver = Script(unmatched=frozenset({error(1)}))
    chip = build({101: at_start(Send(error(1)), Send(error(2))), 102: receiver}, [to(0, 102, mask=0)])
    counters = chip.run().counters
    assert outcomes(chip) == ["unmatched", "on_time"]
    assert counters.outcomes[Kind.ERROR, Outcome.UNMATCHED] == 1
    slow = build({101: at_start(Send(error(1))), 102: receiver}, [to(0, 102, mask=0)], period_q=ALONE - 1)
    slow.run()
    assert outcomes(slow) == ["late"]


def test_packet_without_a_route_is_one_row_without_destination() -> None:
    """A key that no line matches ends at the router, 120 quanta after an engine took it, and is counted there."""
    chip = build({101: at_start(Send(spike(1)), Send(spike(2)))}, [to(spike(2), 102)])
    counters = chip.run().counters
    assert outcomes(chip) == ["no_route", "on_time"]
    assert chip.delivered()[0] == (0, 2 * 200 + 120)
    assert chip.rows["hops"].tolist() == [2, 4]
    assert chip.rows["queued_q"].tolist() == [0, 40]
    assert counters.router() == {"Local_Multicast_Packets": 2, "Dropped_Multicast_Packets": 1}
    assert str(counters.losses()[0]).startswith("no_route spike: 1 (first at no PE, batch 0, tick 0, key 0x")


def test_first_matching_line_of_the_table_counts() -> None:
    """Lines are tried in their order, wildcards and all; only the line that matched is counted as hit."""
    chip = build(
        {101: at_start(Send(spike(1)), Send(spike(2)))}, [to(spike(1), 102), to(0, 103, mask=0), to(spike(2), 104)]
    )
    counters = chip.run().counters
    assert chip.rows["dst_pe"].tolist() == [102, 103]
    assert counters.entry_hits.tolist() == [1, 1, 0]


def burst_of(count: int) -> Script:
    """`count` spikes in one outbox, neurons 0, 1, ..."""
    return at_start(*(Send(spike(n)) for n in range(count)))


def test_full_fifo_drops_the_new_ones() -> None:
    """Policy drop: with room for 3, packets 3 and 4 are lost at their delivery and said to be."""
    chip = build({101: burst_of(5)}, [to(0, 102, mask=0)], capacity=3)
    counters = chip.run().counters
    assert outcomes(chip) == ["on_time"] * 3 + ["dropped"] * 2
    assert counters.fifo_high_water[102] == 3
    assert str(counters.losses()[0]).startswith("dropped spike: 2 (first at PE 102, batch 0, tick 0, key 0x00040003)")


def test_full_fifo_overwrites_the_oldest() -> None:
    """Policy overwrite: the oldest are lost and counted as dropped; the program sees the newest, in their order."""
    chip = build({101: burst_of(5)}, [to(0, 102, mask=0)], capacity=3, policy="overwrite")
    chip.run()
    assert outcomes(chip) == ["dropped"] * 2 + ["on_time"] * 3
    assert next(taken.keys for taken in chip.program.log if taken.keys) == (spike(2), spike(3), spike(4))


def test_stall_holds_the_channel_until_the_wake_that_drains() -> None:
    """Policy stall: nothing is lost; the third packet starts on the ejection at the wake, and one for another PE waits behind it."""
    entries = [to(spike(9), 103), to(0, 102, mask=0)]
    script = at_start(Send(spike(0)), Send(spike(1)), Send(spike(2)), Send(spike(9)))
    chip = build({101: script}, entries, capacity=2, policy="stall", period_q=4000)
    counters = chip.run().counters
    # 102 holds two; the third is held at the ejection; the wake at 4000 drains: ejection 4000 .. 4200, the next one
    # 40 later
    assert chip.rows["delivered_q"].tolist() == [ALONE, ALONE + 40, 4200, 4240]
    assert outcomes(chip) == ["on_time", "on_time", "late", "late"]
    assert counters.outcomes[Kind.SPIKE, Outcome.DROPPED] == 0
    assert counters.fifo_high_water[102] == 2


def test_stall_counts_what_is_on_its_way_as_filling_the_fifo() -> None:
    """With room for one, the second packet does not start while the first is between ejection and FIFO."""
    chip = build({101: burst_of(2)}, [to(0, 102, mask=0)], capacity=1, policy="stall", period_q=4000)
    chip.run()
    assert chip.rows["delivered_q"].tolist() == [ALONE, 4200]


def test_stall_at_a_pe_that_never_wakes_ends_with_the_part() -> None:
    """At the end FIFOs are emptied as late, which lets held packets through, until the chip is quiet: none is left in flight."""
    chip = build({101: burst_of(5)}, [to(0, 102, mask=0)], capacity=2, policy="stall", idle=[102])
    counters = chip.run().counters
    assert outcomes(chip) == ["late"] * 5
    assert counters.in_flight.sum() == 0


def test_fifo_leftovers_of_a_part_are_late_and_do_not_reach_the_next() -> None:
    """What is sent in the last tick is due after the part: it is late, and the next part starts with empty FIFOs."""
    chip = build({101: at_start(Send(spike(1)), step=3)}, [to(spike(1), 102)], ticks=4)
    result = chip.run()
    assert outcomes(chip) == ["late"]
    assert result.counters.outcomes[Kind.SPIKE, Outcome.LATE] == 1
    chip.program.log.clear()
    chip.run(start_q=result.end_q)
    assert all(not taken.keys for taken in chip.program.log)


def test_batches_follow_without_a_gap_and_the_callback_stands_between() -> None:
    """Batch b is over when its last period is; the callback sees it before the next batch's first wake of that instant."""
    from spinn2sim.hardware.engines.discrete_event import DiscreteEvent

    chip = build({101: Script()}, ticks=2, packets="off")
    seen: list[tuple[int, int]] = []
    engine = DiscreteEvent(chip.plan, [chip.program], {})
    result = engine.run_part(Part.TRAIN, 1, 3, 5, lambda batch: seen.append((batch, len(chip.program.log))))
    assert seen == [(0, 2), (1, 4), (2, 6)]
    assert result.end_q == 7 * 12_000  # 5 + 6 ticks of 12,000, up to the next whole microsecond


def test_sequence_goes_on_over_parts_and_ranks_by_send_time() -> None:
    """seq is the rank by (send time, core, order), not the order of emission, and goes on from part to part."""
    scripts = {
        101: at_start(Send(spike(1), cycle=50), Send(spike(2), cycle=50)),
        102: at_start(Send(spike(3), cycle=9)),
    }
    chip = build(scripts, [to(0, 103, mask=0)], packets="all")
    end = chip.run().end_q
    assert [key & 3 for key in chip.rows["key"].tolist()] == [3, 1, 2]
    chip.run(epoch=2, start_q=end)
    assert chip.rows["seq"].tolist() == [3, 4, 5]
    assert chip.rows["epoch"].tolist() == [2, 2, 2]


def test_wakes_that_touch_keep_their_order_at_one_instant() -> None:
    """What a wake sends in its last cycle goes before what the latched wake sends in its first, at the same instant."""
    script = Script(sends={(0, 0): [Send(spike(2), cycle=150)], (0, 1): [Send(spike(1))]}, busy={(0, 0): 150})
    chip = build({101: script}, [to(0, 102, mask=0)], period_q=4000)
    chip.run()
    assert chip.rows["sent_q"].tolist() == [6000, 6000]
    assert chip.rows["key"].tolist() == [spike(2), spike(1)]
    assert chip.rows["queued_q"].tolist() == [0, 40]


def test_interrupt_stops_the_part_and_leaves_the_finished_rows() -> None:
    """Ctrl-C in a wake comes out as KeyboardInterrupt; rows that were settled by then can still be written."""
    chip = build({101: at_start(Send(spike(1)))}, [to(spike(1), 102)], ticks=4)

    def press(core: int, tick: object) -> None:
        if tick.step == 2:  # type: ignore[attr-defined]
            raise KeyboardInterrupt

    chip.program.at_wake = press
    with pytest.raises(KeyboardInterrupt):
        chip.run()
    assert chip.recorder is not None
    assert chip.recorder.end_part()["seq"].tolist() == [0]
    assert chip.recorder.sequence_base == 0
