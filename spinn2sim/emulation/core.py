"""One emulated Cortex-M4F: runs a function of the firmware to its end, and counts its cycles by the rules."""

from __future__ import annotations

import ctypes
import gc
from ctypes import c_int, c_size_t, c_uint64, c_void_p
from typing import Any

import numpy as np
import unicorn
from numpy.typing import NDArray
from unicorn import arm_const

from spinn2sim.emulation import counting_hook as at
from spinn2sim.emulation.cycle_rules import SHORTEST_DIVISION, CycleRules, division_cycles, make_tables
from spinn2sim.emulation.firmware_file import FirmwareFile
from spinn2sim.emulation.instructions import Instruction, decode

CODE_BYTES, SRAM, DEVICES, PAGE = 0x10000, 0x2000_0000, 0x4000_0000, 4096
ARGUMENTS = (arm_const.UC_ARM_REG_R0, arm_const.UC_ARM_REG_R1, arm_const.UC_ARM_REG_R2)
FPU_ACCESS, FPU_ENABLED = 0xF << 20, 1 << 30
LEAST_PROFILES = 64
# Where a function of the firmware returns to.
STOP = "stop"


_cores: dict[tuple[bytes, CycleRules], Core] = {}


def core_of(firmware: FirmwareFile, rules: CycleRules, profiles: int) -> Core:
    """Return the core of a firmware: there is one at a time, since each takes a gigabyte of addresses and a third of a second."""
    key = firmware.code, rules
    if key not in _cores or _cores[key].profiles < profiles:
        _cores.clear()
        gc.collect()  # an emulator and the functions that it calls hold each other
        _cores[key] = Core(firmware, rules, max(profiles, LEAST_PROFILES))
    return _cores[key]


class FirmwareStoppedError(RuntimeError):
    """The firmware did what the core cannot do, such as to read where nothing is: a fault of the firmware or of its image."""


