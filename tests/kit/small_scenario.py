"""Small scenarios for tests: a file that trains on the chip in a second, and a builder of scenarios without a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from spinn2sim.scenario.keys import Loss, Network, Numerics, Optimizer, Scenario, Training

SMALL = """
name = "small"
seed = 3

[data]
source = "yinyang"
train_samples = 20
test_samples = 10

[network]
hidden = [8]
steps = 12
dt_ms = 1.0
tau_mem_ms = 20.0
tau_syn_ms = 5.0
init = [[2.5, 1.5], [2.0, 1.0]]
integrator = "exponential_euler"
reset = "to_zero"

[loss]
xi_ms = 1.5
a = 0.01
b_ms = 100.0

[optimizer]
kind = "adam"
learning_rate = 0.01

[training]
epochs = 2
copies = 4
silent_guard = "push"
guard_step = 1e-4
"""

# SMALL with a readout that never spikes.
SMALL_READOUT = (
    SMALL.replace("xi_ms = 1.5\na = 0.01\nb_ms = 100.0", 'kind = "max_voltage"')
    .replace("[2.0, 1.0]]", "[0.2, 1.0]]")
    .replace('"push"', '"raise_weights"')
)


def make_scenario(
    network: dict[str, Any] | None = None,
    optimizer: dict[str, Any] | None = None,
    training: dict[str, Any] | None = None,
    numerics: dict[str, Any] | None = None,
    **fields: Any,
) -> Scenario:
    """Make a scenario by the keys that a test cares for, as tables over defaults; what keys must agree on is not checked."""
    base = Scenario(
        name="test",
        network=Network(
            hidden=(),
            steps=20,
            dt_ms=1.0,
            tau_mem_ms=20.0,
            tau_syn_ms=5.0,
            init=(),
            integrator="exponential_euler",
            reset="to_zero",
        ),
        loss=Loss(xi_ms=1.5, a=0.01, b_ms=100.0),
        optimizer=replace(Optimizer(0.01), **(optimizer or {})),
        training=replace(Training(1, 8), **(training or {})),
        numerics=replace(Numerics(), **(numerics or {})),
    )
    return replace(base, network=replace(base.network, **(network or {})), **fields)
