"""The command `map`, which shows where a scenario's network is placed, without a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinn2sim.cli.command_options import PATH, SCENARIO_PATH, output_options, set_option
from spinn2sim.cli.output import show
from spinn2sim.cli.table import table_lines

if TYPE_CHECKING:
    from spinn2sim.hardware.board.board_plan import BoardPlan
    from spinn2sim.hardware.plan import Plan

MEASURED_LINE = 'periods are bounds on the worst case; a run takes what its first batches need and a margin (chip.tick_us = "measured")'


@click.command("map")
@click.argument("scenario", type=SCENARIO_PATH)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--out",
    type=PATH,
    metavar="DIR",
    help="Write placement, keys, routing table, ... as CSV, and map.json, of all chips.",
)
@set_option
@output_options
def map_command(
    scenario: Path, arguments: tuple[str, ...], out: Path | None, overrides: tuple[str, ...], as_json: bool
) -> None:
    """Show placement, keys, routing entries, SRAM per PE and tick periods, without a run.

    SCENARIO may be a script for py-spinnaker2 (FILE.py, its arguments after --), of which the first network is mapped and none is run,
    or the run directory of one.

    Example: spinn2sim map yinyang --set mapping.neurons_per_pe=40

    Example: spinn2sim map yinyang --out mapped
    """
    from spinn2sim.scenario.keys import MEASURED
    from spinn2sim.scenario.load import load
    from spinn2sim.trace.run_directory import NETWORK
    from spinn2sim.training.board_data import board_data, board_lines
    from spinn2sim.training.map_scenario import board_of_inputs, map_with_short_ticks
    from spinn2sim.training.plan_data import plan_data
    from spinn2sim.training.plan_files import refuse_content
    from spinn2sim.training.run_inputs import load_run_inputs

    if out is not None:
        refuse_content(out)
    is_script = scenario.suffix == ".py" and not scenario.is_dir()
    if is_script or (scenario / NETWORK).is_file():
        if overrides:
            raise click.UsageError(f"--set: found a script's network, {scenario}, allowed for keys is a scenario")
        if arguments and not is_script:
            raise click.UsageError(f"found {len(arguments)} more arguments, allowed beside a script alone")
        _show_script(scenario, arguments, out, as_json)
        return
    if arguments:
        raise click.UsageError(f"found {len(arguments)} more arguments, allowed beside a script alone")
    plan, short = map_with_short_ticks(scenario, overrides)
    tick_us = load(scenario, overrides).chip.tick_us
    data = plan_data(plan) | {"tick_us": tick_us} | ({"short_ticks": short} if short else {})
    plans = (
        board_of_inputs(load_run_inputs(scenario, overrides)) if load(scenario, overrides).board is not None else None
    )
    whole = list(board_lines(board_data(plans))) if plans is not None else []
    data |= {} if plans is None else {"board": board_data(plans)}
    measured = [MEASURED_LINE] if tick_us == MEASURED else []
    show(data, [*whole, *map_lines(data), *measured, *_written(plan, data, out, plans)], as_json)


def _written(plan: Plan, data: dict[str, Any], out: Path | None, plans: BoardPlan | None = None) -> list[str]:
    """Write the plan, or those of a board's chips, into a folder, if one was named, and say so."""
    from spinn2sim.training.plan_files import write_board, write_plan

    if out is None:
        return []
    if plans is None:
        return [f"wrote {file}" for file in write_plan(plan, data, out)]
    files = [f"wrote {file}" for file in write_board(plans, data, out)]
    others = len(plans.plans) - 1
    return [*files, *([f"wrote the same files of {others} other chips into {out / 'chip-X-Y'}"] if others else [])]


