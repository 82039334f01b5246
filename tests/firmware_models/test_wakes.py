"""Programs under wakes that nobody planned, one PE at a time and all together, and from batch to batch; no engine times them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_models.jit.by_reference import ByRef
from firmware_models.programs.group_program import GroupProgram
from spinn2sim.hardware.packet import Key, Kind, Phase
from spinn2sim.hardware.program import Inbox, Outbox, TimerTick, make_inbox, make_outbox
from spinn2sim.scenario.keys import Loss
from tiny_networks import tiny_chip

STEPS = 12
CHANGES = {
    "mapping.neurons_per_pe": 4, "mapping.spikes_per_neuron": 1, "numerics.rounding": "stochastic",
    "training.silent_guard": "push", "training.guard_step": 1e-3,
}  # fmt: skip
READOUT = {**CHANGES, "loss": Loss(kind="max_voltage", temperature=0.5), "training.silent_guard": "none"}
GROUPS = ("input", "lif1", "lif2", "lif3", "loss", "optimizer2", "readout3", "loss of a readout")
CANARY = 77

KEYS = st.builds(
    lambda kind, layer, neuron: Key(kind, 0, layer, neuron).pack(),
    st.sampled_from([Kind.SPIKE, Kind.SPIKE, Kind.ERROR, Kind.GUARD, Kind.WEIGHTS]),
    st.integers(0, 4),
    st.sampled_from([0, 1, 2, 3, 4, 5, 6, 2**17, 2**18 - 1]),
)
PACKETS = st.tuples(KEYS, st.integers(-(2**31), 2**31 - 1))


@st.composite
def wakes(draw: st.DrawFn) -> tuple[TimerTick, list[list[tuple[int, int]]]]:
    """Any tick of any phase, with up to five packets for each of nine PEs."""
    phase = draw(st.sampled_from([Phase.LOAD, Phase.FORWARD, Phase.FORWARD, Phase.FORWARD, Phase.LOSS, Phase.BACKWARD,
                                  Phase.BACKWARD, Phase.REDUCE, Phase.UPDATE]))  # fmt: skip
    top = {Phase.FORWARD: STEPS - 1, Phase.BACKWARD: STEPS - 2}.get(phase, 0)
    return TimerTick(int(phase), draw(st.integers(0, top)), 0), draw(
        st.lists(st.lists(PACKETS, max_size=5), min_size=9, max_size=9)
    )


def fresh(name: str) -> GroupProgram:
    """A group's program on a 4-6-6-3 chip with three copies and layers in two parts, in the state before a run."""
    group = name.removesuffix(" of a readout")
    chip = tiny_chip(READOUT if name.startswith("readout") or group != name else CHANGES)
    program = next(p for p in chip.programs if p.name == group)
    rng = np.random.default_rng(0)
    state = program.state
    if name.startswith(("lif", "readout")):
        state.weight[...] = rng.integers(-(2**17), 2**18, state.weight.shape)
    if name == "input":
        state.record[:, 1:] = np.sort(rng.integers(0, STEPS, state.record[:, 1:].shape)) << 16
    if group == "loss":
        state.training[0] = 1
    return program


def filled(packets: list[list[tuple[int, int]]], rows: int) -> Inbox:
    """An inbox of these packets."""
    inbox = make_inbox(rows, 64)
    at = 0
    for row in range(rows):
        inbox.first[row] = at
        for key, payload in packets[row]:
            inbox.key[at], inbox.payload[at] = key, payload
            at += 1
        inbox.last[row] = at
    return inbox


def guarded(state: Any) -> tuple[Any, list[np.ndarray]]:
    """The state with each array between two rows of canaries, and the buffers that hold all three."""
    buffers: list[np.ndarray] = []
    values = []
    for value in state:
        if hasattr(value, "_fields"):
            inner, more = guarded(value)
            values.append(inner)
            buffers += more
        elif isinstance(value, np.ndarray):
            buffer = np.full((len(value) + 2, *value.shape[1:]), CANARY, value.dtype)
            buffer[1:-1] = value
            buffers.append(buffer)
            values.append(buffer[1:-1])
        else:
            values.append(value)
    return type(state)(*values), buffers


