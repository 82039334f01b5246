"""Compiles the loop together with the programs' kernels, in a small module whose text names the kernels.

numba cannot cache a function that takes functions as arguments, so the kernels are named in the text of a module. The text depends on which
kinds of programs there are, not on how many: a network with more populations of these kinds runs the same code. The module and the folder
of its compiled code are named by a hash of the text, of the hardware's sources, and of all sources of the packages that the kernels come
from, so that an edit always takes effect.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_models.jit.by_reference import ByRef
from firmware_models.jit.compiler import source_hash
from spinn2sim.hardware.engines.compiled import loop
from spinn2sim.hardware.program import Program

HARDWARE = Path(loop.__file__).parents[2]
TEMPLATE = """from firmware_models.jit.by_reference import at_address
from firmware_models.jit.compiler import kernels_in
from firmware_models.jit.kernel_cache import kernel_folder
from spinn2sim.hardware.engines.compiled.loop import play_with
{imports}

kernel = kernels_in(kernel_folder(__name__))


@kernel
def step(states, group, first, last, tick, m):
    kind, address = states.kind[group], states.address[group]
{calls}


play = kernel(play_with(step))
"""
CALL = """    if kind == {kind}:
        {kernel}(at_address(states.like[{kind}], address), first, last, tick, m.inbox, m.outbox, m.cycles)"""


class ProgramStates(NamedTuple):
    """The states of the programs, for `step`: [groups] the kind of each and its address, and for each kind a reference of its type."""

    kind: NDArray[np.int64]
    address: NDArray[np.int64]
    like: tuple[ByRef[Any], ...]


def compile_play(programs: Sequence[Program]) -> tuple[Callable[..., Any], Any, Sequence[Any]]:
    """Return `play`, its argument `programs`, and what must be kept as long as that is used.

    It is compiled if every program has a `kernel` that numba compiles, otherwise plain Python.
    """
    kernels: list[Any] = [getattr(program, "kernel", None) for program in programs]
    if not kernels or not all(hasattr(kernel, "py_func") for kernel in kernels):
        return loop.play, list(programs), ()
    states = [ByRef(program.state) for program in programs]
    called = [
        (k.py_func.__module__, k.py_func.__name__, s.numba_type.name) for k, s in zip(kernels, states, strict=True)
    ]
    kinds = sorted(set(called))
    module = load(module_text([(where, name) for where, name, _ in kinds]), folders_of(kernels))
    numbers = np.array([kinds.index(one) for one in called], np.int64)
    addresses = np.array([state.address for state in states], np.int64)
    return module.play, ProgramStates(numbers, addresses, tuple(states[called.index(kind)] for kind in kinds)), states


def module_text(kinds: Sequence[tuple[str, str]]) -> str:
    """Write the text of a module whose `step` calls the kernel (module, name) of each kind of program."""
    names = {kernel: f"kernel_{n}" for n, kernel in enumerate(dict.fromkeys(kinds))}
    imports = [f"from {module} import {name} as {names[module, name]}" for module, name in names]
    calls = [CALL.format(kind=kind, kernel=names[kernel]) for kind, kernel in enumerate(kinds)]
    return TEMPLATE.format(imports="\n".join(imports), calls="\n".join(calls))


def folders_of(kernels: Sequence[Any]) -> list[Path]:
    """Return the packages (or single files) that the kernels come from."""
    found = set()
    for kernel in kernels:
        top = sys.modules[kernel.py_func.__module__.split(".")[0]]
        places = list(getattr(top, "__path__", [])) or [str(top.__file__)]
        found |= {Path(place) for place in places}
    return sorted(found)


def load(text: str, folders: Sequence[Path]) -> ModuleType:
    """Make the module of `text`, under a name that changes with all sources that it depends on."""
    digest = hashlib.sha256((source_hash(HARDWARE, *folders) + text).encode()).hexdigest()[:16]
    name = f"spinn2sim_play_{digest}"
    if name not in sys.modules:
        module = ModuleType(name)
        exec(compile(text, f"<{name}>", "exec"), module.__dict__)  # noqa: S102 - the text is made here, of names of functions
        sys.modules[name] = module
    return sys.modules[name]
