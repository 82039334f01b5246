"""Runs a send list on an engine, and measures latencies, accepted load and busy times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.engines.base import EngineResult
from spinn2sim.hardware.engines.choice import engine_of
from spinn2sim.hardware.facts import FLIT_PAYLOAD_BYTES, NOC_MHZ, ROUTER_ENGINES
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.recording import MemoryRecorder
from spinn2sim.hardware.rows import Rows
from spinn2sim.hardware.traffic.send_list import SendList, plan_and_program
from spinn2sim.hardware.units import QUANTA_PER_NS, QUANTA_PER_US

ACCEPTED_SHARE = 0.97  # a network that accepts a smaller share of the offered load is saturated


@dataclass(frozen=True)
class MeasuringWindow:
    """Packets sent in [first_q, last_q) are measured. `senders` is the number of PEs that send, over which loads are averaged."""

    first_q: int
    last_q: int
    senders: int

    @property
    def us(self) -> float:
        """The length of the window in us."""
        return (self.last_q - self.first_q) / QUANTA_PER_US


@dataclass(frozen=True)
class RunMeasurement:
    """The measurement of one run.

    `offered` is the load of the packets sent in the window, in packets/PE/us, and `flits_per_cycle` is the same in flits/PE/NoC cycle.
    `accepted` is `offered` times the flits delivered in the window (of any packets), divided by the flits due from the window's packets.
    Latencies are in ns, from a packet's sending to each of its deliveries. Busy shares are of the whole run, from the first sending to the
    last delivery.
    """

    offered: float
    accepted: float
    flits_per_cycle: float
    packets: int
    deliveries: int
    mean_ns: float
    median_ns: float
    p99_ns: float
    max_ns: float
    queued_ns: float
    hops: float
    busiest_channel: str
    channel_busy: float
    router_busy: float

    @property
    def full_at(self) -> float:
        """The load, in packets/PE/us, at which the busiest stage would never be idle, if its busy share were proportional to the load."""
        return self.offered / max(self.channel_busy, self.router_busy, 1e-9)

    @property
    def loses(self) -> bool:
        """Whether packets of the window never arrived."""
        return False


def run_list(traffic: SendList, engine: str) -> tuple[EngineResult, Rows]:
    """Play a list. Returns counts and all deliveries, with packets numbered by `seq` in the list's order.

    Raises ScenarioError for an unknown engine, and for what the compiled engine does not support.
    """
    plan, program = plan_and_program(traffic)
    recorder = MemoryRecorder()
    result = engine_of(engine)(plan, [program], {}, recorder).run_part(Part.TRAIN, 0, 1, 0)
    return result, recorder.deliveries()


def measure_run(result: EngineResult, rows: Rows, window: MeasuringWindow) -> RunMeasurement:
    """Measure the packets that were sent in the window of a run."""
    sent, delivered = _column(rows, "sent_q"), _column(rows, "delivered_q")
    flits = np.maximum(1, -(-_column(rows, "bytes") // FLIT_PAYLOAD_BYTES))
    measured = (sent >= window.first_q) & (sent < window.last_q)
    delivered_flits = flits[(delivered >= window.first_q) & (delivered < window.last_q)].sum()
    _, firsts = np.unique(rows["seq"][measured], return_index=True)
    offered = len(firsts) / window.senders / window.us
    ns = np.sort((delivered - sent)[measured]) / QUANTA_PER_NS
    span = max(1, int(delivered.max(initial=1) - sent.min(initial=0)))
    counters = result.counters
    busy = counters.channel_busy_q
    return RunMeasurement(
        offered=offered, accepted=float(offered * delivered_flits / max(1, flits[measured].sum())),
        flits_per_cycle=float(flits[measured][firsts].sum() / window.senders / window.us / NOC_MHZ),
        packets=len(firsts), deliveries=len(ns),
        mean_ns=mean_of(ns), median_ns=percentile(ns, 50), p99_ns=percentile(ns, 99), max_ns=percentile(ns, 100),
        queued_ns=mean_of(_column(rows, "queued_q")[measured] / QUANTA_PER_NS), hops=mean_of(_column(rows, "hops")[measured]),
        busiest_channel=counters.channel_names[int(busy.argmax())], channel_busy=float(busy.max() / span),
        router_busy=counters.router_busy_q / ROUTER_ENGINES / span,
    )  # fmt: skip


def _column(rows: Rows, name: str) -> NDArray[np.int64]:
    return np.asarray(rows[name]).astype(np.int64)


def mean_of(values: NDArray[np.float64] | NDArray[np.int64]) -> float:
    """Return the mean of values; 0 if there are none."""
    return float(values.mean()) if len(values) else 0.0


def percentile(ordered: NDArray[np.float64], percent: int) -> float:
    """Return the smallest value that at least `percent` of them do not exceed; 0 if there are none."""
    return float(ordered[max(0, -(-len(ordered) * percent // 100) - 1)]) if len(ordered) else 0.0
