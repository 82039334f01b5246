"""What Jupyter shows of populations, projections, networks, chips and runs: short texts, tables whose texts are escaped, bars, figures."""

from __future__ import annotations

import re
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from spinn2sim import notebook
from spinn2sim.errors import NotModelledError
from spinn2sim.notebook import SlowWork, html_table, in_notebook
from spinn2sim.report.run import Run
from spinn2sim.spinnaker2 import brian2_sim, hardware, snn
from spinn2sim.training.notebook_progress import NotebookProgress, default_reporter
from spinn2sim.training.reporter import RunReporter

HOSTILE = "<script>alert(1)</script>\x1b[31m & \"'"


def network(name: str = "shown") -> tuple[snn.Network, snn.Population]:
    """An input and two populations, of which one records much."""
    stim = snn.Population(4, "spike_list", {0: [1, 5, 9], 1: [5]}, name)
    params = {"threshold": np.array([10.0, 9.0, 8.0]), "alpha_decay": 0.9, "i_offset": 1.0}
    lif = snn.Population(3, "lif", params, name, ["spikes", "v", "time_done"])
    image = snn.Population(4, "lif_conv2d", {"threshold": 3, "alpha_decay": 1.0}, name)
    net = snn.Network(name)
    conv = snn.Conv2DProjection(stim, image, np.ones((1, 1, 1, 1)), {"in_height": 2, "in_width": 2}, name)
    net.add(stim, lif, image, conv, snn.Projection(stim, lif, [[0, 0, 6, 1], [1, 2, -4, 3]], name))
    return net, lif


def shown(thing: Any) -> str:
    """The HTML of a thing, which holds no text of a user's that is not escaped, nor control characters."""
    text: str = thing._repr_html_()
    assert "<script" not in text
    assert "\x1b" not in text
    assert set(re.findall(r"</?(\w+)", text)) <= {"table", "caption", "b", "tr", "th", "td"}
    return text


def test_before_a_run() -> None:
    """Sizes, models, parameters with the range of those that differ, weights and delays."""
    net, lif = network()
    assert repr(lif) == "Population('shown', 3 neurons, lif, record=['spikes', 'v', 'time_done'])"
    assert repr(net) == "Network('shown', populations: shown, shown, shown; 2 projections)"
    for expected in (
        "threshold=8 to 10 (3 values), alpha_decay=0.9",
        '<td style="text-align: left">3</td>',
        "nothing yet",
    ):
        assert expected in shown(lif)
    told = shown(net)
    for expected in (
        "4 spikes of 2 neurons",
        "lif_conv2d",
        "shown -&gt; shown",
        "-4 to 6",
        "1 to 3",
        "kernels (1, 1, 1, 1)",
    ):
        assert expected in told
    assert all(shown(q) and "->" in repr(q) for q in net.projections)


def test_after_a_run() -> None:
    """What was recorded, and what was lost: of a chip whose ticks are too short, how much."""
    net, lif = network()
    chip = hardware.SpiNNaker2Chip()
    assert repr(chip) == "SpiNNaker2Chip(simulated, engine compiled)"
    chip.run(net, 20)
    fired = len(chip.last_run.spikes[1]) if chip.last_run else 0
    assert fired
    assert f"recorded: {fired} spikes, v 20 x 3, time_done of 1 PEs" in repr(lif)
    assert "nothing: no packet late or dropped, no tick overrun" in shown(chip.last_run)
    assert repr(chip.last_run).startswith("NetworkResult(ticks: 20; PEs: 3; spikes: shown 4, ")
    with pytest.warns(UserWarning, match="overruns"):
        chip.run(net, 20, sys_tick_in_s=1e-6)
    assert "overruns: " in repr(chip)
    assert "overruns: " in shown(chip)


def test_hostile_texts() -> None:
    """Names, models, parameters and errors of a user's are text, on one line."""
    net, lif = network(HOSTILE)
    lif.params["threshold"] = HOSTILE
    lif.record = [HOSTILE]
    lif.size = HOSTILE  # type: ignore[assignment]
    broken = snn.Projection(lif, lif, [[HOSTILE, 0, 0, 0]], HOSTILE)
    net.add(broken)
    for thing in (net, lif, broken, *net.projections):
        assert "&lt;script&gt;" in shown(thing)
        assert "\n" not in repr(thing)
        assert "\x1b" not in repr(thing)


