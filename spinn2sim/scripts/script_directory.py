"""The run directory of a script's network: the network, what it recorded, and the tables of packets, wakes, channels, router and PEs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_models.programs.script_memory import DATA_BYTES, script_regions
from spinn2sim.errors import DataError, quoted, shortened
from spinn2sim.files import atomic
from spinn2sim.files.npz_reader import read_arrays
from spinn2sim.graph import Convolution, Graph, ModelPopulation, SynapseList
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.mapping.script_plan import build_script_plan
from spinn2sim.mapping.script_slices import Slicing, cut_network
from spinn2sim.scenario.keys import Trace
from spinn2sim.scripts.network_checks import check_description, check_network
from spinn2sim.scripts.script_session import HARDWARE, NetworkResult, Session, SpikeLists
from spinn2sim.trace import run_directory
from spinn2sim.trace.capture import Capture, CountedPart
from spinn2sim.trace.manifest import Manifest
from spinn2sim.trace.recorder import TraceRecorder

ARRAYS, RECORDINGS = "network.npz", "recordings.npz"
FORMAT = 1
SYNAPSES = ("source", "target", "weight", "delay")
# The sizes of a convolution, in network.json; its kernel is an array.
IMAGES = ("height", "width", "stride", "pool", "pad")


def run_recorded(session: Session, spikes: SpikeLists, name: str, runs: Path) -> tuple[NetworkResult, Path]:
    """Run a network and write its run directory, the first free RUNS/NAME-N. Raises OutputError."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in name)[:80] or "network"
    with run_directory.new_folder(safe, runs=runs, before=(ARRAYS, RECORDINGS)) as folder:
        recorder = TraceRecorder(Trace(packets="all", wakes="all"), copies=1)
        capture = Capture(folder, recorder, session.plan, ledgers=True)
        recorder.begin_part(0, Part.TEST, np.zeros(1, np.int64))
        result = session.run(spikes, recorder)
        capture.end_part(0, Part.TEST, CountedPart(result.counters, cycles=session.cycles()))
        capture.wait()
        capture.join()
        graph = session.slicing.graph
        atomic.write_npz(folder / ARRAYS, _network_arrays(graph, spikes))
        atomic.write_npz(folder / RECORDINGS, _recordings(result))
        atomic.write_json(folder / run_directory.NETWORK, _described(session, name, result))
        capture.clear()
        manifest = Manifest(folder)
        manifest.record([*(folder / file for file in (ARRAYS, RECORDINGS, run_directory.NETWORK)), *capture.joined()])
        manifest.write()
    return result, folder


def _described(session: Session, name: str, result: NetworkResult) -> dict[str, Any]:
    """Return the content of network.json."""
    graph, options = session.slicing.graph, session.options
    return {
        "format": FORMAT,
        "version": _version(),
        "name": name,
        "ticks": options.ticks,
        "period_q": options.period_q,
        "engine": options.engine,
        "costs": options.costs.name,
        "cycles": dict(options.costs.own),
        "populations": [_population(population) for population in graph.populations],
        "projections": [_projection(projection) for projection in graph.projections],
        "edges": [[0, *(cut.last for cut in cuts)] for cuts in session.slicing.cuts],
        "losses": [str(loss) for loss in result.counters.losses()],
    }


def _version() -> str | None:
    """Return the version of this program; None if it runs without being installed."""
    try:
        return version("spinn2sim")
    except PackageNotFoundError:
        return None


def _population(population: Any) -> dict[str, Any]:
    fields = ("name", "size", "kind", "model", "record", "subtracts", "neurons_per_pe", "neuron_bytes", "pe_bytes")
    return {**{name: getattr(population, name) for name in fields}, "parameters": list(population.parameters)}


def _projection(projection: Any) -> dict[str, Any]:
    fields = {name: getattr(projection, name) for name in ("name", "pre", "post", "delay_max")}
    if isinstance(projection, Convolution):
        fields["convolution"] = {name: getattr(projection, name) for name in IMAGES}
    return fields


def _network_arrays(graph: Graph, spikes: SpikeLists) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for n, population in enumerate(graph.populations):
        for name, values in getattr(population, "parameters", {}).items():
            arrays[f"population_{n}_{name}"] = values
        if n in spikes:
            arrays[f"population_{n}_spikes"] = spikes[n]
    for n, projection in enumerate(graph.projections):
        names = ("kernel",) if isinstance(projection, Convolution) else SYNAPSES
        arrays |= {f"projection_{n}_{name}": getattr(projection, name) for name in names}
    return arrays


