"""Wakes that nobody planned: any ticks with any packets, on programs of drawn chips whose states hold any words."""

from __future__ import annotations

from typing import Any

import numpy as np

from firmware_models.programs.group_program import GroupProgram
from firmware_models.programs.optimizer_state import OptimizerState
from firmware_models.programs.population_state import PopulationState
from firmwares.draws import Chip, drawn_programs, lockstep_programs
from firmwares.lockstep import LockstepProgram
from spinn2sim.emulation.firmware_file import FirmwareFile
from spinn2sim.hardware.packet import Key, Kind, Phase
from spinn2sim.hardware.program import Inbox, TimerTick, make_inbox, make_outbox


def play_any_wakes(drawn: Chip, wakes: int, firmware: FirmwareFile | None = None) -> int:
    """Wake each program with any ticks and packets from random words. Returns the wakes that were compared. Raises BitsDifferError."""
    trainer, rng = drawn_programs(drawn, firmware, in_two_rounds), np.random.default_rng(drawn.seed + 1)
    for program in lockstep_programs(trainer):
        _fill_words(program, rng)
        box, out = (
            make_inbox(program.rows, 8 * program.rows),
            make_outbox(program.rows * (program.outbox_capacity + 64)),
        )
        cycles = np.zeros(program.rows, np.int64)
        for _ in range(wakes):
            _fill_inbox(box, drawn, program, rng)
            out.count[0] = 0
            program.step(0, program.rows, _any_tick(drawn, rng), box, out, cycles)
    return sum(program.compared for program in lockstep_programs(trainer))


def in_two_rounds(program: GroupProgram) -> GroupProgram:
    """Have an optimizer get its gradients in two reduce rounds, the last of which is not full: small chips need only one."""
    state = program.state
    if not isinstance(state, OptimizerState) or state.buffer_slots < 2:
        return program
    changed = state._replace(senders=2 * state.buffer_slots - 1, rounds=2)
    return GroupProgram(
        program.name, program.rows, program.outbox_capacity, changed, program.kernel, program.data_words
    )


def _any_tick(drawn: Chip, rng: np.random.Generator) -> TimerTick:
    """Return a tick of any phase, most often forward or backward."""
    phase = rng.choice([Phase.LOAD, Phase.FORWARD, Phase.FORWARD, Phase.FORWARD, Phase.LOSS, Phase.BACKWARD, Phase.BACKWARD,
                        Phase.REDUCE, Phase.UPDATE], p=[0.04, 0.16, 0.16, 0.2, 0.06, 0.15, 0.15, 0.04, 0.04])  # fmt: skip
    last = {Phase.FORWARD: drawn.steps - 1, Phase.BACKWARD: drawn.steps - 2}.get(Phase(phase), 0)
    # Few steps, so that errors and gradients find recorded spikes.
    return TimerTick(int(phase), int(rng.integers(0, min(last, 2) + 1 if rng.random() < 0.7 else last + 1)), 0)


