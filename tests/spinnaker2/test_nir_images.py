"""NIR graphs with images: convolutions, sums of windows and flattening become kernels and weights of a script's network."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_network import events
from dense_images import image_of
from spinn2sim.spinnaker2 import brian2_sim, hardware, s2_nir, snn
from spinn2sim.spinnaker2.s2_nir import ConversionConfig, HardwareConstraintError, IntegratorMethod, ResetMethod

nir = pytest.importorskip("nir")
from nir_graphs import nmnist  # noqa: E402 - it imports nir

CONFIG = ConversionConfig(dt=1e-3, conn_delay=0)


def conv(weight: Any, shape: Any = (4, 6), **given: Any) -> Any:
    """Make a Conv2d node."""
    weight = np.asarray(weight, np.float32)
    values = {
        "stride": 1,
        "padding": 0,
        "dilation": 1,
        "groups": 1,
        "bias": np.zeros(weight.shape[0], np.float32),
        **given,
    }
    return nir.Conv2d(shape, weight, **values)


def spiking(*shape: int, threshold: float = 1.0) -> Any:
    """Make an IF node of a shape."""
    return nir.IF(r=np.ones(shape, np.float32), v_threshold=np.full(shape, threshold, np.float32))


def pool(size: Any = (2, 2), stride: Any = (2, 2), padding: Any = (0, 0)) -> Any:
    """Make a SumPool2d node."""
    return nir.SumPool2d(np.array(size), np.array(stride), np.array(padding))


def chain(*nodes: Any, size: Any = (1, 4, 6)) -> Any:
    """Make a graph of an input, the nodes n0, n1, ... in a row, and an output."""
    names = ["input", *(f"n{n}" for n in range(len(nodes))), "output"]
    ends = nir.Input({"input": np.array(size)}), nir.Output({"output": np.array([1])})
    nodes = dict(zip(names, (ends[0], *nodes, ends[1]), strict=True))  # type: ignore[assignment]
    return nir.NIRGraph(nodes, list(pairwise(names)), type_check=False)


def test_the_public_cnn_converts_and_runs() -> None:
    """The graph of the NIR paper gives the populations and kernels of its file, and chip and mirror agree on it."""
    graph = nmnist(np.random.default_rng(0))
    config = ConversionConfig(
        dt=1e-4, conn_delay=0, scale_weights=True, reset=ResetMethod.ZERO, integrator=IntegratorMethod.FORWARD,
        output_record=["v", "spikes", "time_done", "n_packets"],
    )  # fmt: skip
    net, (stim,), (out,) = s2_nir.from_nir(graph, config)
    by_name = {p.name: p for p in net.populations}
    sizes = {"input": 2312, "1": 4096, "3": 4096, "6": 512, "10": 256, "12": 10}
    assert {name: p.size for name, p in by_name.items()} == sizes
    assert [p.neuron_model for p in by_name.values()] == ["spike_list", *["lif_conv2d"] * 3, *["lif_no_delay"] * 2]
    kernels = [q for q in net.projections if isinstance(q, snn.Conv2DProjection)]
    assert [q.weights.shape for q in kernels] == [(2, 16, 5, 5), (16, 16, 3, 3), (16, 8, 3, 3)]
    assert all(q.weights.dtype == np.int8 and np.abs(q.weights.astype(int)).max() >= 126 for q in kernels)
    assert [q.params["pool_x"] for q in kernels] == [1, 1, 2]
    by_name["3"].set_max_atoms_per_core(256)
    by_name["6"].set_max_atoms_per_core(64)
    by_name["10"].set_max_atoms_per_core(8)
    stim.params = events(np.random.default_rng(1), 12, 0.02)
    chip = hardware.SpiNNaker2Chip()
    chip.run(net, 12, sys_tick_in_s=2e-3)
    spikes, voltages = out.get_spikes(), out.get_voltages()
    assert sum(map(len, spikes.values())) > 10
    assert sum(map(len, out.get_n_packets().values())) == 12
    brian2_sim.Brian2Backend().run(net, 12)
    assert out.get_spikes() == spikes
    assert all(np.array_equal(out.get_voltages()[n], v) for n, v in voltages.items())


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Any, Any, tuple[int, int]]:
    """An image, a convolution with any frame and steps behind sums of windows or not, and the node's kernel and sums."""
    channels, high, wide = draw(st.integers(1, 2)), draw(st.integers(2, 6)), draw(st.integers(2, 6))
    windows = (draw(st.integers(1, 2)), draw(st.integers(1, 2)))
    pooled = (high // windows[0], wide // windows[1])
    padding = draw(st.sampled_from([0, 1, (2, 1), "same", "valid"]))
    most = [n if padding in (0, "valid", "same") else n + 2 for n in pooled]
    size = [draw(st.integers(1, min(3, n))) for n in most]
    stride = 1 if padding == "same" else draw(st.sampled_from([1, 2, (1, 2), (2, 1)]))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    weight = rng.integers(-5, 8, (draw(st.integers(1, 3)), channels, *size))
    shape = draw(st.sampled_from([pooled, None]))
    nodes = [
        conv(weight, shape, stride=stride, padding=padding, bias=rng.integers(0, 2, len(weight)).astype(np.float32))
    ]
    return [pool(windows, windows)] * (windows != (1, 1)) + nodes, (channels, high, wide), pooled


@settings(max_examples=20, deadline=None)
@given(graphs())
def test_convolutions_are_those_of_the_definition(made: Any) -> None:
    """One spike of each pixel gives, a tick later, the voltages that the sums of windows and the convolution of the image have."""
    nodes, size, pooled = made
    node = nodes[-1]
    image = np.random.default_rng(0).integers(0, 2, size)
    sums = image[:, : pooled[0] * (size[1] // pooled[0]), : pooled[1] * (size[2] // pooled[1])]
    if len(nodes) > 1:
        down, across = nodes[0].kernel_size
        sums = image[:, : pooled[0] * down, : pooled[1] * across]
        sums = sums.reshape(size[0], pooled[0], down, pooled[1], across).sum(axis=(2, 4))
    expected = defined(sums, node)
    net, (stim,), (out,) = s2_nir.from_nir(chain(*nodes, spiking(*expected.shape, threshold=1e9), size=size), CONFIG)
    out.record = ["v"]
    stim.params = {int(n): [0] for n in np.flatnonzero(image)}
    hardware.SpiNNaker2Chip().run(net, 2)
    voltages = np.array([v[1] - v[0] for v in out.get_voltages().values()])
    assert voltages.tolist() == expected.reshape(-1).tolist()


def defined(image: Any, node: Any) -> Any:
    """The convolution of an image, from its definition."""
    weight, (down, across) = node.weight, np.broadcast_to(node.stride, 2)
    high, wide = weight.shape[2:]
    if node.padding == "same":
        frame = ((0, 0), ((high - 1) // 2, high // 2), ((wide - 1) // 2, wide // 2))
    else:
        frame = ((0, 0), *((n, n) for n in ((0, 0) if node.padding == "valid" else node.padding)))  # type: ignore[assignment]
    framed = np.pad(image, frame)
    rows, columns = (framed.shape[1] - high) // down + 1, (framed.shape[2] - wide) // across + 1
    found = np.zeros((len(weight), rows, columns))
    for y in range(rows):
        for x in range(columns):
            window = framed[:, y * down : y * down + high, x * across : x * across + wide]
            found[:, y, x] = (weight * window).sum(axis=(1, 2, 3)) + node.bias
    return found


def test_parameters_of_channels_and_unknown_shapes() -> None:
    """Neurons may have one value for each channel; shapes that the file does not say follow from the nodes before."""
    weight = np.ones((2, 1, 3, 3))
    neurons = nir.LIF(tau=np.full(2, 0.02), r=np.ones(2), v_leak=np.zeros(2), v_threshold=np.array([1.0, 2.0]))
    net, _, (out,) = s2_nir.from_nir(chain(conv(weight, None, bias=np.array([3.0, 5.0])), neurons), CONFIG)
    assert (out.size, out.neuron_model) == (16, "lif_conv2d")
    assert np.ptp(out.params["threshold"][:8]) == 0
    assert out.params["threshold"][8] == 2 * out.params["threshold"][0]
    assert out.params["i_offset"].tolist() == [3.0] * 8 + [5.0] * 8
    assert isinstance(net.projections[0], snn.Conv2DProjection)
    assert image_of(net.projections[0].weights, net.projections[0].params) == (2, 4)


@pytest.mark.parametrize("shape", [(1,), (2,), (2, 1, 1), (2, 2, 4), (16,)])
def test_shapes_of_parameters(shape: tuple[int, ...]) -> None:
    """Whatever shape a file's parameters have, they are those of pixels, channels, or all; an image may have axes of samples in front."""
    graph = chain(
        conv(np.ones((2, 1, 3, 3)), None),
        spiking(*shape),
        conv(np.ones((3, 2, 2, 2)), None),
        spiking(1),
        size=(1, 1, 4, 6),
    )
    net, _, _ = s2_nir.from_nir(graph, CONFIG)
    assert [p.size for p in net.populations] == [24, 16, 9]
    pooled = chain(pool(), spiking(1), conv(np.ones((3, 1, 2, 2)), None), spiking(1))
    assert [p.size for p in s2_nir.from_nir(pooled, CONFIG)[0].populations] == [24, 6, 6]


def test_nested_graphs() -> None:
    """A convolution in a nested graph, with shapes that are known outside alone, is the one of the flat graph."""
    inside = nir.NIRGraph(
        {"input": nir.Input({"input": np.array([1, 4, 6])}), "conv": conv(np.arange(18).reshape(2, 1, 3, 3), None),
         "output": nir.Output({"output": np.array([2, 2, 4])})},
        [("input", "conv"), ("conv", "output")], type_check=False,
    )  # fmt: skip
    net, _, (out,) = s2_nir.from_nir(chain(inside, spiking(1)), CONFIG)
    (projection,) = net.projections
    assert isinstance(projection, snn.Conv2DProjection)
    assert (projection.name, out.size) == ("n0.conv", 16)


def test_sums_of_windows_alone() -> None:
    """SumPool2d between neurons has weights of 1, and flattening changes no order."""
    net, (stim,), (out,) = s2_nir.from_nir(chain(pool(), spiking(1, 2, 3, threshold=9)), CONFIG)
    out.record = ["v"]
    stim.params = {0: [0], 1: [0], 7: [0], 23: [0]}
    hardware.SpiNNaker2Chip().run(net, 2)
    assert [v[1] for v in out.get_voltages().values()] == [3, 0, 0, 0, 0, 1]
    flat = nir.Flatten({"input": np.array([1, 2, 3])}, 0)
    net, _, _ = s2_nir.from_nir(chain(pool(), flat, nir.Linear(np.arange(6.0).reshape(1, 6)), spiking(1)), CONFIG)
    assert (
        net.projections[0].rows()[:, 2].tolist()
        == np.repeat(np.arange(6.0).reshape(2, 3), 2, 1).repeat(2, 0).ravel().tolist()
    )


ONES = np.ones((2, 1, 3, 3))
REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "groups": (lambda: chain(conv(ONES, groups=2), spiking(2, 2, 4)), NotImplementedError, "node n0: groups: found [2]"),
    "dilation": (lambda: chain(conv(ONES, dilation=2), spiking(2, 2, 4)), NotImplementedError, "node n0: dilation: found [2, 2]"),
    "same": (
        lambda: chain(conv(ONES, padding="same", stride=2), spiking(2, 2, 3)), HardwareConstraintError,
        "padding 'same': found stride (2, 2)",
    ),
    "overlap": (
        lambda: chain(pool((2, 2), (1, 1)), conv(ONES, (3, 5)), spiking(2, 1, 3)), HardwareConstraintError,
        "node n0: found windows of (2, 2) with stride (1, 1)",
    ),
    "flat": (
        lambda: chain(nir.Flatten({"input": np.array([1, 4, 6])}, 0), conv(ONES), spiking(2, 2, 4)), HardwareConstraintError,
        "node n1: found Flatten n0 before Conv2d",
    ),
    "no shape": (
        lambda: chain(conv(ONES, None), spiking(16), size=(24,)), HardwareConstraintError, "node n0: found no shape of its image",
    ),
    "other shape": (
        lambda: chain(conv(ONES, (4, 5)), spiking(2, 2, 3)), ValueError, "n0: input has 24 neurons, needed are 20: 1 channels of 4 x 5",
    ),
    "values": (
        lambda: chain(conv(ONES), spiking(3)), HardwareConstraintError, "found 3 values, allowed are 1 or 16",
    ),
    "currents": (
        lambda: chain(conv(ONES), nir.CubaLIF(*(np.ones(16) for _ in range(5)))), HardwareConstraintError, "found CubaLIF behind Conv2d",
    ),
    "two in a row": (
        lambda: chain(conv(ONES), conv(np.ones((1, 2, 1, 1)), (2, 4)), spiking(8)), HardwareConstraintError,
        "found Conv2d n1 behind Conv2d",
    ),
    "no stride": (lambda: chain(conv(ONES, None, stride=0), spiking(2, 2, 4)), HardwareConstraintError, "node n0: stride: found (0, 0)"),
    "half a pad": (
        lambda: chain(conv(ONES, padding=np.array([0.5, 1])), spiking(2, 2, 4)), HardwareConstraintError, "node n0: padding: found",
    ),
    "no windows": (lambda: chain(pool((2, 2), (0, 2)), spiking(6)), HardwareConstraintError, "node n0: stride: found"),
    "mean": (
        lambda: chain(nir.AvgPool2d(np.array([2, 2]), np.array([2, 2]), np.array([0, 0])), spiking(6)), NotImplementedError,
        "node n0: AvgPool2d is not supported",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_supported_is_refused_by_name(case: str) -> None:
    """The refusal is one line with the node, what was found, and what is allowed."""
    make, kind, text = REFUSED[case]
    with pytest.raises(kind) as refusal:
        s2_nir.from_nir(make(), CONFIG)
    assert text in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_convolutions_have_no_delay() -> None:
    """The converter's default of one tick is refused with the value that is allowed."""
    with pytest.raises(HardwareConstraintError, match="node n0: conn_delay: found 1, allowed with convolutions is 0"):
        s2_nir.from_nir(chain(conv(ONES), spiking(2, 2, 4)), ConversionConfig(dt=1e-3))
