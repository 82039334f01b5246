"""Makes a line of metrics.jsonl from the results of the parts of an epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spinn2sim.hardware.counters import DMA, Counters
from spinn2sim.hardware.energy import energy_by_state_j
from spinn2sim.hardware.facts import PERFORMANCE_LEVELS_MHZ
from spinn2sim.hardware.faults.injections import FaultKind, FaultOutcome
from spinn2sim.hardware.packet import PART_NAMES, Kind, Outcome
from spinn2sim.hardware.plan import Plan
from spinn2sim.hardware.units import quanta_per_cycle, seconds
from spinn2sim.mirror.loss_values import LossConstants
from spinn2sim.scenario.keys import MAX_VOLTAGE, QUANTITIES, Scenario
from spinn2sim.training.score import Score, score, score_peaks
from spinn2sim.training.trainer import PartResult

PACKET_KINDS = (Kind.SPIKE, Kind.ERROR, Kind.GUARD)
LOST = ("late", "early", "dropped", "no_route", "unmatched", "overruns", "lost_ticks", "saturations", "unrecorded")
SUMMED = ("packets", "deliveries", "dma_bytes", "hops", "energy_j", "energy_by_state_j", *LOST)
# Is there only if something can break: injected, detected, masked and lost faults, by part.
FAULTS = "faults"
Line = dict[str, Any]


@dataclass(frozen=True)
class EpochResult:
    """The results of the parts of an epoch, by name. Epoch 0 has no train part, and some runs have no validation part."""

    number: int
    parts: Mapping[str, PartResult]
    wall_s: Mapping[str, float]
    learning_rate: float | None


def metrics_line(scenario: Scenario, epoch: EpochResult, plans: Sequence[Plan]) -> Line:
    """Make the object of metrics.jsonl for an epoch; `plans` are those of all chips, none on the mirror. Absent values are None."""
    parts = {name: epoch.parts.get(name) for name in PART_NAMES}
    train, test, validation = (None if part is None else score_part(scenario, part) for part in parts.values())
    assert test is not None  # noqa: S101 - the test part always ran
    line: Line = {
        "epoch": epoch.number,
        "train_accuracy": train and train.accuracy,
        "train_accuracy_strict": train and train.accuracy_strict,
        "train_silent_label": train and train.silent_label,
        "test_accuracy": test.accuracy,
        "test_accuracy_strict": test.accuracy_strict,
        "test_silent_label": test.silent_label,
        "test_silent_all": test.silent_all,
        "validation_accuracy": validation and validation.accuracy,
        "validation_accuracy_strict": validation and validation.accuracy_strict,
        "validation_silent_label": validation and validation.silent_label,
        "train_loss": train and train.loss,
        "test_loss": test.loss,
        "validation_loss": validation and validation.loss,
        "batches": parts["train"].batches if parts["train"] else 0,
        "learning_rate": epoch.learning_rate,
        "clipped": parts["train"] and parts["train"].clipped,
        **{f"{name}_wall_s": epoch.wall_s.get(name) for name in PART_NAMES},
        **{f"{name}_chip_s": chip_seconds(part) for name, part in parts.items()},
    }
    counted = {name: _counts(scenario, part, plans) for name, part in parts.items()}
    for field in (*SUMMED, "saturations_by_quantity", "spikes_per_sample", "fifo_high_water"):
        line[field] = {name: counts.get(field) for name, counts in counted.items()}
    broken = {
        name: part.counters for name, part in parts.items() if part and part.counters and len(part.counters.faults)
    }
    if broken:
        line[FAULTS] = {name: fault_counts(counters) for name, counters in broken.items()}
    line["losses"] = [f"{name}: {loss}" for name, part in parts.items() if part for loss in _describe_losses(part)]
    return line


def fault_counts(counters: Counters) -> Line:
    """Count injected faults and what became of them, in all and by kind."""
    kinds = {kind.name.lower(): int(counters.faults[kind, 0]) for kind in FaultKind}
    outcomes = {o.name.lower(): int(counters.faults[:, 1 + o].sum()) for o in reversed(FaultOutcome)}
    return {"injected": sum(kinds.values()), **outcomes, **kinds}


def _describe_losses(part: PartResult) -> Iterator[str]:
    """Describe what was lost in a part, and where."""
    yield from (str(loss) for loss in (part.counters.losses() if part.counters else ()))
    for quantity, times in zip(QUANTITIES, part.saturations.tolist(), strict=True):
        if times:
            yield f"saturations of {quantity}: {times} (numerics.{quantity})"
    if part.unrecorded:
        yield f"spikes without room in a record: {part.unrecorded} (mapping.spikes_per_neuron)"


def chip_seconds(part: PartResult | None) -> float | None:
    """Return the simulated time of a part; None if there is no such part, or no chip."""
    return None if part is None or part.chip_q is None else seconds(part.chip_q)


def score_part(scenario: Scenario, part: PartResult) -> Score:
    """Score the answers of a part by the scenario's loss."""
    net, loss = scenario.network, scenario.loss
    if part.peaks is not None:
        return score_peaks(
            part.peaks, part.labels, loss.softmax_temperature, 0.0 if loss.kind == MAX_VOLTAGE else -math.inf
        )
    return score(part.first_spikes, part.labels, net.steps, LossConstants(*loss.in_steps(net.dt_ms)))


def _counts(scenario: Scenario, part: PartResult | None, plans: Sequence[Plan]) -> Line:
    """Return the counts of one part; those that only a chip has are absent on the mirror."""
    if part is None:
        return {}
    samples = max(1, len(part.labels))
    counts: Line = {
        "saturations": int(part.saturations.sum()),
        "saturations_by_quantity": dict(zip(QUANTITIES, part.saturations.tolist(), strict=True)),
        "spikes_per_sample": (part.spikes / samples).tolist(),
        "unrecorded": part.unrecorded,
    }
    c = part.counters
    if c is None or part.chip_q is None or not plans:
        return counts
    ran, hops = int(c.busy_cycles.sum()), int(c.hops.sum())
    level, pj_per_hop = scenario.chip.performance_level, scenario.chip.energy_per_hop_pj
    busy_q = ran * quanta_per_cycle(PERFORMANCE_LEVELS_MHZ[level])
    used_pes = sum(len(group.cores) for plan in plans for group in plan.groups)
    lost = {o.name.lower(): int(c.outcomes[:, o].sum()) for o in Outcome if o is not Outcome.ON_TIME}
    kinds = {kind.name.lower(): kind for kind in PACKET_KINDS}
    energy = energy_by_state_j(level, used_pes, part.chip_q, busy_q, hops, pj_per_hop, len(plans))
    return counts | lost | {
        "packets": {name: int(c.sent[kind]) for name, kind in kinds.items()},
        "deliveries": {name: int(c.due[kind]) for name, kind in kinds.items()} | {"dma": int(c.due[DMA] + c.due[Kind.WEIGHTS])},
        "dma_bytes": int(c.dma_bytes.sum()),
        "hops": hops,
        "overruns": int(c.overruns.sum()),
        "lost_ticks": int(c.lost_ticks.sum()),
        "fifo_high_water": int(c.fifo_high_water.max()),
        "energy_j": sum(energy.values()),
        "energy_by_state_j": energy,
    }  # fmt: skip
