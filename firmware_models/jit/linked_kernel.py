"""Compiles a kernel for another kernel only as far as that one needs it: to code that is linked into its own.

numba optimizes each function together with all that it calls and makes machine code of the whole, and then does both again for each caller.
Nobody calls most kernels from Python: here code is optimized and made once, for each kernel that Python does call.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from llvmlite.binding import Linkage
from numba.core import registry
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_machinery import FunctionPass, register_pass

CPUDispatcher: Any = registry.CPUDispatcher


class WholeLibrary(JITCodeLibrary):
    """The code of a kernel that Python calls, which nobody else calls into: what is linked into it may be dissolved in it."""

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.linkonce_odr:
                function.linkage = Linkage.internal
        super()._optimize_final_module()


class LinkedLibrary(JITCodeLibrary):
    """The code of a kernel and of those that it calls, neither optimized as a whole nor made machine code."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0, since there is no machine code."""
        return 0

    @property
    def codegen(self) -> Any:
        """Whom numba tells the environment of the function: this library."""
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Forget the environment: its place is in the machine code, and only functions that raise exceptions use it."""


@register_pass(mutates_CFG=False, analysis_only=False)
class UseKernelLibrary(FunctionPass):
    """Gives the function that is being compiled one of these libraries in place of numba's own."""

    _name = "use_kernel_library"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        """Run the pass, and return that something was changed."""
        library = LinkedLibrary if state.flags.no_cpython_wrapper else WholeLibrary
        state.library = library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return True


class Kernel(CPUDispatcher):  # type: ignore[misc]
    """A kernel that Python calls as machine code, and that other kernels get to link into theirs. Its compiler uses UseKernelLibrary."""

    @cached_property
    def linked(self) -> Any:
        """The dispatcher that compiles this kernel's function for other kernels."""
        options = self.targetoptions | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        return CPUDispatcher(self.py_func, self.locals, options, self._compiler.pipeline_class)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Return numba's description of a call from another kernel."""
        return self.linked.get_call_template(args, kws)

    def get_overload(self, sig: Any) -> Any:
        """Return the key under which numba finds the code for another kernel."""
        return self.linked.get_overload(sig)
