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
from spinn2sim.hardware.engines.compiled import board_loop, loop
from spinn2sim.hardware.program import Program

HARDWARE = Path(loop.__file__).parents[2]
TEMPLATE = """from firmware_models.jit.by_reference import at_address
from firmware_models.jit.compiler import kernels_in
from firmware_models.jit.kernel_cache import kernel_folder
from spinn2sim.hardware.engines.compiled.board_loop import rounds_with
from spinn2sim.hardware.engines.compiled.fused import ProgramStates
from spinn2sim.hardware.engines.compiled.loop import play_with
{imports}

kernel = kernels_in(kernel_folder(__name__))


@kernel
def step(states, group, first, last, tick, m):
    kind, address = states.kind[group], states.address[group]
{calls}


play = kernel(play_with(step))


@kernel
def state_at(states, n):
    return at_address(states.like, states.address[n])


@kernel
def play_chip(programs, states, n):
    return play(ProgramStates(programs.kind[n], programs.address[n], programs.like), state_at(states, n))


play_rounds = rounds_with(kernel, state_at, play_chip)
"""
CALL = """    if kind == {kind}:
        {kernel}(at_address(states.like[{kind}], address), first, last, tick, m.inbox, m.outbox, m.cycles)"""


class ProgramStates(NamedTuple):
    """The states of the programs, for `step`: [groups] the kind of each and its address, and for each kind a reference of its type.

    For `play_rounds`, kinds and addresses are [chips, groups].
    """

    kind: NDArray[np.int64]
    address: NDArray[np.int64]
    like: tuple[ByRef[Any], ...]


class ChipStates(NamedTuple):
    """The states of the chips of a board, for `play_rounds`: a reference of their type, and [chips] their addresses."""

    like: ByRef[Any]
    address: NDArray[np.int64]


def compile_play(programs: Sequence[Program]) -> tuple[Callable[..., Any], Any, Sequence[Any]]:
    """Return `play`, its argument `programs`, and what must be kept as long as that is used.

    It is compiled if every program has a `kernel` that numba compiles, otherwise plain Python.
    """
    if not all_compiled(programs):
        return loop.play, list(programs), ()
    module, tables, states = _fuse([programs])
    return module.play, ProgramStates(tables.kind[0], tables.address[0], tables.like), states


def compile_rounds(programs: Sequence[Sequence[Program]]) -> tuple[Callable[..., Any], Any, Sequence[Any]]:
    """Return `play_rounds` for the programs of the chips of a board, its argument `programs`, and what must be kept (see compile_play)."""
    if not all_compiled([program for chip in programs for program in chip]):
        return board_loop.play_rounds, [list(chip) for chip in programs], ()
    module, tables, states = _fuse(programs)
    return module.play_rounds, tables, states


def all_compiled(programs: Sequence[Program]) -> bool:
    """Whether every program has a kernel that numba compiles."""
    return bool(programs) and all(hasattr(getattr(program, "kernel", None), "py_func") for program in programs)


def _fuse(programs: Sequence[Sequence[Program]]) -> tuple[ModuleType, ProgramStates, Sequence[Any]]:
    """Return the module for the programs of some chips, their states as tables with a row for each chip, and what must be kept."""
    kernels: list[Any] = [getattr(program, "kernel", None) for chip in programs for program in chip]
    states = [ByRef(program.state) for chip in programs for program in chip]
    called = [
        (k.py_func.__module__, k.py_func.__name__, s.numba_type.name) for k, s in zip(kernels, states, strict=True)
    ]
    kinds = sorted(set(called))
    module = load(module_text([(where, name) for where, name, _ in kinds]), folders_of(kernels))
    tables = np.zeros((2, len(programs), max(len(chip) for chip in programs)), np.int64)
    number = 0
    for n, chip in enumerate(programs):
        for group in range(len(chip)):
            tables[:, n, group] = kinds.index(called[number]), states[number].address
            number += 1
    return module, ProgramStates(tables[0], tables[1], tuple(states[called.index(kind)] for kind in kinds)), states


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
