"""Converts a reference case to the input of a mirror or a trainer: a scenario with its network and loss, and its spikes as samples."""

from __future__ import annotations

import numpy as np

from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Data, Encoding, Loss, Network, Optimizer, Scenario, Training
from spinn2sim.validation.case import Case


def case_samples(case: Case) -> Dataset:
    """Return the case's input as spike events, one sample for each entry of its batch."""
    sample, step, source = np.nonzero(case.input_spikes.transpose(1, 0, 2))
    first = np.zeros(case.batch + 1, np.int64)
    np.cumsum(np.bincount(sample, minlength=case.batch), out=first[1:])
    return Dataset(
        first=first,
        step=step.astype(np.int32),
        source=source.astype(np.int32),
        labels=case.labels,
        n_inputs=case.sizes[0],
        n_classes=case.sizes[-1],
    )


def case_scenario(case: Case, copies: int | None = None, path: str | None = None) -> Scenario:
    """Return a scenario with the case's network and loss, and with a copy for each sample, unless `copies` gives another number."""
    dt_ms = case.dt * 1000
    return Scenario(
        name="case",
        data=Data(source="npz", path=path),
        encoding=Encoding(),
        network=Network(
            hidden=case.sizes[1:-1],
            steps=case.steps,
            dt_ms=dt_ms,
            tau_mem_ms=case.tau_mem * 1000,
            tau_syn_ms=case.tau_syn * 1000,
            init=tuple((0.0, 0.0) for _ in case.weights),
            integrator="exponential_euler",
            reset="to_zero",
            threshold=case.threshold,
        ),
        loss=Loss(xi_ms=case.xi * dt_ms, a=case.a, b_ms=case.b * dt_ms),
        optimizer=Optimizer(learning_rate=1e-3),
        training=Training(epochs=0, copies=copies or case.batch),
    )
