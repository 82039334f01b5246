"""The program of the optimizer: adds the copies' gradients, updates some rows of one share's weights, and sends these to all copies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models import charges as cost
from firmware_models import fixedpoint as fx
from firmware_models.charges import Ledger, begin_wake, charge, charge_dma, end_wake, make_ledger, whole
from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.kernel_constants import OptimizerConstants, WeightFormat
from firmware_models.kernels.noise_name import NoiseName, named_stream
from firmware_models.kernels.weight_update import (
    Float32s,
    WeightBlock,
    adam_step,
    gradient_reduce,
    sgd_step,
    weights_store,
)
from firmware_models.programs.group_program import Group, GroupProgram, Plan, Unit, column
from firmware_models.programs.neuron_constants import per_share
from firmware_models.programs.stray_packets import refuse_all
from firmware_models.wake_bounds import bounded, dma_cost, wake_cost
from firmware_models.words import (
    LOAD,
    REDUCE,
    SAT_WEIGHT,
    UPDATE,
    ZERO,
    Int32s,
    Int64s,
    Mailbox,
    Tick,
    start_transfer,
)

SUMS = tuple((name, 0) for name in ("buffer", "count_buffer", "total"))
# Not of delays, which are indices when they are rounded, and must be numbers.
DATA_WORDS = (*SUMS, *((name, 0) for name in ("weight", "moment", "square", "powers", "raw")))


class OptimizerState(NamedTuple):
    """The state of the optimizer program, with a row for each optimizer PE of one population's weights or delays.

    Each PE holds source rows [pre_first, pre_first + pre_rows) of one share, `stride` words apart.
    """

    population: int
    # Whether these are delays, which stay between 0 and the longest one.
    delays: bool
    # How many gradients are summed: the copies, times the shares of the population for axonal delays.
    senders: int
    # How many of them are received in one reduce round.
    buffer_slots: int
    rounds: int
    stride: int
    weight_format: WeightFormat
    adam: bool
    # Whether spike counts come with the gradients, for the guards "raise_weights" and "rate".
    counting: bool
    # Whether the guard "rate" is used, and its least and most spikes of a batch.
    penalty: bool
    count_low: int
    count_high: int
    clipping: bool
    constants: OptimizerConstants
    ledger: Ledger
    # [1], the part's noise seed
    seed: Int64s
    # [1], the learning rate of the epoch
    rate: Float32s
    # [pe]
    pre_first: Int32s
    pre_rows: Int32s
    # [pe], the first neuron of the share
    first: Int32s
    # [pe], the number of neurons in the share
    size: Int32s
    # [pe], the number of words of synapses that it holds, which is that of all places unless synapses are held as rows of targets
    held: Int32s
    # [pe], 1 if the PE's words are learned
    learns: Int32s
    # [pe], the longest delay
    largest: Int32s
    # [pe, n], the gradient words of the guard "rate" for each spike too many, and the largest magnitude of a summed gradient word
    rate_penalty: Int64s
    clip: Int64s
    # [pe, words], 1 for a synapse that exists; empty if all do
    exists: NDArray[np.uint8]
    # [pe], the number of the transfer of new weights
    transfer: Int32s
    # [pe, buffer slots, words]
    buffer: Int64s
    # [pe, buffer slots, n]
    count_buffer: Int32s
    # [pe, words]
    total: Int64s
    # [pe, n]
    count_total: Int64s
    # [pe, words], the gradient per gradient word
    scale: Float32s
    # [pe, words]
    weight: Float32s
    moment: Float32s
    square: Float32s
    # [pe, 2], beta1^t and beta2^t
    powers: Float32s
    # [pe, words], the weights in their format
    raw: Int32s
    # [pe, 4], saturations by quantity
    saturated: Int64s
    # [pe], gradient words that were clipped; not counted as SRAM
    clipped: Int64s


@kernel
def add_round(s: OptimizerState, row: Word, turn: Word) -> Word:
    """Add the gradients that the copies of reduce round `turn` have sent. Returns cycle parts."""
    slots = min(s.buffer_slots, s.senders - turn * s.buffer_slots)
    words = s.pre_rows[row] * s.stride
    gradient_reduce(s.buffer[row], slots, words, s.total[row])
    for slot in range(slots):
        for j in range(s.size[row]):
            s.count_total[row, j] += s.count_buffer[row, slot, j]
    return charge(s.ledger, row, cost.REDUCE_WORD, slots * (s.held[row] + (s.size[row] if s.counting else 0)))


@kernel
def raise_silent(s: OptimizerState, row: Word) -> Word:
    """Apply the guard "raise_weights": add a fixed amount to weights of neurons that never fired in the batch. Returns cycle parts."""
    raised: Word = 0
    for j in range(s.size[row]):
        if s.count_total[row, j] == 0:
            for p in range(s.pre_rows[row]):
                w = p * s.stride + j
                if s.exists.shape[1] == 0 or s.exists[row, w] == 1:
                    s.weight[row, w] = s.weight[row, w] + s.constants.raise_step
                    raised += 1
    return charge(s.ledger, row, cost.RAISE_WORD, raised)


@kernel
def add_rate_penalty(s: OptimizerState, row: Word) -> Word:
    """Apply the guard "rate": change a neuron's gradients for each spike of the batch too many or too few. Returns cycle parts."""
    changed: Word = 0
    for j in range(s.size[row]):
        count = s.count_total[row, j]
        excess = max(0, count - s.count_high) - max(0, s.count_low - count)
        if excess != 0:
            for p in range(s.pre_rows[row]):
                w = p * s.stride + j
                if s.exists.shape[1] == 0 or s.exists[row, w] == 1:
                    s.total[row, w] += s.rate_penalty[row, j] * excess
                    changed += 1
    return charge(s.ledger, row, cost.GUARD_NEURON, np.int64(s.size[row])) + charge(
        s.ledger, row, cost.PENALTY_WORD, changed
    )


