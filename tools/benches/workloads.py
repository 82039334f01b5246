"""Networks of several kinds and sizes beside their floors: trained on the chip and off it, scripts, and dense traffic.

python -m benches.workloads [NAME ...]. The images and events are drawn, of the size and density of the data sets that their networks
are named after, so that nothing is downloaded; what is learned means nothing.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benches.clock import lap, say
from benches.dense import GAP, PER_TICK, period_of, plan, program
from benches.drawn_script import SCRIPT, TARGETS, drawn_script
from benches.engines import counts, trainer
from benches.floor import FIXED, FLOAT64, Floor, chip_floor, packet_floor, training_floor
from spinn2sim.errors import DataWarning
from spinn2sim.hardware.engines.choice import COMPILED
from spinn2sim.hardware.engines.compiled import Compiled
from spinn2sim.hardware.packet import Part
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.spinnaker2 import hardware
from spinn2sim.training.mirror_trainer import MirrorTrainer
from spinn2sim.training.run_inputs import RunInputs, load_run_inputs
from time_scripts import recurrent

SCENARIOS = Path("scenarios")
LAPS = 2
SHD_SPIKES, SHD_UNITS = 8000, 700


def trained(name: str, inputs: RunInputs, batches: int, times: int) -> None:
    """Train so many batches on the chip, and `times` as many off it in both arithmetics; each lap goes on from the one before."""
    copies = inputs.scenario.training.copies
    order = epoch_order(inputs.scenario.seed, 1, len(inputs.train))
    made = trainer(inputs, COMPILED)
    made.train(1, order, batches=1)
    for _ in range(LAPS):
        with lap() as took:
            outcome = made.train(1, order, batches=batches)
        found = counts(outcome, copies)
        floor = chip_floor(inputs, found, copies)
        say(
            "workloads",
            f"{name}: chip, {copies} copies",
            took,
            floor=floor._asdict(),
            unit="sample",
            units=found["samples"],
        )
    many = np.resize(order, batches * copies * times)
    for arithmetic, width in (("float64", FLOAT64), ("fixed", FIXED)):
        mirror: Any = MirrorTrainer(inputs, arithmetic)  # type: ignore[arg-type]
        mirror.train(1, order[: 2 * copies])
        for _ in range(LAPS):
            with lap() as took:
                outcome = mirror.train(1, many)
            samples, spikes = len(outcome.labels), [int(n) for n in outcome.spikes]
            floor = training_floor(inputs, spikes, samples, copies, width)
            say("workloads", f"{name}: mirror {arithmetic}", took, floor=floor._asdict(), unit="sample", units=samples)


def yinyang() -> None:
    """The chain of 5-120-3, its first epoch."""
    trained("chain 5-120-3", load_run_inputs(SCENARIOS / "yinyang.toml"), 227, 3)


def images(scenario: str, pixels: int, share: float, count: int) -> RunInputs:
    """Inputs of a scenario with drawn images, in which a share of the pixels is not silent."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npz"
        arrays = {}
        for part, size in (("train", count), ("test", 40)):
            arrays[f"{part}_samples"] = np.where(
                rng.random((size, pixels)) < share, 0.2 + 0.8 * rng.random((size, pixels)), 0.0
            )
            arrays[f"{part}_labels"] = np.arange(size) % 10
        np.savez(path, **arrays)
        text = (
            (SCENARIOS / scenario).read_text(encoding="utf-8").replace("bias_ms = 0.0\n", "")
        )  # an npz has no bias input
        file = Path(folder) / scenario
        file.write_text(text, encoding="utf-8")
        sets = [f"data.path={path}", "data.source=npz", f"data.train_samples={count}", "data.test_samples=40"]
        return load_run_inputs(file, sets)


def events() -> RunInputs:
    """Inputs of shd.toml with drawn events, about as many as the published ones."""
    import h5py

    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for part, count in (("train", 12), ("test", 3)):
            with h5py.File(Path(folder) / f"shd_{part}.h5", "w") as file:
                file["labels"] = np.arange(count) % 20
                times = file.create_dataset("spikes/times", (count,), h5py.vlen_dtype(np.float16))
                units = file.create_dataset("spikes/units", (count,), h5py.vlen_dtype(np.int64))
                for k in range(count):
                    times[k] = np.sort(rng.random(SHD_SPIKES)).astype(np.float16)
                    units[k] = rng.integers(0, SHD_UNITS, SHD_SPIKES)
        sets = [f"data.path={folder}", "data.train_samples=12", "data.test_samples=3"]
        return load_run_inputs(SCENARIOS / "shd.toml", sets)


def script() -> None:
    """2,000 neurons that a script describes, with synapses of some delays: 5 operations a neuron and tick, one for each synaptic event."""
    neurons, _, ticks = SCRIPT
    drawn = drawn_script(*SCRIPT)
    net, stim = recurrent(drawn)
    board = hardware.SpiNNaker2Chip()
    board.run(net, ticks)
    for _ in range(LAPS):
        with lap() as took:
            board.run(net, ticks)
        run: Any = board.last_run
        c = run.counters
        into = sum(len(ticks) for ticks in stim.params.values())
        own = sum(len(ticks) for ticks in net.populations[1].get_spikes().values())
        rows = into * TARGETS + own * len(drawn["re"]) / neurons
        packets = packet_floor(int(c.hops.sum()), int(c.due.sum()), int(c.wakes.sum()), ticks)
        floor = Floor(5 * neurons + rows / ticks, packets.chained, packets.moved + 8 * rows / ticks)
        say("workloads", f"script, {neurons} neurons", took, floor=floor._asdict(), unit="tick", units=ticks)


def dense() -> None:
    """All PEs of the chip send to four others each."""
    engine = Compiled(plan(period_of(PER_TICK, GAP)), [program(PER_TICK, GAP)], {})
    engine.run_part(Part.TRAIN, 1, 1, 0)
    for _ in range(LAPS):
        with lap() as took:
            c = engine.run_part(Part.TRAIN, 1, 15, 0).counters
        done = int(c.outcomes.sum())
        floor = packet_floor(int(c.hops.sum()), done, int(c.wakes.sum()), done)
        say("workloads", "dense traffic", took, floor=floor._asdict(), unit="delivery", units=done)


WORKLOADS: dict[str, Callable[[], None]] = {
    "chain": yinyang,
    "digits": lambda: trained("digits-sized 64-64-10", images("digits.toml", 64, 0.5, 660), 20, 4),
    "mnist": lambda: trained("MNIST-sized 256-246-10", images("mnist.toml", 256, 0.2, 160), 20, 4),
    "recurrent": lambda: trained("recurrent 70-186-10, delays", load_run_inputs(SCENARIOS / "recurrent.toml"), 20, 8),
    "events": lambda: trained("140-256r-20", events(), 4, 2),
    "script": script,
    "dense": dense,
}


def main() -> None:
    """Measure those that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(WORKLOADS))
    warnings.simplefilter("ignore", DataWarning)  # of classes that a few drawn samples do not have
    for name in parser.parse_args().names or WORKLOADS:
        WORKLOADS[name]()


if __name__ == "__main__":
    main()
