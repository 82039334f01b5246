"""What a wake costs: each operation is charged by its key, and counted, so that a run can tell where its cycles went.

Cycles are added up in cycle parts, sixteenths of a cycle, and a wake is rounded up to whole cycles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from firmware_models.cost import PARTS, Costs
from firmware_models.fixedpoint import Word
from firmware_models.jit.compiler import kernel
from firmware_models.words import BACKWARD, EXCHANGE, Int64s

PHASES = EXCHANGE + 1
# Accesses to registers over the bus: the bounds of the FIFO and the timer in a wake; a packet's three words; a descriptor's eight.
WAKE_REGISTERS, SEND_REGISTERS, DMA_REGISTERS = np.int64(4), np.int64(3), np.int64(8)
# The words of 32 bits by which a payload of 128 bits is longer than one of 32.
LONGER_WORDS = np.int64(3)
# Random numbers that a neuron takes in a forward or backward step, with stochastic rounding.
NUMBERS_A_NEURON = np.int64(3)
ONE, PARTS_BITS, UP = np.int64(1), np.int64(PARTS.bit_length() - 1), np.int64(PARTS - 1)
# The entry behind all keys: the sixteenths by which wakes were rounded up.
ROUNDING = np.int64(len(Costs._fields))


def key(name: str) -> Word:
    """Return the position of an operation in a ledger."""
    return np.int64(Costs._fields.index(name))


TICK = key("tick")
TICK_LOAD = key("tick_load")
TICK_FORWARD = key("tick_forward")
TICK_BACKWARD = key("tick_backward")
TICK_INPUT = key("tick_input")
TICK_ANSWERS = key("tick_answers")
TICK_LOSS = key("tick_loss")
TICK_REDUCE = key("tick_reduce")
TICK_OPTIMIZER = key("tick_optimizer")
TICK_UPDATE = key("tick_update")
TICK_EXCHANGE = key("tick_exchange")
PACKET = key("packet")
ERROR_PACKET = key("error_packet")
SEND = key("send")
LONG_PACKET = key("long_packet")
LONG_SEND = key("long_send")
DMA = key("dma")
RECORD = key("record")
SYNAPSE = key("synapse")
LISTED_SYNAPSE = key("listed_synapse")
DELAYED_SYNAPSE = key("delayed_synapse")
RING_NEURON = key("ring_neuron")
SORT_DELAY = key("sort_delay")
NEURON = key("neuron")
READOUT_NEURON = key("readout_neuron")
AVERAGE_NEURON = key("average_neuron")
REST_NEURON = key("rest_neuron")
FIRE = key("fire")
ADJOINT = key("adjoint")
JUMP = key("jump")
PEAK_ERROR = key("peak_error")
ERROR = key("error")
ERROR_SYNAPSE = key("error_synapse")
LISTED_ERROR_SYNAPSE = key("listed_error_synapse")
DELAYED_ERROR_SYNAPSE = key("delayed_error_synapse")
LOOK_DELAY = key("look_delay")
GRADIENT_ROW = key("gradient_row")
GRADIENT_SYNAPSE = key("gradient_synapse")
LISTED_GRADIENT_SYNAPSE = key("listed_gradient_synapse")
DELAYED_GRADIENT_SYNAPSE = key("delayed_gradient_synapse")
DELAY_GRADIENT = key("delay_gradient")
PUSH = key("push")
PUSH_SYNAPSE = key("push_synapse")
CLEAR_WORD = key("clear_word")
LOSS_OUTPUT = key("loss_output")
EXP = key("exp")
DIVIDE = key("divide")
ROUND = key("round")
REDUCE_WORD = key("reduce_word")
EXCHANGE_WORD = key("exchange_word")
RAISE_WORD = key("raise_word")
PENALTY_WORD = key("penalty_word")
GUARD_NEURON = key("guard_neuron")
ADAM_WORD = key("adam_word")
SGD_WORD = key("sgd_word")
CLIP_WORD = key("clip_word")
LIMIT_DELAY = key("limit_delay")
NOISE = key("noise")
NOISE_WORD = key("noise_word")
INTERRUPT = key("interrupt")
REGISTER = key("register")
BANK_CONFLICT = key("bank_conflict")
ACCELERATOR_BUS = key("accelerator_bus")
SCRIPT_TICK = key("script_tick")
SCRIPT_PACKET = key("script_packet")
SCRIPT_SYNAPSE = key("script_synapse")
SCRIPT_CONVOLUTION = key("script_convolution")
SCRIPT_WINDOW_SYNAPSE = key("script_window_synapse")
SCRIPT_NEURON = key("script_neuron")
SCRIPT_CURRENT_NEURON = key("script_current_neuron")
SCRIPT_ADAPTIVE_NEURON = key("script_adaptive_neuron")
SCRIPT_IZHIKEVICH_NEURON = key("script_izhikevich_neuron")
SCRIPT_CHANCE_NEURON = key("script_chance_neuron")
SCRIPT_OWN_CYCLE = key("script_own_cycle")
SCRIPT_SPIKE = key("script_spike")
SCRIPT_RECORD = key("script_record")


class Ledger(NamedTuple):
    """The costs of a program, and how often each operation was charged since the part began."""

    # [keys], sixteenths of a cycle
    cost: Int64s
    # [pe, phases, keys and ROUNDING], without what follows from other counts (`add_implied`)
    times: Int64s
    # [pe], the phase of the wake
    phase: Int64s


def make_ledger(costs: Costs, rows: int) -> Ledger:
    """Make an empty ledger for `rows` PEs."""
    parts = [round(value * PARTS) for value in costs]
    return Ledger(
        np.array(parts, np.int64), np.zeros((rows, PHASES, len(parts) + 1), np.int64), np.zeros(rows, np.int64)
    )


def add_implied(times: Int64s) -> None:
    """Fill in the counts of interrupts and register accesses, which follow from others. times [..., keys and ROUNDING]."""
    times[..., INTERRUPT] = times[..., TICK]
    times[..., REGISTER] = (
        WAKE_REGISTERS * times[..., TICK] + SEND_REGISTERS * times[..., SEND] + DMA_REGISTERS * times[..., DMA]
    )
    times[..., REGISTER] += LONGER_WORDS * times[..., LONG_SEND]


@kernel
def charge(ledger: Ledger, row: Word, name: Word, times: Word) -> Word:
    """Charge an operation that is done `times` times. Returns cycle parts."""
    ledger.times[row, ledger.phase[row], name] += times
    return ledger.cost[name] * times


@kernel
def price(ledger: Ledger, name: Word, times: Word) -> Word:
    """Return the cycle parts of an operation that is done `times` times, which is counted later, or follows from other counts."""
    return ledger.cost[name] * times


@kernel
def price_send(ledger: Ledger) -> Word:
    """Return the cycle parts of a packet that is sent, and charged later."""
    return price(ledger, SEND, ONE) + price(ledger, REGISTER, SEND_REGISTERS)


@kernel
def begin_wake(ledger: Ledger, row: Word, phase: Word, packets: Word, taken: Word) -> Word:
    """Charge a wake, and the packets that it takes of those that have come: errors and guards in BACKWARD, otherwise spikes."""
    ledger.phase[row] = phase
    busy = charge(ledger, row, TICK, ONE) + price(ledger, INTERRUPT, ONE) + price(ledger, REGISTER, WAKE_REGISTERS)
    if packets > 0:
        busy += charge(ledger, row, ERROR_PACKET if phase == BACKWARD else PACKET, taken)
        busy += charge(ledger, row, BANK_CONFLICT, packets)
    return busy


@kernel
def charge_send(ledger: Ledger, row: Word, packets: Word) -> Word:
    """Charge packets that are sent."""
    return charge(ledger, row, SEND, packets) + price(ledger, REGISTER, SEND_REGISTERS * packets)


@kernel
def charge_long_send(ledger: Ledger, row: Word) -> Word:
    """Charge a packet with 128 bits of payload that is sent."""
    longer = charge(ledger, row, LONG_SEND, ONE) + price(ledger, REGISTER, LONGER_WORDS)
    return charge_send(ledger, row, ONE) + longer


@kernel
def charge_long_packets(ledger: Ledger, row: Word, packets: Word) -> Word:
    """Charge what packets with 128 bits of payload cost beyond others that are taken."""
    return charge(ledger, row, LONG_PACKET, packets) + charge(ledger, row, BANK_CONFLICT, LONGER_WORDS * packets)


@kernel
def charge_dma(ledger: Ledger, row: Word) -> Word:
    """Charge a transfer that is started."""
    return charge(ledger, row, DMA, ONE) + price(ledger, REGISTER, DMA_REGISTERS)


@kernel
def whole(busy: Word) -> Word:
    """Round sixteenths of cycles up to whole cycles."""
    return (busy + UP) >> PARTS_BITS


@kernel
def end_wake(ledger: Ledger, row: Word, busy: Word) -> Word:
    """Return the whole cycles of a wake, and note by how much it was rounded up."""
    cycles = whole(busy)
    ledger.times[row, ledger.phase[row], ROUNDING] += (cycles << PARTS_BITS) - busy
    return cycles
