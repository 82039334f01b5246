"""docs/results/benchmarks.md and .json out of the figures of all rounds: medians and spread; it measures nothing."""

from __future__ import annotations

import statistics
from typing import Any

from benches.floor import ARITHMETIC, CHAINED, Floor, Speeds

Line = dict[str, Any]
RATES = ("samples", "deliveries", "packets")


def spread(values: list[float], form: str = "{:,.0f}") -> str:
    """Median (least to most)."""
    if not values:
        return "-"
    text = form.format(statistics.median(values))
    return text if len(values) == 1 else f"{text} ({form.format(min(values))} to {form.format(max(values))})"


def summarise(lines: list[Line]) -> list[Line]:
    """One entry per part and name: rates per second of wall time and of CPU time, over all lines."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        found.setdefault((line["part"], line["name"]), []).append(line)
    entries = []
    for (part, name), group in found.items():
        entry: Line = {"part": part, "name": name, "lines": len(group), "last": group[-1]}
        entry["wall_s"], entry["cpu_s"] = [x["wall"] for x in group], [x["cpu"] for x in group]
        for what in (*RATES, "simulated_s", "operations"):
            if all(what in x for x in group):
                entry[f"{what}_per_wall_s"] = [x[what] / x["wall"] for x in group]
                entry[f"{what}_per_cpu_s"] = [x[what] / x["cpu"] for x in group]
        entry["peak_mb"] = max(x["peak_mb"] for x in group)
        entries.append(entry)
    return entries


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table: names left, figures right."""
    return [
        "| " + " | ".join(head) + " |",
        "|---|" + "--:|" * (len(head) - 1),
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
    ]


def general(entries: list[Line]) -> list[str]:
    """Rates of one part."""
    head = [
        "",
        "samples/s, wall",
        "samples per CPU s",
        "deliveries per CPU s",
        "simulated s per wall s",
        "peak MB",
        "n",
    ]
    rows = []
    for e in entries:
        cells = [e.get(k, []) for k in ("samples_per_wall_s", "samples_per_cpu_s", "deliveries_per_cpu_s")]
        simulated = spread(e.get("simulated_s_per_wall_s", []), "{:.3g}")
        rows.append([e["name"], *map(spread, cells), simulated, f"{e['peak_mb']:,.0f}", str(e["lines"])])
    return table(head, rows)


def speeds_of(entries: list[Line]) -> Speeds | None:
    """The speeds that the floor's own loops reached, as medians; None if they did not run."""
    by_name = {e["name"]: e for e in entries if e["part"] == "floor"}
    if ARITHMETIC not in by_name or CHAINED not in by_name:
        return None
    rate = {name: statistics.median(e["operations_per_cpu_s"]) for name, e in by_name.items()}
    lines = [e["last"] for e in by_name.values() if "held" in e["last"]]
    streamed = sorted((x["held"], rate[x["name"]] * x["bytes"] / x["operations"]) for x in lines)
    return Speeds(rate[ARITHMETIC], rate[CHAINED], tuple(streamed))


def floors(lines: list[Line], speeds: Speeds) -> list[str]:
    """How far above its floor each figure is that has one; each lap by its own counts."""
    found: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if "floor" in line and "2 threads" not in line["name"]:  # the speed of plain loops is one thread's
            found.setdefault((line["part"], line["name"]), []).append(line)
    rows = []
    for (part, name), group in found.items():
        ratios, least, took = [], [], []
        for x in group:
            seconds, bound = speeds.seconds(Floor(**x["floor"]))
            took.append(x["cpu"] / x.get("units", x.get("samples")))
            least.append(seconds)
            ratios.append(took[-1] / seconds)
        counted = Floor(**group[-1]["floor"])
        size = [f"{n:,.0f}" for n in (counted.arithmetic, counted.chained, counted.moved + counted.learned)]
        us = [f"{1e6 * statistics.median(x):,.4g}" for x in (least, took)]
        title = f"{name}, a {group[-1]['unit']}" if "unit" in group[-1] else f"{part}: {name}"
        rows.append([title, *size, us[0], bound, us[1], spread(ratios, "{:.1f}")])
    head = ["", "operations", "of packets", "bytes", "floor µs", "most of it", "took CPU µs", "times the floor"]
    return table(head, rows)


