"""Notes the processor's position at each tick of the CPU-time clock: a signal handler of a few instructions, without privileges.

Python's own handlers run between bytecodes, and never inside a kernel. So the handler is compiled by LLVM, which numba brings along;
it reads the interrupted position from the frame that the system lays on the stack (ucontext_t), and adds it to an array. Linux on
x86-64 and aarch64.
"""

from __future__ import annotations

import ctypes
import platform
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numpy.typing import NDArray

# Bytes from the beginning of ucontext_t to the program counter, from Linux's asm/ucontext.h and asm/sigcontext.h.
COUNTER_AT = {"x86_64": 168, "aarch64": 440}
MOST = 1 << 20
TICK_S = 0.001
HANDLER = """
define void @note(i32 %number, ptr %info, ptr %context) {{
  %counted = inttoptr i64 {count} to ptr
  %n = atomicrmw add ptr %counted, i64 1 monotonic
  %fits = icmp ult i64 %n, {most}
  br i1 %fits, label %keep, label %end
keep:
  %at = getelementptr i8, ptr %context, i64 {offset}
  %position = load i64, ptr %at
  %samples = inttoptr i64 {samples} to ptr
  %place = getelementptr i64, ptr %samples, i64 %n
  store i64 %position, ptr %place
  br label %end
end:
  ret void
}}
"""


class CannotSampleError(RuntimeError):
    """This machine's signal frames are not known; the message is one line."""


class Sampler:
    """Holds the samples, and the handler that adds to them."""

    def __init__(self) -> None:
        machine = platform.machine()
        if sys.platform != "linux" or machine not in COUNTER_AT:
            raise CannotSampleError(f"found {sys.platform} on {machine}, allowed is linux on {' or '.join(COUNTER_AT)}")
        self._positions, self._count = np.zeros(MOST, np.uint64), np.zeros(1, np.int64)
        text = HANDLER.format(
            count=self._count.ctypes.data, samples=self._positions.ctypes.data, most=MOST, offset=COUNTER_AT[machine]
        )
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        module = llvm.parse_assembly(text)
        self._engine: Any = llvm.create_mcjit_compiler(
            module, llvm.Target.from_default_triple().create_target_machine()
        )
        self._engine.finalize_object()
        self._address = self._engine.get_function_address("note")

    @property
    def positions(self) -> NDArray[np.uint64]:
        """The addresses that were found, in the order in which they were."""
        return self._positions[: min(int(self._count[0]), MOST)]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Sample the block, at each TICK_S of CPU time or as often as the system's clock ticks."""
        library = ctypes.CDLL(None, use_errno=True)
        library.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
        library.signal.restype = ctypes.c_void_p
        library.signal(int(signal.SIGPROF), self._address)
        signal.setitimer(signal.ITIMER_PROF, TICK_S, TICK_S)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0.0)
            library.signal(int(signal.SIGPROF), 1)  # SIG_IGN: one that is still on its way is dropped