def _recordings(result: NetworkResult) -> dict[str, NDArray[Any]]:
    """Return spikes_N as rows (tick, neuron) and states such as v_N [tick, neuron] of population N, packets and time_done [tick, PE]."""
    arrays: dict[str, NDArray[Any]] = {f"spikes_{n}": rows for n, rows in enumerate(result.spikes)}
    arrays |= {f"{name}_{n}": values for n, states in enumerate(result.states) for name, values in states.items()}
    pes = np.array([share.core for share in result.plan.shares], np.int64)
    return {**arrays, "pes": pes, "packets": result.packets, "time_done": result.time_done}


def read_network(folder: Path) -> tuple[dict[str, Any], Graph, SpikeLists]:
    """Read network.json, the network and the spikes of its spike lists. Raises DataError."""
    file = folder / run_directory.NETWORK
    described, arrays = atomic.read_json(file), read_arrays(folder / ARRAYS)
    try:
        populations = [_read_population(n, one, arrays) for n, one in enumerate(described["populations"])]
        projections = [_read_projection(n, one, arrays) for n, one in enumerate(described["projections"])]
        spikes = {n: arrays[f"population_{n}_spikes"] for n, p in enumerate(populations) if p.kind == "input"}
        graph = Graph(tuple(populations), tuple(projections), len(populations) - 1)
        check_description(described)
        check_network(graph, spikes, described["ticks"])
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise DataError(
            f"{file}: found no network of a script ({type(error).__name__}: {shortened(str(error))})"
        ) from None
    return described, graph, spikes


def _read_population(number: int, one: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> ModelPopulation:
    fields = {name: value for name, value in one.items() if name != "parameters"}
    parameters = {name: arrays[f"population_{number}_{name}"] for name in one["parameters"]}
    found = ModelPopulation(**fields, parameters=parameters)
    return dataclasses.replace(found, record=tuple(found.record))


def _read_projection(
    number: int, one: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> SynapseList | Convolution:
    if "convolution" in one:
        return _read_convolution(one, arrays[f"projection_{number}_kernel"])
    columns: Any = {name: arrays[f"projection_{number}_{name}"] for name in SYNAPSES}
    return SynapseList(**one, learn="none", **columns)


def _read_convolution(one: Mapping[str, Any], kernel: NDArray[Any]) -> Convolution:
    sizes = one["convolution"]
    pairs = {name: tuple(int(n) for n in sizes[name]) for name in ("stride", "pool", "pad")}
    fields: Any = {name: one[name] for name in ("name", "pre", "post", "delay_max")}
    return Convolution(
        **fields,
        learn="none",
        kernel=kernel,
        height=int(sizes["height"]),
        width=int(sizes["width"]),
        **pairs,  # type: ignore[arg-type]
    )


def slicing_of_script_run(folder: Path) -> tuple[Slicing, dict[str, Any]]:
    """Cut the network of a script's run as it was cut then. Returns its slices and network.json. Raises DataError, MappingError."""
    described, graph, spikes = read_network(folder)
    counts = {n: np.bincount(rows[:, 1], minlength=graph.sizes[n]) for n, rows in spikes.items()}
    known = _edges(described, graph, folder)
    return cut_network(graph, counts, described["ticks"], script_regions, DATA_BYTES, known), described


def _edges(described: Mapping[str, Any], graph: Graph, folder: Path) -> list[list[int]] | None:
    """Return the edges of the slices of a run, which other spikes may have decided; None if it is older than they are written."""
    edges: list[list[int]] | None = described.get("edges")
    if edges is None:
        return None
    fits = isinstance(edges, list) and len(edges) == len(graph.sizes)
    if not fits or not all(_cuts(one, size) for one, size in zip(edges, graph.sizes, strict=True)):
        raise DataError(f"{folder / run_directory.NETWORK}: edges: found {quoted(edges)}, allowed are those of slices")
    return edges


def _cuts(edges: Any, size: int) -> bool:
    """Whether these are the edges of slices of a population."""
    whole = isinstance(edges, list) and len(edges) > 1 and all(type(edge) is int for edge in edges)
    return whole and edges[0] == 0 and edges[-1] == size and all(a < b for a, b in pairwise(edges))


def plan_of_script_run(folder: Path) -> Plan:
    """Map the network of a script's run as it was mapped then. Raises DataError, MappingError."""
    slicing, described = slicing_of_script_run(folder)
    return build_script_plan(slicing, described["ticks"], described["period_q"], HARDWARE, script_regions)
