"""Functions on short vectors of an array's numbers, for loops of kernels that numba compiles number by number.

Two look for the few numbers above a limit, 32 at a time, so that only those that are found cost a branch; one adds up products, with the
order of additions as it is written. Kernels that run as plain Python use the functions themselves.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
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


def four_sums(a: Any, a_at: Any, b: Any, b_at: Any, count: Any) -> tuple[float, float, float, float]:
    """Return four sums of a[a_at + k] b[b_at + k] over k < count, a multiple of 4: sum number k % 4 has product k, added in turn."""
    sums = [0.0] * PER_VECTOR
    for k in range(count):
        sums[k % PER_VECTOR] += a[a_at + k] * b[b_at + k]
    return sums[0], sums[1], sums[2], sums[3]


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


@infer_global(four_sums)
class _FourSums(AbstractTemplate):
    """Two arrays of float64, each with an index, and a count."""

    def generic(self, arguments: Any, keywords: Any) -> Any:
        a, _, b, _, _ = arguments
        if all(isinstance(kind, types.Array) and kind.ndim == 1 and kind.dtype == types.float64 for kind in (a, b)):
            result = types.UniTuple(types.float64, PER_VECTOR)
            return Signature(result, (a, types.int64, b, types.int64, types.int64), None)
        return None


def _vector(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """Load PER_VECTOR numbers of an array from an index on."""
    data = arrayobj.make_array(kind)(context, builder, array).data
    lanes = ir.VectorType(context.get_value_type(kind.dtype), PER_VECTOR)
    return builder.load(builder.bitcast(builder.gep(data, [at]), lanes.as_pointer()), align=8)


@lower_builtin(above_mask, types.Array, types.int64, types.Any)
def _lower_above(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    kind = signature.args[0]
    lanes = ir.VectorType(context.get_value_type(kind.dtype), PER_VECTOR)
    limit = builder.insert_element(ir.Constant(lanes, ir.Undefined), arguments[2], WORD(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), PER_VECTOR), [0] * PER_VECTOR)
    limits = builder.shuffle_vector(limit, ir.Constant(lanes, ir.Undefined), zeros)
    compare = builder.fcmp_ordered if kind.dtype == types.float64 else builder.icmp_signed
    mask: Any = WORD(0)
    for first in range(0, LANES, PER_VECTOR):
        values = _vector(context, builder, kind, arguments[0], builder.add(arguments[1], WORD(first)))
        bits = builder.zext(builder.bitcast(compare(">", values, limits), ir.IntType(PER_VECTOR)), WORD)
        mask = builder.or_(mask, builder.shl(bits, WORD(first)))
    return mask


@lower_builtin(lowest_bit, types.int64)
def _lower_lowest(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))


@lower_builtin(four_sums, types.Array, types.int64, types.Array, types.int64, types.int64)
def _lower_sums(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    a, a_at, b, b_at, count = arguments
    lanes = ir.VectorType(ir.DoubleType(), PER_VECTOR)
    sums = cgutils.alloca_once_value(builder, ir.Constant(lanes, [0.0] * PER_VECTOR))
    with cgutils.for_range_slice(builder, WORD(0), count, WORD(PER_VECTOR), WORD) as (k, _):
        left = _vector(context, builder, signature.args[0], a, builder.add(a_at, k))
        right = _vector(context, builder, signature.args[2], b, builder.add(b_at, k))
        builder.store(builder.fadd(builder.load(sums), builder.fmul(left, right)), sums)
    found = builder.load(sums)
    parts = [builder.extract_element(found, WORD(k)) for k in range(PER_VECTOR)]
    return context.make_tuple(builder, signature.return_type, parts)
