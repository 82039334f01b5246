"""The processes over which a board's chips are spread for the runs that begin inside a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.engines.choice import COMPILED
from spinn2sim.hardware.engines.spread.spread_board import Crew, SharedPrograms
from spinn2sim.training.trained_chip import HOST_FIELDS


@dataclass
class CrewOfRuns:
    """The processes, and the shared memory of what they play."""

    crew: Crew
    shared: SharedPrograms


_crew: ContextVar[CrewOfRuns | None] = ContextVar("_crew", default=None)


@contextmanager
def spread_over(processes: int | None) -> Iterator[None]:
    """Spread the chips of boards over `processes` of this machine, or over the ranks that `mpirun` has started, within the block.

    Without either, one process plays all chips.
    """
    from spinn2sim.hardware.engines.spread.mpi import mpi_crew
    from spinn2sim.hardware.engines.spread.pipes import PipeCrew

    crew: Crew | None = mpi_crew()
    if crew is None and processes is not None and processes > 1:
        crew = PipeCrew(processes)
    if crew is None:
        yield
        return
    found = CrewOfRuns(crew, SharedPrograms(HOST_FIELDS))
    token = _crew.set(found)
    try:
        yield
    finally:
        _crew.reset(token)
        found.shared.remove_names()
        crew.close()


def crew_for(engine: str, plan: BoardPlan | None) -> CrewOfRuns | None:
    """Return the processes over which a run's chips are to be spread; None for one process. `plan` is None for a run without a board.

    Raises ScenarioError for what cannot be spread.
    """
    found = _crew.get()
    if found is None:
        return None
    if plan is None:
        raise ScenarioError("--processes: found a scenario without [board], allowed is one with it, or --seeds")
    if engine != COMPILED:
        raise ScenarioError(f"--processes: found engine {engine}, allowed is {COMPILED}")
    if found.crew.peers.size > len(plan.plans):
        raise ScenarioError(
            f"--processes: found {found.crew.peers.size}, allowed are 1 to {len(plan.plans)}, the chips of the board"
        )
    return found
