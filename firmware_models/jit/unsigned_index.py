"""Kernels index from the start alone: a pass of the compiler that takes out numba's question whether an index is negative.

numba adds the length to every negative index, as Python does. No kernel counts from the end, and the question costs a sixth of the time
of loops that do little else than index. After the types are known the pass declares integer indices unsigned, which numba doesn't ask.
A constant index such as a[-1] keeps its meaning.
"""

from __future__ import annotations

from typing import Any

from numba.core import ir, types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.typed_passes import NopythonTypeInference
from numba.core.typing.templates import Signature


def unsigned(kind: Any) -> Any:
    """The type of an index with its signed integers made unsigned."""
    if isinstance(kind, types.Integer) and getattr(kind, "signed", False):
        return types.uintp
    if isinstance(kind, types.BaseTuple) and not isinstance(kind, types.BaseNamedTuple):
        return types.Tuple([unsigned(part) for part in getattr(kind, "types", ())])
    return kind


@register_pass(mutates_CFG=False, analysis_only=False)
class UnsignedIndex(FunctionPass):
    """Changes the types of indices in getitem and setitem on arrays."""

    _name = "unsigned_index"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Whether anything was changed."""
        changed = False
        for block in state.func_ir.blocks.values():
            for statement in block.body:
                item = statement.value if isinstance(statement, ir.Assign) else statement
                if isinstance(item, ir.SetItem) or (isinstance(item, ir.Expr) and item.op == "getitem"):
                    changed |= declare_unsigned(state.calltypes, item)
        return changed


def declare_unsigned(calltypes: Any, item: Any) -> bool:
    """Change one signature: (array, index, ...)."""
    found = calltypes.get(item)
    if found is None or not isinstance(found.args[0], types.Array):
        return False
    index = unsigned(found.args[1])
    if index == found.args[1]:
        return False
    calltypes.pop(item)  # a dictionary that takes each key once
    calltypes[item] = Signature(found.return_type, (found.args[0], index, *found.args[2:]), found.recvr)
    return True


class UnsignedIndexCompiler(CompilerBase):
    """numba's usual compiler with the pass in it."""

    def define_pipelines(self) -> list[Any]:
        """The only pipeline: no object mode."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(UnsignedIndex, NopythonTypeInference)
        passes.finalize()
        return [passes]
