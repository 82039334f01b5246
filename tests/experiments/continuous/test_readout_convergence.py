"""The discretised readout and its adjoint against those in continuous time: maxima and the gradients of both layers converge."""

from __future__ import annotations

import numpy as np

from chain_mirror import chain_mirror
from spinn2sim.experiments.continuous.circuits import Floats, equal_circuits
from spinn2sim.experiments.continuous.feed_forward import layer_spikes
from spinn2sim.experiments.continuous.membrane_peaks import membrane_peaks
from spinn2sim.experiments.continuous.output_losses import max_over_time_loss
from spinn2sim.experiments.continuous.spike_adjoint import layer_gradient
from spinn2sim.experiments.continuous.spikes import Spikes
from spinn2sim.mirror import BatchRecord, record_batch
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Loss, Network, Optimizer, Scenario, Training

SIZES, TAU_MEM, TAU_SYN, T_END, SAMPLES = (5, 12, 3), 20.0, 5.0, 60.0, 4  # ms
TEMPERATURE = 0.5
WHOLE = np.arange(SAMPLES + 1) * 5


def discretised(dt: float, times: np.ndarray, weights: list[Floats], labels: np.ndarray) -> BatchRecord:
    """The mirror's batch with steps of `dt` (ms)."""
    network = Network(
        hidden=(SIZES[1],),
        steps=round(T_END / dt),
        dt_ms=dt,
        tau_mem_ms=TAU_MEM,
        tau_syn_ms=TAU_SYN,
        init=(),
        integrator="exponential_euler",
        reset="to_zero",
    )
    loss = Loss(kind="max_voltage", temperature=TEMPERATURE)
    scenario = Scenario("grid", network, loss, Optimizer(0.01), Training(1, SAMPLES))
    neurons = np.tile(np.arange(5, dtype=np.int32), SAMPLES)
    data = Dataset(WHOLE, (times.ravel() / dt).astype(np.int32), neurons, labels, 5, 3)
    return record_batch(chain_mirror(scenario, SIZES, weights, "float64"), data, np.arange(SAMPLES))


def continuous(times: np.ndarray, weights: list[Floats], labels: np.ndarray) -> tuple[Floats, list[Floats]]:
    """Maxima (samples, classes), and dL/dW of both layers."""
    inputs = Spikes(times.ravel() * 1.0, np.tile(np.arange(5, dtype=np.int32), SAMPLES), WHOLE, 5)
    circuits = [equal_circuits(size, TAU_MEM, TAU_SYN) for size in SIZES[1:]]
    hidden = layer_spikes(inputs, weights[0], circuits[0], T_END)
    found = membrane_peaks(hidden, weights[1], circuits[1], T_END)
    silent = Spikes(np.zeros(0), np.zeros(0, np.int32), np.zeros(SAMPLES + 1, np.int64), 3)
    p = max_over_time_loss(found.values, labels, 1 / TEMPERATURE).p
    top, errors = layer_gradient(hidden, silent, weights[1], circuits[1], np.zeros(0), (found, p))
    below, _ = layer_gradient(inputs, hidden, weights[0], circuits[0], errors)
    return found.values, [below, top]


def test_maxima_and_gradients_converge_with_order_1() -> None:
    """Halving dt halves the errors of the maxima, of the readout's gradient, and about of the hidden layer's, which goes through e and D.

    The network has no spike that grazes the threshold: of those the hidden gradient has a prefactor without bound.
    """
    rng = np.random.default_rng(4)
    weights = [rng.normal(2.5, 1.0, (12, 5)), rng.normal(0.2, 0.6, (3, 12))]
    times, labels = np.sort(rng.integers(1, 40, (SAMPLES, 5)), axis=1), rng.integers(3, size=SAMPLES).astype(np.int64)
    values, gradients = continuous(times, weights, labels)
    errors = []
    for dt in (1 / 16, 1 / 32, 1 / 64, 1 / 128):
        record = discretised(dt, times, weights, labels)
        found = [g / (dt / 1000) for g in record.grad]
        apart = [float(np.abs(a - b).mean() / np.abs(b).mean()) for a, b in zip(found, gradients, strict=True)]
        errors.append([float(np.abs(record.peak - values).mean()), *apart])

    orders = -np.polyfit(np.arange(len(errors)), np.log2(errors), 1)[0]
    assert (np.array(errors[-1]) < [1e-3, 0.06, 5e-3]).all(), errors
    assert ((orders > 0.6) & (orders < 1.3)).all(), (orders, errors)
