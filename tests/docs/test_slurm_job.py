"""The job for Slurm that the documentation names."""

from __future__ import annotations

import re
import subprocess

from places import ROOT

JOB = ROOT / "tools" / "board.sbatch"


def test_the_job_is_a_script_whose_options_slurm_has() -> None:
    """The shell reads it, and its lines for sbatch are long options with values; the commands exist."""
    subprocess.run(["/bin/bash", "-n", JOB], check=True)
    lines = [line for line in JOB.read_text().splitlines() if line.startswith("#SBATCH")]
    options = [re.fullmatch(r"#SBATCH --([a-z-]+)=(\S+)", line) for line in lines]
    assert lines
    known = {"job-name", "nodes", "ntasks", "cpus-per-task", "mem-per-cpu", "time", "signal"}
    assert {match[1] for match in options if match} == known
    assert "board.sbatch" in (ROOT / "docs" / "reference" / "board.md").read_text()
