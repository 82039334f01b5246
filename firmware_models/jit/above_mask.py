"""Two functions for kernels that look for the few values of an array that are above a limit, 32 at a time.

numba compiles a loop with a branch for each value; these compare in vector registers, and only values that are found cost a branch. Kernels
that run as plain Python use the functions below.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.typing.templates import AbstractTemplate, Signature, infer_global
from numba.extending import lower_builtin
from numba.np import arrayobj

LANES = 32
# As long as the vectors that loops store: a longer one would wait for several of these.
PER_VECTOR = 4
WORD = ir.IntType(64)


def above_mask(values: Any, first: Any, limit: Any) -> Any:
    """Return a number whose bit k is set where values[first + k] > limit, of the 32 values from `first` on, which must exist."""
    return sum(1 << k for k in range(LANES) if values[first + k] > limit)


def lowest_bit(mask: Any) -> Any:
    """Return the number of the lowest bit that is set in `mask`, which must not be 0."""
    return (int(mask) & -int(mask)).bit_length() - 1


@infer_global(above_mask)
class _AboveMask(AbstractTemplate):
    """An array of float64 or int64, from an index on, and a limit of the array's type."""

    def generic(self, arguments: Any, keywords: Any) -> Any:
        values = arguments[0]
        if isinstance(values, types.Array) and values.ndim == 1 and values.dtype in (types.float64, types.int64):
            return Signature(types.int64, (values, types.int64, values.dtype), None)
        return None


@infer_global(lowest_bit)
class _LowestBit(AbstractTemplate):
    """A mask in 64 bits."""

    def generic(self, arguments: Any, keywords: Any) -> Any:
        return Signature(types.int64, (types.int64,), None)


@lower_builtin(above_mask, types.Array, types.int64, types.Any)
def _lower_above(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    kind = signature.args[0]
    array = arrayobj.make_array(kind)(context, builder, arguments[0])
    scalar = context.get_value_type(kind.dtype)
    lanes = ir.VectorType(scalar, PER_VECTOR)
    limit = builder.insert_element(ir.Constant(lanes, ir.Undefined), arguments[2], WORD(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), PER_VECTOR), [0] * PER_VECTOR)
    limits = builder.shuffle_vector(limit, ir.Constant(lanes, ir.Undefined), zeros)
    compare = builder.fcmp_ordered if kind.dtype == types.float64 else builder.icmp_signed
    mask: Any = WORD(0)
    for first in range(0, LANES, PER_VECTOR):
        place = builder.gep(array.data, [builder.add(arguments[1], WORD(first))])
        values = builder.load(builder.bitcast(place, lanes.as_pointer()), align=8)
        bits = builder.zext(builder.bitcast(compare(">", values, limits), ir.IntType(PER_VECTOR)), WORD)
        mask = builder.or_(mask, builder.shl(bits, WORD(first)))
    return mask


@lower_builtin(lowest_bit, types.int64)
def _lower_lowest(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))
