"""Runs batches in both arithmetics: samples in chunks, chunks in parallel, gradients summed in the order of the chunks, then an update.

Kernels that differ between float64 and fixed point, or between chains and other graphs, have one name here; `by_type` chooses between the
two when they are compiled.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from firmware_models.fixedpoint import Word
from firmware_models.jit.by_reference import class_of
from firmware_models.jit.by_type import by_type
from firmware_models.jit.machine_code import MachineCode, call_code, machine_code
from spinn2sim.mirror import fixed_optimizer, float_optimizer
from spinn2sim.mirror.chain_chunk import run_chain_chunk
from spinn2sim.mirror.constants import RAISE
from spinn2sim.mirror.flat_arrays import ChainLayout, Layout
from spinn2sim.mirror.gradient_transforms import transform_fixed_gradient, transform_float_gradient
from spinn2sim.mirror.graph_chunk import run_graph_chunk
from spinn2sim.mirror.kernel_decorators import allocating_kernel, parallel_kernel
from spinn2sim.mirror.sample_parts import Chunk
from spinn2sim.mirror.scratch import BatchOrder, OutputActivity, Record, Scratch, Synapses

Constants = Any  # FloatConstants or FixedConstants
State = Any  # FloatState or FixedState


class UpdateRule(NamedTuple):
    """What is done with the gradient of a batch."""

    # FloatTransforms or FixedTransforms.
    transforms: Any
    # FloatOptimizerConstants or FixedOptimizerConstants.
    optimizer: Any
    # The learning rates of weights and of delays: float, or float32 in fixed point.
    rate: Any
    delay_rate: Any


transform_gradient = by_type(transform_float_gradient, transform_fixed_gradient)
optimizer_step = by_type(float_optimizer.optimizer_step, fixed_optimizer.optimizer_step)
synapses_in_use = by_type(float_optimizer.synapses_in_use, fixed_optimizer.synapses_in_use)
delay_step = by_type(float_optimizer.delay_step, fixed_optimizer.delay_step)
held_weights = by_type(float_optimizer.held_weights, fixed_optimizer.held_weights)
restore_frozen = by_type(float_optimizer.restore_frozen, fixed_optimizer.restore_frozen)
raise_silent = by_type(float_optimizer.raise_silent, fixed_optimizer.raise_silent)
round_weights = by_type(float_optimizer.round_weights, fixed_optimizer.round_weights)


class CompiledNetwork(NamedTuple):
    """What does not change while a network is run."""

    # Runs a chunk of samples: run_chain_chunk or run_graph_chunk.
    chunk: MachineCode
    constants: Constants
    layout: Layout


def make_network(
    c: Constants, layout: Layout, synapses: Synapses, s: Scratch, order: BatchOrder, activity: OutputActivity, record: Record
) -> CompiledNetwork:  # fmt: skip
    """Compile what runs a chunk of samples. Kernels that are given this network are given arguments of the same types as these."""
    kernel = run_chain_chunk if class_of(layout) is ChainLayout else run_graph_chunk
    return CompiledNetwork(
        machine_code(kernel, layout, c, synapses, s, Chunk(0, 0, 0), order, activity, record), c, layout
    )


@parallel_kernel
def run_chunks(
    network: CompiledNetwork, synapses: Synapses, s: Scratch, span: tuple[int, int], order: BatchOrder, activity: OutputActivity,
    record: Record,
) -> None:  # fmt: skip
    """Run the samples at positions span[0] .. span[1] - 1 of the order, in parallel, in as many chunks as the working memory has."""
    run_chunk, c, layout = network.chunk, network.constants, network.layout
    chunks, size = s.ptr.shape[0], span[1] - span[0]
    for index in numba.prange(chunks):
        h: Any = np.int64(index)  # prange counts in uint64
        chunk = Chunk(h, span[0] + h * size // chunks, span[0] + (h + 1) * size // chunks)
        call_code(run_chunk, layout, c, synapses, s, chunk, order, activity, record)


@allocating_kernel
def train_batches(
    network: CompiledNetwork, rule: UpdateRule, state: State, s: Scratch, order: BatchOrder, activity: OutputActivity, record: Record
) -> Word:  # fmt: skip
    """Train on every whole batch of the order: gradients, their sum over the chunks, transforms, update, guard, rounding.

    Returns how often clipping changed a gradient or a norm.
    """
    c, layout = network.constants, network.layout
    chunks, clipped = s.ptr.shape[0], np.int64(0)
    for batch in range(order.order.size // order.batch_size):
        s.grad[:] = 0
        s.delay_grad[:] = 0
        s.counts[:] = 0
        first = batch * order.batch_size
        span = (first, first + order.batch_size)
        run_chunks(network, synapses_in_use(state), s, span, order, activity, record)
        for h in range(1, chunks):
            for k in range(s.grad.shape[1]):
                s.grad[0, k] += s.grad[h, k]
            for k in range(s.delay_grad.shape[1]):
                s.delay_grad[0, k] += s.delay_grad[h, k]
            for j in range(s.counts.shape[1]):
                s.counts[0, j] += s.counts[h, j]
        clipped += transform_gradient(rule.transforms, layout, s.counts[0], s.grad[0])
        kept = held_weights(state, layout)
        optimizer_step(rule.optimizer, rule.rate, s.grad[0], state)
        if s.delay_grad.shape[1] > 0:
            delay_step(rule.optimizer, rule.delay_rate, layout, s.delay_grad[0], state)
        if c.guard == RAISE:
            raise_silent(c, layout, s.counts[0], state)
        round_weights(c, rule.optimizer, layout, state, order.seed, order.first_batch + batch, s.saturated[0])
        restore_frozen(state, layout, kept)
    return clipped
