"""Says that kernels are being compiled, which makes the first run slow to start: one line, and on a terminal a bar with their names."""

from __future__ import annotations

import sys

import click

from spinn2sim.cli.progress_bar import ProgressBar

# Compiling less than this many kernels takes no time that anyone notices.
NOTICED_KERNELS = 4


class CompileNotice:
    """What is shown while numba compiles. Whoever calls gives it the name of each kernel, and None at the end."""

    def __init__(self) -> None:
        self._bar: ProgressBar | None = None
        self._kernels = 0
        self._announced = False

    def __call__(self, kernel: str | None) -> None:
        """Show the kernel that is compiled now, or remove the bar."""
        if kernel is None:
            self._close()
            return
        self._kernels += 1
        if not self._announced and self._kernels >= NOTICED_KERNELS:
            self._announced = True
            click.echo("compiling the programs and the engine: once; kept for later runs", err=True)
        if self._announced and sys.stderr.isatty():
            self._show(kernel)

    def _show(self, kernel: str) -> None:
        if self._bar is None:
            self._bar = ProgressBar()
            self._bar.begin("compiling", "kernel", done=self._kernels)
        self._bar.move(self._kernels)
        self._bar.note(kernel)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
