"""Counts the wakes of networks of scripts, and fits to them what their operations cost: the script keys of costs.json."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from firmware_models.cost import PARTS, Costs
from firmwares.script_draws import MODELS, DrawnScript, any_script, play_script
from spinn2sim.emulation.firmware_file import FirmwareFile

KEYS = Costs._fields
# What is fitted; a user's own model says its cycles itself.
FITTED = tuple(name for name in KEYS if name.startswith("script_") and name != "script_own_cycle")
# Operations of all programs, whose costs are known.
KNOWN = ("tick", "send")
FIT_SEEDS, HELD_OUT_SEEDS = range(16), range(200, 208)
# Errors are relative to a wake's cycles and this.
SMALL_WAKE = 200
GROUP = "scripts"


def count_scripts(
    seeds: range, firmware: FirmwareFile | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count the wakes of drawn networks. Returns their cycles [wakes], and how often each operation was done [wakes, keys]."""
    cycles: list[float] = []
    times: list[NDArray[np.int64]] = []
    for seed in seeds:
        models = [MODELS[(seed + n) % len(MODELS)] for n in range(3)]
        size = int(np.random.default_rng(seed).integers(5, 90))
        drawn = replace(
            any_script(seed),
            populations=tuple((m, size) for m in models),
            ticks=20,
            atoms=100,
            image=seed % 3 == 0,
            tick_us=1000.0,
        )
        program = play_counted(drawn, firmware)
        cycles += [wake.cycles for wake in program.wakes]
        times += program.charged
    return np.array(cycles, float), np.array(times, float)[:, : len(KEYS)]


def play_counted(drawn: DrawnScript, firmware: FirmwareFile | None) -> Any:
    """Play a network, and keep what each wake took and was charged."""
    kept: list[Any] = []

    def count(program: Any) -> None:
        program.wakes, program.charged = [], []
        kept.append(program)

    play_script(drawn, firmware, begin=count)
    return kept[0]


def fit_scripts(seeds: range, known: dict[str, float], firmware: FirmwareFile | None = None) -> dict[str, float]:
    """Return the cycles of each operation of scripts, to a sixteenth; `known` has those of the operations of all programs."""
    cycles, times = count_scripts(seeds, firmware)
    rest = cycles - times @ np.array([known[key] if key in KNOWN else 0.0 for key in KEYS])
    weight = 1 / (cycles + SMALL_WAKE)
    columns = times[:, [KEYS.index(key) for key in FITTED]]
    values, _ = nnls(columns * weight[:, None], rest * weight)
    return {key: round(float(value) * PARTS) / PARTS for key, value in zip(FITTED, values, strict=True)}


def script_errors(seeds: range, costs: dict[str, float], firmware: FirmwareFile | None = None) -> dict[str, float]:
    """Return relative errors of the formula in percent, as firmwares.counts.errors does."""
    cycles, times = count_scripts(seeds, firmware)
    formula = times @ np.array([costs[key] if key in (*FITTED, *KNOWN) else 0.0 for key in KEYS])
    relative = np.abs(100 * (formula / cycles - 1))
    return {
        "wakes": len(cycles),
        "median": round(float(np.median(relative)), 2),
        "worst": round(float(relative.max()), 1),
        "total": round(float(100 * (formula.sum() / cycles.sum() - 1)), 2),
    }


def with_scripts(found: dict[str, Any], firmware: FirmwareFile | None = None) -> dict[str, Any]:
    """Return a table of costs, with "cycles" and "held_out_percent", with those of scripts in it."""
    known = {key: float(one["cycles"] if isinstance(one, dict) else one) for key, one in found["cycles"].items()}
    costs = fit_scripts(FIT_SEEDS, known, firmware)
    errors = {GROUP: script_errors(HELD_OUT_SEEDS, {**known, **costs}, firmware)} if "held_out_percent" in found else {}
    return {
        **found,
        "cycles": {**found["cycles"], **costs},
        **({"held_out_percent": {**found["held_out_percent"], **errors}} if errors else {}),
    }