@pytest.mark.parametrize(
    "params", [None, 3, {}, {"a": object()}, {"a": [[1], [2, 3]]}, {"a": ["x", "y"]}, {1: None}, {"a": np.zeros(0)}]
)
def test_texts_of_anything(params: Any) -> None:
    """A text is made of whatever a script put into attributes."""
    _, lif = network()
    lif.params = params
    assert shown(lif)


def test_figures() -> None:
    """A raster, and a plot of each state that was recorded, as a picture; without a recording one line says what to do."""
    net, lif = network()
    with pytest.raises(NotModelledError, match="found no recording of shown to draw; run the network first"):
        lif.figure()
    for backend in (hardware.SpiNNaker2Chip(), brian2_sim.Brian2Backend()):
        backend.run(net, 20)
        assert len(lif.figure().axes) == 2
        assert len(net.figure().axes) == 2
        assert net.figure()._repr_png_().startswith(b"\x89PNG")


def test_a_run_of_training(tmp_path: Path) -> None:
    """A run that was killed is shown, too."""
    run = Run(tmp_path / HOSTILE.replace("/", ""))
    assert "not finished" in shown(run)
    vars(run)["summary"] = {"status": "complete"}
    line = {"train_accuracy": None, "test_accuracy": 0.5, "late": {"train": 2, "test": None}, "dropped": {"train": 1}}
    vars(run)["metrics"] = [line, line]
    for expected in ("complete", "50.0%", "late 4, dropped 2"):
        assert expected in shown(run)


class Bar:
    """Stands for a bar of tqdm."""

    made: list[Bar]

    def __init__(self, text: str, unit: str, total: int | None) -> None:
        self.text, self.total, self.n, self.closed = text, total, 0, False
        Bar.made.append(self)

    def update(self, more: int) -> None:
        """Move on."""
        self.n += more

    def close(self) -> None:
        """Go away."""
        self.closed = True

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@pytest.fixture(autouse=True)
def bars(monkeypatch: pytest.MonkeyPatch) -> list[Bar]:
    """The bars that are made."""
    Bar.made = []
    for module in ("spinn2sim.notebook", "spinn2sim.training.notebook_progress"):
        monkeypatch.setattr(f"{module}.new_bar", Bar)
    return Bar.made


def test_slow_work_has_a_bar(bars: list[Bar], monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that takes long shows how far it is; quick work shows nothing; where nobody watches there is no thread."""
    monkeypatch.setattr(notebook, "DELAY", 0.02)
    monkeypatch.setattr(notebook, "EVERY", 0.01)
    with SlowWork("ticks", "tick", 50, lambda: 7, shown=True):
        time.sleep(0.1)
    assert [(bar.text, bar.total, bar.n, bar.closed) for bar in bars] == [("ticks", 50, 7, True)]
    with SlowWork("ticks", "tick", 50, lambda: 7, shown=True):
        pass
    before = threading.active_count()
    with SlowWork("ticks", "tick", 50, lambda: 7, shown=False):
        assert threading.active_count() == before
        time.sleep(0.05)
    assert len(bars) == 1


def test_progress_of_training(
    bars: list[Bar], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a notebook, and only there, runs show bars and a line per epoch without being asked."""
    assert type(default_reporter()) is RunReporter
    shell = SimpleNamespace(config={"IPKernelApp": {}})
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert in_notebook()
    reporter = default_reporter()
    assert isinstance(reporter, NotebookProgress)
    watch = reporter.part("train", 1, 3)
    watch(2, 5)
    watch(5, 5)
    assert [(bar.text, bar.total, bar.n, bar.closed) for bar in bars] == [("epoch 1/3 train", 5, 5, True)]
    losses: Any = {
        name: {"train": 0}
        for name in ("early", "dropped", "no_route", "unmatched", "overruns", "lost_ticks", "saturations", "unrecorded")
    }
    reporter.epoch({"epoch": 1, "train_accuracy": 0.25, "test_accuracy": 0.5, "late": {"train": 3}, **losses})
    assert "epoch 1: train 25.0%, test 50.0%, LOST late 3" in capsys.readouterr().out


def test_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """IPython in a terminal, or half imported, is no notebook."""
    for fake in (SimpleNamespace(get_ipython=lambda: None), SimpleNamespace()):
        monkeypatch.setitem(sys.modules, "IPython", fake)
        assert not in_notebook()


def test_tables_quote_anything() -> None:
    """A value that is no text is quoted, and shortened."""
    assert "&lt;b&gt;" in html_table("<b>", [("list", ["<b>"])])
    assert len(html_table("t", [("long", "x" * 10_000)])) < 1_200