class Core:
    """The core, with the firmware's code at 0 and memory of the host behind SRAM. core_of makes one."""

    def __init__(self, firmware: FirmwareFile, rules: CycleRules, profiles: int) -> None:
        self._memory: NDArray[np.uint8] | None = None
        self.functions = firmware.functions
        instructions = decode(firmware.code, firmware.base, firmware.spans)
        tables = make_tables(instructions, firmware.base, len(firmware.code), rules)
        self.words = at.make_words(tables, profiles)
        # How many profiles can be told apart, and where the first of them begins.
        self.profiles, self._profiles_first = profiles, int(self.words[at.SPENT_FIRST])
        self._starts, self._names = _functions(firmware)
        self._hooks = at.make_hooks()
        self._handles: list[Any] = []
        self._uc = uc = unicorn.Uc(  # type: ignore[attr-defined]
            unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB | unicorn.UC_MODE_MCLASS
        )
        uc.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M4)
        uc.mem_map(0, CODE_BYTES)
        uc.mem_write(firmware.base, firmware.code)
        uc.reg_write(arm_const.UC_ARM_REG_C1_C0_2, uc.reg_read(arm_const.UC_ARM_REG_C1_C0_2) | FPU_ACCESS)
        uc.reg_write(arm_const.UC_ARM_REG_FPEXC, FPU_ENABLED)
        self._add_compiled_hooks()
        for address in tables.divisions:
            self._watch_division(instructions[address])

    def use(self, memory: NDArray[np.uint8]) -> None:
        """Put memory behind SRAM, whole pages of the host, in place of what was there."""
        if memory is self._memory:
            return
        if self._memory is not None:
            self._uc.mem_unmap(SRAM, self._memory.nbytes)
        self._uc.mem_map_ptr(SRAM, memory.nbytes, unicorn.UC_PROT_ALL, memory.ctypes.data)
        self._memory = memory

    def call(self, function: str, arguments: tuple[int, ...], stack: int) -> None:
        """Run a function to its return; its cycles, instructions and sends are added to `words`. Raises FirmwareStoppedError."""
        for register, value in zip(ARGUMENTS, arguments, strict=True):
            self._uc.reg_write(register, value)
        stop = self.functions[STOP]
        self._uc.reg_write(arm_const.UC_ARM_REG_SP, stack)
        self._uc.reg_write(arm_const.UC_ARM_REG_LR, stop | 1)
        entry = self.functions[function]
        self.words[at.BLOCK_END] = entry
        try:
            self._uc.emu_start(entry | 1, stop)
        except unicorn.UcError as error:  # type: ignore[attr-defined]
            where = self._uc.reg_read(arm_const.UC_ARM_REG_PC)
            raise FirmwareStoppedError(f"{function}: the emulated core stopped at {where:#x}: {error}") from None

    def take_counts(self) -> tuple[int, int]:
        """Return cycles and instructions since this was called last."""
        counts = int(self.words[at.CYCLES]), int(self.words[at.INSTRUCTIONS])
        self.words[at.CYCLES] = self.words[at.INSTRUCTIONS] = 0
        return counts

    def profile_in(self, number: int) -> None:
        """Add to profile `number` from now on."""
        self.words[at.SPENT_FIRST] = self._profiles_first + number * self._profile_words

    def take_profile(self, number: int) -> dict[str, tuple[int, int]]:
        """Return how often each C function was entered, and its own cycles, since this was called last for profile `number`."""
        first = self._profiles_first + number * self._profile_words
        spent, begun = self.words[first : first + self._profile_words].reshape(2, -1)
        cycles = np.add.reduceat(spent, self._starts)
        found = {
            self._names[at_start]: (int(begun[self._starts[at_start]]), int(cycles[at_start]))
            for at_start in np.flatnonzero(cycles)
        }
        self.words[first : first + self._profile_words] = 0
        return found

    @property
    def _profile_words(self) -> int:
        return 2 * (int(self.words[at.HALFWORDS]) + 1)

    def _add_compiled_hooks(self) -> None:
        """Add the hooks by unicorn's C functions, which take the addresses of compiled ones."""
        library, engine = unicorn.unicorn_py3.unicorn.uclib, self._uc._uch
        handle = c_size_t()
        self._handles.append(handle)
        user, always = c_void_p(self.words.ctypes.data), (c_uint64(1), c_uint64(0))
        status = library.uc_hook_add(
            engine, ctypes.byref(handle), c_int(unicorn.UC_HOOK_BLOCK), c_void_p(self._hooks.block), user, *always
        )
        status = status or library.uc_mmio_map(
            engine,
            c_uint64(DEVICES),
            c_size_t(PAGE),
            c_void_p(self._hooks.answer),
            user,
            c_void_p(self._hooks.device),
            user,
        )
        if status:
            raise RuntimeError(f"the emulator took no hook: unicorn's error {status}")

    def _watch_division(self, division: Instruction) -> None:
        """Have the operands of a division add what it takes beyond the shortest time."""
        names = [name.strip() for name in division.operands.split(",")]
        dividend, divisor = (getattr(arm_const, f"UC_ARM_REG_{name.upper()}") for name in names[-2:])
        signed = division.name == "sdiv"

        def on_division(uc: Any, address: int, size: int, user: Any) -> None:
            n, d = (uc.reg_read(register) for register in (dividend, divisor))
            if signed:
                n, d = (abs(value - (value >> 31 << 32)) for value in (n, d))
            more = division_cycles(n, d) - SHORTEST_DIVISION
            self.words[at.CYCLES] += more
            self.words[self.words[at.SPENT_FIRST] + (address - self.words[at.BASE]) // 2] += more

        self._uc.hook_add(unicorn.UC_HOOK_CODE, on_division, begin=division.address, end=division.address)


def _functions(firmware: FirmwareFile) -> tuple[NDArray[np.int64], list[str]]:
    """Return where functions begin, in halfwords from the first one on, and their names; of several names the first is taken."""
    names: dict[int, str] = {}
    for name, address in sorted(firmware.functions.items()):
        names.setdefault((address - firmware.base) // 2, name)
    starts = sorted(names)
    return np.array(starts, np.int64), [names[start] for start in starts]
