"""How the compiled engine's cost grows: copies, steps, hidden neurons, number of batches; the network stays Yin-Yang's.

python -m benches.growth --batches N
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from benches.clock import lap, peak_mb, say
from benches.engines import counts, trainer
from spinn2sim.scenario.seeds import epoch_order
from spinn2sim.session.setting import load_setting

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
    setting = load_setting(scenario, sets)
    chip = trainer(setting, "compiled")
    order = epoch_order(setting.scenario.seed, 1, len(setting.train))
    before = peak_mb()
    with lap() as took:
        outcome = chip.train(1, order, batches=batches)
    copies = setting.scenario.training.copies
    pes = sum(len(group.cores) for group in chip.plan.groups)
    say("growth", name, took, pes=pes, grew_mb=peak_mb() - before, **counts(outcome, copies))


def main() -> None:
    """A figure per point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", type=Path, default=Path("scenarios/yinyang.toml"))
    parser.add_argument("--samples", type=int, default=2200, help="of each figure")
    args = parser.parse_args()
    for copies in COPIES:
        figure(args.scenario, f"copies {copies}", overrides(copies, 27, 120), args.samples // copies)
    for steps in STEPS:
        figure(args.scenario, f"T {steps}, 22 copies", overrides(22, steps, 120), args.samples // 22)
    for hidden in HIDDEN:
        figure(args.scenario, f"hidden {hidden}, 5 copies", overrides(5, 27, hidden), args.samples // 5)


if __name__ == "__main__":
    main()
