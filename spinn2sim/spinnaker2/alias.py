"""Runs a script as Python does, while the name `spinnaker2` means the simulated chip."""

from __future__ import annotations

import importlib
import pkgutil
import runpy
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from spinn2sim import spinnaker2
from spinn2sim.errors import ScriptError, Spinn2simError

ALIAS = "spinnaker2"
FAILED = 1  # the exit status of a Python script that raised


@contextmanager
def aliased() -> Iterator[None]:
    """Let `import spinnaker2` find the simulated chip for the block, whatever is installed under that name."""
    before = {name: module for name, module in sys.modules.items() if name == ALIAS or name.startswith(f"{ALIAS}.")}
    for name in before:
        del sys.modules[name]
    modules = _modules()
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name == ALIAS or name.startswith(f"{ALIAS}.")]:
            del sys.modules[name]
        sys.modules.update(before)


def install() -> None:
    """Let `import spinnaker2` find the simulated chip from now on."""
    sys.modules.update(_modules())


def _modules() -> dict[str, ModuleType]:
    """Return the modules of this package by the names that scripts import."""
    found: dict[str, ModuleType] = {ALIAS: spinnaker2}
    for module in pkgutil.walk_packages(spinnaker2.__path__, f"{spinnaker2.__name__}."):
        name = ALIAS + module.name.removeprefix(spinnaker2.__name__)
        if module.name != __name__:
            found[name] = importlib.import_module(module.name)
    return found


def run_script(path: Path, arguments: Sequence[str]) -> int:
    """Run a script with its arguments, and return its exit status. What it raises is printed as Python does.

    Raises ScriptError if there is no such file, and whatever the simulated chip refuses.
    """
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no such file"
        raise ScriptError(f"{path}: found {found}, allowed is a Python script")
    argv, search = sys.argv, list(sys.path)
    sys.argv, sys.path[:] = [str(path), *arguments], [str(path.resolve().parent), *search]
    try:
        with aliased():
            runpy.run_path(str(path), run_name="__main__")
    except Spinn2simError:
        raise
    except SystemExit as end:
        return _status(end)
    except Exception as error:
        _print_as_python(error, path)
        return FAILED
    finally:
        sys.argv, sys.path[:] = argv, search
    return 0


def _status(end: SystemExit) -> int:
    """Return the status of a script that called sys.exit: a text is printed."""
    if end.code is None or isinstance(end.code, int):
        return int(end.code or 0)
    sys.stderr.write(f"{end.code}\n")
    return FAILED


def _print_as_python(error: Exception, path: Path) -> None:
    """Print the traceback of a script's error, from the script's own line on."""
    trace = error.__traceback__
    while trace is not None and Path(trace.tb_frame.f_code.co_filename) != path:
        trace = trace.tb_next
    sys.stderr.write("".join(traceback.format_exception(type(error), error, trace)))
