"""The loop compiled together with the programs' kernels, in a small module that is written for the kernels' names.

numba caches no function that takes functions as arguments, so the kernels are named in the text of a module, which stands beside its
compiled code. The module's folder is named by a hash of the text, of the hardware's sources, and of all sources of the packages that
the kernels come from: an edit always takes effect.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from firmware_models.jit.by_reference import ByRef
from firmware_models.jit.compiler import cache_root, source_hash
from spinn2sim.files.atomic import make_folder, write_text
from spinn2sim.hardware.engines.compiled import loop
from spinn2sim.hardware.program import Program

HARDWARE = Path(loop.__file__).parents[2]
TEMPLATE = """# Written by spinn2sim for the kernels that it names; it may be deleted at any time.
from pathlib import Path

from firmware_models.jit.compiler import kernels_in
from spinn2sim.hardware.engines.compiled.loop import play_with
{imports}

kernel = kernels_in(Path(__file__).parent)


@kernel
def step(states, group, first, last, tick, m):
{calls}


play = kernel(play_with(step))
"""
CALL = """    if group == {group}:
        {kernel}(states[{group}], first, last, tick, m.inbox, m.outbox, m.cycles)"""


def play_of(programs: Sequence[Program]) -> tuple[Callable[..., Any], Any]:
    """(play, what it takes for the programs): compiled if every program has a `kernel` that numba compiled, else plain Python."""
    kernels: list[Any] = [getattr(program, "kernel", None) for program in programs]
    if not kernels or not all(hasattr(kernel, "py_func") for kernel in kernels):
        return loop.play, list(programs)
    module = load(module_text([(k.py_func.__module__, k.py_func.__name__) for k in kernels]), folders_of(kernels))
    return module.play, tuple(ByRef(program.state) for program in programs)


def module_text(kernels: Sequence[tuple[str, str]]) -> str:
    """The text of a module whose `step` calls the kernel (module, name) of each group."""
    names = {kernel: f"kernel_{n}" for n, kernel in enumerate(dict.fromkeys(kernels))}
    imports = [f"from {module} import {name} as {names[module, name]}" for module, name in names]
    calls = [CALL.format(group=group, kernel=names[kernel]) for group, kernel in enumerate(kernels)]
    return TEMPLATE.format(imports="\n".join(imports), calls="\n".join(calls))


def folders_of(kernels: Sequence[Any]) -> list[Path]:
    """The packages (or single files) that the kernels come from."""
    found = set()
    for kernel in kernels:
        top = sys.modules[kernel.py_func.__module__.split(".")[0]]
        places = list(getattr(top, "__path__", [])) or [str(top.__file__)]
        found |= {Path(place) for place in places}
    return sorted(found)


def load(text: str, folders: Sequence[Path]) -> ModuleType:
    """The module of `text`, written where its compiled code is kept."""
    digest = hashlib.sha256((source_hash(HARDWARE, *folders) + text).encode()).hexdigest()[:16]
    name = f"spinn2sim_play_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    path = cache_root() / f"play-{digest}" / f"{name}.py"
    if not path.exists():
        make_folder(path.parent)
        write_text(path, text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None  # noqa: S101 - it is a Python file
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
