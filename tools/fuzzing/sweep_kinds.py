"""The kinds of input that are files of a sweep's directory, and of an experiment's."""

from __future__ import annotations

from pathlib import Path

from fuzzing.kind import Kind, Look
from fuzzing.made_folders import make_experiment, make_sweep, vouch_mostly
from fuzzing.mutate_text import mutate_json, mutate_json_lines
from spinn2sim.experiments.runner import result_store
from spinn2sim.experiments.runner.catalogue import find_experiment
from spinn2sim.training.search import journal
from spinn2sim.training.search.sweep_directory import resume_directory


def sweep_kinds(work: Path) -> list[Kind]:
    """Make the kinds from a sweep whose trials are all refused but for one, and from an experiment with one finished job."""
    sweep, experiment = make_sweep(work / "sweep"), make_experiment(work / "experiment")
    resume = Look("sweep", lambda folder: resume_directory(folder, None), ("sweep", "--resume", "{}"), False)
    again = Look("reproduce", _go_on, ("reproduce", "--resume", "{}"), False)
    return [
        Kind(
            "sweep-journal",
            journal.JOURNAL,
            [(sweep / journal.JOURNAL).read_bytes()],
            mutate_json_lines,
            [resume],
            4,
            sweep,
            vouch_mostly,
        ),
        Kind(
            "sweep-provenance",
            "provenance.json",
            [(sweep / "provenance.json").read_bytes()],
            mutate_json,
            [resume],
            1,
            sweep,
            vouch_mostly,
        ),
        Kind(
            "experiment",
            result_store.EXPERIMENT,
            [(experiment / result_store.EXPERIMENT).read_bytes()],
            mutate_json,
            [again],
            1,
            experiment,
            vouch_mostly,
        ),
        Kind(
            "experiment-job",
            "jobs/0000.json",
            [(experiment / "jobs/0000.json").read_bytes()],
            mutate_json,
            [again],
            1,
            experiment,
            vouch_mostly,
        ),
    ]


def _go_on(folder: Path) -> None:
    """Read what an experiment's directory holds, up to where its jobs would begin."""
    name, options = result_store.saved_options(folder)
    jobs = tuple(find_experiment(name).jobs(options))
    result_store.finished_jobs(folder, jobs)
    result_store.note_resumption(folder, options)
