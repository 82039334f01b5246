"""A figure of matplotlib that a notebook shows by itself, whatever backend it has chosen."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


class ShownFigure(Figure):
    """A figure that is drawn without a window."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        with BytesIO() as file:
            self.savefig(file, format="png", metadata={"Software": None})
            return file.getvalue()
