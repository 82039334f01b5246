"""The state of the optimizer program."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.charges import Ledger
from firmware_models.kernel_constants import OptimizerConstants, WeightFormat
from firmware_models.kernels.weight_update import Float32s
from firmware_models.programs.exchange_state import Exchange
from firmware_models.words import Int32s, Int64s


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
    exchange: Exchange
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
