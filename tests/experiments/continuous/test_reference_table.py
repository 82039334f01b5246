"""One neuron and one input spike: the reference table made outside this project."""

from __future__ import annotations

import numpy as np

from places import GOLDEN
from spinn2sim.experiments.continuous.circuits import equal_circuits
from spinn2sim.experiments.continuous.feed_forward import layer_spikes
from spinn2sim.experiments.continuous.spike_adjoint import layer_gradient
from spinn2sim.experiments.continuous.spikes import Spikes

TABLE = GOLDEN / "analytic_gradient.csv"


def test_spike_time_and_gradient_of_the_reference_table() -> None:
    """81 weights at once, one neuron each: spike times and dt/dw are those of the table to the digits that it has."""
    w, t_spike, dt_dw = np.loadtxt(TABLE, delimiter=",", skiprows=1, usecols=(0, 1, 2), unpack=True)
    inputs = Spikes(np.zeros(1), np.zeros(1, np.int32), np.array([0, 1]), 1)
    circuits = equal_circuits(len(w), 1.0, 1.0, max_spikes=1)

    own = layer_spikes(inputs, w[:, None], circuits, 10.0)
    gradient = layer_gradient(inputs, own, w[:, None], circuits, np.ones(len(own.times))).weights[:, 0]

    order = np.argsort(own.neurons)
    assert own.neurons[order].tolist() == list(range(len(w)))
    near = 1.0 / (
        1.0 - t_spike
    )  # how much twelve printed digits of w leave open: t has dt/dw, dt/dw has a second derivative
    np.testing.assert_allclose(own.times[order], t_spike, rtol=0, atol=1e-11 * near.max())
    assert (np.abs(gradient / dt_dw - 1.0) < 1e-11 * near**2).all()
