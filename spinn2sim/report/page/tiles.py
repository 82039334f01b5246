"""The head of the page: the run's most important facts as tiles, and the command that repeats it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from contextlib import suppress
from html import escape
from typing import Any, NamedTuple

from spinn2sim.errors import DataError
from spinn2sim.hardware.packet import PART_NAMES
from spinn2sim.report.contents.losses import losses
from spinn2sim.report.contents.network_sizes import network_sizes
from spinn2sim.report.labels import label
from spinn2sim.report.run_data import RunData
from spinn2sim.report.run_state import duration, epoch_seconds
from spinn2sim.trace import run_directory

LONGEST_COMMIT = 10
# What a run's provenance says, and the command that does the same.
COMMANDS = {
    "run": ("run", ""),
    "run emulated": ("run", " --engine emulated"),
    "train float64": ("train", ""),
    "train fixed": ("train", " --arithmetic fixed"),
}


class Tile(NamedTuple):
    """A fact: what it is about, its value, and a few words more."""

    title: str
    value: str
    more: str = ""


def tiles_html(tiles: Iterable[Tile]) -> str:
    """Make the HTML of tiles."""
    cells = "".join(
        f'<div><dt>{escape(t.title)}</dt><dd class="value">{escape(t.value)}</dd><dd class="more">{escape(t.more)}</dd></div>'
        for t in tiles
    )
    return f'<dl class="tiles">{cells}</dl>'


def head(run: RunData) -> str:
    """Make the tiles of a run, and how to repeat it."""
    return tiles_html(tiles(run)) + repeat(run)


def tiles(run: RunData) -> list[Tile]:
    """Return the facts of a run."""
    return [*_learned(run), *_network(run), *_chip(run), *_origin(run)]


def kept_epoch(run: RunData) -> dict[str, Any]:
    """Return the metrics of the epoch whose weights the run kept, or of the last one."""
    return run.summary.get("kept") or run.metrics[-1]


def chip_seconds(run: RunData) -> float:
    """Return the simulated time of all finished epochs in seconds."""
    return sum(line.get(f"{part}_chip_s") or 0.0 for line in run.metrics for part in PART_NAMES)


def wall_seconds(run: RunData) -> float:
    """Return the time that all finished epochs took in seconds."""
    return sum(map(epoch_seconds, run.metrics))


def energy_joule(run: RunData) -> float | None:
    """Return the energy of all finished epochs; None without a chip."""
    found = [joule for line in run.metrics for joule in (line.get("energy_j") or {}).values() if joule is not None]
    return sum(found) if found else None


def _learned(run: RunData) -> Iterator[Tile]:
    kept, epochs = kept_epoch(run), run.scenario.training.epochs
    strict = f"strict (ties count as wrong): {kept['test_accuracy_strict']:.1%}"
    yield Tile("test accuracy", f"{kept['test_accuracy']:.1%}", f"{strict}; epoch {kept['epoch']} of {epochs}")
    if kept.get("validation_accuracy") is not None:
        strict = f"strict: {kept['validation_accuracy_strict']:.1%}"
        yield Tile("validation accuracy", f"{kept['validation_accuracy']:.1%}", strict)
    loss = kept.get("test_loss")
    silent = f"label neuron silent in {kept['test_silent_label']:.1%}"
    yield Tile("test loss", "-" if loss is None else f"{loss:.3f}", silent)


def _network(run: RunData) -> Iterator[Tile]:
    scenario, sizes = run.scenario, network_sizes(run)
    answer = "readout" if scenario.has_readout else "first spike decides"
    steps = f"{scenario.network.steps} steps of {scenario.network.dt_ms:g} ms; {answer}"
    yield Tile("network", " - ".join("?" if size is None else f"{size:,}" for _, size in sizes), steps)
    yield Tile("copies", str(scenario.training.copies), "of the network, each with a sample of the batch")


def _chip(run: RunData) -> Iterator[Tile]:
    joule, wall = energy_joule(run), wall_seconds(run)
    ticks = run.summary.get("tick_us") or {}
    if ticks:
        others = ", ".join(f"{phase} {us}" for phase, us in ticks.items() if phase != "forward")
        yield Tile("tick", f"{ticks.get('forward', '?')} us", f"forward; {others}")
    if joule is None:
        yield Tile("time", duration(wall), "on this computer; the mirror has no chip, no ticks and no energy")
    else:
        yield Tile("time on the chip", duration(chip_seconds(run)), f"simulated in {duration(wall)}")
        yield Tile("energy", f"{joule:.3g} J", "rests on assumptions: see Energy")
    packets = (run.summary.get("totals") or {}).get("packets")
    if packets:
        kinds = ", ".join(f"{count:,} {kind}s" for kind, count in packets.items() if count)
        yield Tile("packets", f"{sum(packets.values()):,}", kinds)
    found = losses(run)
    lost = sum(sum(counts) for counts in found.counts.values())
    yield Tile("lost", f"{lost:,}" if lost else "nothing", "; ".join(found.counts) or "of packets, ticks and values")


def _origin(run: RunData) -> Iterator[Tile]:
    origin: dict[str, Any] = {}
    with suppress(DataError):
        origin = run_directory.read_provenance(run.folder)
    yield Tile("seed", str(run.scenario.seed), f"status: {run.summary.get('status', 'stopped before its end')}")
    date = str(origin.get("end") or origin.get("start") or "unknown").replace("T", " ").replace("+00:00", " UTC")
    commit = str(origin.get("git_commit") or "")[:LONGEST_COMMIT]
    version = f"spinn2sim {origin['version']}" if origin.get("version") else ""
    yield Tile("date", label(date), label(" ".join(part for part in (version, commit) if part) or "version unknown"))


def repeat(run: RunData) -> str:
    """Say in HTML which command makes the run again, and how to see that it is the same."""
    command = ""
    with suppress(DataError):
        command = str(run_directory.read_provenance(run.folder).get("command"))
    name, options = COMMANDS.get(command, COMMANDS["run"])
    line = f"spinn2sim {name} {shlex.quote(str(run.folder / run_directory.SCENARIO))}{options}"
    digest = run.summary.get("weights_sha256")
    same = f" It must end with weights sha256 {digest[:16]}..." if digest else ""
    return f"<p>The command that repeats this run.{escape(same)}</p><pre>{escape(line)}</pre>"
