"""Packet lists from files: the forms that are read, and the refusals."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spinn2sim.errors import DataError
from spinn2sim.hardware.engines.choice import DISCRETE_EVENT
from spinn2sim.hardware.traffic.measured_latency import run_list
from spinn2sim.hardware.traffic.packet_list import PacketList, read_list

Row = tuple[int, int, int, int]


def deliveries(packets: PacketList) -> list[Row]:
    """(sent_q, src, dst, delivered - sent) of each delivery."""
    _, rows = run_list(packets.traffic, DISCRETE_EVENT)
    late = rows["delivered_q"] - rows["sent_q"]  # type: ignore[operator]
    return list(zip(*(rows[n].tolist() for n in ("sent_q", "src_pe", "dst_pe")), late.tolist(), strict=True))


WANTED = [(0, 101, 97, 5 * 200 + 120), (0, 101, 98, 5 * 200 + 120), (12_000, 1, 77, 12 * 200 + 120)]


@pytest.mark.parametrize(
    "text",
    [
        "time_us,src_pe,dst_pe\n0,101,97;98\n1.0,1,77\n",
        "sent_q,src_pe,dst_pe,flits\n0,101,98;97,1\n12000,1,77,1\n",
        "seq,dst_pe,sent_q,src_pe\n7,97,0,101\n9,77,12000,1\n7,98,0,101\n",
        "sent_q,src_pe,dst_pe,bytes,comment\n12000,1,77,0,later\n0,101,97;98,16,first\n",
    ],
)
def test_forms_of_a_csv(tmp_path: Path, text: str) -> None:
    """A time in us or in quanta, several destinations in one field or in rows of one seq, any order: all one traffic."""
    path = tmp_path / "list.csv"
    path.write_text(text)
    assert deliveries(read_list(path)) == WANTED


def test_parquet_with_lists(tmp_path: Path) -> None:
    """A Parquet file may name its destinations as lists."""
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"sent_q": [12_000, 0], "src_pe": [1, 101], "dst_pe": [[77], [97, 98]]}), path)
    assert deliveries(read_list(path)) == WANTED


def test_bursts_over_the_router_and_straight(tmp_path: Path) -> None:
    """Flits make a burst over the event router; kind dma goes straight over the mesh, from and to the DRAM as PE 0."""
    path = tmp_path / "list.csv"
    path.write_text(
        "sent_q,src_pe,dst_pe,flits,kind\n0,101,97,10,packet\n100000,101,102,10,dma\n200000,101,0,4,dma\n300000,0,101,4,dma\n"
    )
    assert [(dst, took) for _, _, dst, took in deliveries(read_list(path))] == [
        (97, 5 * 200 + 120 + 9 * 40),
        (102, 2 * 200 + 9 * 40),
        (0, 6 * 200 + 3 * 86),
        (101, 1200 + 6 * 200 + 3 * 86),
    ]


def test_a_list_far_from_zero_is_played_in_time(tmp_path: Path) -> None:
    """A list that begins late, with a pause of seconds in it, keeps its times."""
    path = tmp_path / "list.csv"
    path.write_text("time_us,src_pe,dst_pe\n2000000.5,101,102\n9000000.25,101,102\n")
    assert [sent for sent, *_ in deliveries(read_list(path))] == [24_000_006_000, 108_000_003_000]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "cannot be read as a packet list"),
        ("sent_q,src_pe,dst_pe\n", "found no packet"),
        ("sent_q,dst_pe\n0,1\n", "found no column src_pe"),
        ("src_pe,dst_pe\n1,1\n", r"found no column sent_q \(or time_us\)"),
        ("sent_q,src_pe,dst_pe\n0,153,1\n", "src_pe: found 153, allowed is 0 to 152"),
        ("sent_q,src_pe,dst_pe\n0,0,1\n", "src_pe: found 0"),
        ("sent_q,src_pe,dst_pe\n0,1,x\n", "dst_pe"),
        ("sent_q,src_pe,dst_pe\n0,1,3;\n", "dst_pe"),
        ("sent_q,src_pe,dst_pe\n,1,2\n3,1,2\n", "sent_q: found an empty field"),
        ("sent_q,src_pe,dst_pe\n0.5,1,2\n", "sent_q: found 0.5, allowed are whole numbers"),
        ("time_us,src_pe,dst_pe\n-1,1,2\n", "time_us: found -1"),
        ("time_us,src_pe,dst_pe\nnan,1,2\n", "time_us: found"),
        ("sent_q,src_pe,dst_pe,flits\n0,1,2,0\n", "flits: found 0"),
        ("seq,sent_q,src_pe,dst_pe\n1,0,1,2\n1,5,1,3\n", "seq: found one in rows of unlike sent_q"),
        ("sent_q,src_pe,dst_pe,src_pe\n0,1,2,3\n", "cannot be read as a packet list"),
        ("sent_q,src_pe,dst_pe,kind\n0,101,0,packet\n", "dst_pe: found 0"),
    ],
)
def test_bad_lists_are_refused(tmp_path: Path, text: str, told: str) -> None:
    """Every refusal is one line that names the file and the column."""
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=told) as refused:
        read_list(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_packet_to_nobody_is_refused(tmp_path: Path) -> None:
    """An empty list of destinations does not vanish."""
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"sent_q": [0, 1], "src_pe": [1, 101], "dst_pe": [[77], []]}), path)
    with pytest.raises(DataError, match="found a packet without destination"):
        read_list(path)


def test_truncated_parquet_is_refused(tmp_path: Path) -> None:
    """Half a Parquet file is no packet list."""
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"sent_q": list(range(1000)), "src_pe": [1] * 1000, "dst_pe": [2] * 1000}), path)
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(DataError, match="cannot be read as a packet list"):
        read_list(path)


@pytest.mark.parametrize("column", ["kind", "outcome"])
def test_lists_where_texts_are_due_are_refused(column: str, tmp_path: Path) -> None:
    """A Parquet list whose kind or outcome is no text is refused by the column's name, and so are bytes in a CSV that are no text."""
    table = pa.table({"sent_q": [0, 1], "src_pe": [1, 2], "dst_pe": [3, 4], column: [["a"], ["b", "c"]]})
    pq.write_table(table, tmp_path / "list.parquet")
    with pytest.raises(DataError, match=f"{column}: found values of type list"):
        read_list(tmp_path / "list.parquet")
    (tmp_path / "list.csv").write_bytes(b"sent_q,src_pe,dst_pe,\xff\n1,2,3,4\n")
    with pytest.raises(DataError, match="cannot be read as a packet list"):
        read_list(tmp_path / "list.csv")
