"""Convolutions: a PE holds kernels, not synapses, and its neurons do what those of the unrolled synapses do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_network import nmnist
from dense_images import SIZES, image_of, unrolled
from dense_script import play
from firmware_models.programs.script_memory import DATA_BYTES, script_regions
from spinn2sim.errors import ScriptNotice
from spinn2sim.graph import Convolution
from spinn2sim.mapping.script_slices import cut_network
from spinn2sim.mirror.script_mirror import mirror_network
from spinn2sim.report.packet_history import packet_history
from spinn2sim.scripts.script_directory import plan_of_script_run, read_network
from spinn2sim.spinnaker2 import brian2_sim, hardware, notices, snn
from spinn2sim.spinnaker2.describe import describe

TICKS = 10
quarters = st.integers(0, 4).map(lambda n: n / 4)


@st.composite
def convolutions(draw: st.DrawFn, channels: int, height: int, width: int) -> tuple[Any, dict[str, int]]:
    """A kernel and parameters that fit to an image, often with rows and columns that no window covers."""
    params = {"in_height": height, "in_width": width}
    for name, least, most in zip(SIZES, [1] * 4 + [0] * 4, [3, 3, 2, 2, 2, 2, 2, 2], strict=True):
        params[name] = draw(st.integers(least, most if name[:4] != "pool" else min(most, height, width)))
    tall = height // params["pool_y"] + params["pad_top"] + params["pad_bottom"]
    wide = width // params["pool_x"] + params["pad_left"] + params["pad_right"]
    shape = (channels, draw(st.integers(1, 3)), draw(st.integers(1, min(3, tall))), draw(st.integers(1, min(3, wide))))
    kernel = np.random.default_rng(draw(st.integers(0, 99))).integers(-7, 10, shape).astype(np.int8)
    return kernel, params


@st.composite
def neurons(draw: st.DrawFn) -> dict[str, Any]:
    """Parameters that float32 holds exactly, so that ties happen."""
    return {
        "threshold": draw(st.integers(3, 20)), "alpha_decay": draw(quarters), "i_offset": draw(st.integers(0, 1)),
        "v_reset": draw(st.integers(-3, 1)), "v_init": draw(st.integers(-3, 12)),
        "reset": draw(st.sampled_from(["reset_by_subtraction", "reset_to_v_reset"])),
    }  # fmt: skip


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[tuple[Any, dict[str, int]]], list[list[int]]]:
    """Events, two convolutions in a row, and synapses from the second image to itself."""
    channels, height, width = (draw(st.integers(1, most)) for most in (2, 5, 5))
    size = channels * height * width
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    params = {n: np.flatnonzero(rng.random(TICKS) < 0.3).tolist() for n in range(size)}
    populations: list[dict[str, Any]] = [{"size": size, "model": "spike_list", "params": params}]
    layers = []
    for _ in range(2):
        layers.append(draw(convolutions(channels, height, width)))
        channels, (height, width) = layers[-1][0].shape[1], image_of(*layers[-1])
        populations.append({"size": channels * height * width, "model": "lif_conv2d", "params": draw(neurons())})
    row = st.tuples(*[st.integers(0, populations[2]["size"] - 1)] * 2, st.integers(-9, 9), st.just(0))
    return populations, layers, [list(r) for r in draw(st.lists(row, max_size=5))]


def build(
    populations: list[dict[str, Any]], layers: list[Any], rows: Any, atoms: int, dense: bool = False
) -> snn.Network:
    """The network with kernels, or with the same synapses in rows."""
    net = snn.Network("images")
    made = []
    for n, p in enumerate(populations):
        model = "lif_no_delay" if dense and n else p["model"]
        made.append(snn.Population(p["size"], model, p["params"], f"p{n}", ["spikes", "v"] if n else []))
        made[-1].set_max_atoms_per_core(atoms)
    net.add(*made, snn.Projection(made[2], made[2], rows, "again"))
    for n, (kernel, params) in enumerate(layers):
        net.add(
            snn.Projection(made[n], made[n + 1], unrolled(kernel, params), f"rows{n}")
            if dense
            else snn.Conv2DProjection(made[n], made[n + 1], kernel, params)
        )
    return net


@settings(max_examples=15, deadline=None)
@given(networks(), st.integers(2, 30))
def test_kernels_do_what_unrolled_synapses_do(network: Any, atoms: int) -> None:
    """Both engines, the mirror, the same network without kernels, and the tests' model agree, spike for spike and voltage for voltage.

    The slices hear what they would hear with rows: packets and deliveries are the same.
    """
    populations, layers, rows = network
    synapses = [(n, n + 1, unrolled(*layer)) for n, layer in enumerate(layers)]
    expected = play(populations, [*synapses, (2, 2, rows)], TICKS)
    chip, answers = hardware.SpiNNaker2Chip(), []
    for engine, dense in (("compiled", False), ("discrete_event", False), ("compiled", True)):
        net = build(populations, layers, rows, atoms, dense)
        chip.engine = engine
        chip.run(net, TICKS)
        assert chip.last_run is not None
        counters, voltages = chip.last_run.counters, chip.last_run.voltages
        answers.append((counters.sent.tolist(), counters.due.tolist(), [v.tolist() for v in voltages if v is not None]))
        assert [set(map(tuple, one.tolist())) for one in chip.last_run.spikes] == expected
    assert answers[0] == answers[1] == answers[2]
    described = describe(build(populations, layers, rows, atoms), TICKS)
    mirrored = mirror_network(described.graph, described.spikes, TICKS)
    assert [set(map(tuple, one.tolist())) for one in mirrored.spikes] == expected
    assert [v.tolist() for v in mirrored.voltages[1:]] == answers[0][2]


def one(
    weights: Any = None, post_size: int = 18, post_model: str = "lif_conv2d", **params: Any
) -> tuple[snn.Network, snn.Population]:
    """A convolution of 3 x 3 from one channel of 5 x 5 to two of 3 x 3."""
    pre = snn.Population(25, "spike_list", {12: [0, 3], 7: [1]}, "pre")
    lif = {"threshold": 9.0, "alpha_decay": 0.5}
    post = snn.Population(post_size, post_model, lif, "post", ["v", "spikes"])
    kernel = np.arange(18).reshape(1, 2, 3, 3) if weights is None else weights
    sizes = {key: value for key, value in {"in_height": 5, "in_width": 5, **params}.items() if value is not None}
    net = snn.Network("net")
    net.add(pre, post, snn.Conv2DProjection(pre, post, kernel, sizes, "conv"))
    return net, post


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "weight": (lambda: one(np.full((1, 2, 3, 3), 128)), "conv: weights[0, 0, 0, 0]: found 128, allowed are -128 to 127"),
    "nan": (lambda: one(np.full((1, 2, 3, 3), np.nan)), "weights[0, 0, 0, 0]: found nan"),
    "axes": (lambda: one(np.ones((2, 3, 3))), "conv: weights: found shape (2, 3, 3), allowed are [channel of pre"),
    "no weights": (lambda: one("much"), "conv: weights: found 'much', allowed are numbers"),
    "complex": (lambda: one(np.full((1, 2, 3, 3), 1j)), "allowed are numbers"),
    "empty": (lambda: one(np.ones((1, 0, 3, 3))), "conv: weights: found shape (1, 0, 3, 3)"),
    "large kernel": (lambda: one(np.ones((1, 2, 6, 3))), "found kernels of 6 x 3, allowed are up to 5 x 5"),
    "pre": (lambda: one(in_width=6), "conv: pre has 25 neurons, needed are 30: 1 channels of 5 x 6"),
    "post": (lambda: one(post_size=19), "conv: post has 19 neurons, needed are 18: 2 channels of 3 x 3"),
    "channels": (lambda: one(np.ones((2, 2, 3, 3))), "conv: pre has 25 neurons, needed are 50"),
    "no height": (lambda: one(in_height=None), "conv: params: found no in_height"),
    "stride": (lambda: one(stride_x=0), "conv: stride_x: found 0, allowed is a whole number from 1"),
    "half a stride": (lambda: one(stride_y=1.5), "conv: stride_y: found 1.5"),
    "pad": (lambda: one(pad_top=-1), "conv: pad_top: found -1, allowed is a whole number from 0"),
    "large pad": (lambda: one(pad_left=256), "conv: pad_left: found 256, allowed is a whole number from 0 to 255"),
    "same": (lambda: one(pad_left="same"), "conv: pad_left: found 'same'"),
    "pool": (lambda: one(pool_x=6), "conv: pool: found windows of 1 x 6, larger than the image of 5 x 5"),
    "model": (lambda: one(post_model="lif_no_delay"), "conv: post is post, a lif_no_delay, allowed is a lif_conv2d"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("run", [hardware.SpiNNaker2Chip().run, brian2_sim.Brian2Backend().run], ids=["chip", "mirror"])
def test_what_is_no_convolution_is_refused(case: str, run: Callable[..., None]) -> None:
    """Chip and mirror refuse in one line that says where, what was found and what is allowed."""
    make, text = REFUSED[case]
    with pytest.raises(ValueError, match=r".") as refusal:
        run(make()[0], 5)
    assert text in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("key", ["dilation", "dilation_x", "groups"])
def test_dilation_and_groups_are_refused_by_name(key: str) -> None:
    """They would change the answer; 1 is what there is. Any other name is ignored with a notice."""
    with pytest.raises(RuntimeError, match=f"conv: {key}: found 2, which is not modelled; allowed is 1"):
        hardware.SpiNNaker2Chip().run(one(**{key: 2})[0], 5)
    hardware.SpiNNaker2Chip().run(one(**{key: 1})[0], 5)
    notices.forget()
    with pytest.warns(ScriptNotice, match="no parameter 'strid_x', which is ignored; did you mean stride_x"):
        hardware.SpiNNaker2Chip().run(one(strid_x=2)[0], 5)


@pytest.mark.parametrize("weights", [None, np.ones((1, 2, 3, 3)), [[1], [1, 2]], "much"])
def test_it_is_told_whatever_it_is(weights: Any) -> None:
    """Line and table never raise."""
    net, _ = one(weights)
    (projection,) = net.projections
    assert repr(projection).startswith("Conv2DProjection('conv', pre -> post, kernels ")
    assert "conv" in net._repr_html_()


def test_weights_are_cut_and_the_backend_keeps_them() -> None:
    """Floats are cut toward zero on the chip and in the mirror, and kept where the backend is asked to keep them."""
    kernel = np.full((1, 2, 3, 3), 2.75)
    net, post = one(kernel)
    hardware.SpiNNaker2Chip().run(net, 3)
    assert post.get_voltages()[4][1] == 2.0
    brian2_sim.Brian2Backend().run(net, 3)
    assert post.get_voltages()[4][1] == 2.0
    brian2_sim.Brian2Backend().run(net, 3, quantize_weights=False)
    assert post.get_voltages()[4][1] == 2.75


def test_public_cnn_fits_with_kernels_once() -> None:
    """The 34 x 34 x 2 network with three convolutions maps onto a sixth of the chip; a PE has the weights of its two channels once."""
    net, pops = nmnist(np.random.default_rng(0), 20, 0.01)
    chip = hardware.SpiNNaker2Chip()
    chip.run(net, 20)
    assert chip.last_run is not None
    pes = [len([s for s in chip.last_run.plan.shares if s.layer == n]) for n in range(len(pops))]
    assert pes == [1, 8, 8, 1, 6, 1]
    described = describe(net, 20)
    slices = cut_network(described.graph, {}, 20, script_regions, DATA_BYTES).counts[2]
    assert [held.kernel_weights for held in slices] == [16 * 2 * 3 * 3] * 8
    assert not any(held.synapse_words for held in slices)
    assert not chip.last_run.counters.losses()
    pops[2].set_max_atoms_per_core(513)
    with pytest.raises(ValueError, match="population 3: found 513 neurons per PE, allowed are 1 to 512"):
        chip.run(net, 20)


def test_another_sample_keeps_the_plan() -> None:
    """Spikes alone make no new plan, and a changed kernel does."""
    net, _ = one()
    chip, plans = hardware.SpiNNaker2Chip(), []
    for spikes in ({12: [0]}, {7: [1, 2], 3: [4]}):
        net.populations[0].params = spikes
        chip.run(net, 5)
        assert chip.last_run is not None
        plans.append(chip.last_run.plan)
    (projection,) = net.projections
    before = chip.last_run.voltages[1]
    projection.weights[0, 0, 1, 1] += 1  # type: ignore[union-attr]
    chip.run(net, 5)
    assert plans[1] is plans[0]
    assert chip.last_run.plan is not plans[0]
    assert not np.array_equal(chip.last_run.voltages[1], before)  # type: ignore[arg-type]


def test_a_kernel_that_fits_into_no_pe() -> None:
    """A neuron needs the kernels of its channel whole, from all channels of the source."""
    pre = snn.Population(2048, "spike_list", {}, "pre")
    post = snn.Population(4, "lif_conv2d", {"threshold": 1, "alpha_decay": 1}, "post")
    net = snn.Network("net")
    sizes = {"in_height": 1, "in_width": 1, "pad_top": 3, "pad_bottom": 3, "pad_left": 3, "pad_right": 3}
    net.add(pre, post, snn.Conv2DProjection(pre, post, np.ones((2048, 1, 6, 6), np.int8), sizes))
    with pytest.raises(
        ValueError, match=r"population post: found a neuron that needs 7\d{4} bytes of a PE, allowed are 67328"
    ):
        hardware.SpiNNaker2Chip().run(net, 5, mapping_only=True)


def test_run_directory_has_the_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is read back as it was, so that its plan is mapped again."""
    monkeypatch.setenv(hardware.RUNS, str(tmp_path))
    chip = hardware.SpiNNaker2Chip()
    net, _ = one(stride_x=2, pool_y=2, pad_left=1, pad_right=2, pad_top=1)
    net.populations[1].size = 2 * 1 * 3
    chip.run(net, 5)
    assert chip.last_folder is not None
    assert chip.last_run is not None
    _, graph, _ = read_network(chip.last_folder)
    (found,) = graph.convolutions(1)
    (made,) = describe(net, 5).graph.convolutions(1)
    assert isinstance(found, Convolution)
    assert np.array_equal(found.kernel, made.kernel)
    fields = ("name", "pre", "post", "height", "width", "stride", "pool", "pad")
    assert [getattr(found, f) for f in fields] == [getattr(made, f) for f in fields]
    assert plan_of_script_run(chip.last_folder).entries == chip.last_run.plan.entries
    life = packet_history(chip.last_folder, 0)
    assert life["key_text"] == "spike copy 0 layer 0 neuron 12 (channel 0, row 2, column 2)"
