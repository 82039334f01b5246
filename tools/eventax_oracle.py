"""Compares the tests' oracle of recurrent networks with delays with eventax, which integrates the same equations by an ODE solver.

    PYTHONPATH=. python tools/eventax_oracle.py [--networks 10]    # in an environment with `pip install eventax` besides spinn2sim

eventax (event-driven, differentiable, on JAX) shares nothing with the oracle but the equations: it finds spikes by a root finder within
steps of a Runge-Kutta solver, and differentiates by JAX. Prints the largest relative difference of first spikes and gradients.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "kit"), str(ROOT / "tests" / "mirror"), str(ROOT)]

from test_convergence import END, LOSS, SIZES, Sample, drawn, exact  # noqa: E402

from delayed_reference import TAU_MEM, TAU_SYN, THRESHOLD, Network, first_spike_gradient  # noqa: E402 - found only now

Floats = NDArray[np.float64]
STEP = 0.05  # ms, of the solver
NEURONS = SIZES[1] + SIZES[2]


def apart(network: Network, inputs: Sample, seed: int) -> tuple[Network, Sample]:
    """Move delays and input spikes by up to 0.01 ms, so that no two events are at once: there eventax divides a derivative among them."""
    rng = np.random.default_rng([seed, 1])
    moved = tuple(replace(s, delays=s.delays + rng.uniform(0, 0.01, s.delays.shape)) for s in network.synapses)
    return replace(network, synapses=moved), sorted((time + rng.uniform(0, 0.01), j) for time, j in inputs)


def matrices(network: Network) -> tuple[Floats, Floats, Floats]:
    """Weights, delays and a mask (sources, targets), as eventax has them: neurons first, then inputs."""
    found = np.zeros((3, NEURONS + SIZES[0], NEURONS))
    first_row, first_column = (NEURONS, 0, SIZES[1]), (0, 0, SIZES[1])
    for s in network.synapses:
        rows = slice(first_row[s.pre], first_row[s.pre] + SIZES[s.pre])
        columns = slice(first_column[s.post], first_column[s.post] + SIZES[s.post])
        found[:, rows, columns] = s.weights.T, s.delays.T, np.ones_like(s.weights.T)
    return found[0], found[1], found[2]


def by_synapses(network: Network, slope: Floats) -> tuple[Floats, Floats]:
    """The oracle's gradient of weights and delays in the same form."""
    weights, delays = network.split(slope)
    slopes = [type(s)(s.pre, s.post, w, d) for s, w, d in zip(network.synapses, weights, delays, strict=True)]
    found = matrices(Network(network.sizes, tuple(slopes)))
    return found[0], found[1]


def eventax_results(network: Network, inputs: Sample) -> tuple[Floats, Floats, Floats]:
    """First spikes of the outputs, dL/dw and dL/dd, (sources, targets)."""
    jax, jnp, dfx, eqx, optx = (import_module(n) for n in ("jax", "jax.numpy", "diffrax", "equinox", "optimistix"))
    jax.config.update("jax_enable_x64", True)
    evnn, lif = import_module("eventax.evnn"), import_module("eventax.neuron_models.lif")
    weights, delays, mask = matrices(network)
    times = np.full((SIZES[0], max(1, len(inputs))), np.inf)
    for k, (time, j) in enumerate(inputs):
        times[j, k] = time
    hidden = jnp.arange(NEURONS) < SIZES[1]
    model = evnn.EvNN(
        lif.LIF, NEURONS, END, SIZES[0], key=jax.random.PRNGKey(0), wmask=jnp.asarray(mask), init_delays=jnp.asarray(delays),
        output_neurons=~hidden, input_neurons=hidden, solver_stepsize=STEP, solver=dfx.Dopri5(), dtype=jnp.float64,
        root_finder=optx.Newton(1e-12, 1e-12, optx.rms_norm), init_weights=jnp.asarray(weights), init_bias=0.0,
        thresh=THRESHOLD, tsyn=TAU_SYN, tmem=TAU_MEM,
    )  # fmt: skip
    xi, a, b = LOSS

    def loss(w: Any, d: Any) -> Any:
        made = eqx.tree_at(lambda m: (m.neuron_model.weights, m.delays), model, (w, d))
        first = made.ttfs(jnp.asarray(times))
        return first[0] / xi + jax.scipy.special.logsumexp(-first / xi) + a * jnp.exp(first[0] / b), first

    gradients, first = jax.grad(loss, argnums=(0, 1), has_aux=True)(jnp.asarray(weights), jnp.asarray(delays))
    return np.asarray(first), np.asarray(gradients[0]), np.asarray(gradients[1])


def main() -> None:
    """One line for each network, and the largest differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=10)
    args = parser.parse_args()
    seeds = [seed for seed in range(250) if exact(*drawn(seed)) is not None][: args.networks]
    worst = np.zeros(3)
    for seed in seeds:
        network, inputs = apart(*drawn(seed), seed)
        spikes = network.spikes(inputs, END)
        wanted = by_synapses(network, first_spike_gradient(spikes, 2, SIZES[-1], 0, LOSS))
        own = [next(s.time for s in spikes if (s.population, s.neuron) == (2, k)) for k in range(SIZES[-1])]
        first, weights, delays = eventax_results(network, inputs)
        pairs = ((first, np.array(own)), (weights, wanted[0]), (delays, wanted[1]))
        off = np.array([np.linalg.norm(found - one) / np.linalg.norm(one) for found, one in pairs])
        worst = np.maximum(worst, off)
        print(f"network {seed}: first spikes {off[0]:.1e}, weights {off[1]:.1e}, delays {off[2]:.1e}", flush=True)
    print(f"{len(seeds)} networks, at most: first spikes {worst[0]:.1e}, weights {worst[1]:.1e}, delays {worst[2]:.1e}")


if __name__ == "__main__":
    try:
        main()
    except ModuleNotFoundError as error:
        sys.exit(
            f"{error.name} is not installed for {sys.executable}: pip install eventax, in an environment of its own"
        )