@kernel
def clip_gradient(s: OptimizerState, row: Word) -> Word:
    """Apply optimizer.clip: limit each summed gradient word to -clip .. clip. Returns cycle parts."""
    clipped: Word = 0
    for p in range(s.pre_rows[row]):
        for j in range(s.size[row]):
            w = p * s.stride + j
            limited = min(max(s.total[row, w], -s.clip[row, j]), s.clip[row, j])
            clipped += np.int64(limited != s.total[row, w])
            s.total[row, w] = limited
    s.clipped[row] += clipped
    return charge(s.ledger, row, cost.CLIP_WORD, np.int64(s.held[row]))


@kernel
def clear_absent(s: OptimizerState, row: Word) -> None:
    """Clear the gradients of synapses that do not exist, whose weights are and stay 0."""
    for w in range(s.exists.shape[1]):
        if s.exists[row, w] == 0:
            s.total[row, w] = 0


@kernel
def limit_delays(s: OptimizerState, row: Word) -> Word:
    """Keep each delay between 0 and the longest one. Returns cycle parts."""
    longest = np.float32(s.largest[row])
    for w in range(s.pre_rows[row] * s.stride):
        s.weight[row, w] = min(max(s.weight[row, w], np.float32(0)), longest)
    return charge(s.ledger, row, cost.LIMIT_DELAY, np.int64(s.held[row]))


@kernel
def update_weights(s: OptimizerState, row: Word, batch: Word) -> Word:
    """Change the gradient by rate penalty and clipping, make the optimizer's step, and round. Returns cycle parts."""
    scale = s.scale[row, : s.pre_rows[row] * s.stride]
    extra = np.int64(0)
    if s.penalty:
        extra += add_rate_penalty(s, row)
    clear_absent(s, row)
    if s.clipping:
        extra += clip_gradient(s, row)
    if s.adam:
        adam_step(
            s.constants, scale, s.rate[0], s.powers[row], s.total[row], s.weight[row], s.moment[row], s.square[row]
        )
    else:
        sgd_step(s.constants, scale, s.rate[0], s.total[row], s.weight[row], s.moment[row])
    if s.counting and not s.penalty:
        extra += charge(s.ledger, row, cost.GUARD_NEURON, np.int64(s.size[row])) + raise_silent(s, row)
    if s.delays:
        extra += limit_delays(s, row)
    stream = named_stream(NoiseName(s.seed[0], batch, ZERO, s.population, ZERO), fx.NOISE_WEIGHT)
    block = WeightBlock(s.pre_rows[row], s.size[row], s.stride, s.pre_first[row], s.first[row])
    s.saturated[row, SAT_WEIGHT] += weights_store(s.weight[row], block, s.weight_format, stream, s.raw[row])
    held = np.int64(s.held[row])
    if s.weight_format.stochastic:
        extra += charge(s.ledger, row, cost.NOISE_WORD, held)
    return charge(s.ledger, row, cost.ADAM_WORD if s.adam else cost.SGD_WORD, held) + extra


@kernel
def optimizer_step(
    state: OptimizerState, pe_first: Word, pe_last: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, cycles: Int64s
) -> None:  # fmt: skip
    """Load tick: send the weights. Reduce tick r: add round r-1. Update tick: add the last round, and update."""
    s = state
    for row in range(pe_first, pe_last):
        arrived = inbox.last[row] - inbox.first[row]
        busy = begin_wake(s.ledger, row, tick.phase, arrived, arrived)
        refuse_all(inbox, row)
        if tick.phase == LOAD:
            busy += charge_dma(s.ledger, row)
            start_transfer(outbox, row, s.transfer[row], ZERO, whole(busy))
        elif s.learns[row] == 0:
            pass
        elif tick.phase == REDUCE:
            busy += charge(s.ledger, row, cost.TICK_OPTIMIZER, cost.ONE)
            if tick.step == 0:
                s.total[row] = 0
                s.count_total[row] = 0
                sums = np.int64(s.held[row] + (s.size[row] if s.counting else 0))
                busy += charge(s.ledger, row, cost.CLEAR_WORD, 2 * sums)
            else:
                busy += add_round(s, row, tick.step - 1)
        elif tick.phase == UPDATE:
            busy += charge(s.ledger, row, cost.TICK_UPDATE, cost.ONE)
            busy += add_round(s, row, s.rounds - 1)
            busy += update_weights(s, row, tick.batch)
        cycles[row] = end_wake(s.ledger, row, busy)


