"""Where the busy cycles of a run went, by program, phase and operation: as they were charged, or as C functions took them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from firmware_models.cost import HARDWARE, PARTS
from spinn2sim.report.labels import label
from spinn2sim.report.run_data import RunData
from spinn2sim.scenario.cost_sources import describe_costs
from spinn2sim.trace.questions import CYCLES_BY_OPERATION
from spinn2sim.trace.tables import CYCLES

HOW = "this version writes it with every `spinn2sim run` of the programs that it has"


# The end of the name of a C function, where an emulated core counted.
FUNCTION = "()"


@dataclass(frozen=True)
class CycleProfile:
    """The busy cycles of all parts of a run."""

    cycles: float
    # [program][phase], shares of all busy cycles
    shares: dict[str, dict[str, float]]
    # By operation, most cycles first: times, cycles, share of all, and where the cost comes from.
    operations: list[dict[str, Any]]
    # The share of what no count of instructions shows, each an assumption.
    hardware: dict[str, float]


def cycle_profile(run: RunData) -> CycleProfile:
    """Read the profile. Raises AbsentError for a run without it."""
    rows = run.need(CYCLES.name, HOW).rows(CYCLES_BY_OPERATION, trusted=True)
    total = sum(row["cycles"] for row in rows) or 1.0
    shares: dict[str, dict[str, float]] = {}
    for row in rows:
        of_program = shares.setdefault(label(row["group"]), {})
        of_program[row["phase"]] = of_program.get(row["phase"], 0.0) + row["cycles"] / total
    return CycleProfile(total, shares, _by_operation(run, rows, total), _hardware(rows, total))


def _by_operation(run: RunData, rows: Sequence[dict[str, Any]], total: float) -> list[dict[str, Any]]:
    """Add up the rows of each operation."""
    sources = describe_costs(run.chip)
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = found.setdefault(row["operation"], {"operation": row["operation"], "times": 0, "cycles": 0.0})
        one["times"] += row["times"]
        one["cycles"] += row["cycles"]
    for one in found.values():
        known = sources.get(one["operation"])
        each, source = (known.cycles, known.source) if known else (1 / PARTS, "wakes are rounded up to whole cycles")
        if one["operation"].endswith(FUNCTION) or one["operation"] in HARDWARE:
            each = one["cycles"] / max(1, one["times"])
        if one["operation"].endswith(FUNCTION):
            source = "counted: a C function of the firmware, without those that it calls"
        one |= {"share": one["cycles"] / total, "each": each, "source": source}
    return sorted(found.values(), key=lambda one: (-one["cycles"], one["operation"]))


def _hardware(rows: Sequence[dict[str, Any]], total: float) -> dict[str, float]:
    return {name: sum(row["cycles"] for row in rows if row["operation"] == name) / total for name in HARDWARE}
