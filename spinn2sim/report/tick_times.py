"""When ticks begin, in the time of a whole run: as scheduled by the plan, and as recorded in the table of wakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from spinn2sim.hardware.packet import PART_NAMES
from spinn2sim.hardware.plan import PhasePlan, Plan
from spinn2sim.hardware.units import QUANTA_PER_S
from spinn2sim.scenario.load import load
from spinn2sim.trace.run_directory import SCENARIO, read_metrics
from spinn2sim.trace.sql import Row, Tables


class TickClock:
    """The ticks around one packet: from the table of wakes if the run has one, otherwise as scheduled by the plan."""

    def __init__(self, tables: Tables, plan: Plan, packet: Row) -> None:
        """`packet` is a row of the trace."""
        self.tables, self.plan, self.packet = tables, plan, packet
        self.start_q = part_start_q(read_metrics(tables.folder), packet["epoch"], packet["part"])
        self.due_q = self._scheduled(packet["tick"] + 1)
        # If [trace] selects ticks, the next wake in the table need not be the next wake of the PE.
        scenario = tables.folder / SCENARIO  # a script's run has none, and its tables are whole
        self._incomplete = scenario.is_file() and load(scenario).trace.ticks is not None

    def _scheduled(self, tick: int) -> int | None:
        if self.start_q is None:
            return None
        try:
            return self.start_q + tick_start_q(self.plan, self.packet["part"], self.packet["batch"], tick)[0]
        except ValueError:
            return None

    def sent(self) -> Row:
        """Return `wake_q`, the instant at which the sender's tick began, `cycle`, the core cycles from then to the send, and `seen`:
        whether the wake is in the table. Instant and cycle are None if they are unknown."""
        wakes = self._wakes(self.packet["src_pe"], "woke_q <= $at ORDER BY woke_q DESC", self.packet["sent_q"])
        seen = bool(wakes) and all(wakes[0][name] == self.packet[name] for name in ("batch", "tick"))
        wake_q = wakes[0]["woke_q"] if seen else self._scheduled(self.packet["tick"])
        after = None if wake_q is None else self.packet["sent_q"] - wake_q
        cycle = None if after is None or after < 0 else after // self.plan.core_quanta
        return {"wake_q": wake_q, "cycle": cycle, "seen": seen}

    def taken(self, delivery: Row) -> Row | None:
        """Return the tick in which the receiver took a delivery, or None if it is unknown: `batch`, `phase`, `tick`, `woke_q`, and `seen`,
        whether the wake is in the table."""
        on_time = delivery["outcome"] == "on_time"
        wakes = self._wakes(delivery["dst_pe"], "woke_q >= $at ORDER BY woke_q", delivery["delivered_q"])
        if wakes and (wakes[0]["due_q"] == self.due_q or not on_time):
            return {**{name: wakes[0][name] for name in ("batch", "phase", "tick", "woke_q")}, "seen": True}
        if not on_time or self.due_q is None:
            return None
        phase = tick_start_q(self.plan, self.packet["part"], self.packet["batch"], self.packet["tick"] + 1)[1].phase
        return {
            "batch": self.packet["batch"], "phase": phase.name.lower(), "tick": self.packet["tick"] + 1,
            "woke_q": self.due_q, "seen": False,
        }  # fmt: skip

    def _wakes(self, core: int, condition: str, at: int) -> list[Row]:
        if self._incomplete or "ticks" not in self.tables.names:
            return []
        one = f"epoch = $epoch AND part = $part AND pe = $pe AND {condition} LIMIT 1"
        query = f"SELECT batch, phase, tick, due_q, woke_q FROM ticks WHERE {one}"
        where = {"epoch": self.packet["epoch"], "part": self.packet["part"], "pe": core, "at": at}
        return self.tables.rows(query, where, trusted=True)


def part_start_q(metrics: Sequence[Mapping[str, Any]], epoch: int, part: str) -> int | None:
    """Return the instant at which a part begins, when the parts before it have ended; None if the metrics do not have all of those."""
    done = {line["epoch"]: line for line in metrics}
    parts = [(e, p) for e in range(epoch + 1) for p in PART_NAMES if (e, p) != (0, "train")]
    before = parts[: parts.index((epoch, part))]
    if any(e not in done for e, _ in before):
        return None
    return sum(round((done[e].get(f"{p}_chip_s") or 0) * QUANTA_PER_S) for e, p in before)


def tick_start_q(plan: Plan, part: str, batch: int, tick: int) -> tuple[int, PhasePlan]:
    """Return the quanta from the beginning of a part to a tick of a batch, and the tick's phase.

    The tick after a batch's last tick is the next batch's first. Raises ValueError for a tick that the plan does not have.
    """
    phases = _phases(plan, part, batch)
    if batch == 0 or part == "train":
        start_q = batch * batch_q(phases)
    else:
        start_q = batch_q(plan.schedule.test_first) + (batch - 1) * batch_q(plan.schedule.test)
    for phase in phases:
        if phase.first_tick <= tick < phase.first_tick + phase.ticks:
            return start_q + (tick - phase.first_tick) * phase.period_q, phase
        start_q += phase.ticks * phase.period_q
    if tick == phases[-1].first_tick + phases[-1].ticks:
        return start_q, _phases(plan, part, batch + 1)[0]
    raise ValueError(f"tick {tick} is not in the plan")


def batch_q(phases: Iterable[PhasePlan]) -> int:
    """Return the quanta from the beginning of a batch to its end."""
    return sum(phase.ticks * phase.period_q for phase in phases)


def _phases(plan: Plan, part: str, batch: int) -> Sequence[PhasePlan]:
    if part == "train":
        return plan.schedule.train
    return plan.schedule.test if batch else plan.schedule.test_first
