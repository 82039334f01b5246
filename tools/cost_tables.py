"""Puts the tables of cycle costs, ticks, times and energies into docs/reference/firmware.md and docs/results/energy.md.

python tools/cost_tables.py             # all of them (three minutes of CPU time)
python tools/cost_tables.py operations  # what each operation costs: assumed, counted before tuning, counted, by clang
python tools/cost_tables.py scenarios   # ticks, time and energy of a batch of every scenario whose data are there, by costs
python tools/cost_tables.py energy      # energy per sample and per training by state, beside published figures of other chips
python tools/cost_tables.py speed       # how fast the emulated core is (needs the extra "emulation")
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from firmware_models.cost import Costs, cost_set
from firmwares.cost_variants import variants
from spinn2sim.errors import DataError, ScenarioError
from spinn2sim.hardware.energy import energy_by_state_j
from spinn2sim.hardware.engines.choice import EMULATED, ENGINES
from spinn2sim.hardware.engines.clock_limit import part_quanta
from spinn2sim.hardware.facts import PERFORMANCE_LEVELS_MHZ
from spinn2sim.hardware.packet import Part, Phase
from spinn2sim.hardware.units import QUANTA_PER_US, quanta_per_cycle, seconds
from spinn2sim.report.contents.energy_by_state import STATES
from spinn2sim.report.contents.published_energy import PUBLISHED
from spinn2sim.scenario.cost_keys import cycles_of
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.scenario.load import load
from spinn2sim.training.measured_ticks import choose_periods
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs
from studies.page import put, table

ROOT = Path(__file__).resolve().parent.parent
FIRMWARE, ENERGY = ROOT / "docs" / "reference" / "firmware.md", ROOT / "docs" / "results" / "energy.md"
SCENARIOS = sorted((ROOT / "scenarios").glob("*.toml")) + sorted((ROOT / "scenarios" / "best").glob("*.toml"))
BATCHES = 2


class Batch(NamedTuple):
    """What a training batch of a scenario takes on the chip."""

    ticks_us: dict[Phase, int]
    us: float
    joule: dict[str, float]
    cycles: float
    samples: int
    batches: int
    # The whole run on the chip, with its tests and validations.
    run_s: float

    @property
    def mj(self) -> float:
        """The energy in all."""
        return 1e3 * sum(self.joule.values())


def measure(scenario: Path, changes: dict[str, Any]) -> Batch:
    """Train the first batches of a scenario. Raises DataError if its data are not there."""
    inputs = load_run_inputs(scenario, changes)
    trainer = OnChipTrainer(inputs, None, ENGINES[0], choose_periods(inputs))
    part = trainer.train(1, epoch_order(inputs.scenario.seed, 1, len(inputs.train)), batches=BATCHES)
    assert part.counters is not None and part.chip_q is not None  # noqa: S101, PT018 - a chip always counts
    cycles, training, chip = float(part.counters.busy_cycles.sum()), inputs.scenario.training, inputs.scenario.chip
    busy_q = round(cycles * quanta_per_cycle(PERFORMANCE_LEVELS_MHZ[chip.performance_level]))
    pes = sum(len(group.cores) for group in trainer.plan.groups)
    joule = energy_by_state_j(chip.performance_level, pes, part.chip_q, busy_q, 0, 0.0)
    return Batch(
        {one.phase: one.period_q // QUANTA_PER_US for one in trainer.plan.schedule.train},
        part.chip_q / QUANTA_PER_US / part.batches,
        {words: joule[state] / part.batches for state, words in STATES.items()},
        cycles / part.batches,
        training.copies,
        training.epochs * (inputs.scenario.trained_samples // training.copies),
        _run_s(inputs, trainer),
    )


def _run_s(inputs: RunInputs, trainer: OnChipTrainer) -> float:
    """Return the time of all parts of a run: in epoch 0 there is no training."""
    schedule, epochs, copies = trainer.plan.schedule, inputs.scenario.training.epochs, trainer.plan.copies
    train = part_quanta(schedule, Part.TRAIN, inputs.scenario.trained_samples // copies)
    sizes = (inputs.scenario.data.test_samples, inputs.scenario.training.validation_samples)
    tests = sum(part_quanta(schedule, Part.TEST, -(-size // copies)) for size in sizes)
    return seconds(epochs * train + (epochs + 1) * tests)


def operations() -> str:
    """Make the table of what operations cost."""
    found = [cycles_of(load(ROOT / "scenarios" / "yinyang.toml", one.changes).chip) for one in variants()]
    sources = cost_set("counted")
    rows = (
        [sources[key].reason, f"`{key}`", *(f"{cycles[key]:.4g}" for cycles in found), _mark(sources[key].source)]
        for key in Costs._fields
    )  # fmt: skip
    return table(["operation, as it was assumed", "key", *(one.name for one in variants()), ""], rows)


def _mark(source: str) -> str:
    return "" if source.startswith("counted") else source


def rows_of_scenarios() -> Iterator[list[str]]:
    """Yield a row for each scenario and set of costs."""
    for scenario in SCENARIOS:
        name = str(scenario.relative_to(ROOT / "scenarios").with_suffix(""))
        for variant in (variants()[0]._replace(name="assumed, worst-case ticks"), *variants()):
            bound = {"chip.tick_us": "auto"} if "worst" in variant.name else {}
            try:
                found = measure(scenario, {**variant.changes, **bound})
            except (DataError, ScenarioError):
                yield [name, "not run: its data are not there", "", "", "", ""]
                break
            steps = found.ticks_us[Phase.FORWARD], found.ticks_us[Phase.REDUCE], found.ticks_us[Phase.UPDATE]
            yield [
                name,
                variant.name,
                ", ".join(map(str, steps)),
                f"{found.us / 1e3:.3g}",
                f"{found.mj:.3g}",
                f"{found.cycles / 1e6:.3g}",
            ]
            print(*map(str, [name, variant.name, steps, f"{found.us / 1e3:.3g} ms"]), flush=True)


def scenarios() -> str:
    """Make the table of the effect of costs."""
    head = [
        "scenario",
        "cycle costs",
        "ticks of a step, reduce, update / us",
        "time of a batch / ms",
        "energy of a batch / mJ",
        "busy cycles of a batch / M",
    ]
    return table(head, rows_of_scenarios())


def rows_of_energy() -> Iterator[list[str]]:
    """Yield a row for each scenario whose data are there, then the published figures."""
    for scenario in SCENARIOS:
        try:
            one = measure(scenario, {})
        except (DataError, ScenarioError):
            continue
        share = (f"{100e3 * joule / one.mj:.0f} %" for words, joule in one.joule.items() if words != STATES["network"])
        name = str(scenario.relative_to(ROOT / "scenarios").with_suffix(""))
        yield [
            f"this chip, `{name}`, training", f"{one.mj / one.samples:.3g}", f"{one.us / 1e3 / one.samples:.3g}", *share,
            f"{one.mj * one.batches / 1e3:.3g} J, {one.us * one.batches / 1e6:.3g} s", f"{one.run_s:.3g} s",
            "simulated; counted cycles, the network left out",
        ]  # fmt: skip
    for other in PUBLISHED:
        ms = "-" if other.ms is None else f"{other.ms:.3g}"
        yield [
            f"{other.chip}, {other.what}",
            f"{other.mj:.3g}",
            ms,
            "",
            "",
            "",
            "",
            "",
            f"{other.source}; {other.assumed}",
        ]


def energy() -> str:
    """Make the table of energy per sample and per training."""
    head = [
        "chip, scenario",
        "mJ a sample",
        "ms a sample",
        "chip with all PEs off",
        "PEs asleep",
        "cores running",
        "a training (its train parts)",
        "the run, with tests",
        "source",
    ]
    return table(head, rows_of_energy())


def speed() -> str:
    """Make the table of the speed of emulation."""
    rows = []
    for name in ("yinyang", "digits", "split"):
        inputs = load_run_inputs(ROOT / "scenarios" / f"{name}.toml", {"chip.tick_us": 2000})
        trainer: Any = OnChipTrainer(inputs, None, EMULATED)
        order = epoch_order(inputs.scenario.seed, 1, len(inputs.train))
        trainer.train(1, order, batches=1)  # which compiles
        for program in trainer.programs:
            program.wakes = []
        begin = time.process_time()
        trainer.train(1, order, batches=BATCHES)
        seconds = time.process_time() - begin
        done = sum(wake.instructions for program in trainer.programs for wake in program.wakes)
        wakes = sum(len(program.wakes) for program in trainer.programs)
        rows.append(
            [
                name,
                f"{wakes / BATCHES:,.0f}",
                f"{done / BATCHES / 1e6:.2f} M",
                f"{seconds / BATCHES:.2f} s",
                f"{done / seconds / 1e6:.1f} M",
            ]
        )
    return table(["scenario", "wakes a batch", "instructions a batch", "CPU time a batch", "instructions/s"], rows)


PARTS = {
    "operations": (FIRMWARE, operations),
    "speed": (FIRMWARE, speed),
    "scenarios": (ENERGY, scenarios),
    "energy": (ENERGY, energy),
}


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS))
    warnings.simplefilter("ignore")
    for name in parser.parse_args().parts:
        page, make = PARTS[name]
        put(page, name, make())
        print(f"{page}: {name}")


if __name__ == "__main__":
    main()
