"""Networks of scripts drawn at random, whose program runs in lockstep: on the engine, and through wakes that nobody planned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from unittest import mock

import numpy as np

from firmware_models.programs.script_models import BUILT_IN, F_DELAY, HIGH, LOW, lif_fugu
from firmware_models.programs.script_state import ScriptState
from firmwares.lockstep import LockstepProgram, in_lockstep
from spinn2sim.emulation.firmware_file import FirmwareFile
from spinn2sim.emulation.script_binding import KERNELS, models_of
from spinn2sim.hardware.engines.choice import DISCRETE_EVENT
from spinn2sim.hardware.packet import Key, Kind
from spinn2sim.hardware.program import TimerTick, make_inbox, make_outbox
from spinn2sim.hardware.units import QUANTA_PER_US
from spinn2sim.scripts import script_session
from spinn2sim.spinnaker2 import snn
from spinn2sim.spinnaker2.describe import Description, describe

MODELS = tuple(name for name, model in BUILT_IN.items() if model.update is not None and name != "lif_conv2d")
# Floats of all kinds: ordinary, at the edges of denormal numbers and of infinity, none.
EDGES = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    1e-45,
    -3e-39,
    1.2e-38,
    3e38,
    -3e38,
    float("inf"),
    float("-inf"),
    float("nan"),
    0.04,
    30.0,
)
IMAGE, CHANNELS = 7, 2


@dataclass(frozen=True)
class DrawnScript:
    """What a network is drawn from; everything else follows from the seed."""

    seed: int
    # The model and the size of each population behind the spike list.
    populations: tuple[tuple[str, int], ...] = (("lif", 7), ("lif_curr_exp", 5))
    inputs: int = 6
    ticks: int = 24
    # The most neurons on a PE.
    atoms: int = 9
    # Whether a convolution of the spike list leads to one more population.
    image: bool = False
    tick_us: float = 1000.0

    def described(self) -> Description:
        """Return the network as a script would have described it."""
        rng = np.random.default_rng(self.seed)
        inputs = CHANNELS * IMAGE * IMAGE if self.image else self.inputs
        stim = snn.Population(inputs, "spike_list", _times(rng, inputs, self.ticks), "stim")
        made = [
            snn.Population(size, model, _parameters(rng, model, size), f"p{n}", _record(rng, model))
            for n, (model, size) in enumerate(self.populations)
        ]
        for population in made:
            population.set_max_atoms_per_core(self.atoms)
        net = snn.Network("drawn")
        net.add(stim, *made, *_projections(rng, [stim, *made]))
        if self.image:
            net.add(*_convolution(rng, stim))
        return describe(net, self.ticks)


def _times(rng: np.random.Generator, inputs: int, ticks: int) -> dict[int, list[int]]:
    # Many at the same tick.
    busy = rng.integers(0, ticks, 3).tolist()
    return {n: sorted({*rng.choice(busy, 2).tolist(), *rng.integers(0, ticks, 3).tolist()}) for n in range(inputs)}


def _parameters(rng: np.random.Generator, model: str, size: int) -> dict[str, Any]:
    """Return parameters of a model, each of them one number or one for each neuron."""
    low = {
        "threshold": 1.0, "alpha_decay": -0.2, "i_offset": -1.0, "v_reset": -3.0, "v_init": -3.0, "exc_decay": 0.0, "inh_decay": 0.0,
        "threshold_adp_decay": 0.0, "threshold_adp_inc": -0.5, "Vspike": 0.0, "decay": 0.0, "Vbias": -1.0, "Vreset": -2.0, "V": -2.0,
        "recovery_decay": 0.01, "recovery_sensitivity": 0.1, "reset_recovery_increment": 0.0,
    }  # fmt: skip
    high = {"threshold": 12.0, "i_offset": 3.0, "v_init": 12.0, "reset_recovery_increment": 8.0, "Vspike": 9.0}
    whole = {"t_refrac": (0, 4), "t_refract": (0, 4), "Tref": (0, 4), "delay": (1, 33), "seed": (0, 2**31)}
    found: dict[str, Any] = {}
    for name in BUILT_IN[model].parameters:
        if name == "reset":
            found[name] = str(rng.choice(["reset_by_subtraction", "reset_to_v_reset"]))
        elif name in whole:
            found[name] = int(rng.integers(*whole[name]))
        else:
            shape = size if rng.random() < 0.5 else None
            found[name] = rng.uniform(low.get(name, 0.0), high.get(name, 1.0), shape)
    if model == "izhikevich":
        found |= {"v_reset": -65.0, "i_offset": rng.uniform(0, 30, size)}
    return found


def _record(rng: np.random.Generator, model: str) -> list[str]:
    return [name for name in BUILT_IN[model].recordable if name == "spikes" or rng.random() < 0.7]


def _projections(rng: np.random.Generator, populations: list[Any]) -> list[snn.Projection]:
    """Return projections among all populations, recurrent ones too, some without synapses."""
    found = []
    for post in populations[1:]:
        model = BUILT_IN[post.neuron_model]
        for pre in populations:
            count = int(rng.integers(0, 3 * post.size))
            if model.takes_spikes and rng.random() < 0.7:
                most = model.most_weight
                columns = (rng.integers(0, pre.size, count), rng.integers(0, post.size, count), rng.integers(-most, most + 1, count),
                           rng.integers(0, 8 if model.delays else 1, count))  # fmt: skip
                found.append(snn.Projection(pre, post, np.stack(columns, 1).tolist(), f"{pre.name} to {post.name}"))
    return found


def _convolution(rng: np.random.Generator, stim: Any) -> tuple[Any, ...]:
    """Return a convolution of the spike list, and the population behind it."""
    out, kernel = int(rng.integers(1, 4)), int(rng.integers(1, 5))
    sizes = {name: int(rng.integers(1, 3)) for name in ("stride_x", "stride_y", "pool_x", "pool_y")}
    sizes |= {f"pad_{side}": int(rng.integers(0, 3)) for side in ("top", "bottom", "left", "right")}
    spans = [
        (IMAGE // sizes[f"pool_{axis}"] + sizes[f"pad_{a}"] + sizes[f"pad_{b}"] - kernel) // sizes[f"stride_{axis}"] + 1
        for axis, a, b in (("y", "top", "bottom"), ("x", "left", "right"))
    ]
    if min(spans) < 1:
        return ()
    image = snn.Population(
        out * spans[0] * spans[1], "lif_conv2d", {"threshold": 60.0, "alpha_decay": 0.9}, "image", ["spikes", "v"]
    )
    image.set_max_atoms_per_core(int(rng.integers(2, 30)))
    weights = rng.integers(-128, 128, (CHANNELS, out, kernel, kernel)).astype(np.int8)
    projection = snn.Conv2DProjection(stim, image, weights, {"in_height": IMAGE, "in_width": IMAGE, **sizes})
    return image, projection


def any_script(seed: int) -> DrawnScript:
    """Return a draw of everything."""
    rng = np.random.default_rng(seed)
    models = rng.choice(MODELS, rng.integers(1, 5)).tolist()
    return DrawnScript(
        seed=seed,
        populations=tuple((model, int(rng.integers(1, 24))) for model in models),
        inputs=int(rng.integers(1, 12)),
        ticks=int(rng.choice([1, 8, 24, 60])),
        atoms=int(rng.integers(1, 24)),
        image=bool(rng.random() < 0.3),
        tick_us=float(rng.choice([1000.0, 1000.0, 2.0])),
    )


def play_script(
    drawn: DrawnScript,
    firmware: FirmwareFile | None = None,
    more_wakes: int = 0,
    begin: Callable[[LockstepProgram], None] = lambda program: None,
) -> int:
    """Run a network twice in lockstep, then wake its PEs as nobody planned. Returns the wakes that were compared.

    `begin` is called with the program before. Raises BitsDifferError.
    """
    described = drawn.described()
    options = script_session.RunOptions(drawn.ticks, round(drawn.tick_us * QUANTA_PER_US), DISCRETE_EVENT)
    session = script_session.Sessions().find(None, described.graph, described.spikes, options)
    programs: list[LockstepProgram] = []

    def keep(engine: str, found: Any) -> list[LockstepProgram]:
        programs[:] = in_lockstep(found, firmware)
        begin(programs[0])
        return programs

    with mock.patch.object(script_session, "programs_of_engine", keep):
        session.run(described.spikes)
        session.run(described.spikes)
    if more_wakes:
        _play_any_wakes(programs[0], described, more_wakes, np.random.default_rng(drawn.seed + 1))
    return programs[0].compared


def _play_any_wakes(program: LockstepProgram, described: Description, wakes: int, rng: np.random.Generator) -> None:
    """Wake all PEs at any ticks with any packets from any numbers."""
    sizes = described.graph.sizes
    box, out = make_inbox(program.rows, 8 * program.rows), make_outbox(program.rows * (program.outbox_capacity + 64))
    cycles = np.zeros(program.rows, np.int64)
    for _ in range(wakes):
        _fill_numbers(program.state, rng)
        _fill_inbox(box, sizes, program.rows, rng)
        out.count[0] = 0
        tick = TimerTick(1, int(rng.integers(0, program.state.ticks + 1)), 0)
        program.step(0, program.rows, tick, box, out, cycles)


def _fill_numbers(state: ScriptState, rng: np.random.Generator) -> None:
    """Put floats and sums of all kinds into a state; what becomes a whole number stays one."""
    for array in (state.p, state.x):
        drawn = rng.normal(0.0, 1.0, array.shape) * 10.0 ** rng.integers(-3, 3, array.shape)
        array[...] = np.where(rng.random(array.shape) < 0.3, rng.choice(EDGES, array.shape), drawn)
    state.ring[...] = rng.integers(-(2**31), 2**31, state.ring.shape) >> rng.integers(0, 32, state.ring.shape)
    fugu = KERNELS.index(lif_fugu) + 1
    for row, model in enumerate(models_of(state)):
        here = slice(int(state.at[row]), int(state.at[row] + state.size[row]))
        if model == fugu:
            state.x[here, [LOW, HIGH]] = rng.integers(0, 1 << 15, (int(state.size[row]), 2))
            state.p[here, F_DELAY] = rng.integers(1, 33, int(state.size[row]))


def _fill_inbox(box: Any, sizes: tuple[int, ...], rows: int, rng: np.random.Generator) -> None:
    """Put up to seven packets into each FIFO, most of them spikes of neurons that there are."""
    at = 0
    box.matched[...] = 1
    for row in range(rows):
        box.first[row] = at
        for _ in range(int(rng.integers(0, 8))):
            population = int(rng.integers(0, len(sizes)))
            kind = Kind.SPIKE if rng.random() < 0.9 else Kind(int(rng.integers(0, 4)))
            beyond = len(sizes) + int(rng.integers(0, 40))
            known = rng.random() < 0.95
            key = Key(
                kind, 0, population if known else beyond, int(rng.integers(0, sizes[population] if known else 100))
            )
            box.key[at], box.payload[at] = key.pack(), 0
            at += 1
        box.last[row] = at
