"""Writes a timeline of packets for Perfetto, as TrackEvent protobuf.

Perfetto's JSON format is legacy and does not accept slices that overlap on a track. Each PE is a track. Below it are its wakes, if they
were captured, and its packets from send to delivery, on as many tracks as packets overlap; Perfetto draws tracks of the same name together.
A flow, an arrow in Perfetto, leads from each of them to its arrival at the receiver. Two counters say how many packets are under way and,
if wakes were captured, how many PEs are at work.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np

from spinn2sim.errors import DataError, how_to_install
from spinn2sim.files.named_output import write_named
from spinn2sim.hardware.board.shape import LINK_CORE, core_name
from spinn2sim.hardware.geometry import pe_in_quad, quad_of
from spinn2sim.hardware.units import QUANTA_PER_NS
from spinn2sim.trace.questions import enclose
from spinn2sim.trace.sql import PACKETS, Tables

if TYPE_CHECKING:
    from perfetto.trace_builder.proto_builder import StreamingTraceProtoBuilder

MOST_DELIVERIES = 1_000_000
SEQUENCE = 1
NOTED_COLUMNS = ("seq", "dst_pe", "neuron", "sample", "epoch", "batch", "tick", "step", "bytes", "queued_ns", "hops")
# Rows of the trace come in the order in which they were sent.
SLICES = """
    SELECT src_pe AS pe, CASE WHEN outcome = 'on_time' THEN '' ELSE upper(outcome) || ' ' END || kind ||
        CASE WHEN layer < 0 THEN '' ELSE ' layer ' || layer END AS name,
        sent_q AS start_q, greatest(delivered_q, sent_q) AS end_q,
        seq, dst_pe, neuron, sample, epoch, batch, tick, step, bytes, queued_q // 12 AS queued_ns, hops
    FROM packets WHERE {where} LIMIT {cap}
"""
WAKES = """
    SELECT pe, phase || ' tick ' || tick AS name, woke_q AS start_q, greatest(time_done, woke_q) AS end_q, batch, n_packets, busy_cycles
    FROM ticks WHERE time_done >= $first AND woke_q <= $last ORDER BY woke_q, pe LIMIT $cap
"""


class TimelineCounts(NamedTuple):
    """How many slices a timeline has."""

    # The slices of deliveries and of wakes.
    deliveries: int
    wakes: int
    # The deliveries that satisfy the condition, including those beyond the cap.
    asked: int


def write_timeline(tables: Tables, path: Path, where: str | None = None, cap: int = MOST_DELIVERIES) -> TimelineCounts:
    """Write the first `cap` deliveries that satisfy `where`, and the wakes in the same time. Raises DataError, OutputError."""
    tables.need(PACKETS)
    try:
        from perfetto.trace_builder.proto_builder import StreamingTraceProtoBuilder
    except ImportError:
        raise DataError(f"--perfetto: the package perfetto is not installed: {how_to_install('perfetto')}") from None
    clause = enclose(where)
    asked = int(tables.one(f"SELECT count(*) AS n FROM packets WHERE {clause}", trusted=not where)["n"])
    if not asked:
        raise DataError(f"{tables.folder}: found no delivery to draw where {where}")
    counted = {"deliveries": 0, "wakes": 0}

    def write(file: IO[bytes]) -> None:
        timeline = Timeline(StreamingTraceProtoBuilder(file))
        under_way, at_work = Changes(), Changes()
        first, last = None, 0
        for row in _rows(tables, SLICES.format(where=clause, cap=int(cap)), {}, not where):
            notes = {name: row[name] for name in NOTED_COLUMNS}
            timeline.slice(row, "packets sent", notes, flow=counted["deliveries"] if arrives(row) else None)
            first, last = row["start_q"] if first is None else first, max(last, row["end_q"])
            if arrives(row):
                timeline.arrival(row, counted["deliveries"])
            under_way.add(row)
            counted["deliveries"] += 1
        timeline.counter("packets under way", under_way)
        if "ticks" in tables.names:
            for row in _rows(tables, WAKES, {"first": first, "last": last, "cap": cap}, True):
                timeline.slice(row, "wakes", {name: row[name] for name in ("batch", "n_packets", "busy_cycles")})
                at_work.add(row)
                counted["wakes"] += 1
            timeline.counter("PEs at work", at_work)

    write_named(path, write)
    return TimelineCounts(counted["deliveries"], counted["wakes"], asked)


def _rows(tables: Tables, query: str, parameters: Mapping[str, object], trusted: bool) -> Iterator[dict[str, Any]]:
    for batch in tables.batches(query, parameters, trusted):
        yield from batch.to_pylist()


def arrives(row: Mapping[str, Any]) -> bool:
    """Return whether a packet came to a PE or to the DRAM: one without a line in the router's table did not."""
    return not str(row["name"]).startswith("NO_ROUTE")


