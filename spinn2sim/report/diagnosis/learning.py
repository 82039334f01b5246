"""Facts about learning: how far weights went, how far they could go, the last gradients, and the curve of the loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Projection
from spinn2sim.report.diagnosis.evidence import Evidence
from spinn2sim.scenario.schedule import learning_rate

BINS = 24


@dataclass(frozen=True)
class ProjectionFacts:
    """The weights of one projection before and after training; sizes are root mean squares over its synapses."""

    name: str
    synapses: int
    learns: bool
    size_before: float
    size_after: float
    change: float
    # The learning rate of the first epoch as a share of the weights before training: the size of Adam's first updates.
    first_step: float
    # The most that all updates of the planned epochs could change a weight with Adam, as a share likewise; None for SGD.
    reach: float | None
    # The size of the last update as a share of the weights; None if the optimizer does not tell.
    last_step: float | None
    gradient: float | None
    # The share of synapses that had no gradient at all in the last batches.
    without_gradient: float | None

    @property
    def relative_change(self) -> float:
        """The change as a share of the weights before training."""
        return ratio(self.change, self.size_before)


def rms(values: NDArray[np.float64]) -> float:
    """Return the root mean square, 0 of nothing."""
    largest = float(np.abs(values).max(initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.mean(np.square(values / largest))))


def ratio(part: float, whole: float) -> float:
    """Return part / whole, 0 for 0 / 0."""
    return part / whole if whole else (float("inf") if part else 0.0)


class LearnedWeights(NamedTuple):
    """The weights of projection `q` before and after training, [synapses], and which of its places are synapses, (n_post, n_pre)."""

    q: int
    projection: Projection
    exists: NDArray[np.bool_]
    before: NDArray[np.float64]
    after: NDArray[np.float64]


def learned_weights(evidence: Evidence) -> Iterator[LearnedWeights]:
    """Yield the weights of each projection; nothing if start weights or trained weights cannot be read."""
    start, kept, graph = evidence.start, evidence.kept, evidence.graph
    if start is None or kept is None or graph is None:
        return
    for q, projection in enumerate(graph.projections):
        exists = np.ones(graph.shape(q), bool) if projection.exists is None else projection.exists
        before, after = (np.asarray(w, np.float64)[exists] for w in (start.weights[q], kept.weights[q]))
        yield LearnedWeights(q, projection, exists, before, after)


def projection_facts(evidence: Evidence) -> list[ProjectionFacts]:
    """Return the facts of each projection; nothing if start weights or trained weights cannot be read."""
    found = []
    for q, projection, exists, before, after in learned_weights(evidence):
        size, rate = rms(before), evidence.scenario.optimizer.learning_rate
        gradients = None if evidence.sizes.gradients is None else evidence.sizes.gradients[q][exists]
        updates = None if evidence.sizes.updates is None else evidence.sizes.updates[q][exists]
        found.append(
            ProjectionFacts(
                evidence.projection_name(q),
                int(exists.sum()),
                projection.learns_weights,
                size,
                rms(after),
                rms(after - before),
                ratio(rate, size),
                ratio(planned_reach(evidence), size) if evidence.scenario.optimizer.kind == "adam" else None,
                None if updates is None else ratio(rms(updates) * _last_rate(evidence), rms(after)),
                None if gradients is None else rms(gradients),
                None if gradients is None else float(np.mean(gradients == 0)),
            )
        )
    return found


def planned_reach(evidence: Evidence) -> float:
    """Return the sum of the learning rates of all batches of the planned epochs."""
    batches = max((line.get("batches") or 0 for line in evidence.metrics), default=0)
    scenario = evidence.scenario
    batches = batches or scenario.trained_samples // scenario.training.copies
    return batches * sum(learning_rate(scenario.optimizer, k) for k in range(1, scenario.training.epochs + 1))


def _last_rate(evidence: Evidence) -> float:
    return float(evidence.metrics[-1].get("learning_rate") or 0.0)


def histogram(values: NDArray[np.float64], low: float, high: float) -> list[int]:
    """Count values in BINS equal bins from low to high."""
    if not high > low:
        low, high = low - 0.5, low + 0.5
    return [int(count) for count in np.histogram(values, BINS, (low, high))[0]]


def weight_histograms(evidence: Evidence) -> list[dict[str, Any]]:
    """Return for each projection the histograms of its weights before and after training, over the same bins."""
    rows = []
    last = 0 if evidence.kept is None else evidence.kept.epoch
    for q, _, exists, before, after in learned_weights(evidence):
        everything = np.concatenate([before, after]) if before.size else np.zeros(1)
        low, high = float(everything.min()), float(everything.max())
        for epoch, values in ((0, before), (last, after)):
            rows.append(
                {
                    "projection": evidence.projection_name(q),
                    "quantity": "weight",
                    "epoch": epoch,
                    "low": low,
                    "high": high,
                    "counts": histogram(values, low, high),
                }
            )
        rows += _gradient_histogram(evidence, q, exists)
    return rows


def _gradient_histogram(evidence: Evidence, q: int, exists: NDArray[np.bool_]) -> list[dict[str, Any]]:
    if evidence.sizes.gradients is None:
        return []
    values = evidence.sizes.gradients[q][exists]
    high = float(values.max(initial=0.0))
    return [
        {
            "projection": evidence.projection_name(q),
            "quantity": "gradient",
            "epoch": int(evidence.metrics[-1]["epoch"]),
            "low": 0.0,
            "high": high,
            "counts": histogram(values, 0.0, high),
        }
    ]
