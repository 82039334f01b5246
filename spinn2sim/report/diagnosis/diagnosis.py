"""The diagnosis of a run: findings, worst first, and the facts that they were drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spinn2sim.notebook import html_grid
from spinn2sim.report.diagnosis.activity_findings import activity_findings
from spinn2sim.report.diagnosis.answer_findings import answer_findings
from spinn2sim.report.diagnosis.chip_findings import chip_findings
from spinn2sim.report.diagnosis.collected_facts import Facts, collect
from spinn2sim.report.diagnosis.data_findings import data_findings
from spinn2sim.report.diagnosis.evidence import Evidence
from spinn2sim.report.diagnosis.finding import CAUSE, SYMPTOM, UNABLE, Finding
from spinn2sim.report.diagnosis.history import learning_history
from spinn2sim.report.diagnosis.learning import weight_histograms
from spinn2sim.report.diagnosis.learning_findings import learning_findings
from spinn2sim.report.labels import label

RULES = (data_findings, activity_findings, learning_findings, chip_findings, answer_findings)
NOTHING = "Nothing was found that would explain wrong answers."


@dataclass(frozen=True)
class Diagnosis:
    """Why a run is as good or as bad as it is."""

    folder: Path
    # Worst first; empty if nothing was found.
    findings: list[Finding]
    facts: Facts
    # Rows with projection, quantity ("weight", "gradient"), epoch, low, high and counts in equal bins.
    histograms: list[dict[str, Any]]
    # Rows with projection, quantity, epoch, octaves and counts, of a run with trace.learning = "epochs".
    history: list[dict[str, Any]]
    # What could not be looked at, and why.
    absent: list[str]

    @property
    def headline(self) -> str:
        """How good the run is, in one line."""
        facts, kept = self.facts, self.facts.kept
        return (
            f"{self.folder}: {facts.status}, epoch {kept['epoch']} of {facts.scenario.training.epochs}: test accuracy "
            f"{kept['test_accuracy']:.1%} (strict {kept['test_accuracy_strict']:.1%})"
        )

    @property
    def populations(self) -> list[dict[str, Any]]:
        """A row for each population: its neurons, how many are silent before and after training, spikes, and steps used."""
        facts = self.facts
        if facts.graph is None or facts.after is None:
            return []
        rows = []
        for p, population in enumerate(facts.graph.populations):
            if population.kind == "readout":
                continue
            after, each = facts.after, facts.after.spikes[p] / max(1, facts.after.samples)
            rows.append({
                "population": label(population.name),
                "neurons": population.size,
                "silent": int(np.count_nonzero(after.spikes[p] == 0)),
                "silent before": None if facts.before is None else int(np.count_nonzero(facts.before.spikes[p] == 0)),
                "spikes a neuron": float(each.mean()),
                "lowest": float(each.min()),
                "highest": float(each.max()),
                "steps used": float(np.mean(after.by_step[p] > 0)),
            })  # fmt: skip
        return rows

    @property
    def projections(self) -> list[dict[str, Any]]:
        """A row for each projection: root mean square sizes of weights, their change, the last update and the gradients."""
        return [
            {
                "projection": p.name,
                "synapses": p.synapses,
                "weights before": p.size_before,
                "after": p.size_after,
                "change": p.change,
                "last update / weights": p.last_step,
                "gradient": p.gradient,
                "without gradient": p.without_gradient,
            }
            for p in self.facts.projections
        ]

    def as_data(self) -> dict[str, Any]:
        """Return everything as values for JSON."""
        facts, answers = self.facts, self.facts.answers
        return {
            "run": str(self.folder),
            "status": facts.status,
            "epoch": facts.kept["epoch"],
            "epochs": facts.scenario.training.epochs,
            "test_accuracy": facts.kept["test_accuracy"],
            "test_accuracy_strict": facts.kept["test_accuracy_strict"],
            "findings": [finding.as_data() for finding in self.findings],
            "classes": [] if answers is None else answers.rows(),
            "confusion": [] if answers is None else answers.confusion.tolist(),
            "ties": None if answers is None else answers.ties,
            "populations": self.populations,
            "projections": self.projections,
            "histograms": self.histograms,
            "history": self.history,
            "samples_run_again": 0 if facts.after is None else facts.after.samples,
            "absent": self.absent,
        }

    def __str__(self) -> str:
        said = [f"{number}. {finding}" for number, finding in enumerate(self.findings, 1)]
        return "\n".join([self.headline, *(said or [NOTHING])])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [(finding.level, finding.text, finding.key) for finding in self.findings]
        return html_grid(self.headline, ("", "finding", "key that may help"), rows or [("", NOTHING, "")])


def diagnose(folder: Path | str) -> Diagnosis:
    """Say what is wrong with a run, worst first. It reads the run's files and its data, and changes nothing.

    Raises DataError if `folder` is not the run of a scenario, AbsentError if it has no finished epoch.
    """
    evidence = Evidence(folder)
    facts = collect(evidence)
    findings = _worst_first([finding for rule in RULES for finding in rule(facts)])
    history = learning_history(evidence.run)
    absent = list(dict.fromkeys(evidence.absent))
    return Diagnosis(Path(folder), findings, facts, weight_histograms(evidence), history, absent)


def _worst_first(findings: list[Finding]) -> list[Finding]:
    """Sort findings. Where a network could not be right or could not learn, its symptoms are left out: their keys would mislead."""
    explained = any(finding.rank >= UNABLE for finding in findings)
    told = [finding for finding in findings if not (explained and SYMPTOM <= finding.rank < CAUSE)]
    return sorted(told, key=lambda finding: (-finding.rank, -finding.share))
