"""The command `check`, which compares the mirror or the simulated chip with a reference case."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spinn2sim import api
from spinn2sim.cli.command_options import PATH, output_options, set_option
from spinn2sim.cli.output import FAILED, show

if TYPE_CHECKING:
    from spinn2sim.validation.check_fixed import FixedReport
    from spinn2sim.validation.check_float64 import FloatReport


@click.command()
@click.argument("case", type=PATH)
@click.option("--arithmetic", type=click.Choice(["float64", "fixed"]), default="float64", show_default=True)
@click.option(
    "--min-spike-agreement", "agreement", type=click.FloatRange(0, 1), help="fixed: exit 1 below; default 0.9."
)
@click.option("--min-gradient-cosine", "cosine", type=click.FloatRange(-1, 1), help="fixed: exit 1 below; default 0.9.")
@set_option
@output_options
def check(
    case: Path,
    arithmetic: Any,
    agreement: float | None,
    cosine: float | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Compare with a reference case: float64 runs it on the mirror, fixed on the simulated chip.

    Example: spinn2sim check tests/fixtures/golden/08_4-20-20-3_T50_B4.npz --arithmetic fixed
    """
    if arithmetic == "float64" and (agreement is not None or cosine is not None or overrides):
        raise click.UsageError("--min-spike-agreement, --min-gradient-cosine and --set go with --arithmetic fixed")
    lines, data, holds = describe(api.check(case, arithmetic, overrides), agreement, cosine)
    data = {"case": str(case), "arithmetic": arithmetic, "holds": holds, **data}
    show(data, [f"{case} ({arithmetic})", *lines], as_json)
    sys.exit(0 if holds else FAILED)


def describe(
    report: FloatReport | FixedReport, min_agreement: float | None, min_cosine: float | None
) -> tuple[list[str], dict[str, Any], bool]:
    """Return a report as lines, as data for --json, and whether it holds. A limit that is None was not asked for."""
    from spinn2sim.validation.check_float64 import FloatReport

    return _float64(report) if isinstance(report, FloatReport) else _fixed(report, min_agreement, min_cosine)


def _float64(report: FloatReport) -> tuple[list[str], dict[str, Any], bool]:
    lines = [
        f"  {a.name:<16} difference {a.difference:.2e}  {'ok' if a.holds else f'ABOVE {a.limit:g}'}"
        for a in report.arrays
    ]
    arrays = [{"name": a.name, "difference": a.difference, "limit": a.limit} for a in report.arrays]
    data = {"arrays": arrays, "ignored": list(report.ignored)}
    lines += _ignored(report)
    lines.append("every array within its limit, no spike differs" if report.holds else "DIFFERS: see above")
    return lines, data, report.holds


def _fixed(
    report: FixedReport, min_agreement: float | None, min_cosine: float | None
) -> tuple[list[str], dict[str, Any], bool]:
    lines = [f"  {report.copies} copies at a time, {report.rounds} round(s)"]
    layers = []
    for k, layer in enumerate(report.layers):
        agreement, cosine, error = layer.agreement, layer.cosine, layer.error
        what = f"; {layer.array or f'grad_{k}'}"
        text = f"  {layer.name or f'layer {k}'}: "
        if layer.name.startswith("projection"):
            what = layer.array
        else:
            text += f"{layer.spikes} spikes, agreement "
            text += "unknown (the case has no spikes of this layer)" if agreement is None else f"{agreement:.6f}"
        if cosine is not None:
            text += f"{what} cosine {cosine:.7f}, relative error {error:.1e}"
        if layer.at_spikes:
            text += "; at spikes " + ", ".join(f"{name} {value:.1e}" for name, value in layer.at_spikes.items())
        lines.append(text)
        layers.append(
            {
                **({"name": layer.name, "array": layer.array} if layer.name else {}),
                "spikes": layer.spikes,
                "agreement": agreement,
                "cosine": cosine,
                "relative_error": error,
                "at_spikes": layer.at_spikes,
            }
        )
    asked = (
        ("spike agreement", min_agreement, any(layer.agreement is not None for layer in report.layers)),
        ("gradient cosine", min_cosine, any(layer.cosine is not None for layer in report.layers)),
    )
    limits = {"min_agreement": min_agreement, "min_cosine": min_cosine}
    below = [
        *report.below(**{name: limit for name, limit in limits.items() if limit is not None}),
        *(
            f"{what} unknown, allowed is at least {limit}"
            for what, limit, known in asked
            if limit is not None and not known
        ),
    ]
    if not report.compared:
        below.append("nothing: the case expects neither spikes nor gradients, so nothing was compared")
    lines += [f"BELOW: {line}" for line in below]
    lines += _ignored(report)
    lines += [f"LOST: {loss}" for loss in report.losses]
    data = {"copies": report.copies, "rounds": report.rounds, "layers": layers, "losses": list(report.losses)}
    return lines, {**data, "ignored": list(report.ignored)}, not below


def _ignored(report: FloatReport | FixedReport) -> list[str]:
    return [f"  NOT COMPARED, unknown names: {', '.join(report.ignored)}"] if report.ignored else []
