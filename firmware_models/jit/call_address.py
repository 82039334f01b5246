"""Calls a kernel by its address, so that a loop which is compiled once can run neuron models that it does not name.

A model's kernel has the signature UPDATE: rows of parameters and of states, excitatory and inhibitory input, and the name of a random
number. Compiled into the loop, each new model would cost the compilation of the whole engine; a call by address takes a few nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import config as numba_config
from numba import types
from numba.extending import intrinsic, overload

config: Any = numba_config  # its fields are made at run time
FLOATS = types.CPointer(types.float32)
UPDATE = types.boolean(FLOATS, FLOATS, types.float32, types.float32, types.uint64)
# Kernels by their address, or where they run as plain Python by what stands for it.
_known: dict[int, Callable[..., Any]] = {}


def address_of(update: Any) -> int:
    """Return what `call_update` takes for a kernel: the address of its code, which is compiled or loaded if need be.

    Raises what numba raises if it does not compile, and TypeError if it is no kernel or returns anything but a truth value.
    """
    if config.DISABLE_JIT:  # kernels are left as they are
        _known[id(update)] = update
        return id(update)
    if not hasattr(update, "py_func"):
        raise TypeError(
            f"found a {type(update).__name__}, allowed is a kernel: kernel = kernels_of(__package__), then @kernel"
        )
    update.compile(UPDATE.args)
    found = update.overloads[UPDATE.args]
    if found.signature.return_type != types.boolean:
        raise TypeError(f"it returns {found.signature.return_type}, allowed is bool")
    address = int(found.library.get_pointer_to_function(found.fndesc.llvm_cfunc_wrapper_name))
    _known[address] = update
    return address


def kernel_at(address: int) -> Callable[..., Any] | None:
    """Return the kernel whose address this is; None if `address_of` has not returned it."""
    return _known.get(address)


def call_update(address: Any, p: Any, x: Any, n: Any, exc: Any, inh: Any, name: Any) -> bool:
    """Call the kernel at an address for row n of parameters `p` and states `x`; returns whether neuron n fires."""
    return bool(_known[int(address)](p[n], x[n], exc, inh, name))


@intrinsic
def call_code(context: Any, address: Any, p: Any, x: Any, n: Any, exc: Any, inh: Any, name: Any) -> Any:
    """Call, in kernels, the code at an address."""

    def convert(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        where, parameters, states, row, *numbers = arguments

        def begin(kind: Any, value: Any) -> Any:
            array = context.make_array(kind)(context, builder, value)
            width = builder.extract_value(array.shape, 1)
            return builder.gep(array.data, [builder.mul(row, width)])

        floats = ir.FloatType().as_pointer()
        takes = [floats, floats, ir.FloatType(), ir.FloatType(), ir.IntType(64)]
        function = builder.inttoptr(where, ir.FunctionType(ir.IntType(1), takes).as_pointer())
        return builder.call(
            function, [begin(signature.args[1], parameters), begin(signature.args[2], states), *numbers]
        )

    rest = (types.float32, types.float32, types.uint64)
    return types.boolean(types.int64, p, x, types.int64, *rest), convert


@overload(call_update)
def _compiled(address: Any, p: Any, x: Any, n: Any, exc: Any, inh: Any, name: Any) -> Any:
    code_at: Any = call_code

    def call(address: Any, p: Any, x: Any, n: Any, exc: Any, inh: Any, name: Any) -> Any:
        return code_at(address, p, x, n, exc, inh, name)

    return call
