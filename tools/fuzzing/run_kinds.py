"""The kinds of input that are files of a run directory, of a sweep's, and of an experiment's; and SQL that is asked of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from fuzzing import seeds
from fuzzing.kind import Kind, Look
from fuzzing.made_folders import vouch_mostly
from fuzzing.mutate_npz import mutate_npz
from fuzzing.mutate_parquet import mutate_parquet
from fuzzing.mutate_sql import mutate_sql
from fuzzing.mutate_text import mutate_json, mutate_json_lines, mutate_text
from spinn2sim.cli import packet_answers
from spinn2sim.report.contents.delivery_latency import latency
from spinn2sim.report.contents.energy_by_state import energy
from spinn2sim.report.contents.floor import floor_plans, pe_groups, tick_cycles
from spinn2sim.report.contents.losses import losses
from spinn2sim.report.contents.plane import plane
from spinn2sim.report.contents.raster import rasters
from spinn2sim.report.contents.sram import sram
from spinn2sim.report.contents.training_curves import training_curves
from spinn2sim.report.diff import diff
from spinn2sim.report.page.text import lost_places
from spinn2sim.report.page.tiles import head
from spinn2sim.report.run import open_run
from spinn2sim.report.run_data import AbsentError, RunData
from spinn2sim.report.verify import verify
from spinn2sim.trace.sql import Tables
from spinn2sim.training.exchange.convert import export_run
from spinn2sim.training.reporter import RunReporter
from spinn2sim.training.start import resume_run
from spinn2sim.training.training_run import TrainingRun

NOTHING: dict[str, Any] = dict.fromkeys(
    ("where", "epoch", "part", "batch", "ticks", "by", "top", "csv", "sql", "follow", "sample", "timeline")
)
TABLES = ("packets", "ticks", "channels", "router", "pes")


def run_kinds(run: Path) -> list[Kind]:
    """Make the kinds from a complete run with every table, which is left as it is."""
    look_diff = Look("diff", lambda folder: diff(folder, run), ("diff", "{}", str(run)))
    texts = {
        "metrics.jsonl": (mutate_json_lines, [SUMMARY, PAGE, look_diff, RESUME], 8),
        "summary.json": (mutate_json, [PAGE, RESUME, OPEN], 8),
        "provenance.json": (mutate_json, [RESUME, PAGE, OPEN], 5),
        "manifest.json": (mutate_json, [VERIFY, look_diff, RESUME], 10),
        "scenario.toml": (mutate_text, [PAGE, EXPORT, RESUME, OPEN], 4),
        "weights.npz": (mutate_npz, [EXPORT, look_diff, VERIFY], 8),
        "checkpoint.npz": (mutate_npz, [RESUME], 6),
        "results.npz": (mutate_npz, [PAGE], 6),
    }
    kinds = [
        Kind(
            f"run-{name.partition('.')[0]}", name, [(run / name).read_bytes()], mutate, looks, share, run, vouch_mostly
        )
        for name, (mutate, looks, share) in texts.items()
    ]
    kinds += [
        Kind(
            f"run-{name}",
            f"{name}.parquet",
            [(run / f"{name}.parquet").read_bytes()],
            mutate_parquet,
            [SUMMARY, BY, SAMPLE, FOLLOW, ROWS, PAGE, look_diff, RESUME],
            4 if name == "packets" else 1,
            run,
            vouch_mostly,
        )
        for name in TABLES
    ]
    tables: list[Tables] = []
    kinds.append(
        Kind(
            "sql",
            "query.sql",
            list(seeds.SQL),
            mutate_sql,
            [Look("sql", partial(_ask, run, tables), ("packets", str(run), "--sql", "<input>"))],
            12,
        )
    )
    return kinds


def _answer(question: str, folder: Path, **options: Any) -> None:
    """Answer a question about packets, and print it."""
    data, lines = packet_answers.answer(folder, question, NOTHING | options)
    json.dumps(data, default=str)
    _say(lines)


def _say(lines: Iterable[str]) -> None:
    "\n".join(lines)


def _rows(folder: Path) -> None:
    for batch in packet_answers.csv_rows(folder, "", NOTHING):
        batch.num_rows  # noqa: B018 - the batch is read, which may fail


def _resume(folder: Path) -> None:
    """Go on with a run up to where training would begin."""
    kept = TrainingRun.run_epochs
    TrainingRun.run_epochs = lambda *_: {}  # type: ignore[method-assign]
    try:
        resume_run(folder, RunReporter(), overrides={"training.epochs": 2})
    finally:
        TrainingRun.run_epochs = kept  # type: ignore[method-assign]


def _export(folder: Path) -> None:
    target = folder.parent / "exported"
    target.mkdir(exist_ok=True)
    export_run(folder, target / "e.nir", target / "e.npz")


def _contents(folder: Path) -> None:
    """Collect what the page and the figures show, which takes a tenth of the time of drawing them."""
    run = RunData(folder)
    head(run)
    for content in CONTENTS:
        with suppress(AbsentError):
            content(run)


def _open(folder: Path) -> None:
    run = open_run(folder)
    for name in ("summary", "metrics", "weights", "packets", "spikes"):
        getattr(run, name)
    run.label("train", 1)


SUMMARY = Look("packets", partial(_answer, ""), ("packets", "{}"))
BY = Look("by", partial(_answer, "by", by=["kind", "outcome"]), ("packets", "{}", "--by", "kind,outcome"))
SAMPLE = Look("sample", partial(_answer, "sample", sample=1), ("packets", "{}", "--sample", "1"))
FOLLOW = Look("follow", partial(_answer, "follow", follow=8), ("packets", "{}", "--follow", "8"))
ROWS = Look("rows", _rows, ("packets", "{}", "--csv", "{}/../rows.csv"))
CONTENTS: tuple[Callable[[RunData], object], ...] = (
    losses, lost_places, training_curves, energy, sram, latency, plane, rasters, floor_plans, pe_groups, partial(tick_cycles,
    phase="forward"),
)  # fmt: skip
PAGE = Look("report", _contents, ("report", "{}", "--out", "{}/../page.html"))
RESUME = Look("resume", _resume, ("run", "--resume", "{}", "--set", "training.epochs=2"), False)
VERIFY = Look("verify", verify, ("verify", "{}"))
EXPORT = Look("export", _export, ("export", "{}", "--nir", "{}/../e.nir", "--npz", "{}/../e.npz"))
OPEN = Look("open", _open)


def _ask(run: Path, tables: list[Tables], folder: Path) -> None:
    if not tables:
        tables.append(Tables(run))
    text = (folder / "query.sql").read_bytes().replace(b"\0", b"").decode("utf-8", "surrogateescape")
    rows = tables[0].rows(text)
    json.dumps(rows, default=str)
