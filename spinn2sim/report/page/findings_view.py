"""The section of the page that says why the accuracy is what it is: the findings of `spinn2sim diagnose`, worst first."""

from __future__ import annotations

from html import escape

from spinn2sim.report.diagnosis.diagnosis import NOTHING, diagnose
from spinn2sim.report.diagnosis.finding import Finding
from spinn2sim.report.run_data import RunData


def findings_view(run: RunData) -> str:
    """Make the section's HTML: a list of findings. Raises AbsentError, DataError."""
    found = diagnose(run.folder)
    if not found.findings:
        return f"<p>{escape(NOTHING)}</p>"
    return "<ol>" + "".join(f'<li class="{one.level}">{_sentence(one)}</li>' for one in found.findings) + "</ol>"


def _sentence(finding: Finding) -> str:
    return f"{escape(finding.text)} Key that may help: <code>{escape(finding.key)}</code>"
