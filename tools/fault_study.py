"""Does training on the chip repair what is broken? Accuracy against each kind of fault, written into docs/results/chip-faults.md.

Each seed trains on a healthy chip. Then the chip breaks, and either the weights stay ("learning off"), or training goes on for some epochs
on the broken chip ("learning on"); both are tested on the broken chip. Example: python tools/fault_study.py
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spinn2sim.hardware.geometry import ChannelKind
from spinn2sim.hardware.plan import Plan
from spinn2sim.training.map_scenario import map_scenario
from studies.kept import accuracies, kept
from studies.page import put, spread, table

ROOT = Path(__file__).parent.parent
SCENARIO, PAGE = ROOT / "scenarios" / "yinyang-demo.toml", ROOT / "docs" / "results" / "chip-faults.md"
SEEDS = (0, 1, 2, 3, 4)
HEALTHY_EPOCHS, BROKEN_EPOCHS = 15, 8
# A test set of the size of the training set, so that the samples' share of the spread is small.
BASE: dict[str, object] = {"data.test_samples": 990, "optimizer.learning_rate": 0.003}
HEAD = ("what breaks", "how much", "learning off", "learning on", "off: below healthy", "on: below healthy")
START = (0, 0, -1)  # from the first tick on
Keys = dict[str, object]
# For the numbers that are drawn here: the plan, and a generator per level and seed.
Named = Callable[[Plan, float, np.random.Generator], Keys]


def rate(name: str) -> Named:
    """A key whose value is the level."""
    return lambda _plan, level, _draw: {f"faults.{name}": level}


def table_flips(plan: Plan, level: float, draw: np.random.Generator) -> Keys:
    """As many flipped bits in lines that the plan uses."""
    places = draw.choice(64 * len(plan.entries), int(level), replace=False).tolist()
    return {"faults.table_flips": [[place // 64, place % 64, *START] for place in places]}


def hung_pes(plan: Plan, level: float, draw: np.random.Generator) -> Keys:
    """As many PEs of the hidden layer that hang."""
    cores = next(group.cores for group in plan.groups if group.name == "lif1")
    return {"faults.hung_pes": [[core, *START] for core in draw.choice(cores, int(level), replace=False).tolist()]}


def channels_down(plan: Plan, level: float, draw: np.random.Generator) -> Keys:
    """As many channels of the mesh that are down."""
    mesh = sorted({str(one) for way in plan.routes.all_routes() for one in way[2] if one.kind is ChannelKind.MESH})
    return {"faults.channels_down": [[name, *START] for name in draw.choice(mesh, int(level), replace=False).tolist()]}


def clock_drift(plan: Plan, level: float, draw: np.random.Generator) -> Keys:
    """All PEs drift, by normally distributed ppm."""
    cores = sorted(core for group in plan.groups for core in group.cores)
    ppm = np.round(draw.normal(0, level, len(cores)), 3).tolist()
    return {"faults.clock_drift_ppm": [list(pair) for pair in zip(cores, ppm, strict=True)]}


@dataclass(frozen=True)
class Fault:
    """A kind of fault: its name and the unit of its levels in the table, its levels, and the keys that it sets."""

    name: str
    unit: str
    levels: tuple[float, ...]
    keys: Named


FAULTS = (
    Fault("deliveries dropped", "share of deliveries", (0.003, 0.03, 0.1), rate("drop_rate")),
    Fault("deliveries doubled", "share of deliveries", (0.003, 0.03, 0.1), rate("double_rate")),
    Fault("bits of keys flipped", "share of packets", (0.003, 0.03, 0.1), rate("key_flip_rate")),
    Fault("bits of payloads flipped", "share of packets with one", (0.0001, 0.001, 0.01), rate("payload_flip_rate")),
    Fault("bits of SRAM flipped", "probability per PE and batch", (0.001, 0.01, 0.1), rate("sram_flip_rate")),
    Fault("bits of the router's table flipped", "bits of 135 lines", (1, 4, 16), table_flips),
    Fault("PEs of the hidden layer hang", "PEs of 22", (1, 4, 11), hung_pes),
    Fault("channels of the mesh down", "channels", (1, 2, 4), channels_down),
    Fault("clocks drift", "standard deviation in ppm", (30, 300, 3000), clock_drift),
)


class Study:
    """The runs of the study in a folder, each of which is made once."""

    def __init__(self, out: Path) -> None:
        self.out, self.plan = out, map_scenario(SCENARIO, BASE)

    def healthy(self, seed: int) -> Path:
        """The run that trains on a healthy chip."""
        return kept(self.out / f"healthy-{seed}", "chip", SCENARIO, self._keys(seed, HEALTHY_EPOCHS)).folder

    def accuracy(self, fault: Fault | None, level: float, seed: int, learns: bool) -> float:
        """Test accuracy in percent on a broken chip (or on a healthy one), with the weights of `healthy`, or after more training."""
        epochs = BROKEN_EPOCHS if learns else 0
        keys = {**self._keys(seed, epochs), "training.start_from": str(self.healthy(seed).resolve())}
        if fault is not None:
            draw = np.random.default_rng([seed, FAULTS.index(fault), int(level * 10_000)])
            keys |= {**fault.keys(self.plan, level, draw), "faults.seed": seed}
        name = f"{fault.name.replace(' ', '-') if fault else 'none'}-{level:g}-{seed}-{'on' if learns else 'off'}"
        return accuracies(kept(self.out / name, "chip", SCENARIO, keys))[-1]

    def _keys(self, seed: int, epochs: int) -> Keys:
        return {**BASE, "seed": seed, "training.epochs": epochs}


def figure(found: dict[tuple[str, float, bool], list[float]], path: Path) -> None:
    """Accuracy over the level of each fault, a panel for each kind."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    made, axes = plt.subplots(3, 3, figsize=(10, 8), sharey=True, layout="constrained")
    for axis, fault in zip(axes.flat, FAULTS, strict=True):
        for learns, style in ((False, "s--"), (True, "o-")):
            values = np.array([found[fault.name, level, learns] for level in fault.levels])
            label = "learning on" if learns else "learning off"
            axis.errorbar(
                fault.levels, values.mean(axis=1), values.std(axis=1, ddof=1), fmt=style, capsize=3, label=label
            )
        axis.axhline(np.mean(found["", 0, True]), color="grey", linestyle=":", label="healthy chip")
        axis.set(title=fault.name, xlabel=fault.unit, xscale="log")
        axis.grid(alpha=0.3)
    for axis in axes[:, 0]:
        axis.set_ylabel("test accuracy (%)")
    axes[0, 0].legend()
    made.savefig(path, dpi=110)


def main() -> None:
    """Run what is not there yet, then write the table and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/fault-study"), help="runs are kept here")
    study = Study(parser.parse_args().out)
    whole = {on: [study.accuracy(None, 0, seed, on) for seed in SEEDS] for on in (False, True)}
    found = {("", 0.0, on): values for on, values in whole.items()}
    lines: list[list[object]] = [["nothing", "", spread(whole[False]), spread(whole[True]), "", ""]]
    for fault in FAULTS:
        for level in fault.levels:
            broken = {on: [study.accuracy(fault, level, seed, on) for seed in SEEDS] for on in (False, True)}
            found |= {(fault.name, level, on): values for on, values in broken.items()}
            below = [spread([a - b for a, b in zip(whole[on], broken[on], strict=True)]) for on in (False, True)]
            lines.append([fault.name, f"{fault.unit}: {level:g}", spread(broken[False]), spread(broken[True]), *below])
            print(*lines[-1], sep="; ", flush=True)
    put(PAGE, "table", table(HEAD, lines))
    figure(found, PAGE.with_suffix(".png"))


if __name__ == "__main__":
    main()
