"""Optimizer: adds the copies' gradients, steps some rows of one share's weights, and sends the rounded weights to all copies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from firmware_models import fixedpoint as fx
from firmware_models.fixedpoint import Word, noise_stream
from firmware_models.jit.compiler import kernel
from firmware_models.kernels.optimizer import Float32s, Rule, adam_step, gradient_reduce, sgd_step, weights_store
from firmware_models.settings import Costs, Settings
from firmware_models.words import LOAD, REDUCE, SAT_WEIGHT, UPDATE, Int32s, Int64s, Mailbox, Tick, start_transfer


class OptimizerState(NamedTuple):
    """Rows are the optimizer PEs of one layer; each holds source rows [pre_first, pre_first + rows) of one share, `stride` words apart."""

    layer: int
    copies: int
    slots: int  # copies whose gradients are taken in one reduce round
    rounds: int
    stride: int
    fraction: int
    low: int
    high: int
    adam: bool
    master: bool
    stochastic: bool
    counting: bool  # spike counts came with the gradients: for the guards "raise_weights" and "rate"
    pull: int
    count_low: int
    count_high: int
    clip: int
    rule: Rule
    costs: Costs
    seed: Int64s  # [1]: the part's noise seed
    rate: Float32s  # [1]: learning rate of the epoch
    pre_first: Int32s  # [pe]
    pre_rows: Int32s  # [pe]
    first: Int32s  # [pe]: first neuron of the share
    size: Int32s  # [pe]
    transfer: Int32s  # [pe]: number of the weight burst
    buffer: Int64s  # [pe, slots, words]
    count_buffer: Int32s  # [pe, slots, n]
    total: Int64s  # [pe, words]
    count_total: Int64s  # [pe, n]
    weight: Float32s  # [pe, words]
    moment: Float32s  # [pe, words]
    square: Float32s  # [pe, words]
    powers: Float32s  # [pe, 2]: beta1^t, beta2^t
    raw: Int32s  # [pe, words]: the weight, in its format
    saturated: Int64s  # [pe, 4]
    clipped: Int64s  # [pe]: gradient words that were held; no SRAM is charged


@kernel
def add_round(s: OptimizerState, row: Word, turn: Word) -> Word:
    """Add what the copies of reduce round `turn` sent. Returns cycles."""
    slots = min(s.slots, s.copies - turn * s.slots)
    words = s.pre_rows[row] * s.stride
    gradient_reduce(s.buffer[row], slots, words, s.total[row])
    for slot in range(slots):
        for j in range(s.size[row]):
            s.count_total[row, j] += s.count_buffer[row, slot, j]
    return s.costs.reduce_word * slots * (s.pre_rows[row] * s.size[row] + (s.size[row] if s.counting else 0))


@kernel
def raise_silent(s: OptimizerState, row: Word) -> Word:
    """Silence guard "raise_weights": a neuron that fired in no sample of the batch gets a stated amount on its weights. Returns cycles."""
    raised: Word = 0
    for j in range(s.size[row]):
        if s.count_total[row, j] == 0:
            raised += s.pre_rows[row]
            for p in range(s.pre_rows[row]):
                w = p * s.stride + j
                s.weight[row, w] = s.weight[row, w] + s.rule.raise_step
    return s.costs.reduce_word * raised


@kernel
def pull_rates(s: OptimizerState, row: Word) -> Word:
    """Guard "rate": the gradient of a neuron's weights changes with each spike of the batch too many or too few. Returns cycles."""
    pulled: Word = 0
    for j in range(s.size[row]):
        count = s.count_total[row, j]
        excess = max(0, count - s.count_high) - max(0, s.count_low - count)
        if excess != 0:
            pulled += s.pre_rows[row]
            for p in range(s.pre_rows[row]):
                s.total[row, p * s.stride + j] += s.pull * excess
    return s.costs.clear_word * s.size[row] + s.costs.reduce_word * pulled


@kernel
def clip_words(s: OptimizerState, row: Word) -> Word:
    """optimizer.clip: each summed gradient word is held within -clip .. clip. Returns cycles."""
    held: Word = 0
    for p in range(s.pre_rows[row]):
        for j in range(s.size[row]):
            w = p * s.stride + j
            kept = min(max(s.total[row, w], -s.clip), s.clip)
            held += np.int64(kept != s.total[row, w])
            s.total[row, w] = kept
    s.clipped[row] += held
    return s.costs.clip_word * s.pre_rows[row] * s.size[row]


@kernel
def update(s: OptimizerState, row: Word, batch: Word) -> Word:
    """Shape the gradient, step and round. Returns cycles."""
    words = s.pre_rows[row] * s.stride
    extra = np.int64(0)
    if s.pull > 0:
        extra += pull_rates(s, row)
    if s.clip > 0:
        extra += clip_words(s, row)
    if s.adam:
        adam_step(s.rule, s.rate[0], s.powers[row], words, s.total[row], s.weight[row], s.moment[row], s.square[row])
    else:
        sgd_step(s.rule, s.rate[0], words, s.total[row], s.weight[row], s.moment[row])
    if s.counting and s.pull == 0:
        extra += s.costs.clear_word * s.size[row] + raise_silent(s, row)
    stream = noise_stream(s.seed[0], batch, 0, s.layer, 0, fx.NOISE_WEIGHT)
    s.saturated[row, SAT_WEIGHT] += weights_store(
        s.weight[row], s.pre_rows[row], s.size[row], s.stride, s.pre_first[row], s.first[row], s.fraction, s.low, s.high,
        s.stochastic, s.master, stream, s.raw[row],
    )  # fmt: skip
    each = s.costs.adam_word if s.adam else s.costs.sgd_word
    return each * s.pre_rows[row] * s.size[row] + extra


