"""One batch of the chip against the same batch of the mirror: every raw integer that both keep; the first difference is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.mirror import BatchRecord


@dataclass(frozen=True)
class BatchView:
    """What a chip keeps of a batch, per layer k = 0 (first after the input), ...: raw integers, dense, zero where there is no spike."""

    spikes: list[NDArray[np.uint8]]  # (T, B, n)
    d: list[NDArray[np.int64]]  # (T, B, n): D at each recorded spike
    lambda_v: list[
        NDArray[np.int64]
    ]  # (T, B, n): at index s, the adjoint after the jump of a spike of step s (lV[s - 1])
    lambda_i: list[NDArray[np.int64]]
    gradients: list[NDArray[np.int64]]  # (B, n_out, n_in)
    first_spike: NDArray[np.int64]  # (B, n_out), T with a readout
    peak: NDArray[np.int64]  # (B, n_out): highest voltage of a readout; 0 without one
    peak_step: NDArray[np.int64]  # (B, n_out): its first step


def mirror_view(record: BatchRecord) -> BatchView:
    """The same of the mirror's recording."""

    def at_spikes(layers: list[NDArray[Any]]) -> list[NDArray[np.int64]]:
        found = []
        for z, layer in zip(record.spikes, layers, strict=True):
            shifted = np.zeros(layer.shape, np.int64)
            shifted[1:] = layer[:-1]
            found.append(shifted * z)
        return found

    d = [layer.astype(np.int64) * z for z, layer in zip(record.spikes, record.d, strict=True)]
    gradients = [g.astype(np.int64) for g in record.grad_samples]
    return BatchView(
        record.spikes, d, at_spikes(record.lambda_v), at_spikes(record.lambda_i), gradients, record.first_spike,
        record.peak.astype(np.int64), record.peak_step,
    )  # fmt: skip


def differences(chip: BatchView, mirror: BatchView) -> Iterator[str]:
    """One line for the first difference of each quantity, forward in the order in which a batch makes them."""
    for name, where in (
        ("spikes", "step, sample, neuron"),
        ("d", "step, sample, neuron"),
        ("lambda_v", "spike's step, sample, neuron"),
        ("lambda_i", "spike's step, sample, neuron"),
        ("gradients", "sample, neuron, source"),
    ):
        for layer, (a, b) in enumerate(zip(getattr(chip, name), getattr(mirror, name), strict=True), 1):
            line = first_difference(a, b)
            if line:
                yield f"{name} of layer {layer} at ({where}) {line}"
    for name, what in (("peak", "highest voltage"), ("peak_step", "its step"), ("first_spike", "first spike")):
        line = first_difference(getattr(chip, name), getattr(mirror, name))
        if line:
            yield f"{what} at (sample, output) {line}"


def first_difference(chip: NDArray[Any], mirror: NDArray[Any]) -> str:
    """Index, both values, and how many differ; empty where nothing does."""
    if chip.shape != mirror.shape:
        return f"shape {chip.shape} on the chip, {mirror.shape} in the mirror"
    apart = np.argwhere(chip != mirror)
    if not len(apart):
        return ""
    at = tuple(int(i) for i in apart[0])
    return f"{at}: {chip[at]} on the chip, {mirror[at]} in the mirror ({len(apart)} of {chip.size} differ)"
