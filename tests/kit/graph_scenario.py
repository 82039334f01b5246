"""A small scenario whose network is declared by populations and projections, for tests of any graph."""

from __future__ import annotations

SMALL_GRAPH = """
name = "small graph"
seed = 3

[data]
train_samples = 66
test_samples = 44

[encoding]
bias = false

[network]
steps = 30
dt_ms = 1.0
tau_mem_ms = 20.0
tau_syn_ms = 5.0
integrator = "exponential_euler"
reset = "to_zero"
output = "out"

[[population]]
name = "in"
size = 4
kind = "input"

[[population]]
name = "hidden"
size = 10
kind = "lif"
tau_mem_ms = { distribution = "normal", mean = 20.0, std = 2.0 }

[[population]]
name = "out"
size = 3
kind = "lif"
tau_syn_ms = 6.0

[[projection]]
pre = "hidden"
post = "out"
init = [1.5, 0.5]
delay_steps = [0, 4]
learn = "both"
delay_max = 6

[[projection]]
pre = "in"
post = "hidden"
init = [3.0, 1.5]

[[projection]]
pre = "hidden"
post = "hidden"
init = [0.0, 0.2]
density = 0.5
delay_steps = 2
learn = "axonal"
delay_max = 5

[loss]
xi_ms = 0.8
a = 0.05
b_ms = 5.0

[optimizer]
learning_rate = 0.005
delay_rate = 0.2

[training]
epochs = 2
copies = 22
"""

# The same network with the time constants of [network] for all neurons.
PLAIN_GRAPH = SMALL_GRAPH.replace('tau_mem_ms = { distribution = "normal", mean = 20.0, std = 2.0 }\n', "").replace(
    "tau_syn_ms = 6.0\n", ""
)
