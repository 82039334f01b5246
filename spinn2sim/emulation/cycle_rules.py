"""The cycles of a Cortex-M4F, instruction by instruction, from its manual and from public measurements.

docs/reference/firmware.md names the source of each rule. What sources leave open is a field of CycleRules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinn2sim.emulation.instructions import Instruction

# Changes whenever a rule or a default below does: counts of different versions cannot be compared.
RULES_VERSION = 1
LONGEST_DIVISION, SHORTEST_DIVISION, SMALLER_DIVIDEND = 12, 2, 3


@dataclass(frozen=True)
class CycleRules:
    """What the sources leave open, in cycles. The defaults are what they find most likely."""

    # Refill of the pipeline after a taken branch to an address in the instruction: the manual says 1 to 3, measurements 1.
    taken_branch: int = 1
    # The same for an address from a register or from memory.
    taken_indirect: int = 2
    # A taken branch to a 32-bit instruction that does not begin at a word (measured).
    unaligned_target: int = 1
    # An address made of the result of the data operation before.
    address_stall: int = 1
    # Whether a load behind a store takes the two cycles of a load that follows nothing (measured).
    load_after_store: bool = True
    # Whether IT is folded into the instruction before it.
    folded_if_then: bool = False
    # A result of the FPU that its next instruction uses.
    fpu_latency: int = 1
    # Wait states of the SRAM for each word of data; the published CoreMark figures of the chip leave no room for any.
    wait_states: int = 0
    # Of the interrupt that begins a wake, and of its end (manual; assumed: that no word of the FPU is saved).
    interrupt_entry: int = 12
    interrupt_exit: int = 12


class CycleTables(NamedTuple):
    """The cycles of code as sums over its halfwords, for an emulator that tells where a block begins and how long it is."""

    base: int
    # [halfwords + 1], cycles and number of all instructions that begin before this address
    cycles: NDArray[np.int64]
    instructions: NDArray[np.int64]
    # [halfwords + 1], what is added if this instruction is reached by a taken branch
    entered: NDArray[np.int64]
    # [halfwords + 1], the refill of a branch that ends at this address, if it is taken
    refill: NDArray[np.int64]
    # The addresses of divisions, whose cycles depend on their operands.
    divisions: tuple[int, ...]


def cycles_of(one: Instruction, before: Instruction | None, rules: CycleRules) -> int:
    """Return the cycles of an instruction behind `before` (None: reached by a branch), without those of refilling the pipeline."""
    cycles = 1
    if one.kind == "load" and "pc" not in one.writes:
        cycles = 1 if before is not None and _joins(one, before, rules) else 2
    elif one.kind == "load":
        cycles = 2
    elif one.kind == "store" and not one.immediate:
        cycles = 1 if before is not None and _joins(one, before, rules) else 2
    elif one.kind == "multiple":
        cycles = 1 + one.words
    elif one.kind == "division":
        cycles = SHORTEST_DIVISION
    elif one.kind == "fpu_long":
        cycles = 14
    elif one.kind in ("fpu_accumulate", "table_branch"):
        cycles = 3
    elif one.kind == "fpu_move":
        cycles = one.words
    elif one.kind == "if_then" and rules.folded_if_then:
        cycles = 0
    if one.kind in ("load", "store", "multiple"):
        cycles += rules.wait_states * one.words
    return cycles + (_stall(one, before, rules) if before is not None else 0)


def _joins(one: Instruction, before: Instruction, rules: CycleRules) -> bool:
    """Whether a load or store is pipelined with the instruction before it."""
    if before.kind == "load":
        return not before.writes & one.address_registers
    return one.kind == "load" and before.kind == "store" and before.immediate and not rules.load_after_store


def _stall(one: Instruction, before: Instruction, rules: CycleRules) -> int:
    """Return the cycles for which an instruction waits for a result of the one before it."""
    stall = 0
    if before.kind in ("data", "division", "fpu_move") and before.writes & one.address_registers:
        stall += rules.address_stall
    if before.kind in ("fpu", "fpu_accumulate") and one.kind.startswith("fpu") and before.writes & one.reads:
        stall += rules.fpu_latency
    return stall


def division_cycles(dividend: int, divisor: int) -> int:
    """Return the cycles of a division of magnitudes: the manual says 2 to 12, measurements by the difference of their bits."""
    if dividend == 0 or divisor == 0:
        return SHORTEST_DIVISION
    bits = dividend.bit_length() - divisor.bit_length()
    return SMALLER_DIVIDEND if bits < 0 else min(LONGEST_DIVISION, 5 + bits // 4)


def make_tables(
    instructions: Mapping[int, Instruction], base: int, size: int, rules: CycleRules
) -> CycleTables:  # fmt: skip
    """Make the tables of code of `size` bytes at `base`."""
    halfwords = size // 2
    cycles, count, entered = (np.zeros(halfwords + 1, np.int64) for _ in range(3))
    refill = np.full(halfwords + 1, rules.taken_branch, np.int64)
    for address, one in instructions.items():
        at = (address - base) // 2
        cycles[at] = cycles_of(one, _before(instructions, address), rules)
        count[at] = 1
        entered[at] = cycles_of(one, None, rules) - cycles[at]
        if address % 4 and one.size == 4:
            entered[at] += rules.unaligned_target
        if one.leaves:
            refill[at + one.size // 2] = rules.taken_indirect
    divisions = tuple(address for address, one in instructions.items() if one.kind == "division")
    return CycleTables(base, _sums(cycles), _sums(count), entered, refill, divisions)


def _sums(column: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the sum of all values before each index."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(column[:-1])))


def _before(instructions: Mapping[int, Instruction], address: int) -> Instruction | None:
    """Return the instruction that ends where one begins."""
    for size in (2, 4):
        before = instructions.get(address - size)
        if before is not None and before.size == size:
            return before
    return None
