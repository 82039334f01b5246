"""Converts a reference case of any graph to the input of a mirror or a trainer, as case_inputs does for a chain."""

from __future__ import annotations

import numpy as np

from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Data, Network, Optimizer, Scenario, Training
from spinn2sim.training.run_inputs import RunInputs
from spinn2sim.validation.graph_case import GraphCase


def graph_case_samples(case: GraphCase) -> Dataset:
    """Return the case's input as spike events, one sample for each entry of its batch."""
    sample, step, source = np.nonzero(case.input_spikes.transpose(1, 0, 2))
    first = np.zeros(case.batch + 1, np.int64)
    np.cumsum(np.bincount(sample, minlength=case.batch), out=first[1:])
    inputs, classes = case.input_spikes.shape[2], case.graph.sizes[case.graph.output]
    return Dataset(first, step.astype(np.int32), source.astype(np.int32), case.labels, inputs, classes)


def graph_case_scenario(case: GraphCase, copies: int | None = None, path: str | None = None) -> Scenario:
    """Return a scenario with the case's time grid and loss, and with a copy for each sample, unless `copies` gives another number.

    The network in it only fills the keys that a scenario must have: the case's own graph is given to mirrors and trainers beside it.
    """
    network = Network(
        hidden=(),
        steps=case.steps,
        dt_ms=case.dt * 1000,
        tau_mem_ms=20.0,
        tau_syn_ms=5.0,
        init=((0.0, 0.0),),
        integrator="exponential_euler",
        reset="to_zero",
        threshold=case.threshold,
    )
    data, optimizer = Data(source="npz", path=path), Optimizer(learning_rate=1e-3)
    training = Training(epochs=0, copies=copies or case.batch)
    return Scenario("case", network, case.loss, optimizer, training, data=data)


def graph_case_run(case: GraphCase, scenario: Scenario) -> RunInputs:
    """Return what a trainer of the case needs."""
    samples = graph_case_samples(case)
    delays = [d if q.delay_max else None for d, q in zip(case.delays, case.graph.projections, strict=True)]
    return RunInputs(scenario, samples, samples, case.weights, delays=delays, given_graph=case.graph)
