"""Other people's simulators on the same work, in a process without this project: it never claims that they model the same.

python -m benches.peers {snntorch|norse|sanafe|brian2|torch_recurrent|snntorch_recurrent}. Says nothing, and why on stderr, and exits
with status 1, when the peer is not installed.
"""

from __future__ import annotations

import random
import sys
from importlib import import_module
from importlib.metadata import version
from itertools import pairwise
from typing import Any

from benches.clock import lap, say
from benches.drawn_script import RUNS, SCRIPT, brian2_arrays, drawn_script

STEPS, SIZES, COPIES = 27, (5, 120, 3), 22


def first_steps(n: int) -> list[list[int]]:
    """Spike steps of n samples like Yin-Yang's: four coordinates in steps 2 .. T-1, the bias in step 0."""
    draw = random.Random(0)  # noqa: S311 - not for secrets
    return [[draw.randint(2, STEPS - 1) for _ in range(4)] + [0] for _ in range(n)]


def train_chain(name: str, layers: list[Any], forward: Any) -> None:
    """Times training of 5-120-3 at two batch sizes, float32, one thread, Adam: forward, loss, backward, update.

    forward(layers, x [T, B, 5]) gives what the loss is taken of, [B, 3].
    """
    torch = import_module("torch")
    optimizer = torch.optim.Adam([p for layer in layers for p in layer.parameters()], lr=1.9e-3)
    for batch, batches in ((22, 40), (256, 10)):
        spikes = torch.zeros(STEPS, batch, SIZES[0])
        for slot, steps in enumerate(first_steps(batch)):
            for source, step in enumerate(steps):
                spikes[step, slot, source] = 1.0
        labels = torch.randint(0, SIZES[-1], (batch,))

        def train(spikes: Any, labels: Any) -> None:
            loss = torch.nn.functional.cross_entropy(forward(layers, spikes), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        for _ in range(3):
            train(spikes, labels)
        with lap() as took:
            for _ in range(batches):
                train(spikes, labels)
        say("peers", f"{name}, torch {torch.__version__}, surrogate, batch {batch}", took, samples=batch * batches)


def linear_layers() -> list[Any]:
    """The synapses of 5-120-3 on one thread of PyTorch."""
    torch = import_module("torch")
    torch.set_num_threads(1)
    return [torch.nn.Linear(a, b, bias=False) for a, b in pairwise(SIZES)]


def snntorch() -> None:
    """Surrogate-gradient training of two synaptic LIF layers in snnTorch."""
    snn, layers = import_module("snntorch"), linear_layers()
    cells = [snn.Synaptic(alpha=0.82, beta=0.95) for _ in layers]

    def forward(layers: list[Any], spikes: Any) -> Any:
        held, total = [cell.init_synaptic() for cell in cells], 0
        for step in range(STEPS):
            x = spikes[step]
            for k, (layer, cell) in enumerate(zip(layers, cells, strict=True)):
                x, *rest = cell(layer(x), *held[k])
                held[k] = tuple(rest)
            total = total + held[-1][1]
        return total

    train_chain(f"snnTorch {snn.__version__}", layers, forward)


def norse() -> None:
    """The same network of Norse's LIF cells, whose currents and voltages decay alike; its surrogate is the one it has by default."""
    peer, layers = import_module("norse"), linear_layers()
    cells = [peer.torch.LIFCell(peer.torch.LIFParameters(), dt=0.001) for _ in layers]

    def forward(layers: list[Any], spikes: Any) -> Any:
        held: list[Any] = [None] * len(cells)
        total = 0
        for step in range(STEPS):
            x = spikes[step]
            for k, (layer, cell) in enumerate(zip(layers, cells, strict=True)):
                x, held[k] = cell(layer(x), held[k])
            total = total + held[-1].v
        return total

    train_chain(f"Norse {version('norse')}", layers, forward)


def brian2() -> None:
    """A recurrent network of 2,000 neurons in Brian2, with compiled code objects and with numpy: runs of 500 ticks, after a first one."""
    peer = import_module("brian2")
    build = import_module("time_brian2").build
    arrays = brian2_arrays(drawn_script(*SCRIPT))
    for code in ("cython", "numpy"):
        peer.prefs.codegen.target = code
        net, monitor = build(peer, arrays)
        net.store()
        net.run(SCRIPT[-1] * peer.ms)
        with lap() as took:
            for _ in range(RUNS):
                net.restore()
                net.run(SCRIPT[-1] * peer.ms)
        say("scripts", f"Brian2 {peer.__version__}, {code}", took, samples=RUNS, spikes=[int(monitor.num_spikes)])


RECURRENT, RECURRENT_STEPS, RECURRENT_RATE = (
    (70, 186, 10),
    100,
    0.0094,
)  # as scenarios/recurrent.toml, spikes per input and step


def train_recurrent(name: str, parameters: list[Any], readout: Any) -> None:
    """Times 10 batches of 22: forward, cross-entropy of the readout's highest voltages, backward, Adam; float32, one thread.

    readout(x [T, B, 70]) gives the readout's voltages [T, B, 10]. No synapse has a delay, which spares the peers work.
    """
    torch = import_module("torch")
    torch.manual_seed(0)
    spikes = (torch.rand(RECURRENT_STEPS, COPIES, RECURRENT[0]) < RECURRENT_RATE).float()
    labels = torch.randint(0, RECURRENT[-1], (COPIES,))
    optimizer = torch.optim.Adam(parameters, lr=3e-3)

    def train() -> None:
        loss = torch.nn.functional.cross_entropy(readout(spikes).amax(0) / 0.2, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    train()
    batches = 10
    with lap() as took:
        for _ in range(batches):
            train()
    say("recurrent", f"{name}, surrogate, batch {COPIES}", took, samples=COPIES * batches)


def torch_recurrent() -> None:
    """Plain PyTorch: all steps' input currents in one product, then a loop over the steps with a surrogate of a fast sigmoid."""
    torch = import_module("torch")
    torch.set_num_threads(1)

    class Spike(torch.autograd.Function):  # type: ignore[misc, name-defined]
        """U > threshold, with 1 / (1 + 10 |U - threshold|)^2 for its derivative."""

        @staticmethod
        def forward(ctx: Any, above: Any) -> Any:
            ctx.save_for_backward(above)
            return (above > 0).to(above.dtype)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return gradient / (1 + 10 * ctx.saved_tensors[0].abs()) ** 2

    n_in, n, n_out = RECURRENT
    shapes = ((n, n_in, 0.3), (n, n, 0.05), (n_out, n, 0.1))
    w_in, w_own, w_out = ((torch.randn(a, b) * sd).requires_grad_() for a, b, sd in shapes)
    alpha, beta = 0.905, 0.951

    def readout(x: Any) -> Any:
        batch = x.shape[1]
        current, voltage, fired = (torch.zeros(batch, n) for _ in range(3))
        out_current, out_voltage = torch.zeros(batch, n_out), torch.zeros(batch, n_out)
        arrives, found = x @ w_in.T, []
        for step in range(x.shape[0]):
            current = alpha * current + arrives[step] + fired @ w_own.T
            voltage = beta * voltage * (1 - fired) + (1 - beta) * current
            fired = Spike.apply(voltage - 1)
            out_current = alpha * out_current + fired @ w_out.T
            out_voltage = beta * out_voltage + (1 - beta) * out_current
            found.append(out_voltage)
        return torch.stack(found)

    train_recurrent(f"PyTorch {torch.__version__}", [w_in, w_own, w_out], readout)


def snntorch_recurrent() -> None:
    """snnTorch's RSynaptic with all-to-all recurrence, and a Synaptic that never resets as readout."""
    snn, torch = import_module("snntorch"), import_module("torch")
    torch.set_num_threads(1)
    n_in, n, n_out = RECURRENT
    first, last = torch.nn.Linear(n_in, n, bias=False), torch.nn.Linear(n, n_out, bias=False)
    hidden = snn.RSynaptic(alpha=0.905, beta=0.951, linear_features=n)
    answer = snn.Synaptic(alpha=0.905, beta=0.951, reset_mechanism="none")

    def readout(x: Any) -> Any:
        fired, current, voltage = hidden.init_rsynaptic()
        out_current, out_voltage = answer.init_synaptic()
        found = []
        for step in range(x.shape[0]):
            fired, current, voltage = hidden(first(x[step]), fired, current, voltage)
            _, out_current, out_voltage = answer(last(fired), out_current, out_voltage)
            found.append(out_voltage)
        return torch.stack(found)

    modules = (first, last, hidden)
    train_recurrent(f"snnTorch {snn.__version__}", [p for m in modules for p in m.parameters()], readout)


def sanafe_network(sanafe: Any, cores: list[Any], samples: list[list[int]]) -> Any:
    """22 copies of 5-120-3, each on four cores (input, two halves of the hidden layer, output); only forward: it has no learning."""
    draw = random.Random(1)  # noqa: S311
    net = sanafe.Network()
    for copy in range(COPIES):
        core = cores[4 * copy : 4 * copy + 4]
        groups = [net.create_neuron_group(f"in{copy}", SIZES[0], {}, soma_hw_name="loihi_inputs[0]")]
        lif = {"threshold": 1.0, "reset": 0.0, "leak_decay": 0.95}
        groups += [net.create_neuron_group(f"{name}{copy}", n, lif) for name, n in (("a", 60), ("b", 60), ("out", 3))]
        for source, neuron in enumerate(groups[0]):
            train = [False] * STEPS * (len(samples) // COPIES)
            for n, steps in enumerate(samples[copy::COPIES]):
                train[n * STEPS + steps[source]] = True
            neuron.set_attributes(soma_hw_name=f"loihi_inputs[{source}]", model_attributes={"spikes": train})
        for group, to in zip(groups, core, strict=True):
            group.map_to_core(to)
        for pre, post, mean, sd in ((0, 1, 0.4, 0.4), (0, 2, 0.4, 0.4), (1, 3, 0.1, 0.05), (2, 3, 0.1, 0.05)):
            weights = [draw.gauss(mean, sd) for _ in range(len(groups[pre]) * len(groups[post]))]
            groups[pre].connect_neurons_dense(groups[post], {"weight": weights})
    return net


def sanafe() -> None:
    """Packets a second with its detailed timing on its Loihi example, inference of 22 copies side by side."""
    peer = import_module("sanafe")

    arch = peer.load_loihi()
    samples = first_steps(COPIES * 20)
    cores = [core for tile in arch.tiles for core in tile.cores]
    chip = peer.SpikingChip(arch)
    chip.load(sanafe_network(peer, cores, samples))
    timesteps = STEPS * len(samples) // COPIES
    with lap() as took:
        found = chip.sim(timesteps, timing_model="detailed", processing_threads=1)
    packets = int(found["packets_sent"])
    say(
        "peers", "SANA-FE, detailed timing, forward only, 22 copies", took, samples=len(samples), packets=packets,
        deliveries=packets, spikes=[int(found["spikes"])], simulated_s=float(found["sim_time"]),
    )  # fmt: skip


if __name__ == "__main__":
    try:
        {f.__name__: f for f in (snntorch, norse, sanafe, brian2, torch_recurrent, snntorch_recurrent)}[sys.argv[1]]()
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is not installed for {sys.executable}")
