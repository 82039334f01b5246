"""Gives several kernels one name: a caller is written once, and the type of the first argument decides which kernel it calls."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from numba.extending import overload

from firmware_models.jit.by_reference import class_of


def by_type(*kernels: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function, for kernels and for Python, that calls the kernel whose first argument is annotated with the class of its own.

    These classes are NamedTuples, a different one for each kernel; the argument may be a ByRef of one.
    """
    by_class = {class_of_first_argument(kernel): kernel for kernel in kernels}

    def call(*arguments: Any) -> Any:
        return by_class[class_of(arguments[0])](*arguments)

    def compiled(*arguments: Any) -> Callable[..., Any]:
        kernel = by_class[arguments[0].instance_class]

        def chosen(*arguments: Any) -> Any:
            return kernel(*arguments)

        return chosen

    overload(call)(compiled)
    return call


def class_of_first_argument(kernel: Any) -> Any:
    """Return the class that annotates a kernel's first argument."""
    function = getattr(kernel, "py_func", kernel)  # without compilation a kernel is its function
    return get_type_hints(function)[next(iter(inspect.signature(function).parameters))]
