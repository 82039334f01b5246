"""Timelines for Perfetto: slices that do not overlap on a track, names before their use, and no more deliveries than asked for."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from made_run import US
from spinn2sim.errors import DataError
from spinn2sim.trace.sql import Tables
from spinn2sim.trace.timeline import Changes, write_timeline


def events(path: Path) -> list[Any]:
    """The packets of a timeline file."""
    trace_proto = pytest.importorskip("perfetto.protos.perfetto.trace.perfetto_trace_pb2")
    trace = trace_proto.Trace()
    trace.ParseFromString(path.read_bytes())
    return list(trace.packet)


def test_slices_on_a_track_do_not_overlap(run: Path, tmp_path: Path) -> None:
    """Two packets of one PE that are under way together get lanes of their own; each slice ends before the next begins."""
    path = tmp_path / "out.pftrace"
    found = write_timeline(Tables(run), path)
    assert (found.deliveries, found.wakes, found.asked) == (13, 0, 13)
    open_slices: dict[int, int] = defaultdict(int)
    begun, last = 0, dict[int, int]()
    for packet in events(path):
        event = packet.track_event
        if event.type not in (event.TYPE_SLICE_BEGIN, event.TYPE_SLICE_END):
            continue
        assert packet.timestamp >= last.get(event.track_uuid, 0)
        last[event.track_uuid] = packet.timestamp
        open_slices[event.track_uuid] += 1 if event.type == event.TYPE_SLICE_BEGIN else -1
        assert open_slices[event.track_uuid] in (0, 1)
        begun += event.type == event.TYPE_SLICE_BEGIN
    assert begun == 13
    assert set(open_slices.values()) == {0}
    assert len(open_slices) == 6  # PEs 5, 6, 9 and 13 send, PEs 5 and 9 two deliveries at once


def test_tracks_and_names_are_written_before_they_are_used(run: Path, tmp_path: Path) -> None:
    """Perfetto reads a name or a track where it first stands: none is used before."""
    path = tmp_path / "out.pftrace"
    write_timeline(Tables(run), path)
    tracks, names = set[int](), dict[int, str]()
    for packet in events(path):
        names |= {entry.iid: entry.name for entry in packet.interned_data.event_names}
        tracks |= {packet.track_descriptor.uuid} - {0}
        if packet.track_event.type == packet.track_event.TYPE_SLICE_BEGIN:
            assert packet.track_event.track_uuid in tracks
            assert packet.track_event.name_iid in names
    assert {"LATE spike layer 1", "NO_ROUTE error layer 1", "dma"} <= set(names.values())


def test_wakes_stand_beside_the_packets(run: Path, tmp_path: Path) -> None:
    """Wakes of the table `ticks` that fall into the window are drawn on their PE, the others are not."""
    wakes = {
        "pe": [6, 6], "phase": ["forward", "forward"], "tick": [3, 99], "woke_q": [12 * US, 500 * US], "time_done": [13 * US, 501 * US],
        "batch": [0, 0], "n_packets": [2, 0], "busy_cycles": [300, 300],
    }  # fmt: skip
    pq.write_table(pa.table(wakes), run / "ticks.parquet")
    path = tmp_path / "out.pftrace"
    assert write_timeline(Tables(run), path).wakes == 1
    tracks = {p.track_descriptor.uuid: p.track_descriptor for p in events(path) if p.track_descriptor.uuid}
    (wake,) = (track for track in tracks.values() if track.name == "wakes")
    assert tracks[wake.parent_uuid].name.startswith("PE 6 ")


def test_a_timeline_is_capped(run: Path, tmp_path: Path) -> None:
    """More deliveries than the cap: the first ones are written, and it is told how many there were."""
    found = write_timeline(Tables(run), tmp_path / "out.pftrace", cap=4)
    assert (found.deliveries, found.asked) == (4, 13)


def test_an_empty_timeline_is_refused(run: Path, tmp_path: Path) -> None:
    """A condition that nothing satisfies makes no file."""
    with pytest.raises(DataError, match="no delivery to draw where layer = 9"):
        write_timeline(Tables(run), tmp_path / "out.pftrace", "layer = 9")
    assert not (tmp_path / "out.pftrace").exists()


def test_flows_lead_from_each_packet_to_its_arrival(run: Path, tmp_path: Path) -> None:
    """An arrow that begins and does not end, or the other way round, would show a packet that went nowhere."""
    path = tmp_path / "out.pftrace"
    write_timeline(Tables(run), path)
    begins, ends = dict[int, int](), dict[int, int]()
    for packet in events(path):
        begins |= dict.fromkeys(packet.track_event.flow_ids, packet.timestamp)
        ends |= dict.fromkeys(packet.track_event.terminating_flow_ids, packet.timestamp)
    rows = Tables(run).rows("SELECT count(*) AS n FROM packets WHERE outcome <> 'no_route'")

    assert begins.keys() == ends.keys()
    assert len(begins) == rows[0]["n"]
    assert all(begins[flow] <= ends[flow] for flow in begins)


def test_the_counter_says_how_many_packets_are_under_way() -> None:
    """It rises where a slice begins, falls where it ends, and is 0 in the end; a slice of no length does not show."""
    changes = Changes()
    for start, end in ((0, 48), (12, 24), (24, 24), (24, 60)):
        changes.add({"start_q": start, "end_q": end})

    assert list(changes.counts()) == [(0, 1), (1, 2), (4, 1), (5, 0)]


def test_the_counter_is_on_a_track_of_numbers(run: Path, tmp_path: Path) -> None:
    """Perfetto draws it as a curve that ends at 0."""
    path = tmp_path / "out.pftrace"
    write_timeline(Tables(run), path)
    packets = events(path)
    tracks = {
        p.track_descriptor.uuid: p.track_descriptor.name for p in packets if p.track_descriptor.HasField("counter")
    }
    numbers = [p.track_event.counter_value for p in packets if p.track_event.type == p.track_event.TYPE_COUNTER]

    assert "packets under way" in tracks.values()
    assert max(numbers) > 1
    assert numbers[-1] == 0
