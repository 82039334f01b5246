"""Gives several kernels one name: a caller is written once, and the type of the first argument decides which kernel it calls."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from numba import types
from numba.core.typing.templates import AbstractTemplate, infer_global

from firmware_models.jit.by_reference import class_of


def by_type(*kernels: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function, for kernels and for Python, that calls the kernel whose first argument is annotated with the class of its own.

    These classes are NamedTuples, a different one for each kernel; the argument may be a ByRef of one.
    """
    by_class: dict[type, Any] = {class_of_first_argument(kernel): kernel for kernel in kernels}

    def call(*arguments: Any) -> Any:
        return by_class[class_of(arguments[0])](*arguments)

    class Call(AbstractTemplate):
        """A call in another kernel: typed and compiled as one of the kernel that is meant."""

        key = call

        def generic(self, arguments: Any, keywords: Any) -> Any:
            self.meant = by_class[arguments[0].instance_class]
            return types.Dispatcher(self.meant).get_call_type(self.context, arguments, keywords)

        def get_impl_key(self, signature: Any) -> Any:
            return self.meant.get_overload(signature.args)

    infer_global(call, types.Function(Call))
    return call


def class_of_first_argument(kernel: Any) -> Any:
    """Return the class that annotates a kernel's first argument."""
    function = getattr(kernel, "py_func", kernel)  # without compilation a kernel is its function
    return get_type_hints(function)[next(iter(inspect.signature(function).parameters))]
