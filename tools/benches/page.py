"""docs/results/benchmarks.md and .json out of the figures of all rounds: medians and spread; it measures nothing."""

from __future__ import annotations

import statistics
from typing import Any

from benches.floor import engine_ops, mirror_ops

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


def floors(entries: list[Line], speeds: dict[str, float]) -> list[str]:
    """How far above its floor each figure is that has one."""
    rows = []
    for e in entries:
        line = e["last"]
        if "samples_per_cpu_s" not in e or "spikes" not in line or e["part"] == "peers" or "discrete" in e["name"]:
            continue
        if "fixed" in e["name"] or "2 threads" in e["name"]:
            continue  # the speed of plain loops is one thread's, in float64
        if "floor_ops" in line:
            ops, moved = line["floor_ops"] + line["floor_hops"], 0.0
            floor_us = 1e6 * (line["floor_ops"] / speeds["float64"] + line["floor_hops"] / speeds["integer"])
        elif e["part"] == "mirror":
            words = e["name"].split(", ")
            batch, steps = int(words[2].split()[1]), int(words[1].split()[1])
            ops, moved = mirror_ops(line["spikes"], line["samples"], batch, steps), 0.0
            floor_us = 1e6 * ops / speeds["float64"]
        else:
            ops, moved = engine_ops(line, *sizes_of(e["name"]))
            hops = 4 * line["packet_hops"] / line["samples"]
            floor_us = 1e6 * ((ops - hops) / speeds["float64"] + hops / speeds["integer"])
        took_us = 1e6 / statistics.median(e["samples_per_cpu_s"])
        size = [f"{ops:,.0f}", f"{moved:,.0f}" if moved else "in cache"]
        rows.append(
            [f"{e['part']}: {e['name']}", *size, f"{floor_us:.2f}", f"{took_us:.1f}", f"{took_us / floor_us:.1f}"]
        )
    return table(["", "operations", "bytes", "floor µs", "took CPU µs", "times the floor"], rows)


def against_peers(entries: list[Line]) -> list[str]:
    """How many times as many samples per CPU second as the faster of the peers each figure of the project has; nothing without peers."""
    rates = {e["name"]: statistics.median(e["samples_per_cpu_s"]) for e in entries}
    peers = {name: rate for name, rate in rates.items() if "surrogate" in name}
    if not peers:
        return []
    fastest = max(peers, key=lambda name: peers[name])
    rows = [[name, f"{rate / peers[fastest]:.1f}"] for name, rate in rates.items() if name not in peers]
    return table(["samples per CPU s", f"times {fastest}"], rows)


def sizes_of(name: str) -> tuple[int, int, int]:
    """(steps, hidden, copies) from a figure's name."""
    found = {"T": 27, "hidden": 120, "copies": 22}
    for word in name.split(", "):
        what, _, number = word.partition(" ")
        if what in found and number.isdigit():
            found[what] = int(number)
        elif number == "copies":
            found["copies"] = int(what)
    return found["T"], found["hidden"], found["copies"]


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
        text += (
            table(["", "operations per CPU s"], [[e["name"], spread(e["operations_per_cpu_s"])] for e in chosen])
            if (part == "floor")
            else general(chosen)
        )
        if part == "recurrent":
            text += against_peers(chosen)
    speeds = {e["name"].split()[0]: statistics.median(e["operations_per_cpu_s"]) for e in parts.get("floor", [])}
    if speeds:
        text += [
            "## Above the floor", "", "Per training sample. The floor is the arithmetic counted from spikes, steps and hops",
            "(tools/benches/floor.py says how) at the speed of plain loops in the first cache, measured in the same run.", "",
            *floors(entries, speeds),
        ]  # fmt: skip
    return "\n".join(text)
