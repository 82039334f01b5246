"""Exports a run's trained network to files of other programs, and imports such a file as a scenario that trains on."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import DataError, DataWarning, ScenarioError, how_to_install, quoted
from spinn2sim.files import atomic
from spinn2sim.files.named_output import write_named
from spinn2sim.graph import Graph
from spinn2sim.scenario import load, load_text, resolved_toml
from spinn2sim.scenario.data.splits import load_dataset
from spinn2sim.scenario.fixed_point_limits import refuse_weights
from spinn2sim.scenario.graph_checks import output_of
from spinn2sim.scenario.graph_of_scenario import graph_of_scenario
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import PATH_KEYS, read_tree, with_changes
from spinn2sim.scenario.overrides import Overrides, as_mapping
from spinn2sim.trace import run_directory
from spinn2sim.trace.manifest import Manifest, need_unchanged
from spinn2sim.training.exchange import default_recipe
from spinn2sim.training.exchange.exchanged_network import ExchangedNetwork, Spikes
from spinn2sim.training.exchange.graph_in import DrawnTimes, read_graph_to_train
from spinn2sim.training.exchange.graph_scenario import with_graph
from spinn2sim.training.exchange.neurons import STEPS_PER_TAU_SYN
from spinn2sim.training.exchange.nir_in import NirGraph, read_any_graph
from spinn2sim.training.start_values import WeightsFile, read_weights, read_weights_file

Arrays = dict[str, NDArray[Any]]
DT = "network.dt_ms"
# A time step above this share of the shortest time constant causes a warning.
LARGEST_SHARE = 0.2
FROM_FILE = ("network.hidden", "network.init", "network.tau_mem_ms", "network.tau_syn_ms", "network.threshold")


def export_run(
    run: Path | str, nir: Path | str | None = None, npz: Path | str | None = None, spikes: Spikes = "step"
) -> list[Path]:
    """Write a run's trained weights as a NIR file, as an npz (weights_0, ...), or both; return the paths written.

    Raises DataError if `run` is not a run directory, and OutputError.
    """
    folder = run_directory.need_run(run)
    need_unchanged(folder, [folder / run_directory.SCENARIO, folder / run_directory.WEIGHTS])
    scenario, found = load(folder / run_directory.SCENARIO), read_weights_file(folder)
    _refuse_other_shapes(scenario, [w.shape for w in found.weights], folder / run_directory.WEIGHTS)
    written = []
    if nir is not None:
        with naming_the_missing_package():
            data = _nir_bytes(scenario, found, spikes, folder / run_directory.WEIGHTS)
        write_named(Path(nir), lambda file: file.write(data))
        written.append(Path(nir))
    if npz is not None:
        write_named(Path(npz), atomic.npz_writer(run_directory.weight_arrays(*found)))
        written.append(Path(npz))
    return written


def _nir_bytes(scenario: Scenario, found: WeightsFile, spikes: Spikes, file: Path) -> bytes:
    """Make the bytes of a NIR file of a run. Raises DataError for a readout, and for weights that are not of the scenario's graph."""
    if not scenario.is_graph:
        from spinn2sim.training.exchange.nir_out import nir_bytes

        return nir_bytes(scenario, found.weights, spikes)
    from spinn2sim.training.exchange.graph_out import graph_bytes

    graph = _declared_graph(scenario)
    if [w.shape for w in found.weights] != list(graph.weight_shapes):
        raise DataError(
            f"{file}: found weights of shapes {[w.shape for w in found.weights]}, allowed are those of the scenario's projections, "
            f"{list(graph.weight_shapes)}"
        )
    return graph_bytes(scenario, graph, found.weights, found.delays, spikes)


def _declared_graph(scenario: Scenario) -> Graph:
    """Return the graph of a scenario in the long form, with the sizes that it declares."""
    populations, at = scenario.population or (), output_of(scenario)
    inputs = sum(p.size for p in populations if p.kind == "input")
    return graph_of_scenario(scenario, inputs, populations[at].size if at is not None else 0)


def _drawn_times(scenario: Scenario) -> DrawnTimes:
    """Return tau_mem and tau_syn in ms of each neuron, for the populations whose neurons differ."""
    populations = _declared_graph(scenario).populations if scenario.is_graph else ()
    pairs = {p.name: np.array(p.time_constants) for p in populations if len(p.time_constants) > 1}
    return {name: (taus[:, 0], taus[:, 1]) for name, taus in pairs.items()}