def _fill_words(program: LockstepProgram, rng: np.random.Generator) -> None:
    """Put numbers into a program's state, of all sizes that words can have."""
    state: Any = program.state
    for name in ("weight", "gradient", "loss_error", "delay_gradient", "axon_gradient"):
        array = getattr(state, name, None)
        if isinstance(array, np.ndarray) and array.dtype.kind == "i":
            array[...] = rng.integers(-(2**15), 2**15, array.shape) << (
                15 if rng.random() < 0.5 else rng.integers(0, 16)
            )
    if hasattr(state, "weight") and state.weight.dtype == np.int32 and rng.random() < 0.3:
        # A sum of two weights leaves 32 bits where its neighbours do not.
        state.weight[rng.random(state.weight.shape) < 0.1] = 2**31 - 1
    if hasattr(state, "neurons"):
        neurons = state.neurons
        for array in (neurons.adjoint, neurons.adjoint_current, neurons.current, neurons.potential):
            shift = np.where(rng.random(array.shape) < 0.5, 11, rng.integers(0, 12, array.shape))
            array[...] = rng.integers(-(2**20), 2**20, array.shape) << shift
        if rng.random() < 0.2:  # differences of 33 bits, of which 32 look small
            neurons.adjoint[...], neurons.adjoint_current[...] = 2**31 - 1, -(2**31)
        # A voltage that decays to the threshold itself, where no spike comes.
        edge = np.array(round(state.arithmetic.threshold * 2.0**32 / state.arithmetic.beta)).clip(0, 2**31 - 1)
        at_edge = rng.random(neurons.potential.shape) < 0.3
        neurons.potential[at_edge] = edge
        neurons.current[at_edge] = 0
    if isinstance(state, PopulationState):
        _fill_delays(state, rng)
        if rng.random() < 0.3:  # a record of spikes that is nearly full
            room = state.inputs.neuron.shape[1]
            state.inputs.length[...] = np.maximum(0, room - rng.integers(0, 5, program.rows))
    if hasattr(state, "training"):
        state.training[0] = 1
        state.label[:, 0] = rng.integers(-1, state.n_out, program.rows)
    if hasattr(state, "buffer"):
        state.buffer[...] = rng.integers(-(2**40), 2**40, state.buffer.shape) >> rng.integers(0, 40)
        state.rate[...] = 0.01
        if rng.random() < 0.5:
            _fill_ties(state, rng)
        if state.counting:
            state.count_buffer[...] = rng.integers(0, 4, state.count_buffer.shape)
    if hasattr(state, "record"):
        count = rng.integers(0, state.record.shape[1])
        state.record[:, 0] = count
        state.record[:, 1:] = np.sort(rng.integers(0, 1 << 19, state.record[:, 1:].shape))


def _fill_inbox(box: Inbox, drawn: Chip, program: LockstepProgram, rng: np.random.Generator) -> None:
    """Put up to five packets into each FIFO: spikes, errors and guards of populations near this one, and some of any key."""
    at = 0
    box.matched[...] = 1
    for row in range(program.rows):
        box.first[row] = at
        for _ in range(int(rng.integers(0, 6))):
            kind = Kind(int(rng.choice([0, 0, 1, 1, 2, 3])))
            layer, neuron = int(rng.integers(0, len(drawn.sizes) + 1)), int(rng.integers(0, max(drawn.sizes) + 2))
            if isinstance(program.state, PopulationState) and rng.random() < 0.5:
                layer = int(
                    rng.choice(program.state.incoming.population if kind == Kind.SPIKE else [program.state.population])
                )
            key = Key(kind, int(rng.integers(0, 4)), layer, neuron).pack()
            box.key[at] = key if rng.random() < 0.9 else rng.integers(0, 2**32)
            box.payload[at] = rng.integers(-(2**31), 2**31) >> rng.integers(0, 31)
            at += 1
        box.last[row] = at


def _fill_delays(s: PopulationState, rng: np.random.Generator) -> None:
    """Put delays of each projection into a state, and into the ring sums of which some need more than 32 bits."""
    for q in np.flatnonzero(s.incoming.delay_max):
        rows = slice(s.incoming.first_delayed[q], s.incoming.first_delayed[q] + s.incoming.size[q])
        longest = int(s.incoming.delay_max[q]) + 1
        if s.incoming.axonal[q]:
            s.axon_delay[:, rows] = rng.integers(0, longest, s.axon_delay[:, rows].shape)
        else:
            s.delay[:, rows] = rng.integers(0, longest, s.delay[:, rows].shape)
    s.delays.ring[...] = rng.integers(-(2**20), 2**20, s.delays.ring.shape) << rng.integers(0, 16)


def _fill_ties(s: OptimizerState, rng: np.random.Generator) -> None:
    """Put weights just beside the middle of two values of their format, and gradients that do not move them."""
    s.buffer[...] = 0
    middle = rng.integers(-16, 16, s.weight.shape) + 0.5
    s.weight[...] = (middle + rng.integers(-1, 2, s.weight.shape) * 2.0**-18) / 2.0**s.weight_format.fraction