def _show_script(scenario: Path, arguments: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Show where a script's network is, and what keeps its populations from fitting onto fewer PEs."""
    from spinn2sim.scripts.script_directory import plan_of_script_run, slicing_of_script_run
    from spinn2sim.scripts.script_map import map_data, map_populations
    from spinn2sim.spinnaker2.map_script import map_script
    from spinn2sim.training.plan_data import plan_data

    if scenario.is_dir():
        slicing, described = slicing_of_script_run(scenario)
        name, ticks, plan = described["name"], described["ticks"], plan_of_script_run(scenario)
    else:
        name, session = map_script(scenario, arguments)
        slicing, ticks, plan = session.slicing, session.options.ticks, session.plan
    populations = map_data(map_populations(slicing, ticks))
    data = {"name": name, "ticks": ticks, **plan_data(plan), "populations": populations}
    show(data, [*script_lines(data), *_written(plan, data, out)], as_json)


def script_lines(data: dict[str, Any]) -> Iterator[str]:
    """Yield the populations of a script's network with what binds them, the SRAM of the fullest PE of each, and the routing entries."""
    entries, total = data["routing_entries"], data["routing_entries_available"]
    yield f"{data['name']}, {data['ticks']} ticks, on {data['pes_used']} of {data['pes_available']} PEs"
    rows = [
        {
            "population": one["name"], "model": one["model"], "neurons": one["neurons"], "PEs": one["pes"], "on a PE": one["most"],
            "bytes": one["sram_used"], "of": one["sram_total"], "what keeps it from fewer PEs": one["binds"],
        }
        for one in data["populations"]
    ]  # fmt: skip
    yield from table_lines(rows)
    yield "bytes of the fullest PE of each population:"
    for one in data["populations"]:
        regions = ", ".join(f"{name} {size}" for name, size in one["regions"].items())
        yield f"  {one['name']}: {regions}"
    yield f"{len(entries)} of {total} routing entries; keys and places of all slices with --json"


def _projection_lines(projections: Iterable[dict[str, Any]]) -> Iterator[str]:
    for one in projections:
        form = "rows of (target, delay, weight)" if one["form"] == "rows" else "a matrix"
        name = f"{one['pre']} -> {one['post']}"
        yield f"  {name}: {one['synapses']} synapses as {form}, {one['sram_bytes']} bytes on the fullest PE"


def map_lines(data: dict[str, Any]) -> Iterator[str]:
    """Yield the plan's PEs, placement, keys, routing entries and tick periods, line by line."""
    sizes = "-".join(map(str, data["sizes"]))
    yield f"{data['copies']} copies of {sizes} on {data['pes_used']} of {data['pes_available']} PEs"
    if "mapped_around" in data:
        yield f"mapped around: {data['mapped_around']}"
    for group in data["groups"]:
        used = f"SRAM {group['sram_used']:6d} of {group['sram_total']} bytes"
        regions = ", ".join(f"{name} {size}" for name, size in group["sram_bytes"].items())
        yield f"  {group['name']:<11} {group['pes']:3d} PEs  {used}: {regions}"
    yield from _projection_lines(data.get("projections", ()))
    yield "copy 0:"
    for share in data["shares"]:
        if share["copy"] == 0:
            first, last = share["neurons"]
            where = f"core {share['core']} (quad {tuple(share['quad'])} PE {share['pe']})"
            yield f"  layer {share['layer']}: neurons {first}..{last - 1} on {where}"
    yield "key: " + " | ".join(data["key_layout"])
    entries = data["routing_entries"]
    yield f"{len(entries)} of {data['routing_entries_available']} routing entries, '.' matches both (all with --json):"
    yield from (f"  {entry}" for entry in entries[:8])
    for phase in data["schedule"]:
        yield f"  {phase['phase']:<9} {phase['ticks']:4d} ticks of {phase['tick_us']:4d} us: {', '.join(phase['groups'])}"
    for phase, (found, needed) in data.get("short_ticks", {}).items():
        yield (
            f'SHORT: a tick of {phase} is {found} us, chip.tick_us = "auto" gives it {needed} us, which covers the worst case: '
            "ticks may overrun and packets come late"
        )
