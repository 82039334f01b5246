"""The program of the PEs of a script's network: spike lists, and neurons of any model, in float32.

In each tick a PE takes the packets that have come, reads and clears its ring's slot of this tick, updates and tests each neuron, sends a
packet for each that fired, and records. The equations and their order are in docs/reference/scripts.md.
"""

from __future__ import annotations

import numpy as np

from firmware_models.chance import name_of
from firmware_models.charges import (
    ONE,
    SCRIPT_CONVOLUTION,
    SCRIPT_PACKET,
    SCRIPT_RECORD,
    SCRIPT_SPIKE,
    SCRIPT_SYNAPSE,
    SCRIPT_TICK,
    SCRIPT_WINDOW_SYNAPSE,
    begin_wake,
    charge,
    charge_send,
    end_wake,
    whole,
)
from firmware_models.fixedpoint import Word
from firmware_models.jit.call_address import call_update
from firmware_models.jit.compiler import kernel
from firmware_models.programs.script_convolution import add_windows
from firmware_models.programs.script_state import RING_SLOTS, SIGNS, SPIKE_LIST, ScriptState
from firmware_models.words import (
    SPIKE,
    WITHOUT_PAYLOAD,
    ZERO,
    Int64s,
    Mailbox,
    Tick,
    key_kind,
    key_layer,
    key_neuron,
    make_key,
    send,
)


@kernel
def take_packets(s: ScriptState, row: Word, step: Word, inbox: Mailbox) -> Word:
    """Add the synapses of the packets in the inbox to the ring. A packet that is no spike of a source is unmatched.

    Returns cycle parts.
    """
    busy = charge(s.ledger, row, SCRIPT_PACKET, inbox.last[row] - inbox.first[row])
    size, ring = np.int64(s.size[row]), s.at[row] * RING_SLOTS * SIGNS
    for at in range(inbox.first[row], inbox.last[row]):
        key = inbox.key[at]
        population = key_layer(key)
        known = population < s.base.shape[1]
        base = s.base[row, population] if known else np.int64(-1)
        first = s.convolution_first[row, population] if known else np.int64(0)
        last = s.convolution_last[row, population] if known else np.int64(0)
        if key_kind(key) != SPIKE or (base < 0 and first == last):
            inbox.matched[at] = 0
            continue
        for number in range(first, last):
            busy += charge(s.ledger, row, SCRIPT_CONVOLUTION, ONE)
            busy += charge(s.ledger, row, SCRIPT_WINDOW_SYNAPSE, add_windows(s, row, step, number, key_neuron(key)))
        if base < 0:
            continue
        begin, end = s.row_first[base + key_neuron(key)], s.row_first[base + key_neuron(key) + 1]
        for synapse in range(begin, end):
            weight = s.weight[synapse]
            slot = (step + s.delay[synapse]) % RING_SLOTS
            sign = 1 if weight < 0 else 0
            s.ring[ring + (slot * SIGNS + sign) * size + s.target[synapse]] += abs(weight)
        busy += charge(s.ledger, row, SCRIPT_SYNAPSE, end - begin)
    return busy


@kernel
def send_list(s: ScriptState, row: Word, step: Word, outbox: Mailbox, busy: Word) -> Word:
    """Send the spikes of this tick of a spike list; those of a tick that was lost are not sent. Returns cycle parts."""
    at = s.next[row]
    while at < s.last[row] and s.spike_tick[at] <= step:
        if s.spike_tick[at] == step:
            busy = fire(s, row, step, np.int64(s.spike_neuron[at]), outbox, busy)
        at += 1
    s.next[row] = at
    return busy


@kernel
def fire(s: ScriptState, row: Word, step: Word, neuron: Word, outbox: Mailbox, busy: Word) -> Word:
    """Record a spike of a neuron of the PE, and send it if any PE listens. Returns cycle parts."""
    s.fired[step, s.at[row] + neuron] = 1
    busy += charge(s.ledger, row, SCRIPT_SPIKE, ONE)
    if s.sends[row] != 0:
        busy += charge_send(s.ledger, row, ONE)
        key = make_key(SPIKE, ZERO, np.int64(s.population[row]), s.first[row] + neuron)
        send(outbox, row, key, ZERO, WITHOUT_PAYLOAD, whole(busy))
    return busy


@kernel
def step_neurons(s: ScriptState, row: Word, step: Word, outbox: Mailbox, busy: Word) -> Word:
    """Update the neurons of a PE, and let those at their threshold fire. Returns cycle parts."""
    size, begin, update = np.int64(s.size[row]), s.at[row], s.update[row]
    slot = begin * RING_SLOTS * SIGNS + step % RING_SLOTS * SIGNS * size
    cost, traced = s.ledger.cost[s.cost_key[row]] * s.cost_times[row], s.trace_last[row] - s.trace_first[row]
    busy += charge(s.ledger, row, SCRIPT_TICK, ONE)
    for j in range(size):
        n = begin + j
        exc, inh = np.float32(s.ring[slot + j]), np.float32(s.ring[slot + size + j])
        s.ring[slot + j] = 0
        s.ring[slot + size + j] = 0
        fires = call_update(update, s.p, s.x, n, exc, inh, name_of(s.seed[row], step, s.first[row] + j))
        busy += cost
        if fires:
            busy = fire(s, row, step, j, outbox, busy)
        for k in range(s.trace_first[row], s.trace_last[row]):
            s.traces[step, s.trace_column[k] + j] = s.x[n, s.trace_state[k]]
    charge(s.ledger, row, s.cost_key[row], s.cost_times[row] * size)
    return busy + charge(s.ledger, row, SCRIPT_RECORD, traced * size)


@kernel
def note_time(s: ScriptState, row: Word, step: Word, packets: Word, busy: Word) -> None:
    """Note the packets of a tick, and when it was done: a PE that is busy when a tick begins is late for it."""
    nominal = step * s.period_q
    s.busy_until_q[row] = max(nominal, s.busy_until_q[row]) + busy * s.core_quanta
    s.packets[step, row] = packets
    s.done_q[step, row] = s.busy_until_q[row] - nominal


@kernel
def script_step(
    state: ScriptState, pe_first: Word, pe_last: Word, tick: Tick, inbox: Mailbox, outbox: Mailbox, cycles: Int64s
) -> None:
    """Run a tick of the PEs [pe_first, pe_last). After the last tick they only take what has come."""
    s = state
    for row in range(pe_first, pe_last):
        step = np.int64(tick.step)
        packets = inbox.last[row] - inbox.first[row]
        busy = begin_wake(s.ledger, row, np.int64(tick.phase), packets, ZERO) + take_packets(s, row, step, inbox)
        if step < s.ticks:
            if s.update[row] == SPIKE_LIST:
                busy = send_list(s, row, step, outbox, busy)
            else:
                busy = step_neurons(s, row, step, outbox, busy)
            note_time(s, row, step, packets, whole(busy))
        cycles[row] = end_wake(s.ledger, row, busy)
