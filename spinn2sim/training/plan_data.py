"""Converts a plan to plain data, for the output of the command `map`."""

from __future__ import annotations

from typing import Any

from spinn2sim.hardware.facts import ROUTER_ENTRIES, SRAM_BYTES
from spinn2sim.hardware.geometry import pe_in_quad, quad_of
from spinn2sim.hardware.mapped_around import mapped_around, mapped_around_text
from spinn2sim.hardware.packet import (
    COPY_BITS,
    KIND_BITS,
    LAYER_BITS,
    LAYER_MASK,
    MARK_BITS,
    NEURON_BITS,
    WIDE_COPY_BITS,
    WIDE_LAYER_BITS,
    WIDE_MARK,
    WIDE_NEURON_BITS,
    Kind,
)
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.units import QUANTA_PER_US


def plan_data(plan: Plan) -> dict[str, Any]:
    """Return everything that `spinn2sim map` shows."""
    groups = [
        {
            "name": g.name, "program": g.program, "pes": len(g.cores), "cores": list(g.cores),
            "sram_bytes": dict(g.regions), "sram_used": max(g.used), "sram_total": SRAM_BYTES,
        }
        for g in plan.groups
    ]  # fmt: skip
    return {
        "copies": plan.copies,
        "sizes": list(plan.graph.sizes) if plan.graph else [],
        "pes_used": sum(len(g.cores) for g in plan.groups),
        "pes_available": plan.pes_available,
        "groups": groups,
        "shares": [
            {"layer": s.layer, "copy": s.copy, "neurons": [s.first, s.last], "core": s.core,
             "quad": list(quad_of(s.core)), "pe": pe_in_quad(s.core)}
            for s in plan.shares
        ],
        **_projections(plan),
        "key_layout": key_layout(len(plan.graph.sizes) if plan.graph else 0),
        "routing_entries": [str(e) for e in plan.entries],
        "routing_entries_available": ROUTER_ENTRIES,
        "transfers": len(plan.transfers),
        "schedule": [
            {"phase": p.phase.name.lower(), "ticks": p.ticks, "tick_us": p.period_q // QUANTA_PER_US,
             "groups": [plan.groups[g].name for g in p.groups]}
            for p in plan.schedule.train
        ],
        **_faults(plan),
    }  # fmt: skip


def _projections(plan: Plan) -> dict[str, Any]:
    """Return in which form PEs hold each projection of a graph, and the most SRAM that it takes on one; nothing for a chain of layers."""
    if plan.graph is None or plan.graph.is_chain:
        return {}
    forms = [
        {"pre": p.pre, "post": p.post, "form": "rows" if p.as_rows else "matrix", "synapses": p.synapses, "sram_bytes": p.sram_bytes}
        for p in plan.projections
    ]  # fmt: skip
    return {"projections": forms}


def _faults(plan: Plan) -> dict[str, Any]:
    """Return what is mapped around, in words and as lists, and the table's lines that hold the entries; nothing if nothing is dead."""
    if not plan.dead:
        return {}
    lines = plan.dead.line_numbers(len(plan.entries))
    return {
        "mapped_around": mapped_around_text(plan.dead),
        "faults": mapped_around(plan.dead),
        "routing_lines": lines,
        "routing_lines_live": plan.dead.live_router_lines,
    }


def key_layout(populations: int) -> list[str]:
    """Describe the fields of a multicast key, highest bits first; of the wide keys of populations beyond the first 16, if there are any."""
    kinds = ", ".join(f"{kind.value} {kind.name.lower()}" for kind in Kind)
    wide = (
        f"from layer {LAYER_MASK + 1} on: kind {KIND_BITS} bits, {WIDE_MARK:0{MARK_BITS}b}, copy {WIDE_COPY_BITS} bits, "
        f"layer {WIDE_LAYER_BITS} bits, neuron {WIDE_NEURON_BITS} bits"
    )
    return [
        f"kind {KIND_BITS} bits ({kinds})",
        f"copy {COPY_BITS} bits",
        f"layer {LAYER_BITS} bits (0 = input)",
        f"neuron {NEURON_BITS} bits (an error's or a guard's: the receiver's)",
        *([wide] if populations > LAYER_MASK + 1 else []),
    ]
