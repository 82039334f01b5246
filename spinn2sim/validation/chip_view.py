"""Reads what the PEs hold at the end of a batch, as dense arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.graph import Graph
from spinn2sim.hardware.plan import DRAM_RESULTS, Group
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.validation.batch_comparison import BatchView

# The copy that a PE belongs to, of all copies of the run, and its neurons in the population.
Where = tuple[int, slice]


def chip_view(trainer: OnChipTrainer, batch: int) -> BatchView:
    """Read the batch that has just ended; `batch` is its number in the part."""
    scenario, graph = trainer.scenario, trainer.inputs.graph
    copies, steps = scenario.training.copies, scenario.network.steps
    populations = [k for k in range(len(graph.sizes)) if k not in graph.inputs]
    spikes = [np.zeros((steps, copies, graph.sizes[k]), np.uint8) for k in populations]
    v_slope, lambda_v, lambda_i = ([np.zeros(z.shape, np.int64) for z in spikes] for _ in range(3))
    gradients = [np.zeros((copies, *shape), np.int64) for shape in graph.weight_shapes]
    delay_gradients = [np.zeros((copies, *delay_gradient_shape(graph, q)), np.int64) for q in range(len(gradients))]
    answers = _answers(trainer, batch)
    silent = np.full(answers.shape, steps, np.int64)
    zeros = np.zeros_like(silent)
    first, peak = (silent, answers) if scenario.has_readout else (answers, zeros)
    view = BatchView(spikes, v_slope, lambda_v, lambda_i, gradients, delay_gradients, first, peak, zeros.copy())
    for chip in trainer.chips:
        for group, program in zip(chip.plan.groups, chip.programs, strict=True):
            for row in range(len(group.cores) if group.incoming else 0):
                where = _share(program.state, row, chip.first_copy)
                _read_gradients(view, graph, group, program.state, row, where)
                if group.program == "lif":
                    _read_spikes(view, populations.index(group.layer), program.state, row, where)
                elif group.layer == graph.output:
                    _read_maxima(view, program.state, row, where)
    return view


def delay_gradient_shape(graph: Graph, projection: int) -> tuple[int, int]:
    """Return the shape of a projection's delay gradients: one row for axonal delays, no entries if none are learned."""
    one, (n_post, n_pre) = graph.projections[projection], graph.shape(projection)
    if not one.learns_delays:
        return 0, 0
    return (1 if one.learn == "axonal" else n_post), n_pre


def _answers(trainer: OnChipTrainer, batch: int) -> NDArray[np.int64]:
    """Return what the loss PEs wrote to DRAM: first-spike steps, or highest or average voltages."""
    n_out = trainer.inputs.graph.sizes[trainer.inputs.graph.output]
    words = [
        chip.dram[DRAM_RESULTS][batch * chip.plan.copies : (batch + 1) * chip.plan.copies, :n_out]
        for chip in trainer.spread.answering
    ]
    return np.concatenate(words).astype(np.int64)


def _read_gradients(view: BatchView, graph: Graph, group: Group, state: Any, row: int, where: Where) -> None:
    """Read the gradient words of one PE, by projection."""
    copy, share = where
    for q, incoming in zip(graph.incoming(group.layer), group.incoming, strict=True):
        rows = slice(incoming.first_row, incoming.first_row + incoming.size)
        view.gradients[q][copy, share] = state.gradient[row][rows, : share.stop - share.start].T
        if incoming.learns_delays:
            before = [one.size for one in group.incoming[: graph.incoming(group.layer).index(q)] if one.delay_max]
            delayed = slice(sum(before), sum(before) + incoming.size)
            if incoming.axonal:
                view.delay_gradients[q][copy, 0] += state.axon_gradient[row][delayed]
            else:
                words = state.delay_gradient[row][delayed, : share.stop - share.start]
                view.delay_gradients[q][copy, share] = words.T


def _read_maxima(view: BatchView, state: Any, row: int, where: Where) -> None:
    """Read the steps of the maxima of one readout PE."""
    copy, share = where
    view.peak_step[copy, share] = state.peak_step[row, : share.stop - share.start]


def _read_spikes(view: BatchView, k: int, state: Any, row: int, where: Where) -> None:
    """Read own spikes with D and adjoints of one LIF PE."""
    copy, share = where
    bounds, count = state.own.first[row], int(state.own.length[row])
    step = np.searchsorted(bounds[1 : view.spikes[k].shape[0] + 1], np.arange(count), side="right")
    neuron = share.start + state.own.neuron[row, :count]
    view.spikes[k][step, copy, neuron] = 1
    view.v_slope[k][step, copy, neuron] = state.own_v_slope[row, :count]
    view.lambda_v[k][step, copy, neuron] = state.probe_adjoint[row, :count]
    view.lambda_i[k][step, copy, neuron] = state.probe_current[row, :count]


def _share(state: Any, row: int, first_copy: int) -> Where:
    """Return the copy that a PE of a chip with copies from `first_copy` on belongs to, and its neurons in the population."""
    first, size = int(state.neurons.first[row]), int(state.neurons.size[row])
    return first_copy + int(state.copy[row]), slice(first, first + size)
