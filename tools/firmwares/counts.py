"""Counts the cycles of wakes, and fits to them what each operation costs: the numbers of firmware_models/image/costs.json.

A wake takes the sum over operations of how often it is done, which the numba programs charge, times its cost. Costs are fitted by
non-negative least squares of relative errors over the wakes of drawn networks, and tried on wakes of others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from firmware_models.cost import PARTS, Costs, cost_set
from firmwares import graph_counts
from firmwares.draws import Drawn, drawn_programs
from firmwares.graph_counts import GraphDraw, wakes_of
from spinn2sim.emulation.firmware_file import FirmwareFile

KEYS = Costs._fields
# Operations of which the chip has a source, and whose cycles are not the firmware's.
FROM_CHIP = ("exp", "round")
# Operations that are always done together with another one, whose cost has them.
WITHIN = ("divide",)
# Errors are relative to a wake's cycles and this: of a small wake they do not matter.
SMALL_WAKE = 1000
# Groups of wakes of networks that are no chains of layers end so.
GRAPH = " graph"
FITTED, HELD_OUT = range(24), range(102, 114)
# What is drawn in turn: ordinary networks, readouts, guards with clipping, stochastic rounding.
KINDS = ("plain", "plain", "voltages", "guarded", "plain", "noisy")
# Program and phase of wakes, and the operations whose costs they show.
STAGES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("lif 2",), ("tick",)),
    (("lif 4",), ("tick_reduce", "dma")),
    (("input 1",), ("tick_input", "send")),
    (("loss 1",), ("tick_answers", "packet")),
    (("lif 1",), ("tick_forward", "record", "synapse", "neuron", "fire")),
    (
        ("lif 3",),
        ("tick_backward", "error_packet", "adjoint", "jump", "error", "error_synapse", "gradient_row", "gradient_synapse",
         "push_synapse"),
    ),
    (("lif 0", "loss 0"), ("tick_load", "clear_word")),
    (("loss 2",), ("tick_loss", "loss_output")),
    (("optimizer 4", "optimizer 5"), ("tick_optimizer", "tick_update", "reduce_word", "adam_word", "sgd_word")),
    (("readout 1",), ("readout_neuron", "average_neuron")),
    (("readout 3",), ("peak_error",)),
    (("optimizer 5 guarded",), ("raise_word", "penalty_word", "guard_neuron", "clip_word")),
    (("lif 1 noisy", "lif 3 noisy"), ("noise",)),
    (("optimizer 5 noisy",), ("noise_word",)),
    (("population sort graph",), ("sort_delay",)),
    (("population 1 graph",), ("listed_synapse", "delayed_synapse", "ring_neuron")),
    (
        ("population 3 graph", "readout 3 graph"),
        ("listed_error_synapse", "listed_gradient_synapse", "delayed_error_synapse", "look_delay"),
    ),
    (("optimizer 5 graph",), ("limit_delay",)),
)  # fmt: skip


@dataclass(frozen=True)
class Wakes:
    """Counted wakes: their cycles [wakes], how often each operation was done [wakes, keys], and the group of each."""

    cycles: NDArray[np.float64]
    times: NDArray[np.float64]
    group: NDArray[np.str_]


def draw_for_counts(seed: int) -> Drawn:
    """Return a network of ordinary sizes and formats, which fires a little or a lot."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    loss = ("max_voltage", "average_voltage")[seed // len(KINDS) % 2] if kind == "voltages" else "first_spike"
    guard = (
        ("raise_weights", "rate")[seed // len(KINDS) % 2]
        if kind == "guarded"
        else "none"
        if kind == "voltages"
        else "push"
    )
    keys = {"optimizer.kind": str(rng.choice(['"adam"', '"sgd"'])), "chip.tick_us": "2000"}
    keys |= {"optimizer.clip": "0.01"} if kind == "guarded" else {}
    keys |= {"numerics.rounding": '"stochastic"'} if kind == "noisy" else {}
    hidden = tuple(int(n) for n in rng.integers(4, 120, rng.integers(1, 3)))
    return Drawn(
        seed=seed,
        hidden=hidden,
        inputs=int(rng.integers(3, 60)),
        outputs=int(rng.integers(2, 12)),
        steps=int(rng.integers(12, 30)),
        copies=int(rng.integers(1, 5)),
        neurons_per_pe=int(rng.integers(20, 200)),
        strength=float(rng.choice([2.0, 8.0, 20.0])) * 4 / max(4, hidden[0] ** 0.5),
        loss=loss,
        guard=guard,
        keys=keys,
    )


def count_wakes(seeds: range, graphs: Sequence[GraphDraw], firmware: FirmwareFile | None = None) -> Wakes:
    """Count the wakes of a training batch of each drawn chain of layers, and of each graph."""
    cycles: list[float] = []
    times: list[NDArray[np.int64]] = []
    group: list[str] = []
    for seed in seeds:
        drawn = draw_for_counts(seed)
        trainer: Any = drawn_programs(drawn, firmware)
        for program in trainer.programs:
            program.wakes, program.charged = [], []
        trainer.train(1, np.arange(drawn.copies))
        for program in trainer.programs:
            cycles += [wake.cycles for wake in program.wakes]
            times += program.charged
            name = program.name.rstrip("0123456789")
            kind = KINDS[seed % len(KINDS)]
            apart = f" {kind}" if kind == "noisy" or (kind == "guarded" and name == "optimizer") else ""
            group += [f"{name} {wake.phase}{apart}" for wake in program.wakes]
    for graph in graphs:
        more, charged, named = wakes_of(graph, firmware)
        cycles, times, group = cycles + more, times + charged, group + named
    return Wakes(np.array(cycles, float), np.array(times, float)[:, : len(KEYS)], np.array(group))


def fit(wakes: Wakes) -> dict[str, float]:
    """Return the cycles of each operation, to a sixteenth, stage by stage: what an earlier stage has found stays as it is."""
    found = {key: float(cost_set("assumed-1")[key].value) for key in FROM_CHIP}
    for groups, keys in STAGES:
        mine = np.isin(wakes.group, groups)
        at = [KEYS.index(key) for key in keys]
        cycles, times = wakes.cycles[mine], wakes.times[mine]
        rest = cycles - times @ np.array([found.get(key, 0.0) for key in KEYS])
        weight = 1 / (cycles + SMALL_WAKE)
        values, _ = nnls(times[:, at] * weight[:, None], rest * weight)
        found |= {key: round(float(value) * PARTS) / PARTS for key, value in zip(keys, values, strict=True)}
    return {key: value for key, value in found.items() if key not in FROM_CHIP} | dict.fromkeys(WITHIN, 0.0)


def formula(wakes: Wakes, costs: dict[str, float]) -> NDArray[np.float64]:
    """Return the cycles of wakes by their costs."""
    chip = {key: float(cost_set("assumed-1")[key].value) for key in FROM_CHIP}
    return wakes.times @ np.array([{**chip, **costs}.get(key, 0.0) for key in KEYS])


def errors(wakes: Wakes, costs: dict[str, float]) -> dict[str, dict[str, float]]:
    """Return relative errors of the formula by group, in percent: the median, the worst, and that of all cycles together.

    "all" are the wakes of chains of layers.
    """
    relative = 100 * (formula(wakes, costs) / wakes.cycles - 1)
    found = {}
    of_graph = np.array([name.endswith(GRAPH) for name in wakes.group.tolist()], bool)
    for name in ["all", f"all{GRAPH}", *sorted(set(wakes.group.tolist()))]:
        mine = {"all": ~of_graph, f"all{GRAPH}": of_graph}.get(name, wakes.group == name)
        if not mine.any():
            continue
        total = 100 * (formula(wakes, costs)[mine].sum() / wakes.cycles[mine].sum() - 1)
        absolute = np.abs(relative[mine])
        found[name] = {
            "wakes": int(mine.sum()),
            "median": round(float(np.median(absolute)), 2),
            "worst": round(float(absolute.max()), 1),
            "total": round(float(total), 2),
        }
    return found


def table(compiler: str, firmware: FirmwareFile) -> dict[str, Any]:
    """Count and fit an image. Returns its costs, with the errors of the formula on wakes that it was not fitted to."""
    costs = fit(count_wakes(FITTED, graph_counts.FITTED, firmware))
    held_out = errors(count_wakes(HELD_OUT, graph_counts.HELD_OUT, firmware), costs)
    return {"compiler": compiler, "cycles": costs, "held_out_percent": held_out}
