"""Checks of a network's two forms, and of the entries [[population]] and [[projection]] against each other.

Each gives an error of one line that names the entry. The time constants and delays that are drawn, and the sizes of the data, are checked
when the graph is built (`scenario.graph_of_scenario`).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from itertools import islice

from spinn2sim.scenario.entries import entry_name, short_name
from spinn2sim.scenario.keys import Problem, Scenario
from spinn2sim.scenario.network_keys import DeclaredPopulation, DeclaredProjection, Distribution

# The keys of each distribution.
OWN_KEYS = {"normal": ("mean", "std"), "lognormal": ("mean", "std"), "uniform": ("low", "high")}


def graph_problems(scenario: Scenario) -> Iterator[Problem]:
    """Yield the problems of the network's form, then of each entry, then of the graph as a whole."""
    of_form = list(_form_problems(scenario))
    yield from of_form
    populations, projections = scenario.population or (), scenario.projection or ()
    if not scenario.is_graph or of_form:
        return
    first: dict[str, int] = {}
    of_entries: list[Problem] = []
    for index, population in enumerate(populations):
        where = entry_name("population", index, vars(population))
        of_entries += _population_problems(where, population, first)
        first[population.name] = index
    for index, projection in enumerate(projections if not of_entries else ()):
        where = entry_name("projection", index, vars(projection))
        of_entries += _projection_problems(where, projection, populations, first)
        of_entries += islice(_delay_problems(where, projection, scenario), 1)
    yield from reversed(
        {str(problem[1:]): problem for problem in reversed(of_entries)}.values()
    )  # the first of those with one cause
    if of_entries:  # the graph as a whole can be judged only of sound entries
        return
    for problems in (
        _steady_problems(populations),
        _reach_problems(populations, projections, first),
        _output_problems(scenario, first),
    ):
        found = next(problems, None)  # of one cause, several of these may follow
        if found is not None:
            yield found
            return
    yield from _rate_problems(scenario)


def output_of(scenario: Scenario) -> int | None:
    """Return the position of the population whose neurons answer: network.output, or the only readout; None if there is none."""
    populations = scenario.population or ()
    if scenario.network.output is not None:
        named = [k for k, population in enumerate(populations) if population.name == scenario.network.output]
        return named[0] if named else None
    readouts = [k for k, population in enumerate(populations) if population.kind == "readout"]
    return readouts[0] if len(readouts) == 1 else None


def _form_problems(scenario: Scenario) -> Iterator[Problem]:
    network = scenario.network
    if not scenario.is_graph:
        if network.hidden is None:
            yield "network.hidden", "neither it nor [[population]]", "one of the two: a chain of layers, or any graph"
        for key, value in (("network.output", network.output), ("optimizer.delay_rate", scenario.optimizer.delay_rate)):
            if value is not None:
                yield key, repr(value), "no such key without [[population]]"
        return
    if network.hidden is not None:
        yield "network.hidden", "it beside [[population]] or [[projection]]", "one of the two forms of a network"
    if network.init is not None:
        yield "network.init", "it beside [[population]]", "the key init of each [[projection]]"
    if scenario.population is None:
        yield "population", "no entry beside [[projection]]", "one [[population]] at least"
    if scenario.projection is None:
        yield "projection", "no entry beside [[population]]", "one [[projection]] at least"


def _population_problems(where: str, population: DeclaredPopulation, first: dict[str, int]) -> Iterator[Problem]:
    if not re.fullmatch(r"[A-Za-z0-9_-]+", population.name):
        yield f"{where}: name", repr(short_name(population.name)), "letters, digits, _ and -"
    if population.name in first:
        yield f"{where}: name", f"that of population {first[population.name]} again", "another name for each population"
    for key in ("tau_mem_ms", "tau_syn_ms"):
        value = getattr(population, key)
        if value is not None and population.kind == "input":
            yield f"{where}: {key}", _shown(value), 'no such key with kind = "input"'
        if isinstance(value, Distribution):
            yield from _distribution_problems(f"{where}: {key}", value)
    if population.refractory_steps is not None and population.kind != "lif":
        allowed = f'no such key with kind = "{population.kind}": only "lif" neurons rest after a spike'
        yield f"{where}: refractory_steps", population.refractory_steps, allowed
    if population.every_step is not None and population.kind != "input":
        yield f"{where}: every_step", population.every_step, 'no such key without kind = "input"'


def _steady_problems(populations: tuple[DeclaredPopulation, ...]) -> Iterator[Problem]:
    """Yield an input of the data behind one that fires in every step: the data number their inputs from 0 on."""
    steady = False
    for index, population in enumerate(populations):
        if population.kind == "input":
            if steady and not population.every_step:
                where = entry_name("population", index, vars(population))
                yield where, "it behind an input with every_step", "inputs of the data before all others"
            steady = steady or bool(population.every_step)
    if steady and all(p.every_step for p in populations if p.kind == "input"):
        yield "population", "no input without every_step", "one at least, whose spikes are in the data"


def _shown(value: float | Distribution) -> str:
    return f"a {value.distribution} distribution" if isinstance(value, Distribution) else f"{value:g}"


