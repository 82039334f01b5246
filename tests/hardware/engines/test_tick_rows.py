"""One row per wake: when it was due, when it came, until when it lasted and what it took, worked by hand."""

from __future__ import annotations

from scripted_programs import Chip, Script, Send, at_start, build, spike, to
from spinn2sim.hardware.rows import TICK

PERIOD = 4000  # 100 core cycles


def wakes(chip: Chip, core: int) -> list[tuple[int, ...]]:
    """(tick, due_q, woke_q, time_done, n_packets, busy_cycles) of one PE's wakes."""
    assert chip.recorder is not None
    found = chip.recorder.end_ticks()
    names = ("tick", "due_q", "woke_q", "time_done", "n_packets", "busy_cycles")
    rows = zip(found["pe"].tolist(), *(found[name].tolist() for name in names), strict=True)
    return [row[1:] for row in rows if row[0] == core]


def test_a_busy_pe_wakes_late_and_has_no_row_for_the_tick_that_it_lost() -> None:
    """Busy 250 cycles from tick 0: tick 1 was due at 4000 and woke it at 10000, tick 2 is lost, tick 3 is in time."""
    chip = build({101: Script(busy={(0, 0): 250, (0, 1): 10})}, ticks=4, period_q=PERIOD)
    chip.run()
    assert wakes(chip, 101) == [
        (0, 0, 0, 10_000, 0, 250),
        (1, 4000, 10_000, 10_400, 0, 10),
        (3, 12_000, 12_000, 12_000, 0, 0),
    ]


def test_a_wake_counts_what_it_takes_and_not_what_was_dropped() -> None:
    """Five packets for a FIFO of three: the next wake takes three."""
    burst = at_start(*(Send(spike(n)) for n in range(5)))
    chip = build({101: burst}, [to(0, 102, mask=0)], ticks=3, capacity=3, period_q=PERIOD)
    counters = chip.run().counters
    assert [row[4] for row in wakes(chip, 102)] == [0, 3, 0]
    assert counters.fifo_high_water[102] == 3


def test_rows_are_those_of_the_counters() -> None:
    """Over a part the rows of a PE have the wakes and busy cycles that its counters have, start and tick of the schedule included."""
    scripts = {core: Script(busy={(b, s): core + s for b in range(3) for s in range(4)}) for core in (101, 102)}
    chip = build(scripts, ticks=4, period_q=PERIOD)
    counters = chip.run(batches=3, start_q=24_000).counters
    assert chip.recorder is not None
    found = chip.recorder.end_ticks()
    assert set(found) >= {name for name, _ in TICK} | {"epoch", "part", "fifo_high"}
    for core in (101, 102):
        mine = found["pe"] == core
        assert mine.sum() == counters.wakes[core]
        assert found["busy_cycles"][mine].sum() == counters.busy_cycles[core]
    first = {name: column[0].item() for name, column in found.items()}
    assert (first["due_q"], first["batch"], first["tick"], first["phase"]) == (24_000, 0, 0, 1)
    assert found["batch"].tolist() == sorted(found["batch"].tolist())
