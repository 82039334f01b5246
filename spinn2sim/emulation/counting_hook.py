"""What the emulator calls at every block of code and at every device register, compiled by numba: counting costs next to nothing.

All numbers are words of one array, which both hooks get as their user data.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
from numba import carray, cfunc, config, types  # type: ignore[attr-defined]
from numpy.typing import NDArray

from firmware_models.fixedpoint import exp_accelerator
from spinn2sim.emulation.cycle_rules import CycleTables
from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.facts import EXP_CYCLES

# The words before the tables.
(
    CYCLES,
    BLOCK_END,
    INSTRUCTIONS,
    BASE,
    HALFWORDS,
    LOG_FIRST,
    LOGGED,
    PAYLOAD,
    ARGUMENT,
    SPENT_FIRST,
    EXPONENTIAL,
    BUS,
    HEAD,
) = range(13)
# What a wake can send, and the words of one entry of the log.
LOG_ROWS, LOG_WORDS = 1 << 16, 4
# Registers of the board, by their offset (firmware_models/board/emulated/board.h).
REG_PAYLOAD, REG_KEY, REG_KEY_WITH_PAYLOAD, REG_ARGUMENT, REG_TRANSFER, REG_EXPONENT, REG_EXPONENTIAL = range(0, 28, 4)


class Hooks(NamedTuple):
    """The addresses of the compiled functions; `keep` are the objects that they belong to."""

    block: int
    device: int
    answer: int
    keep: tuple[Any, ...]


def make_words(tables: CycleTables, profiles: int) -> NDArray[np.int64]:
    """Lay out counters, tables, the log of devices, and profiles: of each halfword of code its cycles, and how often it began a block.

    SPENT_FIRST is where the profile begins to which is added.
    """
    halfwords = len(tables.cycles) - 1
    parts = (tables.cycles, tables.instructions, tables.entered, tables.refill)
    log_first = HEAD + len(parts) * (halfwords + 1)
    spent_first = log_first + LOG_ROWS * LOG_WORDS
    words = np.zeros(spent_first + profiles * 2 * (halfwords + 1), np.int64)
    words[HEAD:log_first] = np.concatenate(parts)
    words[BASE], words[HALFWORDS], words[LOG_FIRST], words[SPENT_FIRST] = tables.base, halfwords, log_first, spent_first
    return words


@functools.cache
def make_hooks() -> Hooks:
    """Compile the hooks, once per process. Raises ScenarioError if numba must not compile."""
    if config.DISABLE_JIT:  # type: ignore[attr-defined]
        raise ScenarioError("the emulated core: found NUMBA_DISABLE_JIT, allowed is a numba that compiles")

    def on_block(uc: Any, address: Any, size: Any, user: Any) -> None:
        head = carray(user, HEAD)
        row = head[HALFWORDS] + 1
        words = carray(user, head[SPENT_FIRST] + 2 * row)
        first = (np.int64(address) - head[BASE]) >> 1
        last = first + (np.int64(size) >> 1)
        cycles = words[HEAD + last] - words[HEAD + first]
        if np.int64(address) != head[BLOCK_END]:
            came_from = (head[BLOCK_END] - head[BASE]) >> 1
            cycles += words[HEAD + 2 * row + first] + words[HEAD + 3 * row + came_from]
        words[INSTRUCTIONS] += words[HEAD + row + last] - words[HEAD + row + first]
        words[CYCLES] += cycles
        words[head[SPENT_FIRST] + first] += cycles
        words[head[SPENT_FIRST] + row + first] += 1
        words[BLOCK_END] = np.int64(address) + np.int64(size)

    def on_device(uc: Any, offset: Any, size: Any, value: Any, user: Any) -> None:
        head = carray(user, HEAD)
        if offset == REG_PAYLOAD:
            head[PAYLOAD] = np.int64(np.int32(value))
        elif offset == REG_ARGUMENT:
            head[ARGUMENT] = np.int64(np.int32(value))
        elif offset == REG_EXPONENT:
            head[EXPONENTIAL] = exp_accelerator(np.int64(np.int32(value)))
        elif head[LOGGED] < LOG_ROWS:
            at = head[LOG_FIRST] + LOG_WORDS * head[LOGGED]
            entry = carray(user, at + LOG_WORDS)
            entry[at] = np.int64(offset)
            entry[at + 1] = np.int64(value)
            entry[at + 2] = head[ARGUMENT] if offset == REG_TRANSFER else head[PAYLOAD]
            entry[at + 3] = head[CYCLES]
            head[LOGGED] += 1

    def on_read(uc: Any, offset: Any, size: Any, user: Any) -> Any:
        head = carray(user, HEAD)
        cycles = EXP_CYCLES + head[BUS]
        head[CYCLES] += cycles
        last = head[SPENT_FIRST] + ((head[BLOCK_END] - head[BASE]) >> 1) - 1
        carray(user, last + 1)[last] += cycles
        return np.uint64(head[EXPONENTIAL])

    pointer = types.CPointer(types.int64)
    block = cfunc(types.void(types.intp, types.uint64, types.uint32, pointer))(on_block)
    device = cfunc(types.void(types.intp, types.uint64, types.uint32, types.uint64, pointer))(on_device)
    answer = cfunc(types.uint64(types.intp, types.uint64, types.uint32, pointer))(on_read)
    addresses = [int(hook.address or 0) for hook in (block, device, answer)]
    return Hooks(addresses[0], addresses[1], addresses[2], (block, device, answer))
