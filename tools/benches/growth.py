"""How the compiled engine's cost grows: copies, steps, hidden neurons, number of batches; the network stays Yin-Yang's.

python -m benches.growth --batches N
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from benches.clock import lap, peak_mb, say
from benches.engines import counts, trainer
from benches.floor import chip_floor
from spinn2sim.errors import MappingError, ScenarioError
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.run_inputs import load_run_inputs

COPIES, STEPS, HIDDEN = (1, 2, 5, 11, 22), (27, 120, 300), (60, 120, 240, 480)


def overrides(copies: int, steps: int, hidden: int) -> list[str]:
    """Finer steps of the same 27 ms; weights of the output layer shrink as the hidden layer grows."""
    init = [[3.2 / math.sqrt(5)] * 2, [5.2 / math.sqrt(hidden), 2.8 / math.sqrt(hidden)]]
    return [
        f"training.copies={copies}", f"network.steps={steps}", f"network.dt_ms={27 / steps}",
        f"network.hidden=[{hidden}]", f"network.init={init}",
    ]  # fmt: skip


def figure(scenario: Path, name: str, sets: list[str], batches: int) -> None:
    """Train `batches` batches after a warm-up."""
    inputs = load_run_inputs(scenario, sets)
    chip = trainer(inputs, "compiled")
    order = epoch_order(inputs.scenario.seed, 1, len(inputs.train))
    before = peak_mb()
    with lap() as took:
        outcome = chip.train(1, order, batches=batches)
    copies = inputs.scenario.training.copies
    pes = sum(len(group.cores) for group in chip.plan.groups)
    found = counts(outcome, copies)
    floor = chip_floor(inputs, found, copies)._asdict()
    say("growth", name, took, pes=pes, grew_mb=peak_mb() - before, floor=floor, **found)


def main() -> None:
    """A figure per point; what the chip or the engine refuses is said at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", type=Path, default=Path("scenarios/yinyang.toml"))
    parser.add_argument("--samples", type=int, default=2200, help="of each figure")
    args = parser.parse_args()
    points = [(f"copies {copies}", copies, 27, 120) for copies in COPIES]
    points += [(f"T {steps}, {copies} copies", copies, steps, 120) for copies in (5, 22) for steps in STEPS]
    points += [(f"hidden {hidden}, 5 copies", 5, 27, hidden) for hidden in HIDDEN]
    refused = []
    for name, copies, steps, hidden in points:
        try:
            figure(args.scenario, name, overrides(copies, steps, hidden), args.samples // copies)
        except (MappingError, ScenarioError) as error:
            refused.append(f"{name}: {error}")
    if refused:
        sys.exit("; ".join(refused))


if __name__ == "__main__":
    main()
