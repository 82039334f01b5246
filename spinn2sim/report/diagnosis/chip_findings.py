"""Findings about the chip and its numbers: packets that came late or were lost, values that saturated, spikes without a record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spinn2sim.report.diagnosis.collected_facts import Facts
from spinn2sim.report.diagnosis.finding import CAUSE, HINT, UNABLE, Finding, percent
from spinn2sim.scenario.keys import QUANTITIES

# What is lost, in words, and the key that may help.
LOST = {
    "late": ("packets came late", "chip.tick_us"),
    "early": ("packets were taken a tick too early", "chip.tick_us"),
    "lost_ticks": ("ticks were lost", "chip.tick_us"),
    "overruns": ("ticks ran over into the next", "chip.tick_us"),
    "dropped": ("packets were dropped", "chip.fifo_capacity"),
    "no_route": ("packets had no route", "faults"),
    "unmatched": ("errors found no recorded spike", "mapping.spikes_per_neuron"),
    "unrecorded": ("spikes had no room in a record", "mapping.spikes_per_neuron"),
}
OF_DELIVERIES = ("late", "early", "dropped", "no_route", "unmatched")


def chip_findings(facts: Facts) -> Iterator[Finding]:
    """Yield what the chip lost. On the mirror only values can saturate."""
    delivered = sum(sum(found.values()) for line in facts.metrics for found in _parts(line, "deliveries"))
    for name, (words, usual) in LOST.items():
        key = usual
        count = sum(int(found) for line in facts.metrics for found in _parts(line, name))
        if count:
            of = count / max(1, delivered) if name in OF_DELIVERIES else 0.0
            share = f" ({percent(of)} of the deliveries)" if name in OF_DELIVERIES and delivered else ""
            if name == "dropped" and any(line.get("faults") for line in facts.metrics):
                key = "faults"
            if name == "unmatched" and not any(found for line in facts.metrics for found in _parts(line, "unrecorded")):
                key = "chip.tick_us"
            rank = UNABLE + 0.6 if of > 0.01 and facts.is_bad else CAUSE if facts.is_bad else HINT
            yield Finding(rank, f"lost: {name}", f"{count:,} {words}{share}.", key, of)
    yield from _saturations(facts)


def _parts(line: dict[str, Any], field: str) -> list[Any]:
    return [found for found in (line.get(field) or {}).values() if found]


def _saturations(facts: Facts) -> Iterator[Finding]:
    for quantity in QUANTITIES:
        found = [by.get(quantity, 0) for line in facts.metrics for by in _parts(line, "saturations_by_quantity")]
        count = sum(int(times or 0) for times in found)
        if count:
            kind = getattr(facts.scenario.numerics, quantity)
            yield Finding(
                CAUSE + 0.6 if facts.is_bad else HINT, f"saturated {quantity}",
                f"{count:,} values of the {quantity} left the range of {kind} and were clipped to its end.",
                f"numerics.{quantity}",
            )  # fmt: skip
