"""The program of the loss: takes the answers of one copy's outputs, first spikes or highest or average voltages, and sends back errors.

A silent label neuron has no spike that an error could act on. With the guard "push" it gets a guard packet instead.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from firmware_models import charges as cost
from firmware_models.charges import Ledger, begin_wake, charge, charge_dma, charge_send, end_wake, make_ledger, whole
from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.kernel_constants import SoftmaxConstants
from firmware_models.kernels.softmax_errors import loss_errors
from firmware_models.programs.group_program import Group, GroupProgram, Plan, Unit, column
from firmware_models.programs.neuron_constants import population_constants
from firmware_models.wake_bounds import bounded, dma_cost, packet_cost, send_cost, wake_cost
from firmware_models.words import (
    ALIGNED_WORDS,
    ERROR,
    FORWARD,
    GUARD,
    LOAD,
    LOSS,
    NO_SAMPLE,
    SAT_ERROR,
    SPIKE,
    WITH_PAYLOAD,
    WITHOUT_PAYLOAD,
    ZERO,
    Int32s,
    Int64s,
    Mailbox,
    Tick,
    aligned_words,
    key_kind,
    key_layer,
    key_neuron,
    make_key,
    send,
    start_transfer,
)


class LossState(NamedTuple):
    """The state of the loss program, with a row for each copy."""

    copies: int
    steps: int
    # The layer and the number of the outputs.
    layer: int
    n_out: int
    # Whether a silent label neuron gets a guard packet.
    push: bool
    # The value of an output that has not answered.
    silent: int
    constants: SoftmaxConstants
    ledger: Ledger
    # [1], 1 in a training part, otherwise 0
    training: Int64s
    # [pe]
    copy: Int32s
    label_transfer: Int32s
    result_transfer: Int32s
    # [pe, 4], the label, and padding to the 16 bytes of a DMA
    label: Int32s
    # [pe, n_out and padding], the first spike's step (T if silent), or the voltage in the state format (0 until it arrives)
    value: Int32s
    # [pe, n_out], scratch
    exps: Int64s
    errors: Int64s
    # [pe, 4], saturations by quantity
    saturated: Int64s


@kernel
def note_answers(s: LossState, row: Word, step: Word, inbox: Mailbox) -> None:
    """Note first spikes, which count as sent in `step` (a PE cannot know better), or the maxima or averages in the payloads.

    What is no answer of an output, such as a maximum below rest, is marked as unmatched.
    """
    for at in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[at]
        k = key_neuron(key)
        below_rest = s.constants.max_over_time and not s.constants.average and inbox.payload[at] < 0
        if key_kind(key) != SPIKE or key_layer(key) != s.layer or k >= s.n_out or below_rest:
            inbox.matched[at] = 0
        elif s.constants.max_over_time:
            s.value[row, k] = inbox.payload[at]
        elif s.value[row, k] == s.silent:
            s.value[row, k] = step


@kernel
def can_learn(s: LossState, value: Word) -> Word:
    """Whether an output can learn from an error: it needs a first spike before step T-1, or a maximum above rest; averages always can."""
    if s.constants.max_over_time:
        return s.constants.average or value > 0
    return value < s.steps - 1


@kernel
def send_loss_errors(s: LossState, row: Word, outbox: Mailbox, busy: Word) -> Word:
    """Send errors to the outputs that can learn, and a guard packet to the label neuron if it cannot. Returns cycle parts."""
    label, c = np.int64(s.label[row, 0]), s.constants
    s.saturated[row, SAT_ERROR] += loss_errors(c, s.n_out, s.value[row], label, s.exps[row], s.errors[row])
    roundings = np.int64(s.n_out * (2 if c.max_over_time else 1))
    busy += charge(s.ledger, row, cost.LOSS_OUTPUT, s.n_out) + charge(s.ledger, row, cost.EXP, s.n_out)
    busy += charge(s.ledger, row, cost.DIVIDE, s.n_out) + charge(s.ledger, row, cost.ROUND, roundings)
    busy += charge(s.ledger, row, cost.ACCELERATOR_BUS, s.n_out + roundings)
    for k in range(s.n_out):
        if can_learn(s, s.value[row, k]):
            busy += charge_send(s.ledger, row, cost.ONE)
            send(outbox, row, make_key(ERROR, s.copy[row], s.layer, k), s.errors[row, k], WITH_PAYLOAD, whole(busy))
    if s.push and not can_learn(s, s.value[row, label]):
        busy += charge_send(s.ledger, row, cost.ONE)
        send(outbox, row, make_key(GUARD, s.copy[row], s.layer, label), ZERO, WITHOUT_PAYLOAD, whole(busy))
    return busy


@kernel
def loss_step(
    state: LossState, pe_first: Word, pe_last: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, cycles: Int64s
) -> None:
    """Load tick: fetch the label. Forward ticks: note answers. Loss tick: send errors (in training), write the answers to DRAM.

    No answer is due in forward tick 0: packets that arrive then belong to the previous batch and are ignored. Maxima are due in the loss
    tick; one that is taken earlier, after an overrun, is noted as well.
    """
    s = state
    for row in range(pe_first, pe_last):
        arrived = inbox.last[row] - inbox.first[row]
        takes = tick.phase == LOSS or (tick.phase == FORWARD and tick.step > 0)
        busy = begin_wake(s.ledger, row, tick.phase, arrived, arrived if takes else ZERO)
        argument = tick.batch * s.copies + s.copy[row]
        if tick.phase == LOAD:
            s.value[row] = s.silent
            s.label[row] = NO_SAMPLE
            cleared = np.int64(s.value.shape[1] + s.label.shape[1])
            busy += charge(s.ledger, row, cost.TICK_LOAD, cost.ONE) + charge(s.ledger, row, cost.CLEAR_WORD, cleared)
            busy += charge_dma(s.ledger, row)
            start_transfer(outbox, row, s.label_transfer[row], argument, whole(busy))
        elif tick.phase == FORWARD and tick.step >= 1:
            busy += charge(s.ledger, row, cost.TICK_ANSWERS, cost.ONE)
            note_answers(s, row, tick.step - 1, inbox)
        elif tick.phase == LOSS:
            busy += charge(s.ledger, row, cost.TICK_LOSS, cost.ONE)
            note_answers(s, row, s.steps - 1, inbox)
            if s.training[0] and s.label[row, 0] >= 0 and s.label[row, 0] < s.n_out:
                busy = send_loss_errors(s, row, outbox, busy)
            busy += charge_dma(s.ledger, row)
            start_transfer(outbox, row, s.result_transfer[row], argument, whole(busy))
        cycles[row] = end_wake(s.ledger, row, busy)


def build_loss(c: FirmwareConstants, plan: Plan, group: Group) -> GroupProgram:
    """Build the program of the loss PEs. Raises ValueError if the constants are those of the other kind of loss."""
    kind = {"loss": False, "peak_loss": True}
    if kind[group.program] != c.loss.max_over_time:
        raise ValueError(f"group {group.name} is of program {group.program}, the constants are those of the other loss")
    rows, n_out, silent = len(group.cores), group.scalars["sources"], 0 if c.loss.max_over_time else c.arithmetic.steps
    state = LossState(
        copies=plan.copies,
        steps=c.arithmetic.steps,
        layer=group.layer,
        n_out=n_out,
        push=c.neuron.push != 0 and not c.loss.max_over_time,
        silent=silent,
        constants=c.loss._replace(gain=_gains(c, group, n_out)),
        ledger=make_ledger(c.costs, rows),
        training=np.zeros(1, np.int64),
        copy=column(group, "copy"),
        label_transfer=column(group, "label_transfer"),
        result_transfer=column(group, "result_transfer"),
        label=np.full((rows, ALIGNED_WORDS), NO_SAMPLE, np.int32),
        value=np.full((rows, aligned_words(n_out)), silent, np.int32),
        exps=np.zeros((rows, n_out), np.int64),
        errors=np.zeros((rows, n_out), np.int64),
        saturated=np.zeros((rows, 4), np.int64),
    )
    return GroupProgram(group.name, rows, n_out + 2, state, loss_step)


def _gains(c: FirmwareConstants, group: Group, n_out: int) -> Int64s:
    """Return the error per unit of probability of each output, which depends on its time constants."""
    gains = [one.loss_gain for one in population_constants(c, group)]
    return np.array(gains * n_out if len(gains) == 1 else gains, np.int64)


def first_spike_regions(c: FirmwareConstants, unit: Unit) -> dict[str, int]:
    """Return SRAM bytes by region name."""
    n_out = unit.sources
    tables, first = (4 + 8) * (c.arithmetic.steps + 1), 4 * aligned_words(n_out) + 8 * n_out
    return {"tables": tables, "first spikes": first, "label": 16}


def max_over_time_regions(c: FirmwareConstants, unit: Unit) -> dict[str, int]:
    """Return SRAM bytes by region name."""
    return {"maxima": 4 * aligned_words(unit.sources), "softmax": (4 + 8) * unit.sources, "label": 16}


def first_spike_cycles(c: FirmwareConstants, unit: Unit, phase: int) -> int:
    """Return the most cycles that one wake can take."""
    k = c.costs
    each = k.exp + k.divide + k.round + 2 * k.accelerator_bus
    return bounded(_cycles(c, unit, phase, each) + (send_cost(k) if phase == LOSS else 0))


def max_over_time_cycles(c: FirmwareConstants, unit: Unit, phase: int) -> int:
    """Return the most cycles that one wake can take."""
    k = c.costs
    return bounded(_cycles(c, unit, phase, k.exp + k.divide + 2 * k.round + 3 * k.accelerator_bus))


def _cycles(c: FirmwareConstants, unit: Unit, phase: int, each: float) -> float:
    """Return the most cycles that one wake can take, with `each` cycles for the softmax of one output."""
    k, n_out = c.costs, int(unit.sources)
    if phase == LOAD:
        return wake_cost(k) + dma_cost(k) + k.tick_load + k.clear_word * (aligned_words(n_out) + ALIGNED_WORDS)
    if phase == FORWARD:
        return wake_cost(k) + k.tick_answers + packet_cost(k) * n_out
    loss = k.tick_loss + n_out * (each + k.loss_output + send_cost(k)) + dma_cost(k) if phase == LOSS else 0
    return wake_cost(k) + packet_cost(k) * n_out + loss
