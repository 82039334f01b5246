"""Refuses trace filters that cannot select anything, since what they name is not in the run."""

from __future__ import annotations

from collections.abc import Iterator

from spinn2sim.errors import ScenarioError
from spinn2sim.hardware.plan import Plan
from spinn2sim.scenario.draws import epoch_order
from spinn2sim.training.run_inputs import RunInputs


def refuse_filters(inputs: RunInputs, plan: Plan) -> None:
    """Raise ScenarioError for ticks, samples or PEs that are not in the run, or not in its window."""
    if inputs.scenario.trace.packets != "none":
        for key, found, allowed in (
            *_tick_problems(inputs, plan),
            *_pe_problems(inputs, plan),
            *_sample_problems(inputs),
        ):
            raise ScenarioError(f"trace.{key}: found {found}, allowed is {allowed}")


def _tick_problems(inputs: RunInputs, plan: Plan) -> Iterator[tuple[str, object, str]]:
    ticks, phases = inputs.scenario.trace.ticks, plan.schedule.train
    first, last = min(p.first_tick for p in phases), max(p.first_tick + p.ticks - 1 for p in phases)
    if ticks is not None and not first <= ticks[0] <= ticks[1] <= last:
        yield "ticks", list(ticks), f"within [{first}, {last}]: the ticks of a batch"


def _pe_problems(inputs: RunInputs, plan: Plan) -> Iterator[tuple[str, object, str]]:
    used = {core for group in plan.groups for core in group.cores}
    idle = sorted(set(inputs.scenario.trace.pes or ()) - used)
    if idle:
        yield "pes", idle[0], f"one of the {len(used)} PEs that run a program: spinn2sim map names them"


def _sample_problems(inputs: RunInputs) -> Iterator[tuple[str, object, str]]:
    scenario = inputs.scenario
    trace, copies = scenario.trace, scenario.training.copies
    if trace.samples is None:
        return
    splits = (inputs.train, inputs.test, inputs.validation or inputs.test)
    known = len(inputs.train) if trace.packets == "window" else max(map(len, splits))
    if max(trace.samples) >= known:
        yield "samples", max(trace.samples), f"0 to {known - 1}"
    elif trace.packets == "window":
        order = epoch_order(scenario.seed, trace.epoch, len(inputs.train))
        in_window = set(order[trace.first_batch * copies : (trace.last_batch + 1) * copies].tolist())
        if not in_window & set(trace.samples):
            batch = int(order.tolist().index(trace.samples[0])) // copies
            yield (
                "samples",
                list(trace.samples),
                f"one of the window's batches: sample {trace.samples[0]} is in batch {batch}",
            )