def _distribution_problems(where: str, drawn: Distribution) -> Iterator[Problem]:
    own = OWN_KEYS[drawn.distribution]
    for field in dataclasses.fields(drawn)[1:]:
        value = getattr(drawn, field.name)
        if field.name in own and value is None:
            yield f"{where}.{field.name}", "nothing", f'a number with distribution = "{drawn.distribution}"'
        if field.name not in own and value is not None:
            yield f"{where}.{field.name}", value, f'no such key with distribution = "{drawn.distribution}"'
        if field.name in own and value is not None and (value < 0 or (value == 0 and field.name != "std")):
            yield f"{where}.{field.name}", value, "a positive number: it is a time"
    if drawn.low is not None and drawn.high is not None and drawn.low > drawn.high:
        yield f"{where}.low", drawn.low, f"at most high = {drawn.high}"


def _projection_problems(
    where: str, projection: DeclaredProjection, populations: tuple[DeclaredPopulation, ...], first: dict[str, int]
) -> Iterator[Problem]:
    for key in ("pre", "post"):
        name = getattr(projection, key)
        if name not in first:
            names = ", ".join(short_name(population.name) for population in populations[:8])
            more = ", ..." if len(populations) > 8 else ""
            yield f"{where}: {key}", repr(short_name(name)), f"the name of a population: {names}{more}"
    if projection.pre not in first or projection.post not in first:
        return
    pre, post = populations[first[projection.pre]], populations[first[projection.post]]
    if post.kind == "input":
        yield f"{where}: post", "a population of inputs", "one that is not: inputs spike when the data say so"
    if pre.kind == "readout":
        yield f"{where}: pre", "a readout", 'a population of kind "input" or "lif": a readout never spikes'


def _delay_problems(where: str, projection: DeclaredProjection, scenario: Scenario) -> Iterator[Problem]:
    (least, most), steps = projection.delay_bounds, scenario.network.steps
    if least > most:
        yield f"{where}: delay_steps", [least, most], "the least delay and the most, the least not above the most"
    if projection.delay_max is None and projection.learns_delays:
        yield f"{where}: delay_max", "nothing", f'the most steps of delay with learn = "{projection.learn}"'
    if projection.learns_delays and projection.delay_max == 0:
        yield f"{where}: delay_max", 0, f'at least 1 with learn = "{projection.learn}"'
    if projection.delay_max is not None and most > projection.delay_max:
        yield f"{where}: delay_steps", most, f"at most delay_max = {projection.delay_max}"
    if projection.most_delay > steps - 2:
        key = "delay_steps" if projection.delay_max is None else "delay_max"
        allowed = f"at most network.steps - 2 = {steps - 2}: a spike acts delay + 1 steps later, and the last step is {steps - 1}"
        yield f"{where}: {key}", projection.most_delay, allowed


def _reach_problems(
    populations: tuple[DeclaredPopulation, ...], projections: tuple[DeclaredProjection, ...], first: dict[str, int]
) -> Iterator[Problem]:
    inputs = [k for k, population in enumerate(populations) if population.kind == "input"]
    if not inputs:
        yield "population", "none of them an input", 'one of kind = "input" at least, whose spikes are in the data'
    targets: dict[int, list[int]] = {}
    for projection in projections:
        targets.setdefault(first[projection.pre], []).append(first[projection.post])
    reached, waiting = set(inputs), list(inputs)
    while waiting:
        for post in targets.get(waiting.pop(), ()):
            if post not in reached:
                reached.add(post)
                waiting.append(post)
    for index, population in enumerate(populations):
        where = entry_name("population", index, vars(population))
        if index not in reached:
            yield where, "no way to it from any input", "a population that spikes can reach over projections"
        if population.kind == "input" and index not in targets:
            yield where, "no projection out of it", "one at least from each population of inputs"


def _output_problems(scenario: Scenario, first: dict[str, int]) -> Iterator[Problem]:
    populations, output = scenario.population or (), scenario.network.output
    if output is not None and output not in first:
        names = ", ".join(short_name(population.name) for population in populations[:8])
        yield "network.output", repr(short_name(output)), f"the name of a population: {names}"
    at = output_of(scenario)
    if at is None:
        readouts = sum(population.kind == "readout" for population in populations)
        yield (
            "network.output",
            f"nothing, with {readouts} populations of kind readout",
            "the name of the population that answers",
        )
        return
    wanted = "readout" if scenario.has_readout else "lif"
    if populations[at].kind != wanted:
        where = entry_name("population", at, vars(populations[at]))
        found = f'"{populations[at].kind}", and it is the output'
        yield f"{where}: kind", found, f'"{wanted}" with loss.kind = "{scenario.loss.kind}"'


def _rate_problems(scenario: Scenario) -> Iterator[Problem]:
    rate = scenario.optimizer.delay_rate
    if scenario.learns_delays and rate is None:
        yield "optimizer.delay_rate", "nothing", "the learning rate of delays, in steps, when a projection learns them"
    if not scenario.learns_delays and rate is not None:
        yield "optimizer.delay_rate", rate, "no such key when no projection learns delays"
