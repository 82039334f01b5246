"""The summary that `run` and `train` end with (accuracy, traffic, folder, and losses last), and their exit status."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from spinn2sim.cli.output import INTERRUPTED, LOST, show
from spinn2sim.hardware.packet import PART_NAMES
from spinn2sim.report.contents.chip_faults import faults_line
from spinn2sim.report.run import Run
from spinn2sim.trace.run_directory import read_provenance


def finish(run: Run, as_json: bool, fail_on_loss: bool = False) -> NoReturn:
    """Print the summary and exit, with status 130 if the run was interrupted, and with LOST if anything was lost and that was asked for."""
    summary = run.summary
    emulated = read_provenance(run.folder).get("command") == "run emulated"
    show({"run": str(run.folder), **summary}, summary_lines(run.folder, summary, emulated), as_json)
    if summary["status"] != "complete":
        sys.exit(INTERRUPTED)
    sys.exit(LOST if fail_on_loss and summary["losses"] else 0)


def summary_lines(folder: Path, summary: dict[str, Any], emulated: bool) -> Iterator[str]:
    """Yield the content of summary.json line by line: what broke first, losses last. `emulated` tells whether cycles were counted."""
    broken = faults_line(summary["totals"])
    if broken:
        yield broken
    yield f"{summary['status']}: {folder}"
    kept, totals = summary.get("kept", summary["last"]), summary["totals"]  # an older version wrote only the last epoch
    if kept is not None:
        yield (
            f"test accuracy {kept['test_accuracy']:.1%} (strict {kept['test_accuracy_strict']:.1%}) after "
            f"{kept['epoch']} epochs; label neuron silent in {kept['test_silent_label']:.1%} of the samples, "
            f"all outputs in {kept['test_silent_all']:.1%}"
        )
        if "kept" in summary:
            yield from _choice(summary)
    if "packets" in totals:
        yield from _traffic(totals, summary.get("tick_us") or {}, emulated)
    if "mapped_around" in summary:
        yield f"mapped around: {summary['mapped_around']}"
    yield f"weights sha256 {summary['weights_sha256']}"
    if "delays_sha256" in summary:
        yield f"delays sha256 {summary['delays_sha256']}"
    if summary["status"] != "complete":
        yield f"go on with: spinn2sim run --resume {folder}"
    for line in summary["losses"]:
        yield f"LOST: {line}"


def _choice(summary: dict[str, Any]) -> Iterator[str]:
    """Which epoch's weights were kept and why, if there was a choice."""
    kept, last = summary["kept"], summary["last"]["epoch"]
    if kept["validation_accuracy"] is not None:
        why = "the best on it" if summary["keep"] == "best" else "the last"
        yield f"validation accuracy {kept['validation_accuracy']:.1%}: weights of epoch {kept['epoch']} of {last}, {why}"
    if summary["ended_early"]:
        yield f"ended after epoch {last}: no better validation accuracy for training.patience epochs"


def _traffic(totals: dict[str, Any], tick_us: dict[str, int], emulated: bool) -> Iterator[str]:
    """Describe how many packets and bytes there were, and the time on the chip."""
    wall, chip_s = (sum(totals.get(f"{part}_{clock}_s", 0) for part in PART_NAMES) for clock in ("wall", "chip"))
    kinds = totals["packets"]
    sent = sum(kinds.values())
    yield (
        f"traffic: {sent:,} packets ({kinds['spike']:,} spikes, {kinds['error']:,} errors, {kinds['guard']:,} guards), "
        f"{totals['dma_bytes']:,} bytes by DMA, {totals['hops']:,} flit hops; {sent / wall:,.0f} packets/s simulated"
    )
    cycles = "cycles counted in the firmware, ticks on the cycle costs" if emulated else "the cycle costs"
    yield (
        f"time on the chip {chip_s:.3g} s, energy {totals['energy_j']:.3g} J; both rest on {cycles} (chip.costs), the "
        "energy leaves out the network's (unknown): spinn2sim chip"
    )
    if tick_us:
        yield "ticks of " + ", ".join(f"{phase} {period} us" for phase, period in tick_us.items())
