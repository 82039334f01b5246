"""The figures of a run by name, which editors and notebooks complete: `run.figures.accuracy`, `run.figures["plane"]`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spinn2sim.errors import quoted


class FigureNames:
    """The figures that a run may have, each drawn when it is asked for; a notebook shows it below its cell."""

    def __init__(self, folder: Path) -> None:
        from spinn2sim.report.figures import FIGURES, SCRIPT_FIGURES
        from spinn2sim.trace.run_directory import NETWORK

        self._folder = folder
        self._names = tuple(SCRIPT_FIGURES if (folder / NETWORK).is_file() else FIGURES)

    def __dir__(self) -> list[str]:
        return list(self._names)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __getitem__(self, name: str) -> Any:
        """Draw a figure. Raises DataError for an unknown name, or if the run has no data for it."""
        from spinn2sim.report.figures import figure

        return figure(self._folder, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._names:
            raise AttributeError(f"found no figure {quoted(name)}, there are {', '.join(self._names)}")
        return self[name]

    def __repr__(self) -> str:
        return f"Figures({', '.join(self._names)})"