class Changes:
    """When slices begin and end, in ns, of which a counter says how many there are at a time."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a slice."""
        self._starts.append(row["start_q"] // QUANTA_PER_NS)
        self._ends.append(row["end_q"] // QUANTA_PER_NS)

    def counts(self) -> Iterator[tuple[int, int]]:
        """Yield each instant at which the number changes, and the number from then on."""
        instants = np.array(self._starts + self._ends, np.int64)
        steps = np.repeat(np.array([1, -1], np.int64), len(self._starts))
        at, where = np.unique(instants, return_inverse=True)
        change = np.zeros(len(at), np.int64)
        np.add.at(change, where, steps)
        yield from zip(at[change != 0].tolist(), np.cumsum(change)[change != 0].tolist(), strict=True)


class Timeline:
    """Writes tracks and slices as they come. The slices of one PE and name must come in the order of their starts."""

    def __init__(self, builder: StreamingTraceProtoBuilder) -> None:
        self._builder = builder
        self._ids = count(1)
        self._tracks: dict[tuple[int, str], list[tuple[int, int]]] = {}  # heaps of (instant when it is free, track)
        self._pes: dict[int, int] = {}
        self._arrivals: dict[int, int] = {}
        self._names: dict[str, int] = {}
        self._begun = False

    def slice(self, row: Mapping[str, Any], name: str, notes: Mapping[str, int], flow: int | None = None) -> None:
        """Write one slice on a track `name` of its PE; `row` has pe, name, start_q and end_q. `flow`: one that leaves it."""
        start, end = (row[at] // QUANTA_PER_NS for at in ("start_q", "end_q"))
        track = self._free_track(row["pe"], name, start, end)
        packet = self._packet()
        packet.timestamp = start
        event = packet.track_event
        event.type, event.track_uuid, event.name_iid = event.TYPE_SLICE_BEGIN, track, self._name(packet, row["name"])
        for note, value in notes.items():
            annotation = event.debug_annotations.add()
            annotation.name, annotation.int_value = note, value
        if flow is not None:
            event.flow_ids.append(flow + 1)  # 0 is no flow
        self._builder.write_packet(packet)
        packet = self._packet()
        packet.timestamp = end
        packet.track_event.type, packet.track_event.track_uuid = packet.track_event.TYPE_SLICE_END, track
        self._builder.write_packet(packet)

    def arrival(self, row: Mapping[str, Any], flow: int) -> None:
        """Write the instant at which a packet comes to its receiver, where its flow ends."""
        packet = self._packet()
        packet.timestamp = row["end_q"] // QUANTA_PER_NS
        event = packet.track_event
        event.type, event.track_uuid = event.TYPE_INSTANT, self._arrivals_of(row["dst_pe"])
        event.name_iid = self._name(packet, row["name"])
        event.terminating_flow_ids.append(flow + 1)
        self._builder.write_packet(packet)

    def counter(self, name: str, changes: Changes) -> None:
        """Write a track of numbers."""
        track = self._track(name, None, is_counter=True)
        for instant, number in changes.counts():
            packet = self._packet()
            packet.timestamp = instant
            event = packet.track_event
            event.type, event.track_uuid, event.counter_value = event.TYPE_COUNTER, track, number
            self._builder.write_packet(packet)

    def _arrivals_of(self, pe: int) -> int:
        if pe not in self._arrivals:
            self._arrivals[pe] = self._track("packets received", self._pe(pe))
        return self._arrivals[pe]

    def _packet(self) -> Any:
        packet = self._builder.create_packet()
        packet.trusted_packet_sequence_id = SEQUENCE
        flags = packet.SEQ_NEEDS_INCREMENTAL_STATE
        packet.sequence_flags = flags if self._begun else flags | packet.SEQ_INCREMENTAL_STATE_CLEARED
        self._begun = True
        return packet

    def _name(self, packet: Any, name: str) -> int:
        """Return the number of a name; the name itself is written at its first use."""
        if name not in self._names:
            self._names[name] = len(self._names) + 1
            entry = packet.interned_data.event_names.add()
            entry.iid, entry.name = self._names[name], name
        return self._names[name]

    def _free_track(self, pe: int, name: str, start: int, end: int) -> int:
        """Return the track of a PE and a name that became free first, or a new one if none is free at `start`."""
        tracks = self._tracks.setdefault((pe, name), [])
        if tracks and tracks[0][0] <= start:
            track = heapq.heappop(tracks)[1]
        else:
            track = self._track(name, self._pe(pe))
        heapq.heappush(tracks, (end, track))
        return track

    def _pe(self, pe: int) -> int:
        if pe not in self._pes:
            place = f" quad {quad_of(pe)} PE {pe_in_quad(pe)}" if 0 < pe < LINK_CORE else ""
            self._pes[pe] = self._track(f"{core_name(pe)}{place}", None, rank=pe)
        return self._pes[pe]

    def _track(self, name: str, parent: int | None, rank: int = 0, is_counter: bool = False) -> int:
        packet, uuid = self._packet(), next(self._ids)
        track = packet.track_descriptor
        track.uuid, track.name = uuid, name
        if parent is None:
            track.sibling_order_rank = rank
        else:
            track.parent_uuid = parent
        if is_counter:
            track.counter.SetInParent()
        self._builder.write_packet(packet)
        return uuid
