"""The command `map`, which shows where a scenario's network is placed, without a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, output_options, set_option
from spinn2sim.cli.output import show


@click.command("map")
@click.argument("scenario", type=PATH)
@set_option
@output_options
def map_command(scenario: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Show placement, keys, routing entries, SRAM per PE and tick periods, without a run.

    Example: spinn2sim map scenarios/yinyang.toml --set mapping.neurons_per_pe=40
    """
    from spinn2sim.training.plan_data import plan_data

    data = plan_data(api.map(scenario, overrides))
    show(data, map_lines(data), as_json)


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
