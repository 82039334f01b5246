"""Images in NIR graphs: the shapes of nodes, and convolutions, with sums of windows before them, as projections of kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import quoted
from spinn2sim.spinnaker2.conv2d_projection import MOST_SIDE, Conv2DProjection
from spinn2sim.spinnaker2.describe_convolution import LEAST_WEIGHT, MOST_WEIGHT, describe_convolution
from spinn2sim.spinnaker2.nir_nodes import NEURONS, FlatGraph, HardwareConstraintError, UnsupportedNodeError
from spinn2sim.spinnaker2.script_population import Population

Image = tuple[int, int, int]
Array = NDArray[Any]


def sizes_of(flat: FlatGraph, name: str, field: str) -> tuple[int, int]:
    """Return (down, across) of a node's field, which is one whole number or two. Raises HardwareConstraintError for anything else."""
    value, least = getattr(flat.nodes[name], field), 0 if field == "padding" else 1
    try:
        numbers: Array = np.ravel(np.asarray(value, np.float64))
        fits = (
            numbers.size in (1, 2)
            and ((numbers == np.rint(numbers)) & (least <= numbers) & (numbers <= MOST_SIDE)).all()
        )
    except (ValueError, TypeError):
        fits = False
    if not fits:
        raise HardwareConstraintError(
            f"node {name}: {field}: found {quoted(value)}, allowed are one or two whole numbers from {least} on"
        )
    down, across = np.broadcast_to(numbers.astype(np.int64), 2).tolist()
    return down, across


def image_behind(flat: FlatGraph, name: str, seen: tuple[str, ...] = ()) -> Image | None:
    """Return channels, height and width of what a node gives, None if it is no image or cannot be known."""
    if name in seen:
        return None
    node, kind = flat.nodes[name], flat.kind(name)
    if kind == "Input":
        return _image(node.input_type.get("input"))
    if kind == "Conv2d":
        before = image_of_convolution(flat, name, seen)
        return None if before is None else _moved(flat, name, before)
    if kind == "SumPool2d":
        before = image_before(flat, name, seen)
        return None if before is None else _summed(flat, name, before)
    if kind in NEURONS:
        # Parameters may be one for all pixels or for each channel, so that the image before says more than their shape.
        behind_image = any(flat.kind(before) in ("Conv2d", "SumPool2d") for before in flat.before(name))
        before = image_before(flat, name, seen) if behind_image else None
        return before or _image(np.shape(node.v_threshold))
    return None


def image_before(flat: FlatGraph, name: str, seen: tuple[str, ...] = ()) -> Image | None:
    """Return the image that a node takes: from the first node before it that gives one, otherwise as the file says."""
    for before in flat.before(name):
        found = image_behind(flat, before, (*seen, name))
        if found is not None:
            return found
    return _image((flat.nodes[name].input_type or {}).get("input"))


def image_of_convolution(flat: FlatGraph, name: str, seen: tuple[str, ...] = ()) -> Image | None:
    """Return the image that a convolution takes. The file may say its height and width."""
    node = flat.nodes[name]
    if node.input_shape is not None and np.size(node.input_shape) == 2:
        return (_axes(flat, name)[1], *sizes_of(flat, name, "input_shape"))
    return image_before(flat, name, seen)


def _image(shape: Any) -> Image | None:
    sizes = [] if shape is None else np.ravel(np.asarray(shape)).tolist()
    while len(sizes) > 3 and sizes[0] == 1:  # samples or steps, as some exporters write them
        sizes = sizes[1:]
    return (int(sizes[0]), int(sizes[1]), int(sizes[2])) if len(sizes) == 3 else None


def _axes(flat: FlatGraph, name: str) -> tuple[int, int, int, int]:
    """Return the shape of a convolution's weights. Raises HardwareConstraintError if they have not four axes, or no weight."""
    shape = np.shape(flat.nodes[name].weight)
    if len(shape) != 4 or not all(shape):
        raise HardwareConstraintError(
            f"node {name}: weight: found shape {shape}, allowed are (channels out, channels in, height, width)"
        )
    return shape[0], shape[1], shape[2], shape[3]


def _moved(flat: FlatGraph, name: str, before: Image) -> Image:
    """Return the image behind a convolution."""
    channels, _, tall, wide = _axes(flat, name)
    (top, bottom), (left, right) = frame(flat, name)
    down, across = sizes_of(flat, name, "stride")
    return channels, (before[1] + top + bottom - tall) // down + 1, (before[2] + left + right - wide) // across + 1


