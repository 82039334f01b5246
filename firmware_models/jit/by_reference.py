"""Passes structures of arrays to kernels as one address: a NamedTuple is laid out as words in memory, without copying arrays.

numba passes a NamedTuple by value: a state of forty arrays becomes three hundred arguments of every call, which take most of the compile
time. A `ByRef` is one pointer; in a kernel, its fields are read like those of the NamedTuple.
"""

from __future__ import annotations

import hashlib
from typing import Any, Generic, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import typeof, types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np import arrayobj, numpy_support
from numpy.typing import NDArray

T = TypeVar("T")
WORD = ir.IntType(64)


class RefType(types.Type):
    """numba's type of a ByRef: `fields` are (name, first word, type); a nested NamedTuple is also a RefType.

    `instance_class` is the class of the NamedTuple, under the name that numba's own type of a NamedTuple has for it.
    """

    def __init__(self, instance_class: type, fields: tuple[tuple[str, int, Any], ...]) -> None:
        self.instance_class, self.fields = instance_class, fields
        named = (instance_class.__qualname__, [(name, at, str(kind)) for name, at, kind in fields])
        digest = hashlib.sha256(repr(named).encode()).hexdigest()
        super().__init__(name=f"Ref_{digest[:16]}")

    def field(self, name: str) -> tuple[int, Any] | None:
        """Return (first word, type) of a field; None if there is no such field."""
        return next(((at, kind) for found, at, kind in self.fields if found == name), None)


class ByRef(Generic[T]):
    """A NamedTuple of C-contiguous arrays, numbers and NamedTuples, for kernels. Its arrays can be filled but not replaced.

    Raises TypeError for any other field.
    """

    def __init__(self, value: T) -> None:
        self._structure = value
        words: list[int] = []
        self.numba_type = _lay(value, words)
        self._words: NDArray[np.int64] = np.array(words, np.int64)
        self.address = int(self._words.ctypes.data)

    def __getattr__(self, name: str) -> Any:
        # Kernels that run as plain Python read fields here.
        if name == "_structure":
            raise AttributeError(name)
        return getattr(self._structure, name)


def by_reference(value: T) -> T:
    """Return ByRef(value), typed as the NamedTuple whose fields it has."""
    return cast(T, ByRef(value))


def class_of(value: Any) -> type:
    """Return the class of a NamedTuple, also of one that is given by reference."""
    return type(value._structure if isinstance(value, ByRef) else value)


@intrinsic
def at_address(context: Any, like: Any, address: Any) -> Any:
    """Return, in kernels, the reference at an address, `ByRef.address`, whose fields are those of the reference `like`."""

    def convert(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[1], WORD.as_pointer())

    return like(like, types.int64), convert


def _lay(value: Any, words: list[int]) -> RefType:
    """Append the words of a NamedTuple's fields: an array is its address and its shape, a number one word."""
    fields = []
    for name, field in zip(value._fields, value, strict=True):
        at = len(words)
        kind: Any
        if hasattr(field, "_fields"):
            kind = _lay(field, words)
        elif isinstance(field, np.ndarray):
            if not field.flags.c_contiguous:
                raise TypeError(f"{type(value).__name__}.{name}: found a strided array, allowed are contiguous ones")
            kind = typeof(field)
            words += [int(field.ctypes.data), *field.shape]
        elif isinstance(field, bool | int | float | np.number | np.bool_):
            kind = typeof(field)
            words.append(int.from_bytes(np.asarray(field).tobytes(), "little", signed=True))
        else:
            raise TypeError(
                f"{type(value).__name__}.{name}: found {type(field).__name__}, allowed are arrays, numbers and tuples of them"
            )
        fields.append((name, at, kind))
    first = fields[0][1] if fields else 0
    return RefType(type(value), tuple((name, at - first, kind) for name, at, kind in fields))


@typeof_impl.register(ByRef)
def _typeof(value: ByRef[Any], context: Any) -> RefType:
    return value.numba_type


@register_model(RefType)
class _Model(models.PrimitiveModel):
    """A pointer to words."""

    def __init__(self, manager: Any, kind: RefType) -> None:
        super().__init__(manager, kind, WORD.as_pointer())


@unbox(RefType)
def _unbox(kind: RefType, value: Any, c: Any) -> Any:
    found = c.pyapi.object_getattr_string(value, "address")
    address = c.pyapi.long_as_ulonglong(found)
    c.pyapi.decref(found)
    return NativeValue(c.builder.inttoptr(address, WORD.as_pointer()))


@infer_getattr
class _Fields(AttributeTemplate):
    key = RefType

    def generic_resolve(  # type: ignore[override]
        self, kind: RefType, name: str
    ) -> Any:
        found = kind.field(name)
        return found and found[1]


@lower_getattr_generic(RefType)
def _read(context: Any, builder: Any, kind: RefType, pointer: Any, name: str) -> Any:
    found = kind.field(name)
    assert found is not None  # noqa: S101 - typing came first
    at, field = found

    def load(word: int) -> Any:
        # The words of a ByRef never change, so a word that was read once need not be read again.
        value = builder.load(builder.gep(pointer, [ir.Constant(WORD, at + word)]))
        value.set_metadata("invariant.load", builder.module.add_metadata([]))
        return value

    if isinstance(field, RefType):
        return builder.gep(pointer, [ir.Constant(WORD, at)])
    if isinstance(field, types.Array):
        return _array(context, builder, field, load)
    if field == types.boolean:
        return builder.trunc(load(0), ir.IntType(1))
    bits = ir.IntType(field.bitwidth)
    word = builder.trunc(load(0), bits) if field.bitwidth < WORD.width else load(0)
    return builder.bitcast(word, context.get_value_type(field))


def _array(context: Any, builder: Any, kind: Any, load: Any) -> Any:
    """Make numba's structure of a C-contiguous array without reference counts."""
    size = numpy_support.as_dtype(kind.dtype).itemsize
    shape = [load(1 + axis) for axis in range(kind.ndim)]
    strides: list[Any] = []
    stride = ir.Constant(WORD, size)
    for length in reversed(shape):
        strides.insert(0, stride)
        stride = builder.mul(stride, length)
    array = arrayobj.make_array(kind)(context, builder)
    data = builder.inttoptr(load(0), array.data.type)
    arrayobj.populate_array(
        array,
        data=data,
        shape=cgutils.pack_array(builder, shape),
        strides=cgutils.pack_array(builder, strides),
        itemsize=ir.Constant(WORD, size),
        meminfo=None,
    )
    return array._getvalue()
