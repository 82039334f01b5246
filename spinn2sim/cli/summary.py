"""The end of a run as lines: accuracy, traffic, where it was written, and last and loud what was lost; it judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spinn2sim.hardware.packet import PART_NAMES


def summary_lines(folder: Path, summary: dict[str, Any]) -> Iterator[str]:
    """What `run` and `train` print of summary.json."""
    yield f"{summary['status']}: {folder}"
    kept, totals = summary.get("kept", summary["last"]), summary["totals"]  # an older version wrote the last one alone
    if kept is not None:
        yield (
            f"test accuracy {kept['test_accuracy']:.1%} (strict {kept['test_accuracy_strict']:.1%}) after "
            f"{kept['epoch']} epochs; label neuron silent in {kept['test_silent_label']:.1%} of the samples, "
            f"all outputs in {kept['test_silent_all']:.1%}"
        )
        if "kept" in summary:
            yield from _choice(summary)
    if "packets" in totals:
        yield from _traffic(totals, summary.get("tick_us") or {})
    yield f"weights sha256 {summary['weights_sha256']}"
    if summary["status"] != "complete":
        yield f"go on with: spinn2sim run --resume {folder}"
    for line in summary["losses"]:
        yield f"LOST: {line}"


def _choice(summary: dict[str, Any]) -> Iterator[str]:
    """Which epoch was kept and why, where there was a choice."""
    kept, last = summary["kept"], summary["last"]["epoch"]
    if kept["validation_accuracy"] is not None:
        why = "the best on it" if summary["keep"] == "best" else "the last"
        yield f"validation accuracy {kept['validation_accuracy']:.1%}: weights of epoch {kept['epoch']} of {last}, {why}"
    if summary["ended_early"]:
        yield f"ended after epoch {last}: no better validation accuracy for training.patience epochs"


def _traffic(totals: dict[str, Any], tick_us: dict[str, int]) -> Iterator[str]:
    """Packets, bytes, and the simulated time."""
    wall, chip_s = (sum(totals.get(f"{part}_{clock}_s", 0) for part in PART_NAMES) for clock in ("wall", "chip"))
    kinds = totals["packets"]
    sent = sum(kinds.values())
    yield (
        f"traffic: {sent:,} packets ({kinds['spike']:,} spikes, {kinds['error']:,} errors, {kinds['guard']:,} guards), "
        f"{totals['dma_bytes']:,} bytes by DMA, {totals['hops']:,} flit hops; {sent / wall:,.0f} packets/s simulated"
    )
    yield (
        f"time on the chip {chip_s:.3g} s, energy {totals['energy_j']:.3g} J; both rest on assumed cycle costs, the "
        "energy leaves out the network's (unknown): spinn2sim chip"
    )
    if tick_us:
        yield "ticks of " + ", ".join(f"{phase} {period} us" for phase, period in tick_us.items())


def map_lines(data: dict[str, Any]) -> Iterator[str]:
    """What `map` prints of a plan's data."""
    sizes = "-".join(map(str, data["sizes"]))
    yield f"{data['copies']} copies of {sizes} on {data['pes_used']} of {data['pes_available']} PEs"
    for group in data["groups"]:
        used = f"SRAM {group['sram_used']:6d} of {group['sram_total']} bytes"
        regions = ", ".join(f"{name} {size}" for name, size in group["sram_bytes"].items())
        yield f"  {group['name']:<11} {group['pes']:3d} PEs  {used}: {regions}"
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


def validate_lines(found: Any) -> Iterator[str]:
    """What `validate` prints."""
    peaks = f", {found.peaks} highest voltages" if found.peaks else ""
    yield f"{found.batches} batches: {found.spikes} spikes{peaks} and {found.gradient_words} non-zero gradient words compared"
    what = f"spikes, D, adjoints at recorded spikes, {'highest voltages, ' if peaks else ''}gradients, weights"
    yield f"{what}: {'DIFFER' if found.differences else 'no difference'}"
    yield from (f"  {line}" for line in found.differences[:10])
    if not found.batches:
        yield "FAILED: the training samples make no whole batch, so nothing was compared"
    elif not found.spikes + found.peaks:
        yield "FAILED: the network is silent, so nothing was compared"
    elif not found.gradient_words:
        yield "FAILED: every gradient is zero, so the way back was not compared"
    if not found.losses:
        yield "nothing late, lost or saturated"
    yield from (f"LOST: {line}" for line in found.losses)
