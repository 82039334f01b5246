"""The command `chip`, which shows the modelled chip's facts, their sources, and the floor plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinn2sim.cli.board_text import board_data, board_lines
from spinn2sim.cli.command_options import SCENARIO_PATH, output_options, set_option
from spinn2sim.cli.output import show
from spinn2sim.hardware.facts import (
    ASSUMED_RULES,
    DRAM_SLOTS,
    FACTS,
    GRID,
    PES_PER_QUAD,
    QUADS,
    ROUTER_PORTS,
    ROUTER_SLOTS,
    Fact,
    Quad,
)

if TYPE_CHECKING:
    from spinn2sim.scenario.cost_sources import CostSource

CELL = 9
LEGEND = "ER: event router's slots, their six neighbours * are its ports; DRAM: interfaces; a-b: core ids of a quad"


@click.command()
@click.argument("scenario", type=SCENARIO_PATH, required=False)
@set_option
@output_options
def chip(scenario: Path | None, overrides: tuple[str, ...], as_json: bool) -> None:
    """Show the modelled chip: facts with their sources, and what is assumed.

    With a SCENARIO: also its own cycle costs, and the share of each in a training batch, which is run on one chip; and its board.

    Example: spinn2sim chip --json

    Example: spinn2sim chip yinyang --set chip.costs=counted
    """
    from spinn2sim.scenario.cost_sources import describe_costs
    from spinn2sim.scenario.keys import Chip
    from spinn2sim.scenario.load import load
    from spinn2sim.spinnaker2.model_table import MODELS, models_of_packages

    if scenario is None and overrides:
        raise click.UsageError("--set: allowed with a SCENARIO")
    loaded = None if scenario is None else load(scenario, overrides)
    keys = Chip() if loaded is None else loaded.chip
    costs = describe_costs(keys)
    shares = None if scenario is None else _shares(scenario, overrides)
    data = chip_data()
    data["costs"] = keys.costs
    data["cycles"] = {
        name: {**one._asdict(), "assumed": one.assumed, **({} if shares is None else {"share": shares.get(name, 0.0)})}
        for name, one in costs.items()
    }
    data["script_models"] = {name: {"approximate": model.approximate} for name, model in MODELS.items()}
    lines = [*chip_lines(), "", *cost_lines(keys.costs, costs, shares)]
    lines += ["", "Neuron models of scripts (! marks an approximate one; docs/reference/scripts.md)"]
    lines += [f"  {'!' if model.approximate else ' '} {name}" for name, model in MODELS.items()]
    data["package_models"] = models_of_packages()
    lines += [f"    {name}, of {where}" for name, where in models_of_packages().items()]
    if loaded is not None and loaded.board is not None:
        data["board"] = board_data(loaded)
        lines += ["", *board_lines(data["board"])]
    show(data, lines, as_json)


def _shares(scenario: Path, overrides: tuple[str, ...]) -> dict[str, float]:
    """Run a batch of a scenario. Returns the share of each operation in its busy cycles."""
    from spinn2sim.training.batch_costs import shares_of_a_batch
    from spinn2sim.training.run_inputs import load_run_inputs

    return shares_of_a_batch(load_run_inputs(scenario, overrides))


def cost_lines(name: str, costs: Mapping[str, CostSource], shares: Mapping[str, float] | None) -> list[str]:
    """Return a line for each operation: cycles, its share of a batch, where the number comes from, and what is in it."""
    of_batch = "" if shares is None else ", share of the busy cycles of a training batch"
    lines = [f'Core cycles per operation [chip.cycles.NAME], of the set [chip.costs] "{name}"{of_batch}']
    for key, one in costs.items():
        share = "" if shares is None else f" {100 * shares.get(key, 0.0):5.1f} %"
        mark = "!" if one.assumed else " "
        lines.append(f"  {mark} {key:<24} {one.cycles:>6g}{share}  {one.source}: {one.reason}")
    return lines


def chip_data() -> dict[str, Any]:
    """Facts, assumed rules and floor plan for `--json`; unknown values are null."""
    return {
        "facts": [
            {
                "name": fact.name,
                "value": fact.value,
                "unit": fact.unit,
                "source": fact.source,
                "assumed": fact.assumed,
                "key": fact.key or None,
            }
            for fact in FACTS
        ],
        "assumed_rules": list(ASSUMED_RULES),
        "quads": [{"x": x, "y": y, "cores": quad_cores((x, y))} for x, y in QUADS],
        "router_slots": [list(slot) for slot in ROUTER_SLOTS],
        "router_ports": [[list(a), list(b)] for a, b in ROUTER_PORTS],
        "dram_slots": [list(slot) for slot in DRAM_SLOTS],
    }


def chip_lines() -> list[str]:
    """Return the facts line by line, then the assumed rules, then the floor plan."""
    width = max(len(fact.name) for fact in FACTS)
    lines = ["Facts (! marks an assumption, [key] the scenario key that changes it)"]
    lines += [fact_line(fact, width) for fact in FACTS]
    lines += ["", "Assumed rules, where no source says how"]
    lines += [f"  ! {rule}" for rule in ASSUMED_RULES]
    return [*lines, "", f"Floor plan ({LEGEND})", *floor_plan()]


def fact_line(fact: Fact, width: int) -> str:
    """Return a fact in one line: name, value with unit, source, key."""
    value = "unknown" if fact.value is None else f"{fact.value:,} {fact.unit}".rstrip()
    key = f" [{fact.key}]" if fact.key else ""
    return f"  {'!' if fact.assumed else ' '} {fact.name:<{width}}  {value:>16}  {fact.source}{key}"


def floor_plan() -> list[str]:
    """Draw the quads row by row, y = 6 at the top, x = 1 on the left."""
    columns, rows = sorted({x for x, _ in GRID}), sorted({y for _, y in GRID}, reverse=True)
    border = "     +" + "+".join("-" * CELL for _ in columns) + "+"
    lines = [border]
    for y in rows:
        lines += [f" y={y} |" + "|".join(f"{_cell((x, y)):^{CELL}}" for x in columns) + "|", border]
    return [*lines, "      " + " ".join(f"{f'x={x}':^{CELL}}" for x in columns)]


def quad_cores(quad: Quad) -> list[int]:
    """Return the core ids of a quad."""
    first = QUADS.index(quad) * PES_PER_QUAD + 1
    return list(range(first, first + PES_PER_QUAD))


def _cell(quad: Quad) -> str:
    if quad in ROUTER_SLOTS:
        return "ER"
    if quad in DRAM_SLOTS:
        return "DRAM"
    cores = quad_cores(quad)
    port = "*" if any(quad == a for a, _ in ROUTER_PORTS) else ""
    return f"{cores[0]}-{cores[-1]}{port}"
