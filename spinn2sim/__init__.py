"""spinn2sim: SpiNNaker2-style chips that train spiking networks on the chip; importing it compiles and loads nothing heavy.

    import spinn2sim
    run = spinn2sim.run("scenarios/yinyang-demo.toml", out="runs/mine", overrides={"seed": 3})
    run.metrics[-1]["test_accuracy"], run.weights[0].shape

Functions: run, train, resume, validate, check, map, traffic, sweep, open_run, export_run, import_model; loaded when first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from spinn2sim.api import open_run as open_run
    from spinn2sim.api import resume as resume
    from spinn2sim.api import run as run
    from spinn2sim.api import train as train
    from spinn2sim.hardware.traffic.study import traffic as traffic
    from spinn2sim.training.exchange.convert import export_run as export_run
    from spinn2sim.training.exchange.convert import import_model as import_model
    from spinn2sim.training.plan_of_scenario import map_scenario as map  # noqa: A004 - the interface's name
    from spinn2sim.training.search.sweep import sweep as sweep
    from spinn2sim.validation.check_case import check_case as check
    from spinn2sim.validation.validate_scenario import validate_scenario as validate

_WHERE = {
    "check": ("spinn2sim.validation.check_case", "check_case"),
    "export_run": ("spinn2sim.training.exchange.convert", "export_run"),
    "import_model": ("spinn2sim.training.exchange.convert", "import_model"),
    "map": ("spinn2sim.training.plan_of_scenario", "map_scenario"),
    "open_run": ("spinn2sim.api", "open_run"),
    "resume": ("spinn2sim.api", "resume"),
    "run": ("spinn2sim.api", "run"),
    "train": ("spinn2sim.api", "train"),
    "sweep": ("spinn2sim.training.search.sweep", "sweep"),
    "traffic": ("spinn2sim.hardware.traffic.study", "traffic"),
    "validate": ("spinn2sim.validation.validate_scenario", "validate_scenario"),
}
__all__ = [
    "check", "export_run", "import_model", "map", "open_run", "resume", "run", "sweep", "traffic", "train", "validate",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'spinn2sim' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(module), attribute)
