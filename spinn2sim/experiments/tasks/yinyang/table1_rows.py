"""The settings of all rows of Table 1, chosen only on the validation split (seed 41), with seeds that the table does not use.

The rows in the loop and their simulated counterparts are in microseconds, as on an accelerated analog chip; the first-spike row of
EventProp is in milliseconds, like the scenarios of the SpiNNaker2-style hardware. The unit does not matter: the equations have no time
scale.
"""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.experiments.continuous.continuous_network import ContinuousNetwork
from spinn2sim.experiments.estimators.analytical import Analytical
from spinn2sim.experiments.estimators.eventprop import FirstSpikeEventProp, MaxOverTimeEventProp
from spinn2sim.experiments.estimators.sampled_surrogate import MaxOverTimeSurrogate
from spinn2sim.experiments.loop.loop_trainer import TrainingRecipe
from spinn2sim.experiments.tasks.yinyang.row_settings import LatencyEncoding, RowSettings

US, MS = 1e-6, 1e-3
PEAK_NETWORK = ContinuousNetwork((5, 120, 3), 6 * US, 6 * US, t_end=60 * US, readout="max_voltage")
# The largest weights of the substrate (docs/reference/substrate.md); each weight of the readout uses two synapses.
PEAK_WEIGHTS = (4.745, 1.898)
PEAK_ENCODING = LatencyEncoding(2 * US, 26 * US, 18 * US)

# The maxima are multiplied by 10 in the softmax, so that they stay within the range of the substrate's converter
# (docs/reference/substrate.md). On average the readout starts above rest, since a class neuron that never rises above it has no gradient
# (without this, some seeds remained at 72 %).
SCALE, MIN_SLOPE = 10.0, 0.3
EVENTPROP_PEAK = RowSettings(
    PEAK_NETWORK,
    PEAK_ENCODING,
    MaxOverTimeEventProp(SCALE, MIN_SLOPE),
    TrainingRecipe(epochs=40, batch=50, learning_rate=4e-3, decay=0.93, raise_silent=1e-3),
    ((0.334, 1.3), (0.06, 0.1)),
)
SURROGATE_IN_LOOP = replace(
    EVENTPROP_PEAK,
    estimator=MaxOverTimeSurrogate(10.0, SCALE),
    recipe=replace(EVENTPROP_PEAK.recipe, epochs=20, decay=0.92),
).on_substrate(PEAK_WEIGHTS)
SURROGATE_PEAK = RowSettings(
    PEAK_NETWORK,
    replace(PEAK_ENCODING, bias=0.0),
    MaxOverTimeSurrogate(10.0, 3.0),
    TrainingRecipe(epochs=20, batch=50, learning_rate=5e-3, decay=0.95),
    ((0.8, 0.8), (0.0, 0.3)),
)
ANALYTICAL = RowSettings(
    ContinuousNetwork((5, 120, 3), 6 * US, 6 * US, t_end=60 * US, readout="first_spike", max_spikes=1),
    LatencyEncoding(0.9 * US, 12 * US, 5.4 * US),
    Analytical(xi=0.8 * US, alpha=0.005, beta=6 * US, max_gradient=0.2),
    TrainingRecipe(epochs=40, batch=50, learning_rate=5e-3, decay=0.92, raise_silent=1e-2, push_label=0.3),
    ((1.5, 0.8), (0.5, 0.8)),
)
# Each hidden neuron sends only one spike to make an output fire, so each weight uses three synapses.
FIRST_SPIKE_WEIGHTS = (4.745, 2.847)
# The best settings for the SpiNNaker2-style hardware at dt = 0.25 ms (docs/results/best-settings.md), rounded,
# in continuous time.
EVENTPROP_FIRST = RowSettings(
    ContinuousNetwork((5, 200, 3), 47 * MS, 30 * MS, t_end=40 * MS, readout="first_spike"),
    LatencyEncoding(0.0, 30 * MS, 0.0),
    FirstSpikeEventProp(xi=0.275 * MS, alpha=3e-3, beta=20 * MS, min_slope=0.01),
    TrainingRecipe(epochs=30, batch=22, learning_rate=8.6e-3, decay=0.88, beta2=0.99, push_label=0.02),
    ((0.4, 1.23), (0.18, 0.1)),
)

BY_NAME = {
    "analytical, TTFS, simulated": ANALYTICAL,
    "analytical, TTFS, in the loop": ANALYTICAL.on_substrate(FIRST_SPIKE_WEIGHTS),
    "EventProp, TTFS, simulated": EVENTPROP_FIRST,
    "surrogate, Max, simulated": SURROGATE_PEAK,
    "surrogate, Max, in the loop": SURROGATE_IN_LOOP,
    "EventProp, Max, simulated": EVENTPROP_PEAK,
    "EventProp, Max, in the loop": EVENTPROP_PEAK.on_substrate(PEAK_WEIGHTS),
}
