"""The Python interface: each function takes files and values, and returns what it found or wrote.

A scenario is a TOML file, the name of one that comes with the project (`spinn2sim scenarios` lists them), a mapping of its keys, nested or
dotted, or a Scenario, such as `load_scenario` or `run.scenario` give.
`overrides` change its keys: a mapping of dotted keys such as {"training.epochs": 3}, or strings such as
"training.epochs=3". Wrong input raises a subclass of `spinn2sim.errors.Spinn2simError` with a message of one line: where, what was
found, and what is allowed. Functions load what they need when they are called, so importing this module is fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from spinn2sim.errors import ScenarioError, need_choice, need_count
from spinn2sim.hardware.engines.choice import ENGINES

if TYPE_CHECKING:
    from spinn2sim.hardware.plan import Plan
    from spinn2sim.hardware.traffic.board_patterns import BoardPattern
    from spinn2sim.hardware.traffic.load_sweep import Timing
    from spinn2sim.hardware.traffic.load_sweep import Watch as TrafficWatch
    from spinn2sim.hardware.traffic.patterns import Pattern
    from spinn2sim.hardware.traffic.study import Study
    from spinn2sim.report.diagnosis.diagnosis import Diagnosis
    from spinn2sim.report.run import Run
    from spinn2sim.report.seed_runs import SeedRuns
    from spinn2sim.report.verify import Verification
    from spinn2sim.scenario.given import ScenarioLike
    from spinn2sim.scenario.keys import Scenario
    from spinn2sim.scenario.overrides import Overrides
    from spinn2sim.training.reporter import RunReporter, Watch
    from spinn2sim.training.search.sweep_reporter import SweepReporter
    from spinn2sim.training.search.sweep_result import SweepResult
    from spinn2sim.training.several_seeds.seeds_reporter import SeedsReporter
    from spinn2sim.training.start import Command
    from spinn2sim.validation.check_fixed import FixedReport
    from spinn2sim.validation.check_float64 import FloatReport
    from spinn2sim.validation.validate_network import NetworkValidation
    from spinn2sim.validation.validate_scenario import Validation

# Seeds as numbers, or as a text such as "0..4" or "0,3,7".
Seeds = str | Sequence[int]
Arithmetic = Literal["float64", "fixed"]
ARITHMETICS: tuple[Arithmetic, ...] = ("float64", "fixed")
SPIKES = ("step", "dirac")


def load_scenario(scenario: ScenarioLike, overrides: Overrides = ()) -> Scenario:
    """Read a scenario with every default filled in, as tables of keys: scenario.network.steps, scenario.optimizer.learning_rate.

    It can be given to `run`, `train`, `map`, `validate` and `sweep`; change keys by `overrides`, or with dataclasses.replace.

    Raises ScenarioError, in one line with the key, what was found and what is allowed.

    >>> spinn2sim.load_scenario("yinyang", {"training.epochs": 3}).training.epochs
    3
    """
    from spinn2sim.scenario.load import load

    return load(scenario, overrides)


@overload
def run(
    scenario: ScenarioLike,
    out: Path | str | None = None,
    overrides: Overrides = (),
    engine: str = ENGINES[0],
    reporter: RunReporter | None = None,
    data: object = None,
    *,
    processes: int | None = None,
) -> Run: ...
@overload
def run(
    scenario: ScenarioLike,
    out: Path | str | None = None,
    overrides: Overrides = (),
    engine: str = ENGINES[0],
    reporter: SeedsReporter | None = None,
    data: object = None,
    *,
    seeds: Seeds,
    processes: int | None = None,
) -> SeedRuns: ...
def run(
    scenario: ScenarioLike,
    out: Path | str | None = None,
    overrides: Overrides = (),
    engine: str = ENGINES[0],
    reporter: RunReporter | SeedsReporter | None = None,
    data: object = None,
    seeds: Seeds | None = None,
    processes: int | None = None,
) -> Run | SeedRuns:
    """Train and test a scenario on the simulated hardware, every packet timed.

    The run directory is `out`, new or empty, by default runs/NAME-N. Both engines give the same bytes; "discrete_event" is easier to read
    and slow. A `reporter` gets the progress of the run; without one, bars show it in a notebook.
    Ctrl-C ends the run with the finished epochs, and `resume` continues it.

    `data` are own samples in place of the scenario's: a CSV or npz file, arrays (values, labels), or a mapping of arrays such as
    {"times": ..., "units": ..., "labels": ...}; see docs/how-to/own-data.md.

    With `seeds`, such as "0..4" or [0, 3, 7], the scenario is trained with each of them, side by side in as many `processes` as there are
    cores, and the answer is their table and their runs, each as with its seed alone. `resume_seeds` continues them. Without seeds, the
    chips of a board are spread over the `processes`, with the same answer. A program that uses processes needs
    `if __name__ == "__main__":`.

    Raises ScenarioError, DataError or MappingError before anything is written, OutputError if a file cannot be written.

    >>> run = spinn2sim.run("yinyang-demo", out="runs/mine", overrides={"training.epochs": 1})
    >>> run.summary["status"], [matrix.shape for matrix in run.weights]
    ('complete', [(120, 5), (3, 120)])
    """
    need_choice("engine", engine, ENGINES)
    return _train("run", scenario, out, overrides, engine, reporter, data, (seeds, processes))


@overload
def train(
    scenario: ScenarioLike,
    out: Path | str | None = None,
    overrides: Overrides = (),
    arithmetic: Arithmetic = "float64",
    reporter: RunReporter | None = None,
    data: object = None,
) -> Run: ...
@overload
def train(
    scenario: ScenarioLike,
    out: Path | str | None = None,
    overrides: Overrides = (),
    arithmetic: Arithmetic = "float64",
    reporter: SeedsReporter | None = None,
    data: object = None,
    *,
    seeds: Seeds,
    processes: int | None = None,
) -> SeedRuns: ...
def train(
    scenario: ScenarioLike,
    out: Path | str | None = None,
    overrides: Overrides = (),
    arithmetic: Arithmetic = "float64",
    reporter: RunReporter | SeedsReporter | None = None,
    data: object = None,
    seeds: Seeds | None = None,
    processes: int | None = None,
) -> Run | SeedRuns:
    """Train and test a scenario on the mirror, off the chip and without packets.

    With "float64" the mirror shows what the method can reach; with "fixed" it ends, bit for bit, with the weights of the hardware,
    provided that nothing is late, lost or saturated there. The run directory, the reporter, `data`, `seeds` and the errors are those of
    `run`.

    >>> spinn2sim.train("yinyang-demo", overrides=["training.epochs=1"], arithmetic="fixed")  # doctest: +ELLIPSIS
    Run('runs/yinyang-demo-1': complete, epoch 1 of 1, test accuracy ...)
    """
    need_choice("arithmetic", arithmetic, ARITHMETICS)
    command: Literal["train fixed", "train float64"] = "train fixed" if arithmetic == "fixed" else "train float64"
    return _train(command, scenario, out, overrides, ENGINES[0], reporter, data, (seeds, processes))


def _train(
    command: Command,
    scenario: ScenarioLike,
    out: Path | str | None,
    overrides: Overrides,
    engine: str,
    reporter: RunReporter | SeedsReporter | None,
    data: object,
    several: tuple[Seeds | None, int | None],
) -> Run | SeedRuns:
    """Train with the scenario's seed, or if seeds are given, with each of them in so many processes.

    With one seed, the chips of a board are spread over the processes.
    """
    from spinn2sim.report.run import Run
    from spinn2sim.report.seed_runs import SeedRuns
    from spinn2sim.training.crew import spread_over
    from spinn2sim.training.data_argument import with_data
    from spinn2sim.training.notebook_progress import default_reporter
    from spinn2sim.training.run_inputs import load_run_inputs
    from spinn2sim.training.several_seeds.run_seeds import How, start_seeds
    from spinn2sim.training.several_seeds.seed_list import read_seeds
    from spinn2sim.training.several_seeds.seeds_reporter import SeedsReporter
    from spinn2sim.training.start import start_run

    seeds, processes = several
    if processes is not None:
        need_count("processes", processes)
    if seeds is not None:
        how = How(processes, reporter if isinstance(reporter, SeedsReporter) else SeedsReporter(), engine)
        wanted = read_seeds(seeds)
        return SeedRuns(start_seeds(scenario, wanted, command, out, with_data(data, overrides, out), how))
    if isinstance(reporter, SeedsReporter) or (processes is not None and command != "run"):
        raise ScenarioError("seeds: found none, allowed are seeds beside processes and a SeedsReporter")
    inputs = load_run_inputs(scenario, with_data(data, overrides, out), out)
    with spread_over(processes):
        return Run(start_run(inputs, command, out, reporter or default_reporter(), engine))


def resume(
    folder: Path | str,
    reporter: RunReporter | None = None,
    engine: str = ENGINES[0],
    overrides: Overrides = (),
    processes: int | None = None,
) -> Run:
    """Continue an interrupted run, bit for bit; a complete run is returned as it is.

    With {"training.epochs": N} in `overrides` any run is continued to epoch N, with the same end as if N epochs had been asked for at
    once; no other key can be changed. Both engines give the same bytes. `processes` are those of `run`.

    Raises DataError if `folder` is not a run directory, ScenarioError for an unknown engine, another key, or fewer epochs than were run,
    OutputError if the run's files are not as it wrote them.

    >>> spinn2sim.resume("runs/mine").summary["status"]
    'complete'
    """
    from spinn2sim.training.crew import spread_over
    from spinn2sim.training.notebook_progress import default_reporter
    from spinn2sim.training.start import resume_run

    need_choice("engine", engine, ENGINES)
    if processes is not None:
        need_count("processes", processes)
    run = open_run(folder)
    with spread_over(processes):
        resume_run(run.folder, reporter or default_reporter(), engine, overrides)
    return run


def resume_seeds(
    folder: Path | str,
    reporter: SeedsReporter | None = None,
    engine: str = ENGINES[0],
    overrides: Overrides = (),
    processes: int | None = None,
) -> SeedRuns:
    """Continue the runs of several seeds that `run` or `train` began with `seeds`: those that were interrupted, failed, or did not begin.

    `overrides` are those of `resume`, for every seed; `processes` are those of `run`.

    Raises DataError if `folder` has no runs of several seeds, ScenarioError and OutputError as `resume` does.

    >>> spinn2sim.train("yinyang-demo", "runs/seeds", {"training.epochs": 1}, seeds="0..1", processes=1).summary["status"]
    'complete'
    >>> sorted(spinn2sim.resume_seeds("runs/seeds", processes=1).runs)
    [0, 1]
    """
    from spinn2sim.report.seed_runs import SeedRuns
    from spinn2sim.training.several_seeds.run_seeds import How, resume_seeds
    from spinn2sim.training.several_seeds.seeds_reporter import SeedsReporter

    need_choice("engine", engine, ENGINES)
    if processes is not None:
        need_count("processes", processes)
    return SeedRuns(resume_seeds(Path(folder), overrides, How(processes, reporter or SeedsReporter(), engine)))


def open_run(path: Path | str) -> Run:
    """Open a run directory to read its metrics, weights, tables and figures. Raises DataError if `path` is not one.

    >>> spinn2sim.open_run("runs/mine").metrics[-1]["epoch"]
    1
    """
    from spinn2sim.report.run import open_run

    return open_run(path)


def verify(run: Path | str) -> Verification:
    """Compare every file of a run directory with its SHA-256 in the manifest.

    Raises DataError if `run` is not a run directory; the answer lists what is missing or differs.

    >>> spinn2sim.verify("runs/mine").holds
    True
    """
    from spinn2sim.report.verify import verify

    return verify(run)


def diagnose(run: Path | str) -> Diagnosis:
    """Say why a run's accuracy is what it is: findings, worst first, each with the key that may help, and the facts behind them.

    It reads the run's files and its data, changes nothing, and works on interrupted runs.

    Raises DataError if `run` is not the run of a scenario, or has no finished epoch.

    >>> spinn2sim.diagnose("runs/mine").findings[0].key
    'training.epochs'
    """
    from spinn2sim.report.diagnosis.diagnosis import diagnose

    return diagnose(run)


def map(scenario: ScenarioLike, overrides: Overrides = (), data: object = None) -> Plan:  # noqa: A001 - the interface's name
    """Partition a scenario's network, place it on PEs and route it, without a run. `data` is that of `run`.

    Raises ScenarioError, DataError, and MappingError if the network does not fit.

    >>> spinn2sim.map("yinyang-demo").graph.sizes
    (5, 120, 3)
    """
    from spinn2sim.training.data_argument import with_data
    from spinn2sim.training.map_scenario import map_scenario

    return map_scenario(scenario, with_data(data, overrides))


def validate(
    scenario: ScenarioLike,
    batches: int = 20,
    overrides: Overrides = (),
    watch: Watch | None = None,
    engine: str = ENGINES[0],
    data: object = None,
) -> Validation | NetworkValidation:
    """Train on the simulated hardware and on the fixed-point mirror side by side, and compare every raw integer that both keep.

    `scenario` may be a run directory, whose scenario is used. `watch` is called with the batches done and the batches in all. `data` is
    that of `run`.
    The run directory of a script's network is run again on both, and compared spike for spike and voltage for voltage; it has no
    batches and no keys that could be overridden.

    Raises ScenarioError, DataError and MappingError; the answer lists what differs, is late, lost or saturated.

    >>> spinn2sim.validate("yinyang-demo", batches=2).holds
    True
    """
    from spinn2sim.trace.run_directory import NETWORK
    from spinn2sim.training.data_argument import with_data
    from spinn2sim.validation.validate_network import validate_script_run
    from spinn2sim.validation.validate_scenario import validate_scenario

    need_choice("engine", engine, ENGINES)
    need_count("batches", batches)
    if isinstance(scenario, Path | str) and (Path(scenario) / NETWORK).is_file():
        if overrides or data is not None:
            raise ScenarioError(f"{scenario}: found a script's network and keys to set, allowed are keys of a scenario")
        return validate_script_run(Path(scenario), engine)
    return validate_scenario(scenario, batches, with_data(data, overrides), watch, engine)


def check(path: Path | str, arithmetic: Arithmetic = "float64", overrides: Overrides = ()) -> FloatReport | FixedReport:
    """Compare the float64 mirror, or with "fixed" the simulated hardware, with a reference case made by another program.

    `overrides` change keys of the scenario with which a case is run in fixed point.

    Raises DataError if the case is damaged or expects nothing, ScenarioError, and MappingError if not even one sample fits the chip.

    >>> spinn2sim.check("tests/fixtures/golden/01_2-3-2_T27_B1.npz").holds
    True
    """
    from spinn2sim.validation.check_case import check_case

    need_choice("arithmetic", arithmetic, ARITHMETICS)
    return check_case(path, arithmetic, overrides)


def traffic(  # noqa: PLR0913 - what a user may choose, each with a default
    what: Path | str,
    loads: Sequence[float] = (),
    *,
    pattern: Pattern | BoardPattern | None = None,
    timing: Timing | None = None,
    seed: int = 0,
    seeds: int = 3,
    engine: str = ENGINES[0],
    watch: TrafficWatch | None = None,
    faults: Path | str | None = None,
    board: Path | str | None = None,
    overrides: Overrides = (),
) -> Study:
    """Measure the network's latency against its load, without neurons.

    `what` is a pattern's name (with parameters in `pattern`), a packet list, or a run directory. `loads` are packets/PE/us for a pattern
    (none: up to saturation) and factors of speed for a list (none: 1). `faults` is a board file or a TOML file with a table [faults],
    and `overrides` are keys of [faults], for the dead parts of the chip; a run has its own.
    `board` is a TOML file with a table [board], and `overrides` of its keys are laid over it: then `what` is a pattern over its chips.

    Raises ScenarioError for a pattern or parameters that are not allowed, DataError for a list that cannot be read.

    >>> [load.saturated for load in spinn2sim.traffic("uniform", loads=[0.5], seeds=1).loads]
    [False]
    """
    from spinn2sim.hardware.traffic.study import traffic
    from spinn2sim.scenario.board_table import board_overrides
    from spinn2sim.trace.chip_of_traffic import board_for, dead_parts_for

    keys, others = board_overrides(overrides)
    if board is not None or keys:
        chips = board_for(board, keys, faults, others)
        return traffic(
            what, loads, pattern=pattern, timing=timing, seed=seed, seeds=seeds, engine=engine, watch=watch, board=chips
        )
    dead = dead_parts_for(what, faults, others)
    return traffic(
        what, loads, pattern=pattern, timing=timing, seed=seed, seeds=seeds, engine=engine, watch=watch, dead=dead
    )


def sweep(  # noqa: PLR0913 - what a user may choose, each with a default
    scenario: Path | str | None = None,
    space: Path | str | None = None,
    out: Path | str | None = None,
    overrides: Overrides = (),
    trials: int | None = None,
    workers: int | str = 1,
    resume: Path | str | None = None,
    reporter: SweepReporter | None = None,
    data: object = None,
) -> SweepResult:
    """Search a space of hyper-parameters for a scenario on the mirror, with trials judged on a validation split.

    `space` is a TOML file with the parameters. `workers` is a number of processes, or the address of a Dask scheduler. `resume` is the
    directory of a sweep to continue. `data` is that of `run`. The directory gets sweep.json, best.toml and figures.

    Raises ScenarioError or DataError before anything is written, OutputError if a file cannot be written.

    >>> found = spinn2sim.sweep("yinyang-demo", "yinyang", trials=2)  # doctest: +SKIP
    >>> found.best  # doctest: +SKIP
    """
    from spinn2sim.training.data_argument import with_data
    from spinn2sim.training.search.sweep import sweep

    if trials is not None:
        need_count("trials", trials)
    if not isinstance(workers, str):
        need_count("workers", workers)
    return sweep(scenario, space, out, with_data(data, overrides, out), trials, workers, resume, reporter)


def export_run(
    run: Path | str,
    nir: Path | str | None = None,
    npz: Path | str | None = None,
    spikes: Literal["step", "dirac"] = "step",
) -> list[Path]:
    """Write a run's trained weights as a NIR file, as an npz (weights_0, weights_1, ...), or both, and return the files.

    Raises DataError if `run` is not a run directory or the package nir is missing, OutputError if a file cannot be written.

    >>> spinn2sim.export_run("runs/mine", npz="mine.npz")
    [PosixPath('mine.npz')]
    """
    from spinn2sim.training.exchange.convert import export_run

    need_choice("spikes", spikes, SPIKES)
    return export_run(run, nir, npz, spikes)


def import_model(
    file: Path | str,
    out: Path | str,
    like: Path | str | None = None,
    overrides: Overrides = (),
    spikes: Literal["step", "dirac"] | None = None,
) -> tuple[Path, Scenario]:
    """Write a scenario and weights, ready to train or run, from a NIR file or, with `like`, from an npz of weights.

    Keys that the file does not decide come from the scenario `like`, or the one stored in the file, or else from a default recipe.

    Raises DataError, ScenarioError or OutputError before anything is written.

    >>> folder, scenario = spinn2sim.import_model("mine.npz", out="imported", like="yinyang-demo")
    >>> scenario.network.hidden
    (120,)
    """
    from spinn2sim.training.exchange.convert import import_model

    if spikes is not None:
        need_choice("spikes", spikes, SPIKES)
    return import_model(file, out, like, overrides, spikes)
