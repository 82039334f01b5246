"""The network of the NIR paper for 34 x 34 x 2 events as a script's network, with random weights, for measurements and tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from spinn2sim.spinnaker2 import snn

PIXELS = 2 * 34 * 34


def nmnist(rng: np.random.Generator, ticks: int, rate: float) -> tuple[snn.Network, list[snn.Population]]:
    """The network of the NIR paper for 34 x 34 x 2 events, with random weights: three convolutions and two dense populations."""
    given = {"alpha_decay": 1.0, "reset": "reset_to_v_reset"}
    sizes = {"input": PIXELS, "1": 4096, "3": 4096, "6": 512, "10": 256, "12": 10}
    thresholds = {"1": 500.0, "3": 700.0, "6": 1200.0, "10": 600.0, "12": 900.0}
    stim = snn.Population(PIXELS, "spike_list", events(rng, ticks, rate), "input", [])
    pops = [stim]
    for name in ("1", "3", "6", "10", "12"):
        model = "lif_conv2d" if name in ("1", "3", "6") else "lif_no_delay"
        pops.append(snn.Population(sizes[name], model, {**given, "threshold": thresholds[name]}, name))

    def kernel(*shape: int) -> Any:
        return rng.integers(-60, 100, shape).astype(np.int8)

    padded = {"pad_top": 1, "pad_bottom": 1, "pad_left": 1, "pad_right": 1}
    first = {"in_height": 34, "in_width": 34, "stride_x": 2, "stride_y": 2, **padded}
    flat = {"in_height": 16, "in_width": 16, **padded}
    net = snn.Network("nmnist")
    net.add(*pops)
    net.add(snn.Conv2DProjection(pops[0], pops[1], kernel(2, 16, 5, 5), first))
    net.add(snn.Conv2DProjection(pops[1], pops[2], kernel(16, 16, 3, 3), flat))
    net.add(snn.Conv2DProjection(pops[2], pops[3], kernel(16, 8, 3, 3), {**flat, "pool_x": 2, "pool_y": 2}))
    for pre, post in ((pops[3], pops[4]), (pops[4], pops[5])):
        grid = np.indices((pre.size, post.size)).reshape(2, -1)
        weights = rng.integers(-60, 100, grid.shape[1])
        net.add(snn.Projection(pre, post, np.stack([*grid, weights, 0 * weights], axis=1)))
    return net, pops


def events(rng: np.random.Generator, ticks: int, rate: float) -> dict[int, Any]:
    """Random events of 34 x 34 x 2 pixels."""
    fired = rng.random((PIXELS, ticks)) < rate
    return {n: np.flatnonzero(row).tolist() for n, row in enumerate(fired)}
