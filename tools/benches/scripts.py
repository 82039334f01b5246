"""The network of benches.drawn_script as a script: on the simulated chip with every packet, and off it.

python -m benches.scripts {chip|mirror}. A sample is a run of 500 ticks.
"""

from __future__ import annotations

import sys
from typing import Any

from benches.clock import lap, say
from benches.drawn_script import RUNS, SCRIPT, drawn_script
from spinn2sim.spinnaker2 import brian2_sim, hardware
from time_scripts import recurrent


def main() -> None:
    """Time some runs after a first one."""
    what, ticks = sys.argv[1], SCRIPT[-1]
    net, _ = recurrent(drawn_script(*SCRIPT))
    board: Any = hardware.SpiNNaker2Chip() if what == "chip" else brian2_sim.Brian2Backend()
    board.run(net, ticks)
    with lap() as took:
        for _ in range(RUNS):
            board.run(net, ticks)
    spikes = sum(len(times) for times in net.populations[1].get_spikes().values())
    moved = {"deliveries": RUNS * int(board.last_run.counters.due.sum())} if what == "chip" else {}
    name = "chip, compiled, every packet" if what == "chip" else "mirror, no packets"
    say("scripts", f"{name}, {SCRIPT[0]} neurons", took, samples=RUNS, spikes=[spikes], **moved)


if __name__ == "__main__":
    main()
