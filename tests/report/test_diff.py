"""The comparison of two runs: it names the first delivery, the weights and the metrics in which they differ."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import spinn2sim
from scripted_programs import Send, at_start, build, spike, to
from small_scenario import SMALL
from spinn2sim.errors import DataError
from spinn2sim.report.diff import diff, trace_difference


def test_the_first_row_that_differs_is_shown_with_its_path() -> None:
    """Of two traces, one with a delivery a quantum later."""
    chip = build({1: at_start(Send(spike(1)), Send(spike(2), cycle=9))}, [to(spike(1), 77), to(spike(2), 101)])
    chip.run()
    other = {name: np.array(column) for name, column in chip.rows.items()}
    assert trace_difference(chip.rows, other) is None
    other["delivered_q"][1] += 1
    text = trace_difference(chip.rows, other)
    assert text is not None
    assert "row 1" in text[0]
    assert any(line.split()[0] == "delivered_q" and "<>" in line for line in text)
    assert text[-1].startswith("path: PE 1 -> (7, 6)")
    assert text[-1].endswith("PE 101")


def test_a_row_that_only_one_has_is_shown() -> None:
    """One trace ends before the other."""
    chip = build({1: at_start(Send(spike(1)), Send(spike(2), cycle=9))}, [to(spike(1), 77), to(spike(2), 101)])
    chip.run()
    text = trace_difference(chip.rows, {name: column[:1] for name, column in chip.rows.items()})
    assert text is not None
    assert "only the first run has it" in text


@pytest.mark.slow
def test_runs_of_both_engines_agree_and_another_seed_does_not(tmp_path: Path) -> None:
    """Run directories: same for both engines; another seed differs in packets, weights and metrics."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    traced = ["trace.packets=all", "training.epochs=1"]
    one = spinn2sim.run(path, tmp_path / "one", traced)
    two = spinn2sim.run(path, tmp_path / "two", traced, engine="discrete_event")
    assert diff(one.folder, two.folder) == []
    three = spinn2sim.run(path, tmp_path / "three", [*traced, "seed=8"])
    text = "\n".join(diff(one.folder, three.folder))
    for said in ("the traces part at row", "weights_0", "metrics of epoch 0"):
        assert said in text
    shutil.rmtree(three.folder)
    with pytest.raises(DataError):
        diff(one.folder, three.folder)