def import_model(
    file: Path | str, out: Path | str, like: Path | str | None = None, overrides: Overrides = (),
    spikes: Spikes | None = None,
) -> tuple[Path, Scenario]:  # fmt: skip
    """Write scenario.toml and weights.npz, ready to train or run, from a NIR file or, with `like`, an npz of weights.

    Keys that the file does not decide come from the scenario `like`, or the one stored in the file, or else from the recipe of
    yinyang.toml; `overrides` change them. Raises DataError, ScenarioError or OutputError before anything is written.
    """
    path = Path(file)
    run_directory.refuse_used(out, "importing")
    for key in as_mapping(overrides):
        if key in FROM_FILE or key == "training.start_from":
            raise ScenarioError(f"--set {key}: {path} decides it, allowed are other keys")
    if path.suffix == ".npz":
        if like is None:
            raise DataError(f"{path}: weights alone say no time constants; allowed is an npz with --like SCENARIO.toml")
        scenario = load(like, overrides)
        constants = scenario.network
        network = ExchangedNetwork(read_weights(path), constants.tau_mem_ms, constants.tau_syn_ms, constants.threshold)
        scenario, arrays = _of_chain(scenario, network, path)
    else:
        with naming_the_missing_package():
            scenario, arrays = _of_graph(path, like, overrides, spikes)
    refuse_weights(scenario, [arrays[name] for name in arrays if name.startswith("weights_")], str(path))
    with run_directory.new_folder(scenario.name, out, doing="importing") as folder:
        weights, described = folder / run_directory.WEIGHTS, folder / run_directory.SCENARIO
        atomic.write_npz(weights, arrays)
        text = resolved_toml(scenario).encode()
        # The scenario comes last: without it, a folder that a killed process has left counts as empty.
        with atomic.prepared(described, lambda out: out.write(text)) as new, atomic.refusing(described):
            Manifest(folder).announce([weights], [new])
            new.commit()
    return folder, scenario


def _of_chain(scenario: Scenario, network: ExchangedNetwork, path: Path) -> tuple[Scenario, Arrays]:
    """Return the scenario of a chain of layers, and the arrays of its weights. Raises DataError, ScenarioError."""
    shapes = [w.shape for w in network.weights]
    if shapes != [(n_out, n_in) for n_in, n_out in itertools.pairwise(network.sizes)]:
        raise DataError(f"{path}: found weights of shapes {shapes}, allowed are matrices that follow on each other")
    scenario = with_network(scenario, network)
    _refuse_sizes(scenario, network.sizes[0], network.sizes[-1], path)
    return scenario, run_directory.weight_arrays(network.weights)


def _of_graph(
    path: Path, like: Path | str | None, overrides: Overrides, spikes: Spikes | None
) -> tuple[Scenario, Arrays]:
    """Return the scenario of a NIR graph, a chain if it is one, and the arrays of its weights. Raises DataError, ScenarioError."""
    graph, refusal = read_any_graph(path)
    scenario = _base_scenario(graph, like, overrides)
    if scenario.has_readout:
        raise DataError(
            f'{path}: its outputs spike, allowed is a scenario whose loss.kind is not "{scenario.loss.kind}"'
        )
    dt_ms = scenario.network.dt_ms
    if refusal is None and not scenario.is_graph:
        try:
            network = graph.network(spikes or graph.spikes, dt_ms)
        except DataError as error:
            refusal = error
        else:
            _warn_of_time_step({path.name: (network.tau_mem_ms, network.tau_syn_ms)}, dt_ms, path)
            return _of_chain(scenario, network, path)
    found = read_graph_to_train(path, spikes or graph.spikes, dt_ms, _drawn_times(scenario))
    scenario, arrays = with_graph(scenario, found)
    _refuse_sizes(scenario, sum(found.inputs.values()), found.sizes[found.output], path)
    _warn_of_time_step(found.times, dt_ms, path)
    return scenario, arrays


