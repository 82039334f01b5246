"""Runs a reference case of any graph in fixed point on the simulated hardware, as check_fixed does a chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from firmware_models.qformat import parse_format
from spinn2sim.scenario.keys import Numerics
from spinn2sim.scenario.load import load_text
from spinn2sim.scenario.overrides import Overrides
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.validation.agreement import gradient_cosine, relative_error, spike_agreement
from spinn2sim.validation.batch_comparison import BatchView
from spinn2sim.validation.check_fixed import FixedReport, LayerReport, run_rounds
from spinn2sim.validation.graph_case import GraphCase
from spinn2sim.validation.graph_case_inputs import graph_case_run, graph_case_scenario


def check_graph_fixed(case: GraphCase, overrides: Overrides, name: str) -> FixedReport:
    """Run the case on the simulated hardware with the default formats, or with those in `overrides`."""
    rounds = run_rounds(case.batch, partial(_trainer, case, overrides, name))
    parts = [*_populations(case, rounds.views), *_projections(case, rounds.numerics, rounds.views)]
    return FixedReport(rounds.copies, len(rounds.views), tuple(parts), rounds.losses, case.ignored)


def _trainer(case: GraphCase, overrides: Overrides, name: str, copies: int) -> OnChipTrainer:
    scenario = load_text(resolved_toml(graph_case_scenario(case, copies, name)), overrides, name)
    return OnChipTrainer(graph_case_run(case, scenario))


def _populations(case: GraphCase, views: Sequence[BatchView]) -> list[LayerReport]:
    """Report the spikes of each population that is no input."""
    reports = []
    for at, p in enumerate(case.populations):
        spikes, fired = np.concatenate([view.spikes[at] for view in views], axis=1), case.expected.get(f"spikes_{p}")
        agreement = None if fired is None else spike_agreement(spikes, fired)
        reports.append(LayerReport(int(spikes.sum()), agreement, None, None, {}, f"population {p}", f"spikes_{p}"))
    return reports


def _projections(case: GraphCase, numerics: Numerics, views: Sequence[BatchView]) -> list[LayerReport]:
    """Report the gradients of each projection's weights and delays that the case has. Words lack 1/B, and those of weights tau_syn."""
    adjoint, error = (parse_format(text).fraction + numerics.error_shift for text in (numerics.adjoint, numerics.error))
    reports = []
    for k, (q, projection) in enumerate(zip(case.numbers, case.graph.projections, strict=True)):
        tau = (
            np.broadcast_to(case.graph.populations[projection.post].tau_syn_ms, case.graph.shape(k)[:1])[:, None] / 1000
        )
        exists = 1.0 if projection.exists is None else projection.exists
        for name, of, scale in (
            (f"grad_{q}", lambda view: view.gradients, exists * tau * 2.0**-adjoint),
            (f"delay_grad_{q}", lambda view: view.delay_gradients, np.ones((1, 1)) * 2.0**-error),
        ):
            if name in case.expected:
                found = _summed(views, of, k) * scale / case.batch
                target = case.expected[name]
                cosine, off = gradient_cosine(found, target), relative_error(found, target)
                reports.append(LayerReport(0, None, cosine, off, {}, f"projection {q}", name))
    return reports


def _summed(
    views: Sequence[BatchView], of: Callable[[BatchView], list[NDArray[np.int64]]], projection: int
) -> NDArray[np.float64]:
    return np.asarray(sum(of(view)[projection].sum(axis=0) for view in views), np.float64)
