"""Fills in defaults that depend on other keys, so that a resolved scenario is complete."""

from __future__ import annotations

from dataclasses import replace

from spinn2sim.scenario.board_keys import TRIAD
from spinn2sim.scenario.cost_keys import with_cycles
from spinn2sim.scenario.keys import AUTO_INIT, OWN_TABLES, Scenario


def fill_in(scenario: Scenario) -> Scenario:
    """Fill in what is not given: times, channels of SHD, the length of a cosine schedule, the temperature of the loss, cycle costs.

    The rim of a board is filled in too.
    """
    filled = _with_init(_with_temperature(_with_cosine(_with_times(_with_own_data(_with_channels(scenario))))))
    return with_cycles(_with_rim(filled))


def _with_rim(scenario: Scenario) -> Scenario:
    """With a board: fill in that only a triad wraps around."""
    board = scenario.board
    if board is None or board.wrap is not None:
        return scenario
    return replace(scenario, board=replace(board, wrap=board.shape == TRIAD))


def _with_init(scenario: Scenario) -> Scenario:
    """With a chain: fill in that the initial weights follow from its samples, if they are not given."""
    network = scenario.network
    if network.hidden is None or network.init is not None or scenario.is_graph:
        return scenario
    return replace(scenario, network=replace(network, init=AUTO_INIT))


def _with_own_data(scenario: Scenario) -> Scenario:
    """With tables of numbers: fill in scaling, complements and a bias, with which such data are learned (docs/how-to/own-data.md)."""
    data, encoding = scenario.data, scenario.encoding
    if data.source not in OWN_TABLES:
        return scenario
    return replace(
        scenario,
        data=replace(data, missing=data.missing or "refuse", scale=data.scale or "min_max"),
        encoding=replace(
            encoding,
            complement=encoding.complement is not False,
            bias=encoding.bias is not False,
        ),
    )


def _with_channels(scenario: Scenario) -> Scenario:
    """With the Spiking Heidelberg Digits: fill in that no channels are merged."""
    if scenario.data.source != "shd" or scenario.data.channels is not None:
        return scenario
    return replace(scenario, data=replace(scenario.data, channels=700))


def _with_temperature(scenario: Scenario) -> Scenario:
    """With a readout: fill in the default temperature of the loss."""
    if not scenario.has_readout or scenario.loss.temperature is not None:
        return scenario
    return replace(scenario, loss=replace(scenario.loss, temperature=scenario.loss.softmax_temperature))


def _with_cosine(scenario: Scenario) -> Scenario:
    """Fill in cosine_epochs = training.epochs, so that a run that is resumed with more epochs keeps its rates."""
    optimizer = scenario.optimizer
    if optimizer.schedule != "cosine" or optimizer.cosine_epochs is not None:
        return scenario
    return replace(scenario, optimizer=replace(optimizer, cosine_epochs=max(1, scenario.training.epochs)))


def _with_times(scenario: Scenario) -> Scenario:
    """With latency_time: fill in t_first_ms = 0, t_last_ms = two thirds of T in whole steps, and with a bias input bias_ms = t_first_ms."""
    encoding, network = scenario.encoding, scenario.network
    if encoding.kind != "latency_time":
        return scenario
    first = 0.0 if encoding.t_first_ms is None else encoding.t_first_ms
    last = (2 * network.steps // 3) * network.dt_ms if encoding.t_last_ms is None else encoding.t_last_ms
    bias = first if encoding.bias_ms is None and scenario.has_bias else encoding.bias_ms
    return replace(scenario, encoding=replace(encoding, t_first_ms=first, t_last_ms=last, bias_ms=bias))