def _base_scenario(graph: NirGraph, like: Path | str | None, overrides: Overrides) -> Scenario:
    """Load the scenario that the other keys come from. The time step is that of `overrides`, or the file's, or else the scenario's."""
    named = as_mapping(overrides)
    if DT not in named and graph.dt_ms is not None:
        overrides = {DT: graph.dt_ms, **named}
    elif DT not in named and like is None and graph.scenario is None:
        warnings.warn(
            f"{graph.path}: it has no time step; the recipe's, 1 ms, is used; --set {DT}=... sets another one",
            DataWarning,
            stacklevel=3,
        )
    if like is not None:
        return load(like, overrides)
    if graph.scenario is not None:
        file = f"{graph.path} (its scenario)"
        _refuse_paths(graph.scenario, named, file)
        return load_text(graph.scenario, overrides, file)
    return load_text(default_recipe.DEFAULT_SCENARIO, overrides, f"{graph.path} (recipe of yinyang.toml)")


def _refuse_paths(scenario: str, named: Mapping[str, object], file: str) -> None:
    """Raise ScenarioError if a graph's own scenario names a file and the user does not: the graph may come from a stranger."""
    tree = read_tree(scenario, file)
    for table, key in PATH_KEYS:
        values = tree.get(table)
        if isinstance(values, dict) and key in values and f"{table}.{key}" not in named:
            raise ScenarioError(
                f"{file}: {table}.{key}: found {quoted(values[key])}, allowed in a graph's own scenario are no paths: "
                f"name the file by --set {table}.{key}=FILE, or a scenario by --like"
            )


def _warn_of_time_step(times: Mapping[str, tuple[float, float]], dt_ms: float, path: Path) -> None:
    """Warn of a time step that is large against a time constant, with which a network from other software spikes differently."""
    taus = [("tau_mem", mem) for mem, _ in times.values()]
    # A LIF node has no synaptic current.
    taus += [("tau_syn", syn) for _, syn in times.values() if syn * STEPS_PER_TAU_SYN > dt_ms * (1 + 1e-9)]
    name, tau = min(taus, key=lambda item: item[1])
    if dt_ms > LARGEST_SHARE * tau:
        warnings.warn(
            f"{path}: the time step of {dt_ms:g} ms is large against {name} = {tau:g} ms: spikes differ from those of a finer step; "
            f"--set {DT}={tau / 10:.3g} is a tenth of it",
            DataWarning,
            stacklevel=3,
        )


def with_network(scenario: Scenario, network: ExchangedNetwork) -> Scenario:
    """Return the scenario with the layers and constants of `network`, starting from the weights.npz in its own folder."""
    keys = replace(
        scenario.network,
        hidden=network.sizes[1:-1],
        init=tuple((float(w.mean()), float(w.std())) for w in network.weights),
        tau_mem_ms=network.tau_mem_ms,
        tau_syn_ms=network.tau_syn_ms,
        threshold=network.threshold,
    )
    training = replace(scenario.training, start_from=run_directory.WEIGHTS)
    return with_changes(scenario, network=keys, training=training)


def _refuse_other_shapes(scenario: Scenario, shapes: list[tuple[int, ...]], file: Path) -> None:
    """Raise DataError if the weights of a run are not those of its scenario's populations."""
    hidden = scenario.network.hidden or ()
    sizes = (shapes[0][1], *hidden, shapes[-1][0])
    if not scenario.is_graph and shapes != [(n_out, n_in) for n_in, n_out in itertools.pairwise(sizes)]:
        raise DataError(
            f"{file}: found weights of shapes {shapes}, allowed are those of network.hidden = {list(hidden)}"
        )


def _refuse_sizes(scenario: Scenario, inputs: int, outputs: int, path: Path) -> None:
    train, _ = load_dataset(scenario)
    steady = sum(p.size for p in scenario.population or () if p.every_step)
    named = sum(p.size for p in scenario.population or () if p.kind == "input")
    wanted = train.n_inputs - steady
    found = named - steady if scenario.is_graph else inputs
    if (found, outputs) != (wanted, train.n_classes):
        raise DataError(
            f"{path}: found {found} inputs and {outputs} outputs, the data ({scenario.data.source}) have {wanted} and "
            f"{train.n_classes}; give --like SCENARIO.toml, or --set data.source=npz --set data.path=FILE.npz"
        )


@contextmanager
def naming_the_missing_package() -> Iterator[None]:
    """Raise DataError, with the extra to install, in place of ModuleNotFoundError."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise DataError(f"{error.name} is not installed; NIR files need it: {how_to_install('nir')}") from None
