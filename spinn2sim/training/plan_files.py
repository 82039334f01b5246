"""Writes a plan as files that other programs read: placement, keys, routing table, transfers and schedule as CSV, and all of it as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from spinn2sim.errors import OutputError
from spinn2sim.files import atomic
from spinn2sim.hardware.board.board_plan import BoardPlan
from spinn2sim.hardware.facts import LINK_NAMES
from spinn2sim.hardware.geometry import pe_in_quad, quad_of
from spinn2sim.hardware.packet import Key, Kind
from spinn2sim.hardware.plan import Plan
from spinn2sim.trace.table_files import chip_folder
from spinn2sim.training.plan_data import plan_data

WHOLE = "map.json"
Row = Mapping[str, object]


def refuse_content(folder: Path) -> None:
    """Raise OutputError if files cannot be written into a folder that is new or empty."""
    with atomic.refusing(folder):
        if folder.exists() and any(folder.iterdir()):
            raise OutputError(f"{folder}: found a folder with content, allowed is a new or an empty one")


def write_plan(plan: Plan, data: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write a plan into a new or empty folder, each file as a whole, and `data`, which has all of it, last. Raises OutputError."""
    refuse_content(folder)
    return _write_files(plan, data, folder)


def _write_files(plan: Plan, data: Mapping[str, Any], folder: Path) -> list[Path]:
    atomic.make_folder(folder)
    tables = {
        "placement.csv": _placement(plan), "keys.csv": _keys(plan), "routing_table.csv": _entries(plan, data),
        "transfers.csv": _transfers(plan), "schedule.csv": _schedule(data),
    }  # fmt: skip
    for name, rows in tables.items():
        atomic.write_text(folder / name, _csv(rows))
    atomic.write_json(folder / WHOLE, data)
    return [folder / name for name in (*tables, WHOLE)]


def write_board(plans: BoardPlan, data: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write the plans of a board's chips: the first chip's into the folder, as `write_plan` does, the others' into `chip-X-Y` in it.

    `data` is that of the board and of its first chip, and is written last. Raises OutputError. Returns the files of the first chip.
    """
    refuse_content(folder)
    first, *others = zip(plans.board.chips, plans.plans, strict=True)
    for chip, plan in others:
        write_plan(plan, {"chip": list(chip), **plan_data(plan)}, chip_folder(folder, chip))
    return _write_files(first[1], data, folder)


def _csv(rows: Iterable[Row]) -> str:
    text, table = io.StringIO(), list(rows)
    writer = csv.DictWriter(text, table[0] if table else (), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue()


def _core(core: int) -> Row:
    """Return where a core is; core 0 is the DRAM."""
    quad = quad_of(core) if core else ("", "")
    return {"core": core, "quad_x": quad[0], "quad_y": quad[1], "pe": pe_in_quad(core) if core else ""}


def _placement(plan: Plan) -> list[Row]:
    """Return a row for each PE: its group and program, and what of its SRAM is used."""
    return [
        {"group": group.name, "program": group.program, **_core(core), "sram_used": used}
        for group in plan.groups
        for core, used in zip(group.cores, group.used, strict=True)
    ]


def _keys(plan: Plan) -> list[Row]:
    """Return a row for each part of a population: its neurons, where it is, and the first and the last key of its spikes."""
    rows: list[Row] = []
    for share in plan.shares:
        ends = [Key(Kind.SPIKE, share.copy, share.layer, neuron).pack() for neuron in (share.first, share.last - 1)]
        row = {"layer": share.layer, "copy": share.copy, "first_neuron": share.first, "last_neuron": share.last - 1}
        rows.append({**row, **_core(share.core), "first_key": f"0x{ends[0]:08x}", "last_key": f"0x{ends[1]:08x}"})
    return rows


def _entries(plan: Plan, data: Mapping[str, Any]) -> list[Row]:
    """Return a row for each entry of the event router's table, with the line that holds it."""
    lines = data.get("routing_lines") or range(len(plan.entries))
    return [
        {
            "line": line,
            "key": f"0x{e.key:08x}",
            "mask": f"0x{e.mask:08x}",
            "cores": " ".join(map(str, e.cores)),
            **(
                {"links": " ".join(LINK_NAMES[link] for link in e.links)}
                if any(one.links for one in plan.entries)
                else {}
            ),
        }
        for line, e in zip(lines, plan.entries, strict=True)
    ]


def _transfers(plan: Plan) -> list[Row]:
    """Return a row for each DMA burst."""
    return [
        {"number": t.number, "name": t.name, "bytes": t.bytes, "issuer": t.issuer, "source_core": t.source_core,
         "destination_cores": " ".join(map(str, t.destination_cores)), "key": f"0x{t.key:08x}" if t.multicast else ""}
        for t in plan.transfers
    ]  # fmt: skip


def _schedule(data: Mapping[str, Any]) -> list[Row]:
    """Return a row for each phase of a training batch."""
    return [{**phase, "groups": " ".join(phase["groups"])} for phase in data["schedule"]]
