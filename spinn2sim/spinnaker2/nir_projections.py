"""Weights of NIR graphs as projections: Linear, Affine and Conv2d nodes, with the nodes before them that change shapes alone."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScriptError
from spinn2sim.spinnaker2.ann2snn_helpers import connection_list_for_sumpool2d, join_conn_lists
from spinn2sim.spinnaker2.nir_delays import Waits, checked_delays
from spinn2sim.spinnaker2.nir_images import Image, convolution, image_before, refuse_convolution, sizes_of
from spinn2sim.spinnaker2.nir_nodes import MERGED, NEURONS, WEIGHTS, FlatGraph, HardwareConstraintError
from spinn2sim.spinnaker2.snn import Conv2DProjection, Population, Projection

Array = NDArray[Any]


def weight_projections(
    flat: FlatGraph, name: str, made: dict[str, Population], waits: Waits
) -> list[Projection | Conv2DProjection]:
    """Make the projections of a weight node: from each population before it, through nodes that are merged, to each behind it."""
    targets = flat.behind(name)
    for target in targets:
        if flat.kind(target) in (*WEIGHTS, *MERGED):
            raise HardwareConstraintError(
                f"node {name}: found {flat.kind(target)} {target} behind {flat.kind(name)}, allowed are neurons between weights"
            )
        if target not in made:
            raise HardwareConstraintError(f"node {name}: found {flat.kind(target)} behind it, allowed are neurons")
    if flat.kind(name) == "Conv2d":
        refuse_convolution(flat, name, waits.least)
        ways = [(source, merged, target) for source, merged in _sources(flat, name) for target in targets]
        return [convolution(flat, name, merged, (made[a], made[b])) for a, merged, b in ways]
    weight = np.asarray(flat.nodes[name].weight)
    found: list[Projection | Conv2DProjection] = []
    for source, merged in _sources(flat, name):
        for target in targets:
            matrix = weight.reshape(weight.shape[0], -1).T * made[target].nir_w_scale
            for node in merged:
                matrix = _pooled(flat, node, matrix) if flat.kind(node) == "SumPool2d" else matrix
            found.append(_dense((made[source], made[target]), matrix, waits, (source, merged, name, target)))
    return found


def _sources(flat: FlatGraph, name: str) -> list[tuple[str, list[str]]]:
    """Return the populations before a node, each with the merged nodes on the way, nearest to the weights first."""
    found: list[tuple[str, list[str]]] = []
    for before in flat.before(name):
        if flat.kind(before) in WEIGHTS:
            raise HardwareConstraintError(
                f"node {name}: found {flat.kind(before)} {before} before it, allowed are neurons between weights"
            )
        if flat.kind(before) in MERGED:
            found += [(source, [before, *merged]) for source, merged in _sources(flat, before)]
        else:
            found.append((before, []))
    return found


def _pooled(flat: FlatGraph, name: str, matrix: Array) -> Array:
    """Return weights from the neurons before a pooling node to those behind weights `matrix` from its sums."""
    rows, shape, (channels, high, wide) = _windows(flat, name)
    if len(matrix) != channels * high * wide:
        raise HardwareConstraintError(
            f"node {name}: found {len(matrix)} weights for each neuron behind it, allowed are {channels * high * wide}: "
            f"{channels} channels of {high} x {wide}"
        )
    sums = np.zeros((int(np.prod(shape)), matrix.shape[1]), matrix.dtype)
    pairs = np.array([row[:2] for row in rows], np.int64).reshape(-1, 2)
    np.add.at(sums, pairs[:, 0], matrix[pairs[:, 1]])
    return sums


def _windows(flat: FlatGraph, name: str) -> tuple[list[list[Any]], Image, Image]:
    """Return rows of weight 1 from the pixels before a pooling node to its sums, and both images."""
    shape = image_before(flat, name)
    if shape is None:
        raise HardwareConstraintError(
            f"node {name}: found no shape of its image; infer_types of the graph gives it one"
        )
    stride, size, padding = (sizes_of(flat, name, field) for field in ("stride", "kernel_size", "padding"))
    try:
        rows, sums = connection_list_for_sumpool2d(shape, stride, size, padding, 0)
    except ScriptError as error:
        raise HardwareConstraintError(f"node {name}: {error}") from None
    return rows, shape, sums


def _dense(
    ends: tuple[Population, Population], matrix: Array, waits: Waits, way: tuple[str, list[str], str, str]
) -> Projection:
    """Make a projection of all weights [pre, post]. They are cut toward zero when they are to be run. `way` has the merged nodes."""
    (pre, post), (source, merged, name, target) = ends, way
    if matrix.shape != (pre.size, post.size):
        raise HardwareConstraintError(
            f"node {name}: found weights of shape {matrix.shape[::-1]}, between {pre.name} and {post.name} "
            f"allowed is {(post.size, pre.size)}"
        )
    rows, columns = np.indices(matrix.shape).reshape(2, -1)
    late = waits.of([source, *reversed(merged), name, target], matrix.shape)
    late = checked_delays(np.where(matrix != 0, late, 0), target) if waits.on_edge else late
    return Projection(
        pre, post, np.stack([rows, columns, matrix.reshape(-1), late.reshape(-1)], axis=1).astype(np.float64), name
    )


def direct_projections(flat: FlatGraph, made: dict[str, Population], waits: Waits) -> list[Projection]:
    """Make a projection of weight 1 for each edge between populations without weights on it, through sums of windows or not."""
    found = []
    for name in made:
        if flat.kind(name) in NEURONS:
            for before in flat.before(name):
                if before in made:
                    found.append(_ones(flat, (made[before], made[name]), [], waits, f"{before} to {name}"))
                elif flat.kind(before) in MERGED:
                    for source, merged in _sources(flat, before):
                        way = [before, *merged]
                        found.append(_ones(flat, (made[source], made[name]), way, waits, f"{before} to {name}"))
    return found


def _ones(flat: FlatGraph, ends: tuple[Population, Population], way: list[str], waits: Waits, name: str) -> Projection:
    """Make a projection of weight 1 from each neuron to the one with its number, or to that of the window's sum. `way` is nearest first."""
    pre, post = ends
    rows: list[list[Any]] = [[n, n, post.nir_w_scale, 0] for n in range(post.size)]
    size = post.size
    for node in way:
        if flat.kind(node) == "SumPool2d":
            windows, shape, sums = _windows(flat, node)
            if size != math.prod(sums):
                raise HardwareConstraintError(
                    f"node {node}: found {math.prod(sums)} sums, {post.name} has {post.size} neurons"
                )
            rows, size = join_conn_lists(windows, rows), math.prod(shape)
    if size != pre.size:
        raise HardwareConstraintError(f"node {name}: found {pre.size} neurons in {pre.name}, needed are {size}")
    if not waits.on_edge:
        return Projection(pre, post, [[a, b, weight, waits.least] for a, b, weight, _ in rows], name)
    late = waits.of([pre.name, *reversed(way), post.name], (pre.size, post.size))
    delays = checked_delays(np.array([late[row[0], row[1]] for row in rows]), post.name).tolist()
    return Projection(pre, post, [[*row[:3], delay] for row, delay in zip(rows, delays, strict=True)], name)
