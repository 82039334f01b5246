"""When ticks begin: by the plan's schedule, counted by hand, and by the table of wakes where a run has one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from small_scenario import SMALL
from spinn2sim.hardware.packet import Phase
from spinn2sim.hardware.plan import PhasePlan, Plan, Schedule
from spinn2sim.hardware.units import QUANTA_PER_S
from spinn2sim.report.tick_times import TickClock, part_start_q, tick_start_q
from spinn2sim.trace.sql import Tables
from spinn2sim.training.map_scenario import map_scenario


def phase(kind: Phase, ticks: int, first_tick: int, period_q: int) -> PhasePlan:
    """A phase of which the times alone are of interest."""
    return PhasePlan(kind, ticks, first_tick, 0, 1, period_q, ())


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A training batch takes 1*7 + 3*10 + 2*20 = 77 quanta, the first test batch 1*7 + 3*10 = 37, each further one 3*10 = 30."""
    file = tmp_path_factory.mktemp("plan") / "small.toml"
    file.write_text(SMALL)
    load, forward = phase(Phase.LOAD, 1, -1, 7), phase(Phase.FORWARD, 3, 0, 10)
    schedule = Schedule(
        train=(load, forward, phase(Phase.BACKWARD, 2, 3, 20)), test_first=(load, forward), test=(forward,)
    )
    return replace(map_scenario(file), schedule=schedule)


def test_ticks_of_training_are_counted_from_the_begin_of_the_part(plan: Plan) -> None:
    """Every batch of training is as long as the other, and the periods of the phases before a tick add up."""
    starts = [tick_start_q(plan, "train", 0, tick)[0] for tick in range(-1, 5)]
    assert starts == [0, 7, 17, 27, 37, 57]
    assert [tick_start_q(plan, "train", 2, tick)[0] for tick in range(-1, 5)] == [start + 154 for start in starts]
    assert [tick_start_q(plan, "train", 0, tick)[1].phase for tick in (-1, 2, 3)] == [
        Phase.LOAD, Phase.FORWARD, Phase.BACKWARD,
    ]  # fmt: skip


def test_only_the_first_test_batch_loads(plan: Plan) -> None:
    """The first test batch is longer than the further ones, by the load of the weights."""
    assert [tick_start_q(plan, "test", 0, tick)[0] for tick in range(-1, 3)] == [0, 7, 17, 27]
    assert [tick_start_q(plan, "test", batch, 0)[0] for batch in (1, 2, 3)] == [37, 67, 97]


def test_the_tick_after_the_last_is_the_next_batchs_first(plan: Plan) -> None:
    """A packet of a batch's last tick is taken when the next batch begins, in whatever phase that has; there is no tick further out."""
    start_q, first = tick_start_q(plan, "train", 0, 5)
    assert (start_q, first.phase) == (77, Phase.LOAD)
    start_q, first = tick_start_q(plan, "test", 0, 3)
    assert (start_q, first.phase) == (37, Phase.FORWARD)
    for part, tick in (("train", 6), ("train", -2), ("test", 4)):
        with pytest.raises(ValueError, match=f"tick {tick} is not in the plan"):
            tick_start_q(plan, part, 0, tick)


def test_a_part_begins_when_those_before_it_have_ended() -> None:
    """Epoch 0 has no training; a part of the mirror, or one that there is not, takes no time; a missing epoch leaves the start unknown."""
    metrics = [
        {"epoch": 0, "train_chip_s": None, "test_chip_s": 0.5},
        {"epoch": 1, "train_chip_s": 2.0, "test_chip_s": 0.25, "validation_chip_s": 0.125},
        {"epoch": 2, "train_chip_s": 1.0},
    ]
    starts = {place: part_start_q(metrics, *place) for place in ((0, "test"), (1, "train"), (1, "test"), (2, "train"))}
    assert starts == {
        (0, "test"): 0,
        (1, "train"): QUANTA_PER_S // 2,
        (1, "test"): QUANTA_PER_S * 5 // 2,
        (2, "train"): QUANTA_PER_S * 23 // 8,
    }
    assert part_start_q(metrics[:1], 2, "train") is None


def test_wakes_are_seen_and_scheduled_alike(traced: Path, tmp_path: Path) -> None:
    """Where nothing overruns, the clock says the same instants and cycles from the table of wakes and from the plan alone."""
    for name in ("scenario.toml", "metrics.jsonl", "packets.parquet"):
        shutil.copy(traced / name, tmp_path / name)
    seen, scheduled, plan = Tables(traced), Tables(tmp_path), map_scenario(traced / "scenario.toml")
    rows = seen.rows(
        "SELECT * FROM packets WHERE kind = 'spike' AND tick > 0 AND batch = 0 ORDER BY seq"
    )  # its wakes are traced
    for row in rows[:: max(1, len(rows) // 8)]:
        one, two = TickClock(seen, plan, row), TickClock(scheduled, plan, row)
        assert one.sent() == {**two.sent(), "seen": True}
        assert two.sent()["seen"] is False
        taken = two.taken(row)
        assert taken is not None
        assert one.taken(row) == {**taken, "seen": True}
        assert taken["woke_q"] == two.due_q
