"""The mirror of one scenario: its weights and optimizer state, trained off the chip, batch by batch.

In fixed point it gives, bit for bit, the results of the chip, provided that nothing is late, lost or saturated there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numba
import numpy as np
from numpy.typing import NDArray

from firmware_models.fixedpoint import part_seed
from firmware_models.jit.by_reference import by_reference
from firmware_models.qformat import parse_format, to_float, to_raw
from spinn2sim.graph import Delays, Graph, Weights
from spinn2sim.hardware.packet import Part
from spinn2sim.mirror.batches import (
    CompiledNetwork,
    UpdateRule,
    make_network,
    run_chunks,
    synapses_in_use,
    train_batches,
)
from spinn2sim.mirror.constants import FixedConstants, FloatConstants, fixed_constants, float_constants
from spinn2sim.mirror.delay_arrays import find_reach, flatten_delays, make_reach, unflatten_delays
from spinn2sim.mirror.fixed_optimizer import FixedState, fixed_optimizer_constants, fresh_fixed_state
from spinn2sim.mirror.flat_arrays import Layout, Samples, flatten, make_layout, unflatten
from spinn2sim.mirror.float_optimizer import FloatState, float_optimizer_constants, fresh_state
from spinn2sim.mirror.gradient_transforms import fixed_transforms, float_transforms
from spinn2sim.mirror.one_at_a_time import gate
from spinn2sim.mirror.scratch import (
    BatchOrder,
    OutputActivity,
    Record,
    Scratch,
    Synapses,
    chunk_count,
    make_activity,
    make_record,
    make_scratch,
)
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.schedule import delay_rate, learning_rate

Arithmetic = Literal["float64", "fixed"]
SAMPLES_PER_CALL = 4096  # the samples of one compiled call, the longest time that an interrupt has to wait
PARALLEL_WORK = 200_000  # neuron-steps from one synchronisation of threads to the next; with fewer, threads do not pay


@dataclass(frozen=True)
class BatchResult:
    """The results of some samples, in the order in which these were given."""

    # (B, n_out); T if silent
    first_spikes: NDArray[np.int64]
    # [P], spikes per population, over all samples
    spikes: NDArray[np.int64]
    # [4], clipped values: weight, state, adjoint, error
    saturations: NDArray[np.int64]
    # How often optimizer.clip changed a gradient, or clip_norm a batch.
    clipped: int = 0
    # (B, n_out), the maxima of a readout's voltages; None without a readout
    peaks: NDArray[np.float64] | None = None


@contextmanager
def threads_worth(neuron_steps: int) -> Iterator[None]:
    """Use all of numba's threads for work of at least PARALLEL_WORK, otherwise one. No result depends on it.

    Other threads of this process must wait. Raises ProcessError after a fork.
    """
    with gate.entered():
        before = numba.get_num_threads()
        numba.set_num_threads(before if neuron_steps >= PARALLEL_WORK else 1)
        try:
            yield
        finally:
            numba.set_num_threads(before)


def _plain(array: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """Return a contiguous array that may be written to, since kernels are compiled for such arrays; the same one if it is one."""
    return np.require(array, dtype, ["C", "W"])


class Mirror:
    """Holds and trains the weights of `scenario`; in fixed point, `weights` are the rounded ones."""

    def __init__(
        self, scenario: Scenario, graph: Graph, weights: Weights, arithmetic: Arithmetic, delays: Delays | None = None
    ) -> None:
        """`weights` are (n_post, n_pre) per projection, and so are `delays`, in steps; None: no delays.

        Raises ValueError if they do not have the shapes that the graph requires, and for delays that it does not allow.
        """
        self.scenario, self.graph, self.arithmetic = scenario, graph, arithmetic
        self.layout: Layout = by_reference(make_layout(graph))
        self.steps = scenario.network.steps
        self._scratch: dict[tuple[int, int], Scratch] = {}
        self.dtype: type[np.float64 | np.int64] = np.float64 if arithmetic == "float64" else np.int64
        self._no_record: Record = by_reference(make_record(self.layout, self.steps, 1, self.dtype, False))
        self.float_constants = float_constants(scenario, graph)
        self._format = parse_format(scenario.numerics.weight)
        flat = flatten(self.layout, _existing(graph, weights))
        words = flatten_delays(graph, self.layout, delays)
        self._constants: FloatConstants | FixedConstants
        self._state: FloatState | FixedState
        if arithmetic == "float64":
            state = fresh_state(flat.copy(), words, make_reach(self.layout, words))
            self._constants, self._state = self.float_constants, state
        else:
            self._constants, self._state = fixed_constants(scenario, graph), self._fixed_state(flat, words)
        self._constants = by_reference(self._constants)
        self._network: CompiledNetwork | None = None
        self.begin_part(1, Part.TRAIN)

    def _fixed_state(self, flat: NDArray[np.float64], delays: NDArray[np.float64]) -> FixedState:
        raw, words = to_raw(flat, self._format), delays.astype(np.float32)
        master = flat if self.scenario.optimizer.master else to_float(raw, self._format)
        return fresh_fixed_state(raw, master.astype(np.float32), words, make_reach(self.layout, words))

    @property
    def weights(self) -> list[NDArray[np.float64]]:
        """The weights that samples are run with, (n_post, n_pre) per projection; in fixed point, those in the weight format."""
        if isinstance(self._state, FloatState):
            return unflatten(self.layout, self._state.weights)
        return unflatten(self.layout, to_float(self._state.raw, self._format))

    @property
    def delays(self) -> list[NDArray[np.float64] | None]:
        """The delays in steps before they are rounded, (n_post, n_pre) per projection; None for a projection without delays."""
        return unflatten_delays(self.layout, self._state.delays.astype(np.float64))

    @property
    def delay_steps(self) -> list[NDArray[np.int64] | None]:
        """The delays that samples are run with, in whole steps, likewise."""
        return [None if d is None else np.floor(d + 0.5).astype(np.int64) for d in self.delays]

    @property
    def moments(self) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]], tuple[float, float]]:
        """The optimizer's two moments of each weight, (n_post, n_pre) per projection, with beta1^t and beta2^t after t updates."""
        state, optimizer = self._state, self.scenario.optimizer
        if isinstance(state, FloatState):
            steps = int(state.steps[0])
            powers = optimizer.beta1**steps, optimizer.beta2**steps
        else:
            powers = float(state.powers[0]), float(state.powers[1])
        first, second = (unflatten(self.layout, flat.astype(np.float64)) for flat in (state.m, state.v))
        return first, second, powers

    def begin_part(self, epoch: int, part: Part) -> None:
        """Set the learning rate and the seed of rounding for a part of an epoch, as the host does on the chip."""
        self._rate = learning_rate(self.scenario.optimizer, epoch)
        self._delay_rate = delay_rate(self.scenario.optimizer, epoch)
        self._seed = part_seed(self.scenario.seed, epoch, int(part))

    @property
    def learning_rate(self) -> float:
        """The learning rate of the part that was begun last."""
        return self._rate

    def train_batch(self, data: Samples, indices: NDArray[np.integer], batch: int = 0) -> BatchResult:
        """Make one update from the samples `indices`, of which each is the slot of its position; `batch` is its number in the part."""
        return self._train(data, np.asarray(indices, np.int64), len(indices), batch)

    def train_epoch(self, data: Samples, order: NDArray[np.integer], epoch: int) -> BatchResult:
        """Run the train part of an epoch: batches of `training.copies` in `order`; an incomplete last batch is dropped."""
        self.begin_part(epoch, Part.TRAIN)
        size = self.scenario.training.copies
        whole = np.asarray(order, np.int64)[: len(order) // size * size]
        stride = max(1, SAMPLES_PER_CALL // size) * size
        parts = [self._train(data, whole[k : k + stride], size, k // size) for k in range(0, len(whole), stride)]
        return self._joined(parts)

    def evaluate(self, data: Samples, epoch: int, part: Part = Part.TEST) -> BatchResult:
        """Run a part of an epoch without training: every sample, in order, in batches of `training.copies`."""
        self.begin_part(epoch, part)
        size = self.scenario.training.copies
        order = np.arange(len(data.labels), dtype=np.int64)
        stride = max(1, SAMPLES_PER_CALL // size) * size
        parts = [self._forward(data, order[k : k + stride], k // size) for k in range(0, len(order), stride)]
        return self._joined(parts)

    def _joined(self, parts: list[BatchResult]) -> BatchResult:
        if not parts:
            counts = np.zeros(len(self.layout.sizes), np.int64), np.zeros(4, np.int64)
            nothing = make_activity(self.layout, 0, self.dtype)
            return BatchResult(nothing.first_spikes, *counts, peaks=self._volts(nothing.peaks))
        return BatchResult(
            np.concatenate([p.first_spikes for p in parts]),
            np.sum([p.spikes for p in parts], axis=0),
            np.sum([p.saturations for p in parts], axis=0),
            sum(p.clipped for p in parts),
            np.concatenate([p.peaks for p in parts if p.peaks is not None]) if self.layout.readout else None,
        )

    def _volts(self, peaks: NDArray[Any]) -> NDArray[np.float64] | None:
        """Convert maxima of the voltages to units of V; None without a readout."""
        if not self.layout.readout:
            return None
        if self.arithmetic == "float64":
            return np.asarray(peaks, np.float64)
        return to_float(peaks, parse_format(self.scenario.numerics.state))

    def batch_order(
        self, data: Samples, order: NDArray[np.int64], batch_size: int, first_batch: int, train: bool
    ) -> BatchOrder:
        """Convert the samples `order` of `data` to the form that kernels take. Raises ValueError if one does not exist."""
        if order.size and not 0 <= order.min() <= order.max() < len(data.labels):
            raise ValueError(f"samples {order.min()}..{order.max()} asked for; there are {len(data.labels)}")
        events = (_plain(data.first, np.int64), _plain(data.step, np.int32), _plain(data.source, np.int32))
        labels = _plain(data.labels, np.int64)
        return BatchOrder(*events, labels, _plain(order, np.int64), batch_size, train, self._seed, first_batch)

    def scratch(self, data: Samples, chunks: int) -> Scratch:
        """Return working memory for samples of `data`, with its counts at zero."""
        events = int(np.diff(data.first).max(initial=0))
        if (chunks, events) not in self._scratch:
            self._scratch = {key: s for key, s in self._scratch.items() if key[0] != chunks}
            self._scratch[chunks, events] = by_reference(
                make_scratch(self.layout, self.steps, events, chunks, self.dtype)
            )
        scratch = self._scratch[chunks, events]
        scratch.saturated[:] = 0
        scratch.spikes[:] = 0
        return scratch

    def _forward(self, data: Samples, order: NDArray[np.int64], first_batch: int) -> BatchResult:
        batches = self.batch_order(data, order, self.scenario.training.copies, first_batch, False)
        return self.run_chunks(batches, self.scratch(data, chunk_count(len(order))), self._no_record)

    def run_chunks(self, order: BatchOrder, scratch: Scratch, record: Record) -> BatchResult:
        """Run all samples of the order without an update. With `order.train` their gradients are added to scratch.grad, per chunk."""
        samples = order.order.size
        activity = make_activity(self.layout, samples, self.dtype)
        synapses = synapses_in_use(self._state)
        network = self._compiled(synapses, scratch, order, activity, record)
        with threads_worth(self._work(samples)):
            run_chunks(network, synapses, scratch, (0, samples), order, activity, record)
        return self._result(scratch, activity)

    def _compiled(
        self, synapses: Synapses, scratch: Scratch, order: BatchOrder, activity: OutputActivity, record: Record
    ) -> CompiledNetwork:
        """Return the network with the code of a chunk, compiled at the first call: later calls have arguments of the same types."""
        if self._network is None:
            self._network = make_network(self._constants, self.layout, synapses, scratch, order, activity, record)
        return self._network

    def _work(self, samples: int) -> int:
        return samples * self.steps * int(self.layout.neuron_at[-1])

    def _update_rule(self, batch_size: int) -> UpdateRule:
        s, taus, rates = self.scenario, self.float_constants.tau_syn, (self._rate, self._delay_rate)
        if self.arithmetic == "float64":
            return UpdateRule(
                float_transforms(s, len(taus), batch_size), float_optimizer_constants(s.optimizer), *rates
            )
        constants = fixed_optimizer_constants(s, self.layout, taus, batch_size)
        return UpdateRule(fixed_transforms(s, taus, batch_size), constants, *map(np.float32, rates))

    def _train(self, data: Samples, order: NDArray[np.int64], size: int, first_batch: int) -> BatchResult:
        batches = self.batch_order(data, order, size, first_batch, True)
        scratch = self.scratch(data, chunk_count(size))
        activity = make_activity(self.layout, len(order), self.dtype)
        rule, synapses = self._update_rule(size), synapses_in_use(self._state)
        network = self._compiled(synapses, scratch, batches, activity, self._no_record)
        with threads_worth(self._work(size)):
            clipped = train_batches(network, rule, self._state, scratch, batches, activity, self._no_record)
        return self._result(scratch, activity, int(clipped))

    def _result(self, scratch: Scratch, activity: OutputActivity, clipped: int = 0) -> BatchResult:
        spikes, saturated = scratch.spikes.sum(axis=0), scratch.saturated.sum(axis=0)
        return BatchResult(activity.first_spikes, spikes, saturated, clipped, self._volts(activity.peaks))

    def state(self) -> dict[str, NDArray[Any]]:
        """Copy everything that the next batch depends on, except for the seed and the rates of the part, as flat arrays."""
        return {name: value.copy() for name, value in self._kept().items()}

    def _kept(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of the state by name, those of delays only if the network has delays."""
        state: dict[str, NDArray[Any]] = self._state._asdict()
        return {k: v for k, v in state.items() if k != "reach" and (self._state.delays.size or "delay" not in k)}

    def load_state(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Restore a `state()`. Raises ValueError if an array is missing or has another shape or type."""
        for name, value in self._kept().items():
            found = state.get(name)
            if found is None or found.shape != value.shape or found.dtype != value.dtype:
                what = "missing" if found is None else f"{found.dtype} {found.shape}"
                raise ValueError(f"state {name}: {what}; the network needs {value.dtype} {value.shape}")
            value[...] = found
        find_reach(self.layout, self._state.delays, self._state.reach)


def _existing(graph: Graph, weights: Weights) -> list[NDArray[np.float64]]:
    """Return the weights (n_post, n_pre) per projection, with 0 for synapses that do not exist."""
    masks = [q.exists for q in graph.projections]
    if len(masks) != len(weights):
        raise ValueError(f"weights of {len(weights)} projections; the network has {len(masks)}")
    return [
        np.asarray(w, np.float64) if e is None else np.where(e, w, 0.0) for w, e in zip(weights, masks, strict=True)
    ]
