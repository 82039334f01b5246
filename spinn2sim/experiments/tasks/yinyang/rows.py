"""The rows of Table 1: settings chosen on the validation split (seed 41) alone, with seeds that the table does not use.

The loop's rows and their simulated twins are in microseconds, as on an accelerated analog chip; the first-spike row of EventProp is
in milliseconds, as the chip's scenarios. Time has no scale of its own in these equations.
"""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.experiments.continuous.network import Network
from spinn2sim.experiments.estimators.analytical import Analytical
from spinn2sim.experiments.estimators.eventprop import FirstSpikeEventProp, PeakEventProp
from spinn2sim.experiments.estimators.surrogate import PeakSurrogate
from spinn2sim.experiments.loop.trainer import Plan
from spinn2sim.experiments.tasks.yinyang.row import Encoding, Row

US, MS = 1e-6, 1e-3
PEAK_NETWORK = Network((5, 120, 3), 6 * US, 6 * US, t_end=60 * US, readout="max_voltage")
PEAK_WEIGHTS = (4.745, 1.898)  # what the substrate holds: docs/substrate.md, with two synapses a weight of the readout
PEAK_ENCODING = Encoding(2 * US, 26 * US, 18 * US)

# Maxima times 10 in the softmax: they stay within the range of the substrate's converter (docs/substrate.md). On average the readout starts
# above rest: a class neuron that is never above it has no maximum to learn from (some seeds stayed at 72 % for ever).
SCALE, LEAST_SLOPE = 10.0, 0.3
EVENTPROP_PEAK = Row(
    PEAK_NETWORK,
    PEAK_ENCODING,
    PeakEventProp(SCALE, LEAST_SLOPE),
    Plan(epochs=40, batch=50, learning_rate=4e-3, decay=0.93, raise_silent=1e-3),
    ((0.334, 1.3), (0.06, 0.1)),
)
SURROGATE_IN_LOOP = replace(
    EVENTPROP_PEAK, estimator=PeakSurrogate(10.0, SCALE), plan=replace(EVENTPROP_PEAK.plan, epochs=20, decay=0.92)
).in_the_loop(PEAK_WEIGHTS)
SURROGATE_PEAK = Row(
    PEAK_NETWORK,
    replace(PEAK_ENCODING, bias=0.0),
    PeakSurrogate(10.0, 3.0),
    Plan(epochs=20, batch=50, learning_rate=5e-3, decay=0.95),
    ((0.8, 0.8), (0.0, 0.3)),
)
ANALYTICAL = Row(
    Network((5, 120, 3), 6 * US, 6 * US, t_end=60 * US, readout="first_spike", max_spikes=1),
    Encoding(0.9 * US, 12 * US, 5.4 * US),
    Analytical(xi=0.8 * US, alpha=0.005, beta=6 * US, largest=0.2),
    Plan(epochs=40, batch=50, learning_rate=5e-3, decay=0.92, raise_silent=1e-2, push_label=0.3),
    ((1.5, 0.8), (0.5, 0.8)),
)
FIRST_SPIKE_WEIGHTS = (
    4.745,
    2.847,
)  # an output has to fire from one spike each of the hidden neurons: three synapses a weight
# The settings that were found for the chip at dt = 0.25 ms (docs/best-settings.md), rounded, in continuous time.
EVENTPROP_FIRST = Row(
    Network((5, 200, 3), 47 * MS, 30 * MS, t_end=40 * MS, readout="first_spike"),
    Encoding(0.0, 30 * MS, 0.0),
    FirstSpikeEventProp(xi=0.275 * MS, alpha=3e-3, beta=20 * MS, least_slope=0.01),
    Plan(epochs=30, batch=22, learning_rate=8.6e-3, decay=0.88, beta2=0.99, push_label=0.02),
    ((0.4, 1.23), (0.18, 0.1)),
)

BY_NAME = {
    "analytical, TTFS, simulated": ANALYTICAL,
    "analytical, TTFS, in the loop": ANALYTICAL.in_the_loop(FIRST_SPIKE_WEIGHTS),
    "EventProp, TTFS, simulated": EVENTPROP_FIRST,
    "surrogate, Max, simulated": SURROGATE_PEAK,
    "surrogate, Max, in the loop": SURROGATE_IN_LOOP,
    "EventProp, Max, simulated": EVENTPROP_PEAK,
    "EventProp, Max, in the loop": EVENTPROP_PEAK.in_the_loop(PEAK_WEIGHTS),
}