def _summed(flat: FlatGraph, name: str, before: Image) -> Image:
    """Return the image behind sums of windows."""
    size, stride, pad = (sizes_of(flat, name, field) for field in ("kernel_size", "stride", "padding"))
    high, wide = ((before[1 + n] + 2 * pad[n] - size[n]) // stride[n] + 1 for n in range(2))
    return before[0], high, wide


def spread(values: Any, size: int, image: Image | None, where: str) -> Array:
    """Return values for each neuron: from one, from one for each channel of an image, or from as many. Raises HardwareConstraintError."""
    given: Array = np.ravel(values)
    if len(given) in (1, size):
        return np.broadcast_to(given, size).copy()
    if image is not None and len(given) == image[0] and size == int(np.prod(image)):
        return np.repeat(given, size // image[0])
    raise HardwareConstraintError(f"{where}: found {len(given)} values, allowed are 1 or {size}, one for each neuron")


def frame(flat: FlatGraph, name: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return ((top, bottom), (left, right)) zeros around the image of a convolution; "same" keeps its size, with the odd one behind."""
    word = _word(flat.nodes[name].padding)
    if word in ("same", "valid"):
        tall, wide = (n - 1 if word == "same" else 0 for n in _axes(flat, name)[2:])
        return (tall // 2, tall - tall // 2), (wide // 2, wide - wide // 2)
    down, across = sizes_of(flat, name, "padding")
    return (down, down), (across, across)


def _word(padding: Any) -> str | None:
    """Return a padding that is a word, None if it is numbers."""
    word = padding.item() if isinstance(padding, np.ndarray | np.generic) and padding.size == 1 else padding
    word = word.decode("utf-8", "replace") if isinstance(word, bytes) else word
    return word if isinstance(word, str) else None


def refuse_convolution(flat: FlatGraph, name: str, delay: int) -> None:
    """Raise UnsupportedNodeError for what no convolution has here, HardwareConstraintError for what the chip cannot run, by name."""
    node = flat.nodes[name]
    for what in ("dilation", "groups"):
        found = np.ravel(np.asarray(getattr(node, what))).tolist()
        if any(one != 1 for one in found):
            raise UnsupportedNodeError(
                f"node {name}: {what}: found {quoted(found)}, which is not supported; allowed is 1"
            )
    stride = sizes_of(flat, name, "stride")
    if _word(node.padding) == "same" and stride != (1, 1):
        raise HardwareConstraintError(f"node {name}: padding 'same': found stride {stride}, allowed is 1")
    if delay:
        raise HardwareConstraintError(
            f"node {name}: conn_delay: found {delay}, allowed with convolutions is 0, which acts in the next tick"
        )


def convolution(flat: FlatGraph, name: str, merged: list[str], ends: tuple[Population, Population]) -> Conv2DProjection:
    """Make the projection of a convolution from one population to another. `merged` are the nodes between, nearest to it first.

    Raises HardwareConstraintError if they are no sums of windows that do not overlap, or if the sizes of the images are not known.
    """
    node, source = flat.nodes[name], merged[-1] if merged else name
    for before in merged:
        _refuse_windows(flat, before, name)
    image = image_before(flat, source) if merged else image_of_convolution(flat, name)
    if image is None:
        raise HardwareConstraintError(
            f"node {source}: found no shape of its image; infer_types of the graph gives it one"
        )
    sizes = [sizes_of(flat, before, "kernel_size") for before in merged]
    (top, bottom), (left, right), (down, across) = *frame(flat, name), sizes_of(flat, name, "stride")
    params = {
        "in_height": image[1], "in_width": image[2], "stride_x": across, "stride_y": down,
        "pool_x": int(np.prod([size[1] for size in sizes])), "pool_y": int(np.prod([size[0] for size in sizes])),
        "pad_top": top, "pad_bottom": bottom, "pad_left": left, "pad_right": right,
    }  # fmt: skip
    weights = np.asarray(node.weight).swapaxes(0, 1) * ends[1].nir_w_scale
    if ((weights > LEAST_WEIGHT - 1) & (weights < MOST_WEIGHT + 1)).all():
        weights = weights.astype(np.int8)  # others are refused when they are to be run
    found = Conv2DProjection(*ends, weights, params, name)
    describe_convolution(found, {id(ends[0]): 0, id(ends[1]): 1}, "nir", quantize=False)
    return found


def _refuse_windows(flat: FlatGraph, name: str, behind: str) -> None:
    kind = flat.kind(name)
    if kind != "SumPool2d":
        raise HardwareConstraintError(
            f"node {behind}: found {kind} {name} before Conv2d, allowed are neurons and SumPool2d"
        )
    size, stride, padding = (sizes_of(flat, name, field) for field in ("kernel_size", "stride", "padding"))
    if size != stride or padding != (0, 0):
        raise HardwareConstraintError(
            f"node {name}: found windows of {size} with stride {stride} and padding {padding}, "
            "allowed before Conv2d are windows that do not overlap, without padding"
        )
