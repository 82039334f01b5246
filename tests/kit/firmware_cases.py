"""Small firmware options, constants and neurons for the tests of the kernels, without a scenario."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from firmware_models.cost import Costs
from firmware_models.firmware_constants import FirmwareConstants, make_constants
from firmware_models.firmware_options import (
    FirmwareOptions,
    FirstSpikeOptions,
    GuardOptions,
    NeuronOptions,
    NumericsOptions,
    OptimizerOptions,
)
from firmware_models.jit.by_reference import ByRef
from firmware_models.kernels.neuron_arrays import Neurons, make_neurons
from firmware_models.qformat import QFormat

S16_15 = QFormat(16, 15)
OPTIONS = FirmwareOptions(
    neuron=NeuronOptions(steps=12, dt_ms=1.0, tau_mem_ms=20.0, tau_syn_ms=5.0, threshold=1.0),
    numerics=NumericsOptions(S16_15, S16_15, S16_15, S16_15, error_shift=4, stochastic=False),
    loss=FirstSpikeOptions(xi_ms=1.5, a=0.01, b_ms=100.0),
    guard=GuardOptions(),
    optimizer=OptimizerOptions(
        adam=True, master=True, weight_decay=0.0, beta1=0.9, beta2=0.999, epsilon=1e-8, momentum=0.0, clip=0.0
    ),
    costs=Costs(*range(1, 1 + len(Costs._fields))),
    copies=3,
    spikes_per_neuron=12,
)


def constants(changes: dict[str, Any] | None = None) -> FirmwareConstants:
    """The constants of OPTIONS with `changes` by dotted name, such as {"optimizer.beta1": 0.5}."""
    options = OPTIONS
    for name, value in (changes or {}).items():
        section, _, field = name.partition(".")
        options = replace(
            options, **{section: replace(getattr(options, section), **{field: value}) if field else value}
        )
    return make_constants(options)


def one_pe(first: int, **words: Any) -> ByRef[Neurons]:
    """The neurons of one PE as a kernel gets them, numbered from `first`; `words` are their states by name."""
    size = len(next(iter(words.values())))
    neurons = make_neurons(np.array([first], np.int32), np.array([size], np.int32), spiking=True)
    for name, values in words.items():
        getattr(neurons, name)[0] = values
    return ByRef(neurons)
