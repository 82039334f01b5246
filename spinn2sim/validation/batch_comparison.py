"""Compares a batch on the chip with the same batch on the mirror: every raw integer that both keep; names the first difference of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Graph
from spinn2sim.mirror import BatchRecord


@dataclass(frozen=True)
class BatchView:
    """What the chip holds at the end of a batch: raw integers in dense arrays, zero where there is no spike.

    Lists have an entry for each population that is no input; T is the number of steps, B the batch size, n the neurons.
    """

    # (T, B, n)
    spikes: list[NDArray[np.uint8]]
    # (T, B, n): D = I - U at each recorded spike
    v_slope: list[NDArray[np.int64]]
    # (T, B, n): at index s, the adjoint after the jump of a spike of step s, which is lV[s - 1]
    lambda_v: list[NDArray[np.int64]]
    lambda_i: list[NDArray[np.int64]]
    # (B, n_post, n_pre) of each projection
    gradients: list[NDArray[np.int64]]
    # (B, n_post, n_pre) of each projection, of axonal delays (B, 1, n_pre); without entries if none are learned
    delay_gradients: list[NDArray[np.int64]]
    # (B, n_out): T with a readout
    first_spike: NDArray[np.int64]
    # (B, n_out): highest or average voltage of a readout, and the first step that has the highest; 0 without one
    peak: NDArray[np.int64]
    peak_step: NDArray[np.int64]


def mirror_view(record: BatchRecord) -> BatchView:
    """Return the part of the mirror's recording that the chip would hold."""
    return BatchView(
        spikes=record.spikes,
        v_slope=[slope.astype(np.int64) * z for slope, z in zip(record.v_slope, record.spikes, strict=True)],
        lambda_v=_at_spikes(record.lambda_v, record.spikes),
        lambda_i=_at_spikes(record.lambda_i, record.spikes),
        gradients=[g.astype(np.int64) for g in record.grad_samples],
        delay_gradients=[
            np.zeros((len(g), 0, 0), np.int64) if d is None else d.astype(np.int64)
            for g, d in zip(record.grad_samples, record.delay_grad_samples, strict=True)
        ],
        first_spike=record.first_spike,
        peak=record.peak.astype(np.int64),
        peak_step=record.peak_step,
    )


def of_existing(view: BatchView, graph: Graph) -> BatchView:
    """Return the view with gradients of 0 for synapses that do not exist, which a PE may hold or not."""
    pairs = zip(view.gradients, graph.projections, strict=True)
    return replace(view, gradients=[g if q.exists is None else g * q.exists for g, q in pairs])


def _at_spikes(adjoint: list[NDArray[Any]], spikes: list[NDArray[np.uint8]]) -> list[NDArray[np.int64]]:
    """Return each layer's adjoint at its spikes only, at index s the value lV[s - 1] for a spike of step s."""
    found = []
    for values, z in zip(adjoint, spikes, strict=True):
        before = np.zeros(values.shape, np.int64)
        before[1:] = values[:-1]
        found.append(before * z)
    return found


def differences(chip: BatchView, mirror: BatchView) -> Iterator[str]:
    """Yield one line for the first difference of each quantity, in the order in which a batch computes them."""
    for field, name, axes in (
        ("spikes", "spikes", "step, sample, neuron"),
        ("v_slope", "d", "step, sample, neuron"),
        ("lambda_v", "lambda_v", "spike's step, sample, neuron"),
        ("lambda_i", "lambda_i", "spike's step, sample, neuron"),
        ("gradients", "gradients", "sample, neuron, source"),
        ("delay_gradients", "gradients of delays", "sample, neuron, source"),
    ):
        for layer, (a, b) in enumerate(zip(getattr(chip, field), getattr(mirror, field), strict=True), 1):
            line = first_difference(a, b)
            if line:
                yield f"{name} of layer {layer} at ({axes}) {line}"
    # A highest voltage above rest has a step, an average has none.
    voltage = "highest voltage" if mirror.peak_step.any() or not mirror.peak.any() else "average voltage"
    for name, what in (("peak", voltage), ("peak_step", "its step"), ("first_spike", "first spike")):
        line = first_difference(getattr(chip, name), getattr(mirror, name))
        if line:
            yield f"{what} at (sample, output) {line}"


def first_difference(chip: NDArray[Any], mirror: NDArray[Any]) -> str:
    """Describe where two arrays first differ, with both values, and how many entries differ; an empty string if none does."""
    if chip.shape != mirror.shape:
        return f"shape {chip.shape} on the chip, {mirror.shape} in the mirror"
    unequal = np.argwhere(chip != mirror)
    if not len(unequal):
        return ""
    at = tuple(int(i) for i in unequal[0])
    return f"{at}: {chip[at]} on the chip, {mirror[at]} in the mirror ({len(unequal)} of {chip.size} differ)"
