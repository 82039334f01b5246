"""The options that the firmware of one run is compiled from: plain numbers in physical units, Q formats and choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from firmware_models.cost import Costs
from firmware_models.qformat import QFormat


@dataclass(frozen=True)
class NeuronOptions:
    """The time grid and the neuron model."""

    steps: int
    dt_ms: float
    tau_mem_ms: float
    tau_syn_ms: float
    threshold: float


@dataclass(frozen=True)
class NumericsOptions:
    """The Q format of each quantity, and how it is rounded."""

    weight: QFormat
    state: QFormat
    adjoint: QFormat
    error: QFormat
    # Errors, adjoints and gradients are scaled by 2^error_shift.
    error_shift: int
    stochastic: bool


@dataclass(frozen=True)
class FirstSpikeOptions:
    """Cross-entropy on first-spike times, with the label term a exp(t / b)."""

    xi_ms: float
    a: float
    b_ms: float


@dataclass(frozen=True)
class MaxOverTimeOptions:
    """Cross-entropy on the highest voltages of outputs that never spike, or on their voltages averaged with the weight exp(-t/T)."""

    temperature: float
    average: bool = False


@dataclass(frozen=True)
class GuardOptions:
    """The guard against neurons that spike too rarely or too often."""

    kind: Literal["none", "push", "raise_weights", "rate"] = "none"
    step: float = 0.0
    # For "rate": the least and the most spikes of a neuron per sample.
    rate_range: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class OptimizerOptions:
    """Adam or SGD; the host writes the learning rate before each part."""

    adam: bool
    master: bool
    weight_decay: float
    beta1: float
    beta2: float
    epsilon: float
    momentum: float
    # The largest magnitude of a gradient; 0: no limit.
    clip: float


@dataclass(frozen=True)
class FirmwareOptions:
    """Everything that the programs need to know of a run."""

    neuron: NeuronOptions
    numerics: NumericsOptions
    loss: FirstSpikeOptions | MaxOverTimeOptions
    guard: GuardOptions
    optimizer: OptimizerOptions
    costs: Costs
    # The samples of a batch.
    copies: int
    # How many spikes can be recorded, per neuron and sample.
    spikes_per_neuron: int
