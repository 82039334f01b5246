"""Reads what the PEs hold at the end of a batch, as dense arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.hardware.plan import DRAM_RESULTS
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.validation.batch_comparison import BatchView


def chip_view(trainer: OnChipTrainer, batch: int) -> BatchView:
    """Read the batch that has just ended; `batch` is its number in the part."""
    sizes, copies, steps = trainer.plan.sizes, trainer.plan.copies, trainer.scenario.network.steps
    spikes = [np.zeros((steps, copies, n), np.uint8) for n in sizes[1:]]
    v_slope, lambda_v, lambda_i = ([np.zeros(z.shape, np.int64) for z in spikes] for _ in range(3))
    gradients = [np.zeros((copies, sizes[k + 1], sizes[k]), np.int64) for k in range(len(sizes) - 1)]
    answers, silent = _answers(trainer, batch), np.full((copies, sizes[-1]), steps, np.int64)
    zeros = np.zeros_like(silent)
    first, peak = (silent, answers) if trainer.scenario.has_readout else (answers, zeros)
    view = BatchView(spikes, v_slope, lambda_v, lambda_i, gradients, first, peak, zeros.copy())
    for group, program in zip(trainer.plan.groups, trainer.programs, strict=True):
        for row in range(len(group.cores)):
            if group.program == "lif":
                _read_share(view, group.layer - 1, program.state, row)
            elif group.program == "readout":
                _read_readout(view, program.state, row)
    return view


def _answers(trainer: OnChipTrainer, batch: int) -> NDArray[np.int64]:
    """Return what the loss PEs wrote to DRAM: first-spike steps, or highest voltages."""
    copies, n_out = trainer.plan.copies, trainer.plan.sizes[-1]
    return trainer.dram[DRAM_RESULTS][batch * copies : (batch + 1) * copies, :n_out].astype(np.int64)


def _read_readout(view: BatchView, state: Any, row: int) -> None:
    """Read the steps of the maxima, and the gradient words, of one readout PE."""
    copy, share = _share(state, row)
    size = share.stop - share.start
    view.peak_step[copy, share] = state.peak_step[row, :size]
    view.gradients[-1][copy, share] = state.gradient[row][:, :size].T


def _read_share(view: BatchView, k: int, state: Any, row: int) -> None:
    """Read own spikes with D and adjoints, and the gradient words, of one LIF PE."""
    copy, share = _share(state, row)
    bounds, count = state.own.first[row], int(state.own.length[row])
    step = np.searchsorted(bounds[1 : view.spikes[k].shape[0] + 1], np.arange(count), side="right")
    neuron = share.start + state.own.neuron[row, :count]
    view.spikes[k][step, copy, neuron] = 1
    view.v_slope[k][step, copy, neuron] = state.own_v_slope[row, :count]
    view.lambda_v[k][step, copy, neuron] = state.probe_adjoint[row, :count]
    view.lambda_i[k][step, copy, neuron] = state.probe_current[row, :count]
    view.gradients[k][copy, share] = state.gradient[row][:, : share.stop - share.start].T


def _share(state: Any, row: int) -> tuple[int, slice]:
    """Return the copy that a PE belongs to, and its neurons in the population."""
    first, size = int(state.neurons.first[row]), int(state.neurons.size[row])
    return int(state.copy[row]), slice(first, first + size)