def build_optimizer(c: FirmwareConstants, plan: Plan, group: Group) -> GroupProgram:
    """Build the program of one population's optimizer PEs, with zero weights or delays, which the host writes before the start."""
    rows, pre_rows = len(group.cores), column(group, "pre_rows")
    slots, stride, counting = group.scalars["slots"], group.scalars["stride"], bool(group.scalars["counts"])
    delays, senders = bool(group.scalars["delays"]), group.scalars["senders"]
    words = int(pre_rows.max()) * stride
    f, i = np.float32, np.int64
    state = OptimizerState(
        population=group.layer,
        delays=delays,
        senders=plan.copies * senders,
        buffer_slots=slots * senders,
        rounds=-(-plan.copies // slots),
        stride=stride,
        weight_format=c.delay_format if delays else c.weight_format,
        adam=c.adam,
        counting=counting,
        penalty=counting and c.neuron.rate_penalty > 0,
        count_low=c.rate_low,
        count_high=c.rate_high,
        clipping=c.neuron.clip > 0 and not delays,
        constants=c.delay_optimizer if delays else c.optimizer,
        ledger=make_ledger(c.costs, rows),
        seed=np.zeros(1, i),
        rate=np.zeros(1, f),
        pre_first=column(group, "pre_first"),
        pre_rows=pre_rows,
        first=column(group, "first"),
        size=column(group, "size"),
        held=column(group, "held"),
        learns=column(group, "learns"),
        largest=column(group, "largest"),
        rate_penalty=per_share(c, group, "rate_penalty", stride),
        clip=per_share(c, group, "clip", stride),
        exists=np.zeros((rows, words if group.scalars["masked"] else 0), np.uint8),
        transfer=column(group, "transfer"),
        buffer=np.zeros((rows, slots * senders, words), i),
        count_buffer=np.zeros((rows, slots * senders, stride), np.int32),
        total=np.zeros((rows, words), i),
        count_total=np.zeros((rows, stride), i),
        scale=np.tile(_scales(c, group, delays, stride), (1, words // stride)),
        weight=np.zeros((rows, words), f),
        moment=np.zeros((rows, words), f),
        square=np.zeros((rows, words), f),
        powers=np.ones((rows, 2), f),
        raw=np.zeros((rows, words), np.int32),
        saturated=np.zeros((rows, 4), i),
        clipped=np.zeros(rows, i),
    )
    words = SUMS if state.delays else DATA_WORDS
    return GroupProgram(group.name, rows, 2, state, optimizer_step, words)


def _scales(c: FirmwareConstants, group: Group, delays: bool, stride: int) -> Float32s:
    """Return the gradient per gradient word of each neuron of a PE's share [pe, stride]: tau_syn goes into that of weights."""
    if delays:
        return np.full((len(group.cores), stride), c.delay_scale, np.float32)
    return per_share(c, group, "weight_scale", stride, np.float32)


def optimizer_regions(c: FirmwareConstants, unit: Unit) -> dict[str, int]:
    """Return SRAM bytes by region name, with float32 weights only if there is a master; SGD keeps one moment, Adam two."""
    words, listed = unit.pre_rows * unit.neurons - unit.listed.absent, unit.listed
    counts = 4 * unit.neurons if c.send_counts else 0
    return {
        "gradient buffer": unit.slots * (8 * words + counts),
        "gradient sum": 8 * words + counts,
        "master weights": 4 * words if unit.delays or c.weight_format.master else 0,
        "moments": 4 * (2 if c.adam else 1) * words,
        "weights": (2 if unit.delays else c.word_bytes.weight) * words,
        **({"targets": 2 * (listed.synapses + listed.rows)} if listed.rows else {}),
    }


def optimizer_cycles(c: FirmwareConstants, unit: Unit, phase: int) -> int:
    """Return the most cycles that one wake can take."""
    k, neurons, words = c.costs, int(unit.neurons), int(unit.pre_rows * unit.neurons) - int(unit.listed.absent)
    if phase == LOAD:
        return bounded(wake_cost(k) + dma_cost(k))
    add = k.reduce_word * int(unit.slots) * (words + (neurons if c.send_counts else 0))
    if phase == REDUCE:
        cleared = 2 * k.clear_word * (words + (neurons if c.send_counts else 0))
        return bounded(wake_cost(k) + k.tick_optimizer + max(add, cleared))
    guard = k.penalty_word if c.neuron.rate_penalty else k.raise_word
    guarded = k.guard_neuron * neurons + guard * words if c.send_counts else 0
    limit = k.limit_delay if unit.delays else k.clip_word if c.neuron.clip else 0
    each = (k.adam_word if c.adam else k.sgd_word) + limit + (k.noise_word if c.weight_format.stochastic else 0)
    return bounded(wake_cost(k) + k.tick_update + add + guarded + each * words)
