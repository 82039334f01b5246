"""Records everything that the mirror computes for a batch, as dense arrays, with the same kernels that train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.by_reference import by_reference
from spinn2sim.mirror.delay_arrays import delay_gradients
from spinn2sim.mirror.flat_arrays import INPUT, Samples, unflatten
from spinn2sim.mirror.loss_values import LossConstants, first_spike_losses, max_over_time_losses
from spinn2sim.mirror.model import Mirror
from spinn2sim.mirror.scratch import make_record
from spinn2sim.scenario.keys import MAX_VOLTAGE


@dataclass(frozen=True)
class BatchRecord:
    """The recording of a batch: (T, B, n) arrays for each population but the inputs, in float64, or as raw int64 in fixed point.

    Adjoints in fixed point are those of the chip: without 1/B, scaled by 2^error_shift; gradients are the words, -sum of lI.
    """

    spikes: list[NDArray[np.uint8]]
    # U, before the reset.
    v: list[NDArray[Any]]
    i: list[NDArray[Any]]
    lambda_v: list[NDArray[Any]]
    lambda_i: list[NDArray[Any]]
    # D = I - U at spikes, otherwise 0.
    v_slope: list[NDArray[Any]]
    # The sum of the errors received at spikes (from receivers and the loss), otherwise 0.
    e: list[NDArray[Any]]
    # (B, n_post, n_pre) per projection
    grad_samples: list[NDArray[Any]]
    # (n_post, n_pre) per projection, summed over the samples in their order
    grad: list[NDArray[Any]]
    # The same for delays: of axonal ones (B, 1, n_pre) and (1, n_pre); None for a projection whose delays are not learned
    delay_grad_samples: list[NDArray[Any] | None]
    delay_grad: list[NDArray[Any] | None]
    # (B, n_out); T if silent
    first_spike: NDArray[np.int64]
    # The mean over the batch, computed in float64 from first-spike times or maxima over time.
    loss: float
    # [4]
    saturations: NDArray[np.int64]
    # (B, n_out), the maximum over time of a readout's V, 0 without a readout; and its first step, 0 if V was never above 0.
    # With the loss on average voltages: the averages, and 0.
    peak: NDArray[Any]
    peak_step: NDArray[np.int64]


def record_batch(mirror: Mirror, data: Samples, indices: NDArray[np.integer], batch: int = 0) -> BatchRecord:
    """Run forward pass, loss and backward pass of the samples `indices` as batch number `batch` of the part, without the update."""
    order = np.asarray(indices, np.int64)
    layout, size = mirror.layout, len(order)
    record = by_reference(make_record(layout, mirror.steps, size, mirror.dtype, True))
    scratch = mirror.scratch(data, size)
    scratch.grad[:] = 0
    scratch.delay_grad[:] = 0
    result = mirror.run_chunks(mirror.batch_order(data, order, size, batch, True), scratch, record)

    def layers(array: NDArray[Any]) -> list[NDArray[Any]]:
        ends, dense = layout.neuron_at, array.swapaxes(0, 1)
        used = [p for p in range(len(layout.sizes)) if layout.kind[p] != INPUT]
        return [np.ascontiguousarray(dense[:, :, ends[p] : ends[p + 1]]) for p in used]

    total, delay_total = (np.cumsum(words, axis=0)[-1] for words in (scratch.grad, scratch.delay_grad))
    c, labels = mirror.float_constants, data.labels[order]
    if result.peaks is None:
        losses = first_spike_losses(result.first_spikes, labels, LossConstants(c.xi, c.a, c.b))
    else:
        losses = max_over_time_losses(result.peaks, labels, c.temperature)
    return BatchRecord(
        layers(record.z), layers(record.v), layers(record.i), layers(record.adjoint_v), layers(record.adjoint_i),
        layers(record.v_slope), layers(record.e), unflatten(layout, scratch.grad.copy()), unflatten(layout, total),
        delay_gradients(layout, scratch.delay_grad.copy()), delay_gradients(layout, delay_total),
        result.first_spikes, float(losses.mean()), result.saturations,
        scratch.peak.copy(), scratch.peak_step * (mirror.scenario.loss.kind == MAX_VOLTAGE),
    )  # fmt: skip