def against_peers(entries: list[Line]) -> list[str]:
    """How many times as many samples per CPU second as the faster of the peers each figure of the project has; nothing without peers."""
    rates = {e["name"]: statistics.median(e["samples_per_cpu_s"]) for e in entries}
    peers = {name: rate for name, rate in rates.items() if "surrogate" in name}
    if not peers:
        return []
    fastest = max(peers, key=lambda name: peers[name])
    rows = [[name, f"{rate / peers[fastest]:.1f}"] for name, rate in rates.items() if name not in peers]
    return table(["samples per CPU s", f"times {fastest}"], rows)


def epochs(lines: list[Line]) -> list[str]:
    """The first epoch and the mean over all of them, per process."""
    rows = []
    for name in dict.fromkeys(x["name"] for x in lines if x["part"] == "engines"):
        rounds: dict[int, list[Line]] = {}
        for x in lines:
            if x["name"] == name:
                rounds.setdefault(x["round"], []).append(x)
        cells = []
        for clock in ("wall", "cpu"):
            first = [x["samples"] / x[clock] for r in rounds.values() for x in r if x["epoch"] == 1]
            mean = [sum(x["samples"] for x in r) / sum(x[clock] for x in r) for r in rounds.values()]
            cells += [spread(first), spread(mean)]
        each = max(len(r) for r in rounds.values())
        grew = max((x["grew_mb"] for r in rounds.values() for x in r if x["epoch"] > 1), default=0.0)
        rows.append([name, *cells, str(each), f"{grew:.1f}"])
    head = [
        "samples/s",
        "first epoch, wall",
        "mean, wall",
        "first, CPU",
        "mean, CPU",
        "epochs",
        "MB grown after the first",
    ]
    return table(head, rows)


def page(lines: list[Line], skipped: list[str], about: Line) -> str:
    """The whole text."""
    entries = summarise(lines)
    parts = {part: [e for e in entries if e["part"] == part] for part in dict.fromkeys(e["part"] for e in entries)}
    text = [
        "# Benchmarks", "", f"Written by `{about['command']}`; all figures are in benchmarks.json. Medians (least to most).", "",
        f"Machine: {about['cpu']}, {about['cores']} cores; load average {about['load_before']} before, {about['load_after']} after "
        "(the runs themselves are 1 to 2 of it). Where others use the machine too, wall time says what was left for us; the rate per",
        "second of CPU time (of all threads together) is what an idle core would give, or a little less.", "",
        *([f"Skipped: {'; '.join(skipped)}.", ""] if skipped else []),
    ]  # fmt: skip
    for part, chosen in parts.items():
        text += [f"## {part.capitalize()}", ""]
        if part == "engines":
            text += epochs(lines)
        if part == "floor":
            rows = [[e["name"], spread(e["operations_per_cpu_s"])] for e in chosen]
            text += table(["", "operations per CPU s"], rows)
        elif part == "workloads":
            text += ["See the table of floors.", ""]
        else:
            text += general(chosen)
        if part == "recurrent":
            text += against_peers(chosen)
    if speeds := speeds_of(entries):
        text += [
            "## Above the floor", "",
            "Per training sample, or per tick or delivery where that is said. The floor is the arithmetic, the packets' steps and the",
            "bytes that are counted from spikes, steps, hops, deliveries and wakes (tools/benches/floor.py says how) at the speed of plain",
            "loops, measured in the same run.", "",
            *floors(lines, speeds),
        ]  # fmt: skip
    return "\n".join(text)
