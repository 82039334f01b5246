"""On a system without what the program needs, Windows above all, the first line says so."""

from __future__ import annotations

import subprocess
import sys

WITHOUT = "import sys; sys.modules['fcntl'] = sys.modules['resource'] = None; "


def run_without_fcntl(code: str) -> subprocess.CompletedProcess[str]:
    """Run Python as if there were no fcntl and no resource."""
    return subprocess.run([sys.executable, "-c", WITHOUT + code], capture_output=True, text=True, check=False)


def test_the_command_line_says_where_it_runs() -> None:
    """Somebody on Windows reads one line, not a traceback about a module of Unix."""
    done = run_without_fcntl("from spinn2sim.cli.entry import main; main()")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "spinn2sim: this system has no fcntl: spinn2sim runs on Linux and macOS, and on Windows inside WSL 2\n"
    )


def test_python_says_where_it_runs() -> None:
    """The package can be imported, for its documentation; what would write files says why it cannot."""
    done = run_without_fcntl(
        "import spinn2sim\ntry:\n    spinn2sim.map('yinyang')\nexcept ImportError as error:\n    print(error)"
    )

    assert done.stdout.startswith("this system has no fcntl"), done.stderr
