"""Thumb instructions as the cycle rules see them: what they read and write, how they address memory, and of which kind they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import capstone
from capstone import arm


def names(text: str) -> frozenset[str]:
    """Return the names in a text."""
    return frozenset(text.split())


CONDITIONS = names("eq ne hs lo mi pl vs vc hi ls ge lt gt le cs cc")
DATA = names(
    """mov movs movw movt mvn mvns add adds addw adc adcs sub subs subw sbc sbcs rsb rsbs cmp cmn tst teq and ands orr orrs orn orns eor
    eors bic bics lsl lsls lsr lsrs asr asrs ror rors rrx rrxs clz rbit rev rev16 revsh sxtb sxth uxtb uxth sxtab sxtah uxtab uxtah
    sxtab16 uxtab16 sxtb16 uxtb16 sasx ssax ubfx sbfx bfi bfc ssat usat ssat16 usat16 pkhbt pkhtb sel qadd qsub qdadd qdsub qadd16 qsub16
    qadd8 sadd16 ssub16 uadd8 shadd16 adr nop"""
)
MULTIPLICATIONS = names(
    """mul muls mla mls smull umull smlal umlal umaal smmul smmulr smmla smmlar smmls smmlsr smlad smladx smlald smlaldx smuad smulbb smulbt
    smultb smultt smlabb smlabt smlatb smlatt smulwb smulwt smlawb smlawt smlalbb smlalbt smlaltb smlaltt smlsd smusd"""
)
MULTIPLE = names("push pop ldm stm ldmdb stmdb ldmia stmia vpush vpop vldmia vstmia vldm vstm vldmdb vstmdb")
STACK = frozenset(("push", "pop", "vpush", "vpop"))
FPU_ACCUMULATE = names("vmla vmls vfma vfms vnmla vnmls vfnma vfnms")
FPU_ONE = names("vcvtb vcvtt vadd vsub vmul vnmul vabs vneg vcvt vcvtr vcmp vcmpe vmrs vmsr")
SYSTEM = names("mrs msr wfi wfe cpsid cpsie dsb dmb isb svc bkpt udf trap")
KINDS: dict[str, str] = {
    **dict.fromkeys(DATA | MULTIPLICATIONS, "data"),
    **dict.fromkeys(("b", "bl", "cbz", "cbnz"), "branch"),
    **dict.fromkeys(("bx", "blx"), "indirect"),
    **dict.fromkeys(("tbb", "tbh"), "table_branch"),
    **dict.fromkeys(("ldr", "ldrb", "ldrh", "ldrsb", "ldrsh"), "load"),
    **dict.fromkeys(("str", "strb", "strh"), "store"),
    **dict.fromkeys(("ldrd", "strd"), "multiple"),
    **dict.fromkeys(MULTIPLE, "multiple"),
    **dict.fromkeys(("udiv", "sdiv"), "division"),
    **dict.fromkeys(("vdiv", "vsqrt"), "fpu_long"),
    **dict.fromkeys(FPU_ACCUMULATE, "fpu_accumulate"),
    **dict.fromkeys(FPU_ONE, "fpu"),
    **dict.fromkeys(SYSTEM, "system"),
    "vmov": "fpu_move",
    "vldr": "load",
    "vstr": "store",
}


@dataclass(frozen=True)
class Instruction:
    """One instruction at an address of the code."""

    address: int
    size: int
    name: str
    # Operands as the disassembler writes them.
    operands: str
    # One of the values of KINDS, or "if_then".
    kind: str
    reads: frozenset[str]
    writes: frozenset[str]
    # The registers that an address is made of.
    address_registers: frozenset[str]
    # How many words a load, store or move of several words moves.
    words: int
    # Whether an address is a register and a number that the instruction holds.
    immediate: bool

    @property
    def leaves(self) -> bool:
        """Whether it is a branch to where a register or a table says."""
        return self.kind in ("indirect", "table_branch") or ("pc" in self.writes and self.kind in ("load", "multiple"))


def decode(code: bytes, base: int, spans: Iterable[tuple[int, int]]) -> dict[int, Instruction]:
    """Decode the instructions of `spans`, [first, last) addresses of code that begins at `base`. Raises ValueError for an unknown one."""
    disassembler = capstone.Cs(capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS)
    disassembler.detail = True
    found: dict[int, Instruction] = {}
    for first, last in spans:
        at = first
        while at < last:
            raw = next(disassembler.disasm(code[at - base : last - base], at, 1), None)
            if raw is None:
                raise ValueError(f"firmware: found no instruction at {at:#x}")
            found[at] = classify(raw)
            at += raw.size
    return found


def classify(raw: Any) -> Instruction:
    """Return what the rules must know of a capstone instruction. Raises ValueError for one that they do not know."""
    name = raw.mnemonic.split(".")[0]
    conditional = raw.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID)
    if conditional and name[-2:] in CONDITIONS:
        name = name[:-2]
    if name == "umov":  # capstone takes "umulls" for a conditional "umov"
        name = "umull"
    is_it = name.startswith("it") and len(name) <= 5 and set(name[1:]) <= {"t", "e"}
    kind = "if_then" if is_it else KINDS.get(name)
    if kind is None:
        raise ValueError(f"firmware: found {name} at {raw.address:#x}, an instruction without a cycle rule")
    reads, writes = raw.regs_access()
    read, written = (frozenset(raw.reg_name(one) for one in some) for some in (reads, writes))
    address, immediate = _address(raw, name)
    words = _words(raw, name, kind)
    if kind in ("load", "store") and words == 2:
        kind = "multiple"
    return Instruction(
        raw.address, raw.size, name, raw.op_str, kind, read, written, address, words, immediate
    )  # fmt: skip


def _address(raw: Any, name: str) -> tuple[frozenset[str], bool]:
    """Return the registers of a memory operand, and whether all that is added to its base is a number."""
    if name in MULTIPLE:
        registers = () if name in STACK else (raw.reg_name(raw.operands[0].reg),)
        return frozenset(registers), True
    for operand in raw.operands:
        if operand.type == arm.ARM_OP_MEM:
            parts = (operand.mem.base, operand.mem.index)
            return frozenset(raw.reg_name(part) for part in parts if part), operand.mem.index == 0
    return frozenset(), True


def _words(raw: Any, name: str, kind: str) -> int:
    """Return how many words of 32 bits an instruction moves."""
    registers = [raw.reg_name(operand.reg) for operand in raw.operands if operand.type == arm.ARM_OP_REG]
    if name in ("ldrd", "strd"):
        return 2
    if name in MULTIPLE:
        moved = registers if name in STACK else registers[1:]
        return sum(2 if register.startswith("d") else 1 for register in moved)
    if name in ("vldr", "vstr"):
        return 2 if registers[0].startswith("d") else 1
    return 2 if kind == "fpu_move" and len(registers) > 2 else 1
