"""Samples per second of both engines on one scenario: training batches on the chip, medians of several repetitions; it checks nothing.

python tools/bench_engine.py [scenarios/yinyang.toml] [--repeat 5] [--set KEY=VALUE ...]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from spinn2sim.scenario.seeds import epoch_order
from spinn2sim.session.chip import COMPILED, DISCRETE_EVENT, ChipTrainer
from spinn2sim.session.setting import Setting, load_setting
from spinn2sim.trace.archive import PacketArchive
from spinn2sim.trace.recorder import Recorder


def seconds(setting: Setting, engine: str, batches: int | None, repeat: int, traced: bool) -> tuple[list[float], int]:
    """Seconds of `repeat` first epochs, each on a new chip after a warm-up, and samples in each."""
    scenario, found, samples = setting.scenario, [], 0
    order = epoch_order(scenario.seed, 1, len(setting.train))
    for _ in range(repeat):
        recorder = Recorder(scenario.trace, scenario.training.copies) if traced else None
        chip = ChipTrainer(scenario, setting.train, setting.test, setting.weights, recorder, engine=engine)
        chip.evaluate(0)
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            outcome = chip.train(1, order, batches=batches)
            if recorder:
                PacketArchive(Path(folder)).write_part(1, 0, recorder.end_part())
            found.append(time.perf_counter() - start)
        samples = outcome.batches * scenario.training.copies
    return found, samples


def main() -> None:
    """Print a line per engine and trace setting."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("scenario", nargs="?", type=Path, default=Path("scenarios/yinyang.toml"))
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--reference-batches", type=int, default=10, help="batches for the discrete-event engine")
    args = parser.parse_args()
    for packets in ("none", "all"):
        setting = load_setting(args.scenario, [f"trace.packets={packets}", *args.set])
        for engine, batches in ((COMPILED, None), (DISCRETE_EVENT, args.reference_batches)):
            repeat = args.repeat if engine == COMPILED else max(1, args.repeat // 2)
            times, samples = seconds(setting, engine, batches, repeat, packets == "all")
            rates = sorted(samples / t for t in times)
            print(
                f"{engine:<15} trace {packets:<5} {statistics.median(rates):>9,.0f} samples/s "
                f"(median of {len(rates)}, {rates[0]:,.0f} to {rates[-1]:,.0f}; {samples} samples each)",
                flush=True,
            )


if __name__ == "__main__":
    main()
