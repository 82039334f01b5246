"""The scheme of the SpiNNaker2-style hardware on one synapse: in float64 by the mirror, and in fixed point on the simulated hardware."""

from __future__ import annotations

import math

import numpy as np

from spinn2sim.experiments.tasks.synapse.closed_form import Array


def in_float64(weights: Array, steps_per_tau: int) -> tuple[Array, Array]:
    """Compute (t, dt/dw) per weight with the float64 mirror, [n] each."""
    from spinn2sim.experiments.tasks.synapse.convergence import discrete_time_and_slope

    found = np.array([discrete_time_and_slope(float(weight), steps_per_tau) for weight in weights])
    return found[:, 0], found[:, 1]


def on_chip(weights: Array, steps_per_tau: int) -> tuple[Array, Array]:
    """Compute (t, dt/dw) per weight on the simulated hardware, [n] each, in one simulation per weight; nan if rounding leaves it silent.

    Raises RuntimeError if a packet or a tick is lost, or a value saturates: the result would not be that of the scheme.
    """
    found = np.array([_simulate_weight(float(weight), steps_per_tau) for weight in weights])
    return found[:, 0], found[:, 1]


def _simulate_weight(weight: float, steps_per_tau: int) -> tuple[float, float]:
    from spinn2sim.experiments.tasks.synapse.convergence import single_synapse
    from spinn2sim.scenario.data.dataset import dataset_from_steps
    from spinn2sim.training.on_chip_trainer import OnChipTrainer
    from spinn2sim.training.run_inputs import RunInputs
    from spinn2sim.validation.batch_comparison import BatchView
    from spinn2sim.validation.chip_view import chip_view

    scenario = single_synapse(steps_per_tau)
    one_spike = dataset_from_steps(np.zeros((1, 1), np.int64), np.zeros(1, np.int64), 1)
    trainer = OnChipTrainer(RunInputs(scenario, one_spike, one_spike, [np.array([[weight]])]))
    views: list[BatchView] = []
    trainer.observe = lambda part, batch: views.append(chip_view(trainer, batch))
    outcome = trainer.train(1, np.zeros(1, np.int64))
    lost = [str(loss) for loss in outcome.counters.losses()] if outcome.counters else []
    if lost or outcome.saturations.any():
        raise RuntimeError(f"one synapse on the chip: {lost}, saturations {outcome.saturations.tolist()}")
    step, steps = int(views[0].first_spike[0, 0]), scenario.network.steps
    if step >= steps - 1:
        return math.nan, math.nan
    word = 2.0 ** (int(scenario.numerics.adjoint.split(".")[1]) + scenario.numerics.error_shift)
    slope_of_loss = math.exp(step / steps)  # see single_synapse
    return step / steps_per_tau, float(views[0].gradients[0][0, 0, 0]) / word / slope_of_loss
