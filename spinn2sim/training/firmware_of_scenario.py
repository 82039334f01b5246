"""Makes the firmware image of a scenario, by converting its keys to the plain numbers that the firmware takes."""

from __future__ import annotations

from firmware_models.cost import make_costs
from firmware_models.firmware_constants import make_constants
from firmware_models.firmware_options import (
    FirmwareOptions,
    FirstSpikeOptions,
    GuardOptions,
    MaxOverTimeOptions,
    NeuronOptions,
    NumericsOptions,
    OptimizerOptions,
)
from firmware_models.image import FirmwareImage
from firmware_models.qformat import parse_format
from spinn2sim.errors import ScenarioError
from spinn2sim.scenario.cost_keys import cycles_of
from spinn2sim.scenario.keys import AVERAGE_VOLTAGE, FIRST_SPIKE, QUANTITIES, Loss, Optimizer, Scenario


def make_firmware(scenario: Scenario) -> FirmwareImage:
    """Make the firmware image of a scenario. Raises ScenarioError if a PE cannot hold one of its numbers."""
    try:
        return FirmwareImage(make_constants(firmware_options(scenario)))
    except ValueError as error:
        raise ScenarioError(str(error)) from None


def firmware_options(scenario: Scenario) -> FirmwareOptions:
    """Make the firmware's options from a scenario. Raises ScenarioError for what no PE can do."""
    network, training, numerics = scenario.network, scenario.training, scenario.numerics
    return FirmwareOptions(
        neuron=NeuronOptions(network.steps, network.dt_ms, network.tau_mem_ms, network.tau_syn_ms, network.threshold),
        numerics=NumericsOptions(
            **{quantity: parse_format(getattr(numerics, quantity)) for quantity in QUANTITIES},
            error_shift=numerics.error_shift,
            stochastic=numerics.rounding == "stochastic",
        ),
        loss=_loss(scenario.loss),
        guard=GuardOptions(training.silent_guard, training.guard_step, training.rate_range or (0.0, 0.0)),
        optimizer=_optimizer(scenario.optimizer),
        costs=make_costs(cycles_of(scenario.chip)),
        copies=training.copies,
        spikes_per_neuron=scenario.mapping.spikes_per_neuron or network.steps,
    )


def _loss(loss: Loss) -> FirstSpikeOptions | MaxOverTimeOptions:
    """Convert the loss: its times for first spikes, or its temperature for highest or average voltages."""
    if loss.kind != FIRST_SPIKE:
        return MaxOverTimeOptions(loss.softmax_temperature, loss.kind == AVERAGE_VOLTAGE)
    xi_ms, a, b_ms = loss.in_steps(1.0)
    return FirstSpikeOptions(xi_ms, a, b_ms)


def _optimizer(optimizer: Optimizer) -> OptimizerOptions:
    """Convert the optimizer, except its learning rate. Raises ScenarioError for clip_norm, since no PE has all gradients."""
    if optimizer.clip_norm is not None:
        raise ScenarioError(
            f"optimizer.clip_norm: found {optimizer.clip_norm}, allowed on the chip is none: each optimizer PE holds a part of "
            "the gradients and none knows the norm of all; optimizer.clip limits each one, train takes clip_norm"
        )
    return OptimizerOptions(
        adam=optimizer.kind == "adam",
        master=optimizer.master,
        weight_decay=optimizer.weight_decay,
        beta1=optimizer.beta1,
        beta2=optimizer.beta2,
        epsilon=optimizer.epsilon,
        momentum=optimizer.momentum,
        clip=optimizer.clip or 0.0,
    )
