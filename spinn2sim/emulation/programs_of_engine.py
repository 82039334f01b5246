"""The programs as an engine runs them: the numba programs themselves, or the firmware in C on an emulated core."""

from __future__ import annotations

from collections.abc import Sequence

from firmware_models.programs.group_program import GroupProgram
from spinn2sim.errors import ScenarioError, how_to_install, need_choice
from spinn2sim.hardware.engines.base import Engine
from spinn2sim.hardware.engines.choice import DISCRETE_EVENT, EMULATED, ENGINES, engine_of

PACKAGES = "unicorn, capstone and pyelftools"


def player_of_engine(engine: str) -> type[Engine]:
    """Return what plays a plan for an engine, one of ENGINES: the firmware is timed by the discrete-event engine."""
    need_choice("engine", engine, ENGINES)
    return engine_of(DISCRETE_EVENT if engine == EMULATED else engine)


def programs_of_engine(engine: str, programs: Sequence[GroupProgram]) -> list[GroupProgram]:
    """Return what an engine runs. Raises ScenarioError for a program that the firmware lacks, or without the extra `emulation`."""
    if engine != EMULATED:
        return list(programs)
    try:
        from spinn2sim.emulation.arm_program import emulate
        from spinn2sim.emulation.bindings import lacking
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.startswith(("spinn2sim", "firmware_models")):
            raise
        raise ScenarioError(
            f'engine "{EMULATED}": {error.name} is not installed; the extra "emulation" has {PACKAGES}: '
            + how_to_install("emulation")
        ) from None
    missing = [what for program in programs for what in lacking(program.name, program.state)]
    if missing:
        raise ScenarioError(f'engine "{EMULATED}": the firmware in C lacks {", ".join(missing)}; other engines run it')
    try:
        return list(emulate(programs))
    except MemoryError as error:
        raise ScenarioError(f'engine "{EMULATED}": {error}; other engines run it') from None
