"""The fixed lines of `tools/bench.py --quick`: a process that times a line of the checkout on its path whenever it is asked to.

python -P -m benches.lines. It reads names of lines from standard input, and answers each with a line of JSON: CPU seconds and
what was done in them, or why it cannot.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benches.clock import Lap, lap
from benches.drawn_script import SCRIPT, drawn_script

# What a line did in the lap: its unit, how many, and counts that are equal if the same was simulated.
Done = tuple[Lap, str, int, list[int]]
Laps = Iterator[Done]
BATCH, MIRROR_SAMPLES, DENSE_BATCHES = 22, 10_000, 10
RECURRENT_BATCHES, IMAGE_BATCHES, EVENT_BATCHES = 20, 20, 4


def chip(packets: str, epoch: int) -> Laps:
    """Train Yin-Yang on the chip from the same weights in each lap, an epoch with 22 copies, half of it if all packets are traced."""
    from benches.engines import counts, trainer
    from spinn2sim.hardware.packet import Part
    from spinn2sim.scenario.draws import epoch_order
    from spinn2sim.trace.capture import Capture, CountedPart
    from spinn2sim.trace.recorder import TraceRecorder
    from spinn2sim.training.run_inputs import load_run_inputs

    inputs = load_run_inputs(Path("scenarios/yinyang.toml"), [f"trace.packets={packets}"])
    copies = inputs.scenario.training.copies
    recorder = TraceRecorder(inputs.scenario.trace, copies) if packets == "all" else None
    made = trainer(inputs, "compiled", recorder)
    orders = [epoch_order(inputs.scenario.seed, number, len(inputs.train)) for number in range(epoch + 1)]
    for number in range(1, epoch):
        made.train(number, orders[number])
    start = made.state()
    batches = len(inputs.train) // copies // (1 if recorder is None else 2)
    while True:
        made.load_state(start)
        with tempfile.TemporaryDirectory() as folder, lap() as took:
            capture = Capture(Path(folder), recorder, None)
            found = counts(made.train(epoch, orders[epoch], batches=batches), copies)
            capture.end_part(epoch, Part.TRAIN, CountedPart(None))
            capture.wait()
        yield took, "sample", found["samples"], [found[name] for name in ("deliveries", "packets", "wakes")]


def mirror(arithmetic: Any) -> Laps:
    """Train Yin-Yang off the chip, in batches of 22, from the same weights in each lap."""
    from spinn2sim.scenario.draws import epoch_order
    from spinn2sim.training.mirror_trainer import MirrorTrainer
    from spinn2sim.training.run_inputs import load_run_inputs

    inputs = load_run_inputs(Path("scenarios/yinyang.toml"), [f"training.copies={BATCH}"])
    made = MirrorTrainer(inputs, arithmetic)
    order = np.resize(epoch_order(0, 1, len(inputs.train)), MIRROR_SAMPLES)
    start = made.state()
    while True:
        made.load_state(start)
        with lap() as took:
            outcome = made.train(1, order)
        yield took, "sample", len(outcome.labels), [int(n) for n in outcome.spikes]


def network(make: Callable[[], Any], batches: int) -> Laps:
    """Train another network on the chip, from the same weights in each lap: those after one batch, before which some are silent."""
    from benches.engines import counts, trainer
    from spinn2sim.scenario.draws import epoch_order

    inputs = make()
    made = trainer(inputs, "compiled")
    order = epoch_order(inputs.scenario.seed, 1, len(inputs.train))
    made.train(1, order, batches=1)
    start = made.state()
    while True:
        made.load_state(start)
        with lap() as took:
            outcome = made.train(1, order, batches=batches)
        found = counts(outcome, inputs.scenario.training.copies)
        yield took, "sample", found["samples"], [found["deliveries"], found["packets"], *found["spikes"]]


def with_delays() -> Any:
    """Inputs of a recurrent network with delays that are learned."""
    from spinn2sim.training.run_inputs import load_run_inputs

    return load_run_inputs(Path("scenarios/recurrent.toml"))


def drawn_images() -> Any:
    """Inputs of a network of the size of MNIST's."""
    from benches.workloads import images

    return images("mnist.toml", 256, 0.2, 160)


def drawn_events() -> Any:
    """Inputs of a large recurrent network."""
    from benches.workloads import events

    return events()


def dense() -> Laps:
    """All PEs of the chip send to four others each, without neurons."""
    from benches.dense import GAP, PER_TICK, period_of, plan, program
    from spinn2sim.hardware.engines.compiled import Compiled
    from spinn2sim.hardware.packet import Part

    engine = Compiled(plan(period_of(PER_TICK, GAP)), [program(PER_TICK, GAP)], {})
    while True:
        with lap() as took:
            c = engine.run_part(Part.TRAIN, 1, DENSE_BATCHES, 0).counters
        done = int(c.outcomes.sum())
        yield took, "delivery", done, [done, int(c.sent.sum()), int(c.hops.sum())]


def script() -> Laps:
    """Run a script's recurrent network of 2,000 neurons on the chip."""
    from spinn2sim.spinnaker2 import hardware
    from time_scripts import recurrent as network

    net, _ = network(drawn_script(*SCRIPT))
    board = hardware.SpiNNaker2Chip()
    while True:
        with lap() as took:
            board.run(net, SCRIPT[-1])
        run: Any = board.last_run
        moved = [int(run.counters.sent.sum()), int(run.counters.due.sum())]
        yield took, "tick", SCRIPT[-1], moved


LINES: dict[str, Callable[[], Laps]] = {
    "chip, first epoch": lambda: chip("none", 1),
    "chip, epoch 4": lambda: chip("none", 4),
    "chip, first epoch, all packets traced": lambda: chip("all", 1),
    "mirror, float64": lambda: mirror("float64"),
    "mirror, fixed": lambda: mirror("fixed"),
    "recurrent chip with delays": lambda: network(with_delays, RECURRENT_BATCHES),
    "chip, MNIST-sized": lambda: network(drawn_images, IMAGE_BATCHES),
    "chip, 140-256r-20": lambda: network(drawn_events, EVENT_BATCHES),
    "dense traffic": dense,
    "script, 2,000 neurons": script,
}


@contextmanager
def stdout_to_stderr() -> Iterator[Any]:
    """Give the answers a stream of their own, so that nothing that is printed by others is taken for one."""
    mine, sys.stdout = sys.stdout, sys.stderr
    yield mine
    sys.stdout = mine


def main() -> None:
    """Answer until the input ends."""
    started: dict[str, Laps] = {}
    with stdout_to_stderr() as out:
        for name in map(str.strip, sys.stdin):
            try:
                if name not in started:
                    started[name] = LINES[name]()
                    next(started[name])  # what is compiled, and what the first lap alone does
                took, unit, count, work = next(started[name])
                answer = {"cpu": took.cpu, "wall": took.wall, "unit": unit, "count": count, "work": work}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"}
            print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main()
