"""The core cycles of each operation of the programs, with the reason for each number.

Every number is an assumption unless its reason names a source, and a scenario can change all of them.
A reference point: 12 M synaptic events/s per core are at most 25 cycles per event at 300 MHz (chip-paper). A Cortex-M4F issues one
instruction per cycle; a 32 x 32 -> 64 bit multiply takes one, a load two (ARMv7E-M, pipelined loads one), a taken branch two to three.
"""

from __future__ import annotations

from typing import NamedTuple


class Costs(NamedTuple):
    """Core cycles per operation; REASONS explains each number."""

    tick: int
    packet: int
    send: int
    synapse: int
    neuron: int
    record: int
    adjoint: int
    jump: int
    error_synapse: int
    gradient_synapse: int
    clear_word: int
    dma: int
    exp: int
    divide: int
    round: int
    reduce_word: int
    adam_word: int
    sgd_word: int
    clip_word: int


REASONS: dict[str, str] = {
    "tick": "assumed: interrupt entry and exit (24), timer and FIFO registers, phase dispatch, loop set-up",
    "packet": "assumed: load key and payload from the FIFO, two field extractions, two compares",
    "send": "assumed: build the key, three stores to the communications controller",
    "synapse": "assumed: load weight, load accumulator, add, store; far below the 25 cycles of the anchor, which covers a whole event; "
    "in a readout also the compare of a maximum's step and the error that is added, once per neuron and backward step",
    "neuron": "assumed: three 32 x 32 -> 64 products with rounding (5 each), two saturations, compare, loads and stores; in a readout the "
    "compare is with the highest voltage so far",
    "record": "assumed: two stores, a bound check, a counter",
    "adjoint": "assumed: three rounded products (5 each), two saturations, loads and stores of two states",
    "jump": "assumed: a 64-bit division in software (about 45) with its set-up",
    "error_synapse": "assumed: load weight, two adjoints, subtract, multiply, round, 64-bit add",
    "gradient_synapse": "assumed: load adjoint, load 64-bit sum, subtract with borrow, store",
    "clear_word": "assumed: multiple-word stores",
    "dma": "assumed: write a descriptor of eight words and start it",
    "exp": "chip-paper: 7 to 22 cycles; the larger",
    "divide": "assumed: a 64-bit division in software",
    "round": "chip-paper: 3 to 4 cycles; the larger",
    "reduce_word": "assumed: load 64 bit, add with carry, store",
    "adam_word": "assumed: 2 float divisions and a square root (14 each) on the FPU, 9 multiply or add, conversion, rounding, "
    "loads and stores",
    "sgd_word": "assumed: conversion, 4 multiply or add, rounding, loads and stores",
    "clip_word": "assumed: two compares of 64 bits (2 each) with their branches; the word is in registers already",
}
