"""Runs on a chip that breaks: what each fault does, its rows in faults.parquet, resuming, and refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinn2sim
from small_scenario import SMALL
from spinn2sim.errors import BalanceError, DataWarning, ScenarioError
from spinn2sim.hardware.faults.injections import Injection, InjectionLog, refuse_unbalanced
from spinn2sim.hardware.geometry import quad_of
from spinn2sim.hardware.plan import Plan
from spinn2sim.report.packet_history import packet_history
from spinn2sim.training.map_scenario import map_scenario

ALL_RATES = {
    "faults.drop_rate": 0.01,
    "faults.double_rate": 0.01,
    "faults.key_flip_rate": 0.01,
    "faults.payload_flip_rate": 0.02,
    "faults.sram_flip_rate": 0.1,
    "faults.table_flip_rate": 0.3,
}
KINDS = (
    "drop",
    "double",
    "key_flip",
    "payload_flip",
    "sram_flip",
    "table_flip",
    "hung_pe",
    "clock_drift",
    "channel_down",
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small scenario as a file."""
    file = tmp_path_factory.mktemp("faults") / "small.toml"
    file.write_text(SMALL)
    return file


@pytest.fixture(scope="module")
def plan(small: Path) -> Plan:
    """Where the small scenario is placed."""
    return map_scenario(small)


