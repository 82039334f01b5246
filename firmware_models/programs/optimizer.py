"""The program of the optimizer: adds the copies' gradients, updates some rows of one share's weights, and sends these to all copies."""

from __future__ import annotations

import numpy as np

from firmware_models import charges as cost
from firmware_models import fixedpoint as fx
from firmware_models.charges import begin_wake, charge, charge_dma, end_wake, make_ledger, whole
from firmware_models.firmware_constants import FirmwareConstants
from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.noise_name import NoiseName, named_stream
from firmware_models.kernels.weight_update import (
    Float32s,
    WeightBlock,
    adam_step,
    gradient_reduce,
    sgd_step,
    weights_store,
)
from firmware_models.programs.exchange import find_places, send_sums, take_sums
from firmware_models.programs.exchange_state import chunk_packets, make_exchange
from firmware_models.programs.group_program import Group, GroupProgram, Plan, column
from firmware_models.programs.neuron_constants import per_share
from firmware_models.programs.optimizer_state import OptimizerState
from firmware_models.programs.stray_packets import refuse_all
from firmware_models.words import (
    EXCHANGE,
    LOAD,
    REDUCE,
    SAT_WEIGHT,
    UPDATE,
    ZERO,
    Int64s,
    Mailbox,
    Tick,
    start_transfer,
)

SUMS = tuple((name, 0) for name in ("buffer", "count_buffer", "total"))
# Not of delays, which are indices when they are rounded, and must be numbers.
DATA_WORDS = (*SUMS, *((name, 0) for name in ("weight", "moment", "square", "powers", "raw")))


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
    exists, total = s.exists[row], s.total[row]
    for w in range(exists.size):  # without a branch, so that LLVM makes vector instructions of it
        total[w] &= -np.int64(exists[w] != 0)


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
    """Load tick: send the weights. Reduce tick r: add round r-1. Update tick: add the last round, and update.

    On a board the first exchange tick adds the last round. Exchange ticks take and send sums, and the update tick takes the last totals.
    """
    s = state
    for row in range(pe_first, pe_last):
        arrived = inbox.last[row] - inbox.first[row]
        busy = begin_wake(s.ledger, row, tick.phase, arrived, arrived)
        exchanges = s.exchange.chunks > 0 and s.learns[row] == 1
        if not exchanges or (tick.phase != EXCHANGE and tick.phase != UPDATE):
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
            if exchanges:
                busy += take_sums(s, row, s.exchange.chunks + s.exchange.deepest, inbox)
            else:
                busy += add_round(s, row, s.rounds - 1)
            busy += update_weights(s, row, tick.batch)
        elif tick.phase == EXCHANGE and exchanges:
            busy += charge(s.ledger, row, cost.TICK_EXCHANGE, cost.ONE)
            if tick.step == 0:
                busy += add_round(s, row, s.rounds - 1)
                find_places(s, row)
            busy += take_sums(s, row, tick.step, inbox)
            busy = send_sums(s, row, tick.step, outbox, busy)
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
        exchange=make_exchange(group, counting, words),
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
    if state.exchange.chunks and not plan.long_packets:
        raise ValueError(f"group {group.name} exchanges sums, but its plan has no packets with 128 bits of payload")
    words = SUMS if state.delays else DATA_WORDS
    return GroupProgram(group.name, rows, max(2, chunk_packets(state.exchange.chunk)), state, optimizer_step, words)


def _scales(c: FirmwareConstants, group: Group, delays: bool, stride: int) -> Float32s:
    """Return the gradient per gradient word of each neuron of a PE's share [pe, stride]: tau_syn goes into that of weights."""
    if delays:
        return np.full((len(group.cores), stride), c.delay_scale, np.float32)
    return per_share(c, group, "weight_scale", stride, np.float32)
