"""Words that one process writes and another reads, in memory that both map, and how one waits for the other.

A process writes other words first and the shared one last, with `store_release`; who sees it with `load_acquire` sees the others, too.
Who waits long sleeps in the system until the writer wakes it: Linux has futex(2) for this; elsewhere it sleeps a moment, and looks again.
Yielding the core is no way to wait: to Linux it means that a task gives up its slice, and another one's slice lasts for milliseconds.
"""

from __future__ import annotations

import platform
import sys
import threading
import time
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

from firmware_models.jit.compiler import config

WORD, WORD_BYTES = ir.IntType(64), 8
# What tells a core that it waits in a loop; other machines do without.
PAUSES = {"x86_64": "llvm.x86.sse2.pause"}
# The number of the system call, and its operations, whose words are not private to a process.
FUTEX = {"x86_64": 202, "aarch64": 98}.get(platform.machine()) if sys.platform == "linux" else None
FUTEX_WAIT, FUTEX_WAKE, ALL = 0, 1, 1 << 30
POLL_US = 50


def _pointer(context: Any, builder: Any, kind: Any, words: Any, index: Any) -> Any:
    return builder.gep(arrayobj.make_array(kind)(context, builder, words).data, [index])


@intrinsic
def _load_acquire(typing: Any, words: Any, index: Any) -> Any:
    """Return words[index]; what is read after it is no older."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], *arguments)
        return builder.load_atomic(pointer, "acquire", WORD_BYTES)

    return types.int64(words, types.int64), generate


@intrinsic
def _store_release(typing: Any, words: Any, index: Any, value: Any) -> Any:
    """Set words[index]; who sees it sees what was written before it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], *arguments[:2])
        builder.store_atomic(arguments[2], pointer, "release", WORD_BYTES)
        return context.get_dummy_value()

    return types.void(words, types.int64, types.int64), generate


@intrinsic
def _exchange_word(typing: Any, words: Any, index: Any, value: Any) -> Any:
    """Set words[index], and return what it was. All processes agree on the order of this and of what comes before and after it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], *arguments[:2])
        return builder.atomic_rmw("xchg", pointer, arguments[2], "seq_cst")

    return types.int64(words, types.int64, types.int64), generate


@intrinsic
def _pause(typing: Any) -> Any:
    """Wait for a few dozen cycles."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        name = PAUSES.get(platform.machine())
        if name:
            kind = ir.FunctionType(ir.VoidType(), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def _sleep_until_woken(typing: Any, words: Any, index: Any, value: Any, microseconds: Any) -> Any:
    """Sleep while words[index] has a value, until another process wakes its sleepers, or for a while at most."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer = _pointer(context, builder, signature.args[0], *arguments[:2])
        if FUTEX is None:
            usleep = ir.FunctionType(ir.IntType(32), [ir.IntType(32)])
            called = cgutils.get_or_insert_function(builder.module, usleep, "usleep")
            builder.call(called, [ir.Constant(ir.IntType(32), POLL_US)])
            return context.get_dummy_value()
        million = ir.Constant(WORD, 1_000_000)
        seconds, rest = builder.sdiv(arguments[3], million), builder.srem(arguments[3], million)
        span = cgutils.alloca_once(builder, WORD, 2)
        builder.store(seconds, span)
        builder.store(builder.mul(rest, ir.Constant(WORD, 1000)), builder.gep(span, [ir.Constant(WORD, 1)]))
        _futex(builder, pointer, FUTEX_WAIT, arguments[2], builder.ptrtoint(span, WORD))
        return context.get_dummy_value()

    return types.void(words, types.int64, types.int64, types.int64), generate


@intrinsic
def _wake_sleepers(typing: Any, words: Any, index: Any) -> Any:
    """Wake who sleeps at words[index]."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if FUTEX is not None:
            pointer = _pointer(context, builder, signature.args[0], *arguments)
            _futex(builder, pointer, FUTEX_WAKE, ir.Constant(WORD, ALL), ir.Constant(WORD, 0))
        return context.get_dummy_value()

    return types.void(words, types.int64), generate


def _futex(builder: Any, pointer: Any, operation: int, value: Any, span: Any) -> None:
    """Call futex(2), which looks at the lower half of the word: both machines that it is called on are little-endian."""
    kind = ir.FunctionType(WORD, [WORD] * 5)
    call = cgutils.get_or_insert_function(builder.module, kind, "syscall")
    words = [ir.Constant(WORD, FUTEX), builder.ptrtoint(pointer, WORD), ir.Constant(WORD, operation), value, span]
    builder.call(call, words)


_one_thread = threading.Lock()


def _load_uncompiled(words: Any, index: int) -> Any:
    return words[index]


def _store_uncompiled(words: Any, index: int, value: int) -> None:
    words[index] = value


def _exchange_uncompiled(words: Any, index: int, value: int) -> Any:
    with _one_thread:
        found, words[index] = words[index], value
    return found


def _sleep_uncompiled(words: Any, index: int, value: int, microseconds: int) -> None:
    time.sleep(POLL_US / 1e6)


def _nothing(*_: Any) -> None:
    pass


# numba calls intrinsics without their first argument.
load_acquire: Any = _load_uncompiled if config.DISABLE_JIT else _load_acquire
store_release: Any = _store_uncompiled if config.DISABLE_JIT else _store_release
exchange_word: Any = _exchange_uncompiled if config.DISABLE_JIT else _exchange_word
pause: Any = _nothing if config.DISABLE_JIT else _pause
sleep_until_woken: Any = _sleep_uncompiled if config.DISABLE_JIT else _sleep_until_woken
wake_sleepers: Any = _nothing if config.DISABLE_JIT else _wake_sleepers