@pytest.fixture(scope="module")
def healthy(small: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The weights that the scenario learns on a chip that does not break."""
    run = spinn2sim.run(small, out=tmp_path_factory.mktemp("healthy") / "run")
    return str(run.summary["weights_sha256"])


def core_of(plan: Plan, group: str) -> int:
    """The first PE of a group."""
    return next(one.cores[0] for one in plan.groups if one.name.startswith(group))


def first_weight(plan: Plan) -> int:
    """The number of the SRAM word with the first weight of the first optimizer PE: sums come before."""
    group = next(one for one in plan.groups if one.name.startswith("optimizer"))
    words = max(group.columns["pre_rows"]) * group.scalars["stride"]
    slots, stride = group.scalars["slots"], group.scalars["stride"]
    return 2 * slots * words + slots * stride + 2 * words


def one_fault(kind: str, plan: Plan) -> dict[str, Any]:
    """Keys by which one kind of fault breaks the small scenario."""
    hidden, optimizer = core_of(plan, "lif1"), core_of(plan, "optimizer")
    quad = quad_of(hidden)
    word = first_weight(plan)
    return {
        "drop": {"faults.drop_rate": 0.05},
        "double": {"faults.double_rate": 0.05},
        "key_flip": {"faults.key_flip_rate": 0.05},
        "payload_flip": {"faults.payload_flip_rate": 0.2},
        # A bit of the exponent of an optimizer's first weight.
        "sram_flip": {"faults.sram_flips": [[optimizer, word, 28, 1, 0, -1]]},
        # The kind of the keys of the first line.
        "table_flip": {"faults.table_flips": [[0, 30, 1, 0, 3]]},
        "hung_pe": {"faults.hung_pes": [[hidden, 1, 1, 2]]},
        "clock_drift": {"faults.clock_drift_ppm": [[hidden, 30_000.0]]},
        "channel_down": {"faults.channels_down": [[f"({quad[0]},{quad[1]}) ejection", 1, 0, 5]]},
    }[kind]


def count_rows(run: spinn2sim.Run) -> dict[str, int]:
    """Injections of a run by outcome, and all of them, as its table has them."""
    rows = run.sql("SELECT outcome, count(*) AS times FROM faults GROUP BY outcome").to_pylist()
    counts = {row["outcome"]: int(row["times"]) for row in rows}
    return {"injected": sum(counts.values()), **{name: counts.get(name, 0) for name in ("detected", "masked", "lost")}}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_changes_what_is_learned(kind: str, small: Path, plan: Plan, healthy: str, tmp_path: Path) -> None:
    """Every kind of fault acts on the network, and each of its injections has a row, which the summary counts."""
    run = spinn2sim.run(small, out=tmp_path / "run", overrides=one_fault(kind, plan))

    assert run.summary["weights_sha256"] != healthy
    assert set(run.sql("SELECT DISTINCT kind FROM faults").to_pydict()["kind"]) == {kind}
    counted = run.summary["totals"]["faults"]
    assert {name: counted[name] for name in ("injected", "detected", "masked", "lost")} == count_rows(run)
    assert counted["injected"] == counted["detected"] + counted["masked"] + counted["lost"] == counted[kind] > 0


def test_engines_agree_on_a_network_that_breaks(small: Path, plan: Plan, tmp_path: Path) -> None:
    """Both engines give the same weights, packets, table of faults and metrics when all kinds of faults come together."""
    lasting = {key: value for kind in KINDS[6:] for key, value in one_fault(kind, plan).items()}
    overrides = {**ALL_RATES, **lasting, "trace.packets": "all"}
    one, two = (
        spinn2sim.run(small, out=tmp_path / engine, overrides=overrides, engine=engine)
        for engine in ("compiled", "discrete_event")
    )

    assert one.summary["weights_sha256"] == two.summary["weights_sha256"]
    for table in ("faults", "packets"):
        files = [(run.folder / f"{table}.parquet").read_bytes() for run in (one, two)]
        assert files[0] == files[1], table
    assert one.summary["totals"]["faults"] == two.summary["totals"]["faults"]
    assert {kind for kind in KINDS if one.summary["totals"]["faults"][kind]} == set(KINDS)


def test_a_broken_run_goes_on_bit_for_bit(small: Path, plan: Plan, tmp_path: Path) -> None:
    """A run whose transfers are lost and whose table has flipped bits goes on from its checkpoint as if it had not stopped."""
    quad = quad_of(core_of(plan, "optimizer"))
    down = {"faults.channels_down": [[f"({quad[0]},{quad[1]}) injection", 1, 2, 0]]}
    overrides = {**ALL_RATES, **down}
    whole = spinn2sim.run(small, out=tmp_path / "whole", overrides={**overrides, "training.epochs": 3})
    begun = spinn2sim.run(small, out=tmp_path / "begun", overrides={**overrides, "training.epochs": 1})
    resumed = spinn2sim.resume(begun.folder, overrides={"training.epochs": 3})

    assert resumed.summary["weights_sha256"] == whole.summary["weights_sha256"]
    files = [(run.folder / "faults.parquet").read_bytes() for run in (whole, resumed)]
    assert files[0] == files[1]


def test_nothing_changes_without_faults(small: Path, healthy: str, tmp_path: Path) -> None:
    """An empty [faults] breaks nothing: same weights, and neither a table nor counts of faults."""
    run = spinn2sim.run(small, out=tmp_path / "run", overrides={"faults.seed": 5})

    assert run.summary["weights_sha256"] == healthy
    assert "faults" not in run.summary["totals"]
    assert not (run.folder / "faults.parquet").exists()


def test_a_flip_in_an_unused_word_is_masked(small: Path, plan: Plan, healthy: str, tmp_path: Path) -> None:
    """A word that nothing uses may flip: the network learns the same, and the row says so."""
    run = spinn2sim.run(
        small, out=tmp_path / "run", overrides={"faults.sram_flips": [[core_of(plan, "loss"), 20_000, 3, 1, 0, 2]]}
    )

    assert run.summary["weights_sha256"] == healthy
    assert count_rows(run) == {"injected": 1, "detected": 0, "masked": 1, "lost": 0}


def test_a_packet_that_broke_says_so(small: Path, tmp_path: Path) -> None:
    """--follow names the fault of a packet: which bit of it was flipped and where, and that its delivery was lost."""
    overrides = {"faults.drop_rate": 0.02, "faults.key_flip_rate": 0.02, "trace.packets": "all"}
    run = spinn2sim.run(small, out=tmp_path / "run", overrides=overrides)
    first = {row["kind"]: row for row in run.sql("SELECT * FROM faults ORDER BY packet DESC").to_pylist()}

    flip, drop = first["key_flip"], first["drop"]
    assert f"bit {flip['bit']} of its key was flipped as it left {flip['place']}" in str(
        packet_history(run.folder, flip["packet"])["faults"]
    )
    assert f"its delivery to {drop['place']} was dropped (lost)" in packet_history(run.folder, drop["packet"])["faults"]


def test_replay_finds_the_channel_that_is_down(small: Path, plan: Plan, tmp_path: Path) -> None:
    """A packet that a dead channel swallows is followed up to it, and the replay agrees with the trace."""
    run = spinn2sim.run(
        small, out=tmp_path / "run", overrides={**one_fault("channel_down", plan), "trace.packets": "all"}
    )
    rows = run.sql("SELECT min(seq) AS seq FROM packets WHERE outcome = 'dropped'").to_pylist()
    found = packet_history(run.folder, rows[0]["seq"])

    assert "which is down" in found["faults"][0]
    assert found["warnings"] == []


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("faults.drop_rate", 1.5, "faults.drop_rate: found 1.5"),
        ("faults.hung_pes", [[200, 1, 0, 0]], "faults.hung_pes[0][0]: found 200"),
        ("faults.hung_pes", [[3, 1, 0, 999]], "hung_pes[0]: found tick 999, allowed is -1 to"),
        ("faults.hung_pes", [[3, 1, 0, 0], [3, 1, 1, 0]], "PE 3 twice"),
        ("faults.channels_down", [["(1,1)->(9,9)", 1, 0, 0]], "faults.channels_down: found '(1,1)->(9,9)'"),
        ("faults.table_flips", [[0, 64, 1, 0, 0]], "faults.table_flips[0][1]: found 64"),
        ("faults.sram_flips", [[1, 0, 0, 7, 0, 0]], "found epoch 7, allowed is 0 to training.epochs = 2"),
        ("faults.sram_flips", [[1, 0, 0, 1, 5, 0]], "found batch 5, allowed is 0 to 4"),
    ],
)
def test_faults_that_a_run_cannot_have_are_refused(
    small: Path, tmp_path: Path, key: str, value: object, says: str
) -> None:
    """A fault in an instant, a word or a place that there is not is refused in one line, and nothing is written."""
    with pytest.raises(ScenarioError) as refusal:
        spinn2sim.run(small, out=tmp_path / "run", overrides={key: value})

    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "run").exists()


def test_a_word_of_code_cannot_flip(small: Path, plan: Plan, tmp_path: Path) -> None:
    """Code, stack and indices are not modelled word by word, so a flip there is refused with the words that there are."""
    core = core_of(plan, "lif1")
    with pytest.raises(ScenarioError, match=f"found word 32767 of PE {core}, allowed is 0 to .* words of numbers"):
        spinn2sim.run(small, out=tmp_path / "run", overrides={"faults.sram_flips": [[core, 32_767, 0, 1, 0, 0]]})


def test_commands_without_a_chip_say_so(small: Path, tmp_path: Path) -> None:
    """`validate` refuses what breaks during a run by its key; the mirror warns that it has no chip."""
    with pytest.raises(ScenarioError, match=r"faults\.drop_rate: found what breaks during a run"):
        spinn2sim.validate(small, overrides={"faults.drop_rate": 0.1})
    with pytest.warns(DataWarning, match="the mirror has no chip"):
        spinn2sim.train(small, out=tmp_path / "run", overrides={"faults.drop_rate": 0.1, "training.epochs": 0})


def test_counts_that_do_not_balance_fail_the_run() -> None:
    """A row too few is no rounding error: the run fails, and says of which kind."""
    log = InjectionLog()
    log.add(Injection(0, 1, -1, -1, 0, 0, 0, 1))
    refuse_unbalanced(log.injected.tolist(), log.rows())
    with pytest.raises(BalanceError, match="faults of kind drop: 2 injected, but detected, masked and lost make 1"):
        refuse_unbalanced([2, *log.injected.tolist()[1:]], log.rows())
    assert np.array_equal(log.injected[1:], np.zeros(8))
