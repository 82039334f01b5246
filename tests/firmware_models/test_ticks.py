"""The six-step example of the ticks, worked by hand, and the packets that the chip sends for it; nothing else is trained here."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spinn2sim.hardware.packet import Outcome, Phase
from spinn2sim.scenario.data.dataset import Dataset
from spinn2sim.scenario.keys import Trace
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.trace.tables import KINDS, Columns
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs
from tiny_networks import tiny_scenario

# A network 2-1-2, T = 6, alpha_s = 1/2, beta_m = 3/4, threshold 1. Input 0 spikes in step 0, input 1 in step 2. In step i
#     I[i] = I[i-1] / 2 + W x[i-1],   U[i] = 3/4 V[i-1] + I[i] / 4,   z[i] = U[i] > 1,   D = I - U.
#
# forward tick = step        0      1             2                  3                     4                     5
# hidden, W = (5, 2.25)
#     I                      0      5             2.5                1.25 + 2.25 = 3.5     1.75                  0.875
#     U                      0      1.25 fires    0.625              0.469 + 0.875 fires   0.4375                0.547
# output 0, W = 4.5
#     I                      0      0             4.5                2.25                  1.125 + 4.5 = 5.625   2.8125
#     U                      0      0             1.125 fires        0.5625                0.422 + 1.406 fires   0.703
#     D                                           3.375
# output 1, W = 3.75
#     I                      0      0             3.75               1.875                 0.9375 + 3.75         2.34375
#     U                      0      0             0.9375             1.171875 fires        1.171875 fires        0.586
#     D                                                              45/64
#
# Loss, tick 6: first spikes in steps 2 and 3, the label is output 1. With 1/xi = 1125/1024 the softmax gives p = (3/4, 1/4) to 15
# bits, so dL/dt = (-3/4, +3/4) * 1125/1024, which is -27000 and +27000 in s16.15 (error_shift 0, a = 0).
#
# Backward step i is tick 2T - 1 - i = 11 - i. Outputs, (lV, lI) after the step; raw units of s16.15:
#     tick  7, i = 4: no spike in step 5                                                     all 0
#     tick  8, i = 3: e[3] = 0, sent since the hidden neuron fired in step 3. The spikes of step 4 are no first ones: g = 0, all 0
#     tick  9, i = 2: hidden did not fire in step 2: nothing sent. Output 1 jumps: lV = 27000 / (45/64) = 38400, lI = 0
#     tick 10, i = 1: e[1] = 4.5 * 0 + 3.75 * (38400 - 0) = 144000 goes to the hidden neuron, which fired in step 1.
#                     Output 1: lI = 38400 / 2 = 19200, taken off the gradient of its weight (x[1] = 1). Output 0 jumps: lV = -8000.
#     tick 11, i = 0: the hidden neuron gets e[1] for its spike in step 1, D = 3.75: lV = 144000 / 3.75 = 38400, but lI[0] = 0:
#                     it fired in the very step in which its input acted, so that input's weight gets no gradient.
T = 6
SCENARIO = {
    "network.tau_syn_ms": 1 / math.log(2),
    "network.tau_mem_ms": 1 / math.log(4 / 3),
    "loss.xi_ms": 1024 / 1125,
    "loss.a": 0.0,
    "numerics.error_shift": 0,
    "training.copies": 1,
}
WEIGHTS = [np.array([[5.0, 2.25]]), np.array([[4.5], [3.75]])]
SPIKES = [  # tick, step, layer, neuron
    (0, 0, 0, 0), (1, 1, 1, 0), (2, 2, 0, 1), (2, 2, 2, 0), (3, 3, 1, 0), (3, 3, 2, 1), (4, 4, 2, 0), (4, 4, 2, 1),
]  # fmt: skip
ERRORS = [  # phase, tick, step, layer, neuron, payload
    (Phase.LOSS, 6, 5, 2, 0, -27000), (Phase.LOSS, 6, 5, 2, 1, 27000),
    (Phase.BACKWARD, 8, 3, 1, 0, 0), (Phase.BACKWARD, 10, 1, 1, 0, 144000),
]  # fmt: skip


def trained(pes_per_layer: tuple[int, ...]) -> tuple[OnChipTrainer, Columns]:
    """The chip after one batch of one sample, and its trace."""
    scenario = tiny_scenario({**SCENARIO, "mapping.pes_per_layer": pes_per_layer}, (1,), T)
    sample = Dataset(
        np.array([0, 2]), np.array([0, 2], np.int32), np.array([0, 1], np.int32), np.array([1]), n_inputs=2, n_classes=2
    )
    recorder = TraceRecorder(Trace(packets="all"), 1)
    chip = OnChipTrainer(RunInputs(scenario, sample, sample, WEIGHTS), recorder)
    chip.train(1, np.arange(1))
    return chip, recorder.end_part()


def table(rows: Columns, kind: str, *names: str) -> list[tuple[int, ...]]:
    """Columns of one kind of packet, sorted."""
    mine = rows["kind"] == KINDS.index(kind)
    return sorted(zip(*(rows[name][mine].tolist() for name in names), strict=True))


def test_six_steps_by_hand() -> None:
    """Every packet of the example leaves in its tick, with its step, neuron and payload, and is there in time."""
    chip, rows = trained((1, 1, 1))
    assert table(rows, "spike", "tick", "step", "layer", "neuron") == SPIKES
    assert table(rows, "error", "phase", "tick", "step", "layer", "neuron", "payload") == ERRORS
    assert not table(rows, "guard", "tick")
    dma = [(Phase.LOAD, -1)] * 4 + [(Phase.LOSS, 6)] + [(Phase.REDUCE, 12)] * 2
    assert table(rows, "dma", "phase", "tick") == dma
    assert set(rows["outcome"].tolist()) == {Outcome.ON_TIME}
    assert rows["has_payload"].tolist() == (rows["kind"] == KINDS.index("error")).tolist()
    hidden, output = (program.state for program in chip.programs[1:3])
    assert hidden.gradient.tolist() == [[[0], [0]]]
    assert output.gradient.tolist() == [[[0, -19200]]]
    assert output.own_v_slope[0, 0] == int(3.375 * 2**15)
    assert hidden.neurons.adjoint.tolist() == [[38400]]


def test_split_output_layer_sends_partial_errors() -> None:
    """With an output on each of two PEs a hidden spike goes to both, and each answers it with its own part of the sum."""
    chip, rows = trained((1, 1, 2))
    hidden = [spike for spike in SPIKES if spike[2] == 1]
    others = [spike for spike in SPIKES if spike[2] != 1]
    assert table(rows, "spike", "tick", "step", "layer", "neuron") == sorted(others + 2 * hidden)
    parts = [*ERRORS[:3], ERRORS[2], (Phase.BACKWARD, 10, 1, 1, 0, 0), ERRORS[3]]
    assert table(rows, "error", "phase", "tick", "step", "layer", "neuron", "payload") == parts
    assert chip.programs[1].state.neurons.adjoint.tolist() == [[38400]]


@pytest.mark.parametrize(("label", "pushed"), [(1, 0), (0, 1)])
def test_first_spike_in_the_last_step_counts_as_silent_for_push(label: int, pushed: int) -> None:
    """A label neuron that first fires in step T-1 acts on nothing, so the loss says that it is silent; an earlier one does not."""
    scenario = tiny_scenario({**SCENARIO, "training.silent_guard": "push", "training.guard_step": 1e-3}, (1,), T)
    # One input spike in step 2: hidden fires in 3, output 1 in 4; output 0 (W = 3.75) in 5 = T - 1.
    sample = Dataset(np.array([0, 1]), np.array([2], np.int32), np.array([0], np.int32), np.array([label]), 2, 2)
    recorder = TraceRecorder(Trace(packets="all"), 1)
    chip = OnChipTrainer(RunInputs(scenario, sample, sample, [WEIGHTS[0], WEIGHTS[1][::-1]]), recorder)
    outcome = chip.train(1, np.arange(1))
    assert outcome.first_spikes.tolist() == [[T - 1, 4]]
    rows = recorder.end_part()
    assert table(rows, "guard", "tick", "layer", "neuron") == [(6, 2, 0)] * pushed
    push = math.floor(1e-3 * 2**15 * math.log(2) * 1000 + 0.5)
    assert chip.programs[2].state.gradient[0, 0, 0] == -push * pushed


def test_error_of_the_batch_before_does_not_reach_a_spike_of_the_last_step() -> None:
    """An output that got an error in one batch and first fires in step T-1 of the next has no gradient there."""
    changes = {**SCENARIO, "optimizer.kind": "sgd", "optimizer.learning_rate": 1e-30}
    samples = Dataset(
        np.array([0, 2, 3]), np.array([0, 2, 2], np.int32), np.array([0, 1, 0], np.int32), np.array([0, 0]), 2, 2
    )
    ends = []
    for order in ([0, 1], [1]):
        chip = OnChipTrainer(
            RunInputs(tiny_scenario(changes, (1,), T), samples, samples, [WEIGHTS[0], WEIGHTS[1][::-1]])
        )
        outcome = chip.train(1, np.array(order))
        assert outcome.first_spikes.tolist() == [[3, 2], [T - 1, 4]][-len(order) :]
        state = chip.programs[2].state
        ends.append((state.gradient.tolist(), state.neurons.adjoint.tolist(), state.neurons.adjoint_current.tolist()))
    assert ends[0] == ends[1]
