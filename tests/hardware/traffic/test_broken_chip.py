"""Traffic on a chip with dead parts: nobody sends to or from what is dead, and a whole chip's traffic is what it was."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import spinn2sim
from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.hardware.dead_parts import NOTHING_DEAD, DeadParts
from spinn2sim.hardware.traffic.load_sweep import Timing
from spinn2sim.hardware.traffic.patterns import Pattern, make_traffic, usable_cores
from spinn2sim.scenario.faults_file import read_dead_parts

BROKEN = DeadParts(frozenset({1, 17, 101, 148}))
PATTERNS = (Pattern(), Pattern(fanout=4), Pattern("hotspot", hot_pe=9), Pattern("transpose"), Pattern("burst"))
BOARD = "[[chip]]\nx = 0\ny = 0\ndead_pes = [17]\n[[chip]]\nx = 1\ny = 2\ndead_pes = [18, 19]\n"


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.name)
def test_only_live_pes_send_and_receive(pattern: Pattern) -> None:
    """Sources and destinations are those that applications may use on the broken chip, all of them."""
    traffic = make_traffic(pattern, 2.0, 10.0, seed=0, dead=BROKEN)
    table = {entry.key: entry.cores for entry in traffic.entries}
    reached = {core for key in traffic.key.tolist() for core in table[key]}
    assert set(traffic.source.tolist()) <= set(pattern.senders(BROKEN))
    assert len(set(traffic.source.tolist())) > 90
    assert reached <= set(usable_cores(BROKEN))
    assert not {1, 17, 101, 148} & reached
    assert all(
        source not in table[key] for source, key in zip(traffic.source.tolist(), traffic.key.tolist(), strict=True)
    )


def test_a_whole_chip_has_the_traffic_that_it_had() -> None:
    """The draws of all patterns on a whole chip have not changed since traffic knows dead parts."""
    digest = hashlib.sha256()
    for pattern in PATTERNS:
        traffic = make_traffic(pattern, 2.0, 10.0, seed=3, dead=NOTHING_DEAD)
        for array in (traffic.sent_q, traffic.source, traffic.key):
            digest.update(array.tobytes())
        digest.update(repr([(entry.key, entry.cores) for entry in traffic.entries]).encode())
    assert digest.hexdigest() == "4f882a4fe41e1772047f9020305db3aca86efe7b0128ac917abd6f16f37d8216"


@pytest.mark.parametrize(
    ("pattern", "dead", "why"),
    [
        (Pattern("hotspot"), BROKEN, "hot-pe: found 101, which is dead"),
        (Pattern(), DeadParts(frozenset(range(1, 148))), "found 1 PEs that work"),
        (Pattern(fanout=100), DeadParts(frozenset(range(1, 60))), "fanout: found 100, allowed is 1 to 88"),
        (Pattern(fanout=4), DeadParts(router_lines=frozenset(range(12_000))), "lines of the event router's table"),
    ],
)
def test_a_pattern_that_the_chip_cannot_carry_is_refused(pattern: Pattern, dead: DeadParts, why: str) -> None:
    """The refusal names the parameter."""
    with pytest.raises(ScenarioError, match=why):
        make_traffic(pattern, 1.0, 10.0, seed=0, dead=dead)


def test_a_board_file_a_table_and_overrides_name_the_same_parts(tmp_path: Path) -> None:
    """A board file, [faults] of a scenario, [faults] with a board, and overrides; a relative path is relative to its file."""
    (tmp_path / "board.toml").write_text(BOARD)
    (tmp_path / "table.toml").write_text(
        'seed = 3\n[faults]\nboard = "board.toml"\nchip = [1, 2]\n[training]\nepochs = 2\n'
    )
    assert read_dead_parts(tmp_path / "board.toml").pes == {17}
    assert read_dead_parts(tmp_path / "board.toml", ["faults.chip=[1, 2]", "faults.dead_pes=[5]"]).pes == {5, 18, 19}
    assert read_dead_parts(tmp_path / "table.toml").pes == {18, 19}
    assert read_dead_parts(None, {"faults.board": str(tmp_path / "board.toml")}).pes == {17}
    assert read_dead_parts(None, ["faults.dead_pe_rate=1.0"]).pes == set(range(1, 153))


@pytest.mark.parametrize(
    ("text", "overrides", "why"),
    [
        ("[training]\nepochs = 1\n", (), "found no table .faults. and no"),
        ("[faults]\ndrop_rate = 0.1\n", (), "drop_rate: found a fault during the run"),
        ("[faults]\ndead_pes = [999]\n", (), "dead_pes"),
        ('[faults]\ndead_channels = ["x"]\n', (), "a channel's name"),
        ("[faults]\nchip = [0, 0]\n", (), "no such key without faults.board"),
        ('seed = "x"\n[faults]\n', (), "seed: found 'x'"),
        ("[faults]\n", ("training.epochs=3",), "found no key of .faults."),
        ("[faults]\n", ("faults.dead_pse=[1]",), "did you mean"),
        ('[faults]\nboard = "away.toml"\n', (), "no such file"),
        ("[[chip]]\nx = 0\ny = 0\ndead_pes = [0]\n", (), "dead_pes"),
    ],
)  # fmt: skip
def test_other_files_are_refused(text: str, overrides: tuple[str, ...], why: str, tmp_path: Path) -> None:
    """One line that names the key."""
    (tmp_path / "f.toml").write_text(text)
    with pytest.raises(ScenarioError, match=why) as refusal:
        read_dead_parts(tmp_path / "f.toml", overrides)
    assert "\n" not in str(refusal.value)


def test_a_list_is_played_around_dead_channels_and_refused_on_dead_pes(tmp_path: Path) -> None:
    """Packets take the detour; a list that needs a dead PE is refused by its number."""
    (tmp_path / "list.csv").write_text("time_us,src_pe,dst_pe\n0,1,40\n0.1,2,60;61\n")
    whole = spinn2sim.traffic(tmp_path / "list.csv", engine="discrete_event")
    around = spinn2sim.traffic(
        tmp_path / "list.csv", engine="discrete_event", overrides=["faults.dead_channel_rate=0.3", "faults.seed=1"]
    )
    assert around.dead
    assert not whole.dead
    assert around.loads[0].mean("mean_ns") >= whole.loads[0].mean("mean_ns")
    with pytest.raises(ScenarioError, match="found PE 61, which is dead or cut off"):
        spinn2sim.traffic(tmp_path / "list.csv", engine="discrete_event", overrides={"faults.dead_pes": [61]})


def test_engines_agree_on_a_broken_chip() -> None:
    """Both engines deliver every packet of a pattern on a broken chip in the same time."""
    runs = [
        spinn2sim.traffic(
            "uniform", [1.0], timing=Timing(1.0, 2.0), seeds=1, engine=engine,
            overrides=["faults.dead_pes=[3, 77]", "faults.dead_channel_rate=0.2"],
        ).loads
        for engine in ("compiled", "discrete_event")
    ]  # fmt: skip
    assert runs[0] == runs[1]


def test_a_killed_run_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """A run whose tables are still in pieces is refused, and so are faults beside a run."""
    (tmp_path / "scenario.toml").write_text('name = "x"\n')
    with pytest.raises(ScenarioError, match="found faults beside a run"):
        spinn2sim.traffic(tmp_path, overrides=["faults.dead_pes=[1]"])
    (tmp_path / "packets").mkdir()
    (tmp_path / "packets/part-000000-1.parquet").write_bytes(b"")
    with pytest.raises(DataError, match="run --resume"):
        spinn2sim.traffic(tmp_path)
