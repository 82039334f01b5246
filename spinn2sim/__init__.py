"""spinn2sim: SpiNNaker2-style chips that train spiking networks on the chip.

    import spinn2sim
    run = spinn2sim.run("yinyang-demo", out="runs/mine", overrides={"seed": 3})
    run.metrics[-1]["test_accuracy"], run.weights[0].shape

| function | what it does |
|---|---|
| load_scenario | Read a scenario with every default filled in. |
| run | Train and test a scenario on the simulated hardware, every packet timed. |
| train | Train and test a scenario on the mirror, off the chip and without packets. |
| resume | Go on with an interrupted run, bit for bit. |
| resume_seeds | Go on with the runs of several seeds. |
| open_run | Open a run directory to read its metrics, weights, tables and figures. |
| verify | Compare every file of a run directory with the manifest that the run wrote. |
| diagnose | Say why a run's accuracy is what it is, worst first, with the keys that may help. |
| map | Partition a scenario's network, place it on PEs and route it, without a run. |
| validate | Compare the simulated hardware with the fixed-point mirror, batch for batch. |
| check | Compare the mirror or the simulated hardware with a reference case. |
| traffic | Measure the network's latency against its load, without neurons. |
| sweep | Search the space of hyper-parameters for a scenario. |
| export_run | Write a run's trained weights as a NIR file or as an npz. |
| import_model | Write a scenario and weights from a NIR file or from an npz. |

Importing spinn2sim loads and compiles nothing heavy: each function loads what it needs when it is called.
"""

import os

import firmware_models as firmware_models  # settles numba's environment before anything imports numba
from spinn2sim.api import (
    check,
    diagnose,
    export_run,
    import_model,
    load_scenario,
    map,  # noqa: A004 - the interface's name
    open_run,
    resume,
    resume_seeds,
    run,
    sweep,
    traffic,
    train,
    validate,
    verify,
)

# Threads that wait for each other sleep: on a machine with other work they would otherwise spin on the cores that the others need.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
__version__ = "0.2.0"
__all__ = [
    "check", "diagnose", "export_run", "import_model", "load_scenario", "map", "open_run", "resume", "resume_seeds", "run", "sweep",
    "traffic", "train", "validate", "verify",
]  # fmt: skip


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