def arrays(state: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Every array of a state by its dotted name, those of inner structures too."""
    for name, value in zip(state._fields, state, strict=True):
        if hasattr(value, "_fields"):
            yield from ((f"{name}.{inner}", array) for inner, array in arrays(value))
        elif isinstance(value, np.ndarray):
            yield name, value


def entries(outbox: Outbox) -> list[tuple[int, ...]]:
    """What was sent, in order, each as (row, key, payload, ...)."""
    return list(zip(*(column[: int(outbox.count[0])].tolist() for column in outbox[1:-1]), strict=True))


@pytest.mark.parametrize("name", GROUPS)
@settings(max_examples=25)
@given(script=st.lists(wakes(), min_size=1, max_size=10))
def test_odd_wakes_write_nothing_out_of_bounds(
    name: str, script: list[tuple[TimerTick, list[list[tuple[int, int]]]]]
) -> None:
    """Ticks in any order and packets of any kind, layer and neuron touch only the PE that is stepped, and send no more than said."""
    program = fresh(name)
    state, buffers = guarded(program.state)
    rows, me = program.rows, program.rows // 2
    for tick, packets in script:
        others = [np.delete(b, me + 1, axis=0).copy() for b in buffers if len(b) > 3]
        inbox = filled(packets, rows)
        # An outbox with room for this one PE, and canaries behind it.
        outbox = make_outbox(program.outbox_capacity + 8)
        outbox.key[program.outbox_capacity :] = CANARY
        cycles = np.full(rows, CANARY, np.int64)
        program.kernel(ByRef(state), me, me + 1, tick, ByRef(inbox), ByRef(outbox), cycles)
        assert int(outbox.count[0]) <= program.outbox_capacity
        assert set(outbox.key[program.outbox_capacity :].tolist()) == {CANARY}
        assert {entry[0] for entry in entries(outbox)} <= {me}
        assert cycles[me] > 0
        assert set(np.delete(cycles, me).tolist()) <= {CANARY}
        for before, after in zip(others, (b for b in buffers if len(b) > 3), strict=True):
            assert before.tobytes() == np.delete(after, me + 1, axis=0).tobytes()
        for buffer in buffers:
            assert (buffer[[0, -1]] == CANARY).all()


@pytest.mark.parametrize("name", GROUPS)
@settings(max_examples=25)
@given(script=st.lists(wakes(), min_size=1, max_size=8))
def test_one_pe_at_a_time_is_all_pes_at_once(
    name: str, script: list[tuple[TimerTick, list[list[tuple[int, int]]]]]
) -> None:
    """A group stepped in one call and PE by PE, last first, ends in the same state, with the same cycles, packets and matches."""
    one, all_ = fresh(name), fresh(name)
    rows = one.rows
    for tick, packets in script:
        results = []
        for program, ranges in ((all_, [(0, rows)]), (one, [(r, r + 1) for r in reversed(range(rows))])):
            inbox, outbox, cycles = (
                filled(packets, rows),
                make_outbox(rows * program.outbox_capacity),
                np.zeros(rows, np.int64),
            )
            for first, last in ranges:
                program.step(first, last, tick, inbox, outbox, cycles)
            sent = sorted(entries(outbox), key=lambda entry: entry[0])  # stable: each PE's own order counts
            results.append((sent, cycles.tolist(), inbox.matched.tolist()))
        assert results[0] == results[1]
    for (field, mine), (_, theirs) in zip(arrays(one.state), arrays(all_.state), strict=True):
        assert mine.tobytes() == theirs.tobytes(), field


def test_full_records_are_counted_and_the_rest_goes_on() -> None:
    """With room for one spike of each source, what does not fit is counted, and the spikes still act on the neurons."""
    program = fresh("lif1")
    state, size = program.state, int(program.state.neurons.size[0])
    state.weight[...] = 2**19  # 16: every neuron fires in every step
    spikes = [(Key(Kind.SPIKE, 0, 0, source).pack(), 0) for source in range(4)]
    outbox, cycles = make_outbox(program.outbox_capacity), np.zeros(program.rows, np.int64)
    program.step(0, 1, TimerTick(Phase.LOAD, 0, 0), filled([[]] * 9, program.rows), outbox, cycles)
    for step in (1, 2, 3):
        outbox.count[0] = 0
        inbox = filled([spikes] + [[]] * 8, program.rows)
        program.step(0, 1, TimerTick(Phase.FORWARD, step, 0), inbox, outbox, cycles)
        assert int(outbox.count[0]) == size
    # Room for 4 source spikes and `size` own ones; three steps had 12 and 3 * size.
    assert (state.inputs.length[0], state.own.length[0]) == (4, size)
    assert state.unrecorded[0] == 8 + 2 * size
    assert state.spikes[0] == 3 * size
    assert state.first_spike[0, :size].tolist() == [1] * size


def test_error_for_a_spike_that_was_not_recorded_is_unmatched() -> None:
    """An error that meets no recorded spike of its step is said to be unmatched and changes nothing."""
    program = fresh("lif1")
    error = [(Key(Kind.ERROR, 0, 1, 0).pack(), 5000)]
    outbox, cycles = make_outbox(program.outbox_capacity), np.zeros(program.rows, np.int64)
    program.step(0, 1, TimerTick(Phase.LOAD, 0, 0), filled([[]] * 9, program.rows), outbox, cycles)
    inbox = filled([error] + [[]] * 8, program.rows)
    program.step(0, 1, TimerTick(Phase.BACKWARD, 4, 0), inbox, outbox, cycles)
    assert inbox.matched[0] == 0
    assert not program.state.neurons.adjoint.any()


def test_errors_are_taken_by_the_neuron_that_they_name_and_in_its_step() -> None:
    """An error for another PE's neuron is left alone; one for a neuron that fired in another step only is unmatched."""
    program = fresh("lif1")
    state, part = program.state, 1  # neurons 3, 4, 5 of copy 0
    assert (state.neurons.first[part], state.neurons.size[part]) == (3, 3)
    state.weight[...] = 2**20  # 32: one source makes every neuron fire
    outbox, cycles = make_outbox(program.outbox_capacity), np.zeros(program.rows, np.int64)

    def wake(phase: Phase, step: int, packets: list[tuple[int, int]]) -> list[int]:
        outbox.count[0] = 0
        inbox = filled([[], packets] + [[]] * 7, program.rows)
        program.step(part, part + 1, TimerTick(phase, step, 0), inbox, outbox, cycles)
        return inbox.matched[: len(packets)].tolist()

    def errors(*neurons: int) -> list[tuple[int, int]]:
        return [(Key(Kind.ERROR, 0, 1, neuron).pack(), 2**20) for neuron in neurons]

    wake(Phase.LOAD, 0, [])
    wake(Phase.FORWARD, 5, [(Key(Kind.SPIKE, 0, 0, 0).pack(), 0)])
    assert state.own.length[part] == 3
    # Neuron 2 is another PE's, so its error went astray. Neuron 4 fired in step 5, not in step 4.
    assert wake(Phase.BACKWARD, 4, errors(2, 4)) == [0, 1]
    assert [bool(x) for x in state.neurons.adjoint[part]] == [False, True, False]
    assert wake(Phase.BACKWARD, 3, errors(4)) == [0]


@pytest.mark.parametrize(("step", "counted"), [(STEPS - 2, 1), (STEPS - 1, 0)])
def test_spikes_of_the_last_step_do_not_count_for_the_guard(step: int, counted: int) -> None:
    """A spike of step T-1 acts on nothing: it is a spike, but it does not save its neuron from raise_weights."""
    program = fresh("lif1")
    program.state.weight[...] = 2**20  # 32: one source makes every neuron fire
    outbox, cycles = make_outbox(program.outbox_capacity), np.zeros(program.rows, np.int64)
    for phase, at, packets in ((Phase.LOAD, 0, []), (Phase.FORWARD, step, [(Key(Kind.SPIKE, 0, 0, 0).pack(), 0)])):
        program.step(0, 1, TimerTick(phase, at, 0), filled([packets] + [[]] * 8, program.rows), outbox, cycles)
    assert program.state.spikes[0] == 3
    assert program.state.spike_count[0, :3].tolist() == [counted] * 3


def test_late_output_spike_in_tick_0_is_no_first_spike() -> None:
    """An output spike of the batch before that comes in forward tick 0 is ignored: it would make a first spike in step -1."""
    program = fresh("loss")
    state = program.state
    state.label[:, 0] = 1
    outbox, cycles = make_outbox(16), np.zeros(program.rows, np.int64)
    spike = [(Key(Kind.SPIKE, 0, 3, 0).pack(), 0)]
    program.step(0, 1, TimerTick(Phase.FORWARD, 0, 1), filled([spike] + [[]] * 8, program.rows), outbox, cycles)
    assert state.value[0, 0] == STEPS
    program.step(0, 1, TimerTick(Phase.FORWARD, 5, 1), filled([spike] + [[]] * 8, program.rows), outbox, cycles)
    assert state.value[0, 0] == 4


KEPT = (
    "gradient", "neurons.current", "neurons.potential", "neurons.adjoint", "neurons.adjoint_current", "own.first", "own.length",
    "inputs.first", "inputs.length", "loss_error", "first_spike", "spike_count",
)  # fmt: skip


def test_state_is_cleared_between_batches() -> None:
    """With weights that do not change, a batch gives the same states, gradients and results whatever was run before it."""
    still = {
        "optimizer.kind": "sgd", "optimizer.learning_rate": 1e-30, "training.silent_guard": "push", "training.guard_step": 1e-3,
        "mapping.neurons_per_pe": 4,
    }  # fmt: skip
    seen = []
    for order in (np.arange(3, 6), np.arange(6), np.array([0, 1, 2, 2, 1, 0, 3, 4, 5])):
        chip = tiny_chip(still)
        outcome = chip.train(1, order)
        states = [p.state for p in chip.programs if p.name.startswith("lif")]
        assert all(s.gradient.any() for s in states)
        seen.append(
            [outcome.first_spikes[-3:].tobytes()] + [dict(arrays(s))[f].tobytes() for s in states for f in KEPT]
        )
    assert seen[0] == seen[1] == seen[2]


def test_outbox_room_is_one_wakes_not_a_samples() -> None:
    """A PE reserves room for what one wake can send, so that long samples do not outgrow an engine's buffers."""
    chip = tiny_chip({"chip.fifo_capacity": 16, "network.steps": 40})

    for program in chip.programs:
        assert program.outbox_capacity <= 16 + 8
