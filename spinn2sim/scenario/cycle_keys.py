"""The table [chip.cycles] of a scenario: core cycles of each operation of the programs, which spinn2sim chip lists with their reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le

Cycles = Annotated[int, Ge(0), Le(1_000_000)] | Annotated[float, Ge(0), Le(1_000_000)]


@dataclass(frozen=True)
class CycleCosts:
    """[chip.cycles]: core cycles per operation. A key that is not given is filled in from the set that chip.costs names."""

    tick: Cycles | None = None
    tick_load: Cycles | None = None
    tick_forward: Cycles | None = None
    tick_backward: Cycles | None = None
    tick_input: Cycles | None = None
    tick_answers: Cycles | None = None
    tick_loss: Cycles | None = None
    tick_reduce: Cycles | None = None
    tick_optimizer: Cycles | None = None
    tick_update: Cycles | None = None
    tick_exchange: Cycles | None = None
    packet: Cycles | None = None
    error_packet: Cycles | None = None
    send: Cycles | None = None
    long_packet: Cycles | None = None
    long_send: Cycles | None = None
    dma: Cycles | None = None
    record: Cycles | None = None
    synapse: Cycles | None = None
    listed_synapse: Cycles | None = None
    delayed_synapse: Cycles | None = None
    ring_neuron: Cycles | None = None
    sort_delay: Cycles | None = None
    neuron: Cycles | None = None
    readout_neuron: Cycles | None = None
    average_neuron: Cycles | None = None
    rest_neuron: Cycles | None = None
    fire: Cycles | None = None
    adjoint: Cycles | None = None
    jump: Cycles | None = None
    peak_error: Cycles | None = None
    error: Cycles | None = None
    error_synapse: Cycles | None = None
    listed_error_synapse: Cycles | None = None
    delayed_error_synapse: Cycles | None = None
    look_delay: Cycles | None = None
    gradient_row: Cycles | None = None
    gradient_synapse: Cycles | None = None
    listed_gradient_synapse: Cycles | None = None
    delayed_gradient_synapse: Cycles | None = None
    delay_gradient: Cycles | None = None
    push: Cycles | None = None
    push_synapse: Cycles | None = None
    clear_word: Cycles | None = None
    loss_output: Cycles | None = None
    exp: Cycles | None = None
    divide: Cycles | None = None
    round: Cycles | None = None
    reduce_word: Cycles | None = None
    exchange_word: Cycles | None = None
    raise_word: Cycles | None = None
    penalty_word: Cycles | None = None
    guard_neuron: Cycles | None = None
    adam_word: Cycles | None = None
    sgd_word: Cycles | None = None
    clip_word: Cycles | None = None
    limit_delay: Cycles | None = None
    noise: Cycles | None = None
    noise_word: Cycles | None = None
    interrupt: Cycles | None = None
    register: Cycles | None = None
    bank_conflict: Cycles | None = None
    branch_refill: Cycles | None = None
    accelerator_bus: Cycles | None = None
    script_tick: Cycles | None = None
    script_packet: Cycles | None = None
    script_synapse: Cycles | None = None
    script_convolution: Cycles | None = None
    script_window_synapse: Cycles | None = None
    script_neuron: Cycles | None = None
    script_current_neuron: Cycles | None = None
    script_adaptive_neuron: Cycles | None = None
    script_izhikevich_neuron: Cycles | None = None
    script_chance_neuron: Cycles | None = None
    script_own_cycle: Cycles | None = None
    script_spike: Cycles | None = None
    script_record: Cycles | None = None
