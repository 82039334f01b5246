"""Whole runs give the same bytes, interrupted or not, traced or not, on the chip or on its mirror."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

import spinn2sim
from interrupting_reporter import StopsAt
from spinn2sim.errors import DataError, DataWarning, OutputError, ScenarioError
from spinn2sim.files import atomic
from spinn2sim.trace.archive import TableArchive
from spinn2sim.training.interrupts import hold_interrupts


def sha(run: Any) -> str:
    """Return the digest of a run's weights."""
    return str(run.summary["weights_sha256"])


def test_chip_equals_fixed_mirror(small: Path, tmp_path: Path) -> None:
    """Two epochs on the chip and on the fixed-point mirror end in the same weights and the same scores."""
    chip = spinn2sim.run(small, tmp_path / "chip")
    mirror = spinn2sim.train(small, tmp_path / "mirror", arithmetic="fixed")

    assert sha(chip) == sha(mirror)
    assert [line["test_loss"] for line in chip.metrics] == [line["test_loss"] for line in mirror.metrics]
    assert chip.metrics[-1]["spikes_per_sample"] == mirror.metrics[-1]["spikes_per_sample"]
    assert chip.summary["totals"]["packets"]["error"] > 0


def test_trace_changes_no_result(small: Path, tmp_path: Path) -> None:
    """With and without the packet trace the weights are the same, and the trace holds every delivery."""
    plain = spinn2sim.run(small, tmp_path / "plain")
    traced = spinn2sim.run(small, tmp_path / "traced", overrides={"trace.packets": "all"})

    assert sha(plain) == sha(traced)
    deliveries = sum(plain.summary["totals"]["deliveries"].values())
    assert traced.packets.num_rows == deliveries
    with pytest.raises(DataError, match="there is none"):
        _ = plain.packets


@pytest.mark.parametrize(("part", "epoch"), [("test", 0), ("train", 1), ("train", 2), ("test", 2)])
def test_resume_is_bit_exact(small: Path, tmp_path: Path, part: str, epoch: int) -> None:
    """A run interrupted anywhere and resumed gives the same weights, metrics and trace bytes as one that was not."""
    traced = {"trace.packets": "all"}
    whole = spinn2sim.run(small, tmp_path / "whole", overrides=traced)
    cut = spinn2sim.run(small, tmp_path / "cut", overrides=traced, reporter=StopsAt(part, epoch))
    assert cut.summary["status"] == "interrupted"
    assert len(cut.metrics) == epoch
    assert cut.packets.num_rows > 0

    again = spinn2sim.resume(tmp_path / "cut")

    assert again.summary["status"] == "complete"
    assert sha(again) == sha(whole)
    assert (again.folder / "packets.parquet").read_bytes() == (whole.folder / "packets.parquet").read_bytes()
    assert [line["test_loss"] for line in again.metrics] == [line["test_loss"] for line in whole.metrics]


def test_mirror_resumes_and_ignores_threads(small: Path, tmp_path: Path) -> None:
    """The float64 mirror gives the same weights on one thread and on two, interrupted or not."""
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        one = spinn2sim.train(small, tmp_path / "one")
        numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
        two = spinn2sim.train(small, tmp_path / "two")
    finally:
        numba.set_num_threads(before)
    assert sha(one) == sha(two)


def test_scenario_in_the_run_gives_the_run(small: Path, tmp_path: Path) -> None:
    """The resolved scenario of a run directory, run again, gives the same weights."""
    first = spinn2sim.run(small, tmp_path / "first", overrides=["seed=5", "training.epochs=1"])
    again = spinn2sim.run(first.folder / "scenario.toml", tmp_path / "again")

    assert sha(first) == sha(again)
    assert sha(first) != sha(spinn2sim.run(small, tmp_path / "other", overrides=["training.epochs=1"]))


def test_start_from_goes_on_with_weights(small: Path, tmp_path: Path) -> None:
    """A run that starts from another run's weights begins with what that run ended with."""
    first = spinn2sim.run(small, tmp_path / "first")
    second = spinn2sim.run(
        small, tmp_path / "second", overrides={"training.start_from": str(first.folder), "training.epochs": 0}
    )

    assert sha(second) == sha(first)
    assert second.metrics[0]["test_accuracy"] == first.metrics[-1]["test_accuracy"]


