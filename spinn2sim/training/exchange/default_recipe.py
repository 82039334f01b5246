"""The scenario that an imported network gets if none is named: the recipe of scenarios/yinyang.toml."""

DEFAULT_SCENARIO = """
name = "imported"

[network]
hidden = [120]
steps = 27
dt_ms = 1.0
tau_mem_ms = 20.0
tau_syn_ms = 5.0
init = [[0.0, 0.0], [0.0, 0.0]]
integrator = "exponential_euler"
reset = "to_zero"

[loss]
xi_ms = 1.5
a = 0.01
b_ms = 100.0

[optimizer]
learning_rate = 0.0019
decay = 0.95
weight_decay = 6.5e-7

[training]
epochs = 40
copies = 22
silent_guard = "push"
guard_step = 5e-4
"""
