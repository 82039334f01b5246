"""The simulated time that a whole run takes, which is refused before it begins if the clock could not count it."""

from __future__ import annotations

from spinn2sim.hardware.engines.clock_limit import part_quanta, refuse_late_end
from spinn2sim.hardware.packet import Part
from spinn2sim.hardware.plan import Plan
from spinn2sim.training.run_inputs import RunInputs


def refuse_long_run(plan: Plan, inputs: RunInputs) -> None:
    """Raise ScenarioError if the last epoch would end after the clock's last instant."""
    epochs, copies = inputs.scenario.training.epochs, inputs.scenario.training.copies
    evaluated = [Part.TEST] if inputs.validation is None else [Part.VALIDATION, Part.TEST]
    tests = sum(part_quanta(plan.schedule, part, -(-len(inputs.samples(part)) // copies)) for part in evaluated)
    train = part_quanta(plan.schedule, Part.TRAIN, len(inputs.train) // copies)
    refuse_late_end(epochs * train + (epochs + 1) * tests, f"the run of {epochs} epochs")
