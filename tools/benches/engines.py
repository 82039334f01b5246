"""One engine on one scenario: whole train parts of epochs on the chip, timed.

python -m benches.engines ENGINE {none|all} --epochs N [--batches N] [--set KEY=VALUE ...]
"""

from __future__ import annotations

import argparse
import importlib
import tempfile
from pathlib import Path
from typing import Any

from benches.clock import lap, peak_mb, say
from benches.floor import chip_floor
from spinn2sim.hardware.engines.choice import COMPILED
from spinn2sim.hardware.packet import Kind, Part
from spinn2sim.hardware.units import seconds
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.trace.capture import Capture, CountedPart
from spinn2sim.trace.recorder import TraceRecorder
from spinn2sim.training.on_chip_trainer import OnChipTrainer
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs
from spinn2sim.training.trainer import PartResult


def counts(outcome: PartResult, copies: int) -> dict[str, Any]:
    """What a train part moved."""
    found = outcome.counters
    assert found is not None  # noqa: S101 - the chip always counts
    return {
        "samples": outcome.batches * copies, "deliveries": int(found.outcomes.sum()), "packets": int(found.sent.sum()),
        "hops": int(found.hops.sum()),
        "packet_hops": int(found.hops[[Kind.SPIKE, Kind.ERROR, Kind.GUARD]].sum()), "wakes": int(found.wakes.sum()),
        "spikes": outcome.spikes.tolist(),
        "simulated_s": seconds(outcome.chip_q or 0),
    }  # fmt: skip


def trainer(inputs: RunInputs, engine: str, recorder: TraceRecorder | None = None) -> OnChipTrainer:
    """A chip that, on the compiled engine, has run its test part once: code is compiled, tables are laid."""
    chip = OnChipTrainer(inputs, recorder, engine)
    with tempfile.TemporaryDirectory() as folder:
        capture = Capture(Path(folder), recorder, None)
        if engine == COMPILED:
            chip.evaluate(0)
            capture.end_part(0, Part.TEST, CountedPart(None))
            capture.wait()
    return chip


def main() -> None:
    """Each epoch is a figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine")
    parser.add_argument("packets")
    parser.add_argument("--scenario", type=Path, default=Path("scenarios/yinyang.toml"))
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batches", type=int)
    parser.add_argument("--set", action="append", default=[])
    args = parser.parse_args()
    inputs = load_run_inputs(args.scenario, [f"trace.packets={args.packets}", *args.set])
    scenario = inputs.scenario
    recorder = TraceRecorder(scenario.trace, scenario.training.copies) if args.packets == "all" else None
    if recorder is not None:
        importlib.import_module("pyarrow.parquet")  # half a second that is no epoch's
    chip = trainer(inputs, args.engine, recorder)
    for epoch in range(1, args.epochs + 1):
        order = epoch_order(scenario.seed, epoch, len(inputs.train))
        before = peak_mb()
        with tempfile.TemporaryDirectory() as folder, lap() as took:
            capture = Capture(Path(folder), recorder, None)
            outcome = chip.train(epoch, order, batches=args.batches)
            capture.end_part(epoch, Part.TRAIN, CountedPart(None))
            capture.wait()
        found = counts(outcome, scenario.training.copies)
        if args.engine == COMPILED:
            found["floor"] = chip_floor(inputs, found, scenario.training.copies)._asdict()
        name = f"{args.engine}, trace {args.packets}"
        say("engines", name, took, epoch=epoch, grew_mb=peak_mb() - before, **found)


if __name__ == "__main__":
    main()
