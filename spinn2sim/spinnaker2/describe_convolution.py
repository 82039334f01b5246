"""Makes a convolution of a network's graph of a script's Conv2DProjection, and refuses, in one line, what cannot be run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScriptError
from spinn2sim.graph import Convolution
from spinn2sim.spinnaker2.conv2d_projection import Conv2DProjection
from spinn2sim.spinnaker2.projection_ends import model_of_post

LEAST_WEIGHT, MOST_WEIGHT = -128, 127


def describe_convolution(
    projection: Conv2DProjection, positions: dict[int, int], network: str, quantize: bool
) -> Convolution:
    """Describe a convolution. Without `quantize` weights may be any numbers. Raises ScriptError or NotModelledError."""
    model = model_of_post(projection, positions, network)
    what = f"projection {projection.name}"
    if model.name != "lif_conv2d":
        raise ScriptError(f"{what}: post is {projection.post.name}, a {model.name}, allowed is a lif_conv2d")
    kernel, number = projection.kernel(), projection.numbers()
    kernel = np.trunc(kernel) if quantize else kernel
    _refuse_weights(kernel, what, quantize)
    found = Convolution(
        positions[id(projection.pre)], positions[id(projection.post)], learn="none",
        name=projection.name, kernel=kernel, height=number["in_height"], width=number["in_width"],
        stride=(number["stride_y"], number["stride_x"]), pool=(number["pool_y"], number["pool_x"]),
        pad=(number["pad_top"], number["pad_bottom"], number["pad_left"], number["pad_right"]),
    )  # fmt: skip
    _refuse_images(found, projection, what)
    return found


def _refuse_weights(kernel: NDArray[np.float64], what: str, quantize: bool) -> None:
    wrong = ~((kernel >= LEAST_WEIGHT) & (kernel <= MOST_WEIGHT)) if quantize else ~np.isfinite(kernel)
    if wrong.any():
        at = tuple(int(n) for n in np.argwhere(wrong)[0])
        limits = f"{LEAST_WEIGHT} to {MOST_WEIGHT}" if quantize else "finite numbers"
        raise ScriptError(f"{what}: weights{list(at)}: found {kernel[at]:g}, allowed are {limits}")


def _refuse_images(q: Convolution, projection: Any, what: str) -> None:
    """Raise ScriptError if the populations are no images of these sizes."""
    channels_in, channels_out, high, wide = q.kernel.shape
    if min(q.pooled) < 1:
        raise ScriptError(
            f"{what}: pool: found windows of {q.pool[0]} x {q.pool[1]}, larger than the image of {q.height} x {q.width}"
        )
    if min(q.image) < 1:
        framed = (q.pooled[0] + q.pad[0] + q.pad[1], q.pooled[1] + q.pad[2] + q.pad[3])
        raise ScriptError(
            f"{what}: weights: found kernels of {high} x {wide}, allowed are up to {framed[0]} x {framed[1]}, the size of the framed image"
        )
    for population, channels, image in (
        (projection.pre, channels_in, (q.height, q.width)),
        (projection.post, channels_out, q.image),
    ):
        if population.size != channels * image[0] * image[1]:
            raise ScriptError(
                f"{what}: {population.name} has {population.size} neurons, needed are {channels * image[0] * image[1]}: "
                f"{channels} channels of {image[0]} x {image[1]}"
            )


def convolution_key(q: Convolution) -> tuple[Any, ...]:
    """Return what a run depends on of a convolution."""
    return q.pre, q.post, q.height, q.width, q.stride, q.pool, q.pad, q.kernel.shape, q.kernel.tobytes()
