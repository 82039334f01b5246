"""Hands the machine code of a kernel to other kernels, which call it by its address.

What a parallel kernel runs on its threads is otherwise compiled into each of the four functions that numba makes of that kernel, and into
each of its callers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from llvmlite import ir
from numba import typeof, types
from numba.core import errors
from numba.core.typing.templates import AbstractTemplate, Signature, infer_global
from numba.extending import NativeValue, lower_builtin, models, register_model, typeof_impl, unbox

ADDRESS = ir.IntType(64)


class CodeType(types.Type):
    """numba's type of a MachineCode for arguments of the given types."""

    def __init__(self, arguments: tuple[Any, ...]) -> None:
        self.arguments = arguments
        digest = hashlib.sha256(repr([str(kind) for kind in arguments]).encode()).hexdigest()
        super().__init__(name=f"Code_{digest[:16]}")


@dataclass(frozen=True)
class MachineCode:
    """The machine code of a kernel that returns nothing, for arguments of certain types; of no use where kernels run as plain Python."""

    kernel: Callable[..., None]
    numba_type: CodeType | None = None
    address: int = 0


def machine_code(kernel: Any, *arguments: Any) -> MachineCode:
    """Compile a kernel for arguments of the types of `arguments`, if it is not yet."""
    if not hasattr(kernel, "py_func"):
        return MachineCode(kernel)
    kinds = tuple(typeof(value) for value in arguments)
    kernel.compile(kinds)
    compiled = kernel.overloads[kinds]
    address = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_cfunc_wrapper_name)
    return MachineCode(kernel, CodeType(kinds), int(address))


def call_code(code: MachineCode, *arguments: Any) -> None:
    """Call a kernel that was handed over, from a kernel or from Python."""
    code.kernel(*arguments)


@typeof_impl.register(MachineCode)
def _typeof(value: MachineCode, context: Any) -> CodeType | None:
    return value.numba_type


@register_model(CodeType)
class _CodeModel(models.PrimitiveModel):
    """An address."""

    def __init__(self, manager: Any, kind: CodeType) -> None:
        super().__init__(manager, kind, ADDRESS)


@unbox(CodeType)
def _unbox(kind: CodeType, value: Any, c: Any) -> Any:
    found = c.pyapi.object_getattr_string(value, "address")
    address = c.pyapi.long_as_ulonglong(found)
    c.pyapi.decref(found)
    return NativeValue(address)


class _Call(AbstractTemplate):
    """A call of machine code, whose arguments must have its types, since nothing converts them."""

    key = call_code

    def generic(self, arguments: Any, keywords: Any) -> Any:
        code, *given = arguments
        if tuple(given) != code.arguments:
            raise errors.TypingError(f"machine code for {code.arguments} is called with {tuple(given)}")
        return Signature(types.none, arguments, None)


infer_global(call_code, types.Function(_Call))


@lower_builtin(call_code, CodeType, types.VarArg(types.Any))
def _lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    code, *given = arguments
    kind = ir.FunctionType(
        context.get_value_type(types.none), [context.get_value_type(kind) for kind in signature.args[1:]]
    )
    builder.call(builder.inttoptr(code, kind.as_pointer()), given)
    return context.get_dummy_value()