@kernel
def optimizer_step(
    state: OptimizerState, pe_first: Word, pe_last: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, cycles: Int64s
) -> None:
    """Load: send the weights. Reduce tick r: add round r-1. Update: add the last round, step."""
    s = state
    for row in range(pe_first, pe_last):
        busy = np.int64(s.costs.tick) + s.costs.packet * (inbox.last[row] - inbox.first[row])
        if tick.phase == LOAD:
            busy += s.costs.dma
            start_transfer(outbox, row, s.transfer[row], 0, busy)
        elif tick.phase == REDUCE:
            if tick.step == 0:
                s.total[row] = 0
                s.count_total[row] = 0
                busy += s.costs.clear_word * s.pre_rows[row] * s.size[row]
            else:
                busy += add_round(s, row, tick.step - 1)
        elif tick.phase == UPDATE:
            busy += add_round(s, row, s.rounds - 1)
            busy += update(s, row, tick.batch)
        cycles[row] = busy


def make_rule(settings: Settings) -> Rule:
    """Constants, each a float64 value rounded to float32 once."""
    f = np.float32
    return Rule(
        f(settings.gradient_scale), f(settings.weight_decay), f(settings.beta1), f(1.0 - settings.beta1), f(settings.beta2),
        f(1.0 - settings.beta2), f(settings.epsilon), f(settings.momentum), f(settings.raise_step),
    )  # fmt: skip


def make_optimizer_state(
    settings: Settings, layer: int, copies: int, slots: int, stride: int,
    pre_first: Int32s, pre_rows: Int32s, first: Int32s, size: Int32s, transfer: Int32s,
    counts: bool,
) -> OptimizerState:  # fmt: skip
    """A state with zero weights for len(size) PEs; the host writes weights before the start. `counts`: spike counts come with gradients."""
    rows, words = len(size), int(pre_rows.max()) * stride
    f, i = np.float32, np.int64
    return OptimizerState(
        layer=layer, copies=copies, slots=slots, rounds=-(-copies // slots), stride=stride, fraction=settings.weight.fraction,
        low=settings.weight.low, high=settings.weight.high, adam=settings.adam, master=settings.master,
        stochastic=settings.arithmetic.stochastic, counting=counts, pull=settings.rate_pull if counts else 0,
        count_low=settings.rate_low, count_high=settings.rate_high, clip=settings.clip, rule=make_rule(settings), costs=settings.costs,
        seed=np.zeros(1, i), rate=np.zeros(1, f), pre_first=pre_first, pre_rows=pre_rows, first=first, size=size, transfer=transfer,
        buffer=np.zeros((rows, slots, words), i), count_buffer=np.zeros((rows, slots, stride), np.int32),
        total=np.zeros((rows, words), i), count_total=np.zeros((rows, stride), i), weight=np.zeros((rows, words), f),
        moment=np.zeros((rows, words), f), square=np.zeros((rows, words), f), powers=np.ones((rows, 2), f),
        raw=np.zeros((rows, words), np.int32), saturated=np.zeros((rows, 4), i),
        clipped=np.zeros(rows, i),
    )  # fmt: skip


def optimizer_regions(
    settings: Settings, word_bytes: dict[str, int], pre_rows: int, neurons: int, slots: int
) -> dict[str, int]:
    """SRAM bytes by name. A float32 master only where there is one; SGD keeps one moment, Adam two."""
    words = pre_rows * neurons
    moments = 2 if settings.adam else 1
    return {
        "gradient buffer": slots * (8 * words + (4 * neurons if settings.send_counts else 0)),
        "gradient sum": 8 * words + (4 * neurons if settings.send_counts else 0),
        "master weights": 4 * words if settings.master else 0,
        "moments": 4 * moments * words,
        "weights": word_bytes["weight"] * words,
    }


def optimizer_cycles(settings: Settings, phase: int, pre_rows: int, neurons: int, slots: int) -> int:
    """The most cycles that one wake can take."""
    c, words = settings.costs, pre_rows * neurons
    add = c.reduce_word * slots * (words + (neurons if settings.send_counts else 0))
    if phase == LOAD:
        return c.tick + c.dma
    if phase == REDUCE:
        return c.tick + max(add, c.clear_word * words)
    guarded = c.clear_word * neurons + c.reduce_word * words if settings.send_counts else 0
    clipped = c.clip_word * words if settings.clip else 0
    return c.tick + add + guarded + clipped + (c.adam_word if settings.adam else c.sgd_word) * words