def test_losses_are_said_and_counted(small: Path, tmp_path: Path) -> None:
    """With a FIFO of one packet and a tick that is too short, the run goes on, and the summary says what was lost and where."""
    full = spinn2sim.run(small, tmp_path / "fifo", overrides={"chip.fifo_capacity": 1})
    with pytest.warns(DataWarning, match=r"chip.tick_us = 1: too short"):
        short = spinn2sim.run(small, tmp_path / "tick", overrides={"chip.tick_us": 1})

    assert full.summary["status"] == short.summary["status"] == "complete"
    assert full.summary["totals"]["dropped"] > 0
    assert any(line.startswith("dropped") for line in full.summary["losses"])
    assert any("first at PE" in line for line in full.summary["losses"])
    assert short.summary["totals"]["overruns"] > 0
    assert short.summary["totals"]["late"] > 0


def test_measured_tick_is_shorter_and_loses_nothing(small: Path, tmp_path: Path) -> None:
    """Ticks that are measured, as they are by default, are shorter than the worst case and change no weight."""
    auto = spinn2sim.run(small, tmp_path / "auto", overrides={"training.epochs": 1, "chip.tick_us": "auto"})
    measured = spinn2sim.run(small, tmp_path / "measured", overrides={"training.epochs": 1, "chip.tick_margin": 0.1})

    assert measured.summary["tick_us"]["forward"] < auto.summary["tick_us"]["forward"]
    assert measured.summary["totals"]["train_chip_s"] < auto.summary["totals"]["train_chip_s"]
    assert measured.summary["totals"]["late"] == measured.summary["totals"]["overruns"] == 0
    assert sha(measured) == sha(auto)


def test_refusals_leave_no_folder(small: Path, tmp_path: Path) -> None:
    """What cannot run is refused before a run directory is made."""
    for overrides, error in (({"training.copies": 4, "chip.reserved_pes": 151}, Exception), ({"no": 1}, ScenarioError)):
        with pytest.raises(error):
            spinn2sim.run(small, tmp_path / "out", overrides=overrides)
    with pytest.raises(ScenarioError, match="discrete_event"):
        spinn2sim.run(small, tmp_path / "out", engine="abacus")
    assert not (tmp_path / "out").exists()


def test_damaged_checkpoint_is_refused(small: Path, tmp_path: Path) -> None:
    """A truncated checkpoint is refused with the advice to start the run again."""
    cut = spinn2sim.run(small, tmp_path / "cut", reporter=StopsAt("train", 2))
    checkpoint = cut.folder / "checkpoint.npz"
    checkpoint.write_bytes(checkpoint.read_bytes()[:200])

    with pytest.raises(OutputError, match="start the run again"):
        spinn2sim.resume(cut.folder)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda run: (run / "metrics.jsonl").unlink(), r"metrics.jsonl: found epochs \[\], the checkpoint needs 0 to 1"),
        (lambda run: (run / "packets" / "part-000001-0.parquet").unlink(), "part-000001-0.parquet: is missing"),
        (lambda run: (run / "packets" / "part-000000-1.parquet").write_bytes(b"PAR1"), "part-000000-1.parquet: found SHA-256"),
        (lambda run: atomic.write_npz(run / "checkpoint.npz", {"epoch": np.full(1, 7)}), "epoch: found 7, allowed is 0 to"),
    ],
    ids=["metrics", "missing part", "damaged part", "epoch"],
)  # fmt: skip
def test_a_gap_is_refused_on_resume(small: Path, tmp_path: Path, damage: Callable[[Path], object], said: str) -> None:
    """A run that lost a file is not resumed, since its metrics or its trace would have gaps."""
    cut = spinn2sim.run(small, tmp_path / "cut", overrides={"trace.packets": "all"}, reporter=StopsAt("train", 2))
    damage(cut.folder)

    with pytest.raises(OutputError, match=said):
        spinn2sim.resume(cut.folder)


