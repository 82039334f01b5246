"""Only ratios of times count: a scenario with every time four times as long trains the same weights, bit for bit."""

from __future__ import annotations

from pathlib import Path

import spinn2sim
from places import SCENARIOS
from spinn2sim.scenario import load

START = SCENARIOS / "best" / "start.toml"
SMALL = {
    "network.hidden": [12],
    "network.steps": 40,
    "data.train_samples": 88,
    "data.test_samples": 40,
    "training.epochs": 2,
}
TIMES = ("network.dt_ms", "network.tau_mem_ms", "network.tau_syn_ms", "loss.xi_ms", "loss.b_ms", "encoding.t_last_ms")
SLOPES = ("training.guard_step", "optimizer.epsilon")  # gradients are in seconds (docs/reference/equations.md)


def test_weights_depend_on_ratios_of_times_alone(tmp_path: Path) -> None:
    """docs/results/best-settings.md calls dt = 0.25 ms with 30 ms of input and dt = 1 ms with 120 ms the same run: they are."""
    scenario = load(START, SMALL)
    longer = dict(SMALL)
    for key in (*TIMES, *SLOPES):
        table, _, name = key.partition(".")
        longer[key] = 4 * getattr(getattr(scenario, table), name)
    found = [
        spinn2sim.train(START, tmp_path / str(number), keys, "fixed").summary["weights_sha256"]
        for number, keys in enumerate((SMALL, longer))
    ]
    assert found[0] == found[1]
