"""The kinds of input that are single files: scenarios, overrides, data, weights, packet lists, recordings, graphs, spaces."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from fuzzing import seeds
from fuzzing.kind import Kind, Look
from fuzzing.mutate_bytes import mutate_bytes
from fuzzing.mutate_hdf5 import mutate_hdf5
from fuzzing.mutate_npz import mutate_npz
from fuzzing.mutate_parquet import mutate_parquet
from fuzzing.mutate_text import mutate_text, mutate_toml
from fuzzing.mutate_tree import VALUES, toml_value
from spinn2sim.experiments.datasets import shd, wav
from spinn2sim.graph import Graph
from spinn2sim.hardware.traffic.packet_list import read_list
from spinn2sim.scenario.data.splits import load_splits
from spinn2sim.scenario.graph_of_scenario import graph_of_scenario
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.load import load, load_text, read_text
from spinn2sim.scenario.overrides import as_mapping
from spinn2sim.scenario.resolved import resolved_toml
from spinn2sim.training.exchange.nir_in import read_graph
from spinn2sim.training.map_scenario import map_scenario
from spinn2sim.training.plan_data import plan_data
from spinn2sim.training.search.space import SweepSource, read_space
from spinn2sim.training.start_values import start_values
from spinn2sim.validation.case import load_case
from spinn2sim.validation.case_inputs import case_samples, case_scenario


def file_kinds(work: Path) -> list[Kind]:
    """Make the kinds; what is read beside an input is written below `work`."""
    return [
        *_toml_kinds(work),
        *_array_kinds(work),
        *_list_kinds(),
        *_image_kinds(work),
        *_sound_kinds(work),
        *_graph_kinds(work),
    ]


def _toml_kinds(work: Path) -> list[Kind]:
    """Make the kinds of scenarios, boards and overrides."""
    return [
        Kind(
            "scenario",
            "s.toml",
            seeds.scenarios(),
            mutate_toml,
            [Look("map", _read_scenario, ("map", "{}/s.toml"))],
            60,
        ),
        Kind("broken-chip", "s.toml", seeds.broken_chips(), mutate_toml, [Look("map", _map, ("map", "{}/s.toml"))], 6),
        Kind(
            "board",
            "board.toml",
            seeds.boards(),
            mutate_toml,
            [Look("map", _read_scenario, ("map", "{}/s.toml"))],
            15,
            _beside(work, "board", s=seeds.BOARD_SCENARIO),
        ),
        Kind(
            "override",
            "set.txt",
            list(seeds.OVERRIDES),
            _mutate_override,
            [Look("map", _read_override, ("map", "{}/s.toml", "--set", "<input>"))],
            190,
            _beside(work, "override", s=seeds.SCENARIO),
        ),
    ]


def _array_kinds(work: Path) -> list[Kind]:
    """Make the kinds of npz files: data, weights, reference cases."""
    return [
        Kind(
            "data-npz",
            "data.npz",
            seeds.data_sets(),
            mutate_npz,
            [Look("map", _read_data, ("map", "{}/s.toml"))],
            110,
            _beside(work, "npz", s=seeds.NPZ_SCENARIO),
        ),
        Kind(
            "weights-npz",
            "w.npz",
            seeds.weights(),
            mutate_npz,
            [Look("map", _read_weights, ("map", "{}/s.toml", "--set", "training.start_from={}/w.npz"))],
            140,
            _beside(work, "weights", s=seeds.SCENARIO),
        ),
        Kind(
            "weights-graph",
            "w.npz",
            seeds.graph_weights(),
            mutate_npz,
            [Look("map", _read_weights, ("map", "{}/s.toml", "--set", "training.start_from={}/w.npz"))],
            20,
            _beside(work, "weights-graph", s=seeds.SMALL_GRAPH),
        ),
        Kind(
            "case-npz", "case.npz", seeds.cases(), mutate_npz, [Look("check", _read_case, ("check", "{}/case.npz"))], 40
        ),
    ]


def _list_kinds() -> list[Kind]:
    """Make the kinds of packet lists."""
    return [
        Kind(
            "packets-csv",
            "list.csv",
            list(seeds.CSV),
            mutate_text,
            [Look("traffic", _read_list("list.csv"), ("traffic", "{}/list.csv"), False)],
            100,
        ),
        Kind(
            "packets-parquet",
            "list.parquet",
            seeds.packet_tables(),
            mutate_parquet,
            [Look("traffic", _read_list("list.parquet"), ("traffic", "{}/list.parquet"), False)],
            40,
        ),
    ]


def _image_kinds(work: Path) -> list[Kind]:
    """Make the kinds of IDX files."""
    return [
        Kind(
            "images-idx",
            seeds.IMAGES,
            [seeds.packed(data) for data in seeds.images()],
            _mutate_packed,
            [Look("map", _read_images, ("map", "{}/s.toml"))],
            90,
            _beside(work, "images", s=seeds.IDX_SCENARIO, labels=seeds.packed(seeds.labels()[0])),
        ),
        Kind(
            "labels-idx",
            seeds.LABELS,
            [seeds.packed(data) for data in seeds.labels()],
            _mutate_packed,
            [Look("map", _read_images, ("map", "{}/s.toml"))],
            50,
            _beside(work, "labels", s=seeds.IDX_SCENARIO, images=seeds.packed(seeds.images()[0])),
        ),
    ]


def _sound_kinds(work: Path) -> list[Kind]:
    """Make the kinds of recordings."""
    return [
        Kind(
            "sound-wav",
            "0_a_0.wav",
            seeds.sounds(),
            mutate_bytes,
            [
                Look(
                    "reproduce",
                    lambda folder: wav.read_wav(folder / "0_a_0.wav"),
                    ("reproduce", "speech", "--quick", "--data", "{}", "--out", "{}/../out"),
                    False,
                )
            ],
            130,
        ),
        Kind(
            "spoken-hdf5",
            "shd_train.h5",
            seeds.spoken_digits(),
            mutate_hdf5,
            [
                Look(
                    "reproduce",
                    lambda folder: shd.read_shd(folder / "shd_train.h5"),
                    ("reproduce", "speech", "--quick", "--data", "{}", "--out", "{}/../out"),
                    False,
                )
            ],
            6,
            _beside(work, "spoken", test=seeds.spoken_digits()[0]),
        ),
    ]


def _graph_kinds(work: Path) -> list[Kind]:
    """Make the kinds of networks of other programs, and of spaces."""
    return [
        Kind(
            "graph-nir",
            "g.nir",
            seeds.nir_graphs(),
            mutate_hdf5,
            [Look("import", _read_nir, ("import", "{}/g.nir", "--out", "{}/../out"))],
            14,
        ),
        Kind(
            "space",
            "space.toml",
            list(seeds.SPACE),
            mutate_toml,
            [
                Look(
                    "sweep", _read_space, ("sweep", "{}/s.toml", "{}/space.toml", "--trials", "1", "--out", "{}/../out")
                )
            ],
            15,
            _beside(work, "space", s=seeds.SCENARIO),
        ),
    ]


NAMES = {"s": "s.toml", "images": seeds.IMAGES, "labels": seeds.LABELS, "test": "shd_test.h5"}


def _beside(work: Path, name: str, **files: str | bytes) -> Path:
    """Make the folder that is copied for each input of a kind, with what is read beside it; NAMES are the names of its files."""
    folder = work / "beside" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for key, content in files.items():
        (folder / NAMES[key]).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def _read_scenario(folder: Path) -> None:
    """Load a scenario; one that is accepted must read back equal when it is written."""
    scenario = load(folder / "s.toml")
    if scenario.is_graph:
        start_values(scenario, graph_of_scenario(scenario, 4, 3))
    again = load_text(resolved_toml(scenario), file="written again", folder=folder)
    if dataclasses.asdict(again) != dataclasses.asdict(scenario):
        raise AssertionError("a resolved scenario reads back different")


def _map(folder: Path) -> None:
    json.dumps(plan_data(map_scenario(folder / "s.toml")))


def _read_override(folder: Path) -> None:
    text = (folder / "set.txt").read_bytes().replace(b"\0", b"").decode("utf-8", "surrogateescape")
    scenario = load(folder / "s.toml", as_mapping([text]))
    again = load_text(resolved_toml(scenario), file="written again", folder=folder)
    if dataclasses.asdict(again) != dataclasses.asdict(scenario):
        raise AssertionError("a resolved scenario reads back different")


def _read_data(folder: Path) -> None:
    for split in load_splits(_with_data(folder, "data.npz")):
        if split is not None and not (split.labels.min() >= 0 and split.n_inputs >= 1 and (split.step >= 0).all()):
            raise AssertionError("a split without labels, inputs or steps")


def _read_weights(folder: Path) -> None:
    scenario, graph = _unchanged((folder / "s.toml").read_text())
    training = dataclasses.replace(scenario.training, start_from=str(folder / "w.npz"))
    start_values(dataclasses.replace(scenario, training=training), graph)


@cache
def _unchanged(text: str) -> tuple[Scenario, Graph]:
    """Load a scenario that is beside the changed file, with its graph."""
    scenario = load_text(text)
    return scenario, graph_of_scenario(scenario, 4 if scenario.is_graph else 5, 3)


def _read_case(folder: Path) -> None:
    case = load_case(folder / "case.npz")
    case_scenario(case)
    case_samples(case)


def _read_list(name: str) -> Callable[[Path], object]:
    return lambda folder: read_list(folder / name)


def _read_images(folder: Path) -> None:
    load_splits(_with_data(folder, "."))


def _with_data(folder: Path, name: str) -> Scenario:
    scenario = _loaded((folder / "s.toml").read_text())
    return dataclasses.replace(scenario, data=dataclasses.replace(scenario.data, path=str(folder / name)))


_loaded = cache(load_text)


def _read_nir(folder: Path) -> None:
    graph = read_graph(folder / "g.nir")
    network = graph.network(graph.spikes, graph.dt_ms or 1.0)
    if len(network.sizes) < 2:
        raise AssertionError("a network without weights")


def _read_space(folder: Path) -> None:
    source = SweepSource(
        read_text(folder / "s.toml"),
        str(folder / "s.toml"),
        str(folder),
        {},
        read_text(folder / "space.toml"),
        "space.toml",
    )
    read_space(source)


def _mutate_override(random: Random, data: bytes, others: Any) -> bytes:
    if random.random() < 0.5:
        key = data.partition(b"=")[0] if random.random() < 0.8 else random.choice(others).partition(b"=")[0]
        return key + b"=" + toml_value(random.choice(VALUES)).encode("utf-8", "surrogatepass")
    return mutate_text(random, data, others)


def _mutate_packed(random: Random, data: bytes, others: Any) -> bytes:
    """Change what is packed, or now and then the packing itself."""
    if random.random() < 0.2:
        return mutate_bytes(random, data, others)
    inside = seeds.unpacked(data)
    return seeds.packed(mutate_bytes(random, inside[:40] if random.random() < 0.2 else inside))