def test_a_second_interrupt_waits_for_the_end(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If Ctrl-C is pressed again while the trace is joined, the summary is still written, and the run can be resumed."""
    join = TableArchive.join

    def interrupted(self: TableArchive) -> None:
        signal.raise_signal(signal.SIGINT)
        join(self)

    monkeypatch.setattr(TableArchive, "join", interrupted)
    cut = spinn2sim.run(small, tmp_path / "cut", overrides={"trace.packets": "all"}, reporter=StopsAt("train", 2))

    assert cut.summary["status"] == "interrupted"
    assert cut.packets.num_rows > 0
    assert spinn2sim.resume(cut.folder).summary["status"] == "complete"


def test_a_held_interrupt_comes_after() -> None:
    """Ctrl-C while an epoch is being written takes effect after that, and ends the run."""
    wrote = False
    with pytest.raises(KeyboardInterrupt), hold_interrupts(pass_on=True):  # noqa: PT012 - what comes before is the point
        signal.raise_signal(signal.SIGINT)
        wrote = True
    assert wrote


def test_the_trace_outlives_a_disk_that_fills_up_at_the_end(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the summary cannot be written, the run, when resumed, still has every packet and the time at which it began."""
    traced = {"trace.packets": "all"}
    whole = spinn2sim.run(small, tmp_path / "whole", overrides=traced)
    write = atomic.write_json

    def full(path: Path, value: Any) -> None:
        if path.name == "summary.json":
            raise OutputError(f"{path}: cannot be written: No space left on device")
        write(path, value)

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "write_json", full)
        with pytest.raises(OutputError, match="No space left"):
            spinn2sim.run(small, tmp_path / "cut", overrides=traced)
    begun = atomic.read_json(tmp_path / "cut" / "provenance.json")
    again = spinn2sim.resume(tmp_path / "cut")

    assert (again.folder / "packets.parquet").read_bytes() == (whole.folder / "packets.parquet").read_bytes()
    assert {p.name for p in again.folder.iterdir()} == {p.name for p in whole.folder.iterdir()}
    said = atomic.read_json(again.folder / "provenance.json")
    assert said["start"] == begun["start"]
    assert len(said["resumed"]) == 1


def test_saturations_say_where(small: Path, tmp_path: Path) -> None:
    """The last lines of the summary name the part and the quantity of saturations, on the mirror too."""
    narrow = {"numerics.adjoint": "s1.14", "numerics.error": "s1.10", "training.epochs": 1}
    run = spinn2sim.train(small, tmp_path / "run", overrides=narrow, arithmetic="fixed")

    assert run.summary["totals"]["saturations"] > 0
    assert any("epoch 1 train: saturations of error: " in line for line in run.summary["losses"])


def test_resume_refuses_another_scenario(small: Path, tmp_path: Path) -> None:
    """A run whose scenario.toml was edited is not resumed, except with more epochs."""
    cut = spinn2sim.run(small, tmp_path / "cut", reporter=StopsAt("train", 2))
    text = (cut.folder / "scenario.toml").read_text()
    (cut.folder / "scenario.toml").write_text(text.replace("learning_rate = 0.01", "learning_rate = 0.02"))
    with pytest.raises(OutputError, match="another scenario"):
        spinn2sim.resume(cut.folder)

    (cut.folder / "scenario.toml").write_text(text.replace("epochs = 2", "epochs = 3"))
    assert len(spinn2sim.resume(cut.folder).metrics) == 4


def test_what_a_file_of_weights_holds_beside_them_is_named(small: Path, tmp_path: Path) -> None:
    """Biases in a file of weights are ignored with a warning; an array that cannot be read and is not needed does not refuse the file."""
    first = spinn2sim.train(small, tmp_path / "first", {"training.epochs": 0})
    more = {"bias_0": np.ones(8), "notes": np.array([{}], dtype=object)}
    np.savez(tmp_path / "w.npz", **dict(np.load(first.folder / "weights.npz")), **more)
    keys = {"training.epochs": 0, "training.start_from": str(tmp_path / "w.npz")}
    with pytest.warns(DataWarning, match=r"w\.npz: ignored: bias_0, notes; neurons have no biases"):
        second = spinn2sim.train(small, tmp_path / "second", keys)
    assert sha(second) == sha(first)
