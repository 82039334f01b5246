"""A projection of a script: synapses from one population to another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinn2sim.errors import ScriptError, quoted
from spinn2sim.notebook import html_table
from spinn2sim.spinnaker2.connection_rows import ConnectionRows
from spinn2sim.spinnaker2.script_names import as_text
from spinn2sim.spinnaker2.script_population import Population
from spinn2sim.spinnaker2.told_facts import ends_text, range_text


class Projection:
    """Synapses from one population to another: rows (pre index, post index, weight, delay)."""

    _unnamed = 0

    def __init__(self, pre: Population, post: Population, connections: Any, name: str | None = None) -> None:
        """`connections` is a list of rows or an array; weights are cut toward zero."""
        if name is None:
            name = f"Projection_{Projection._unnamed}"
            Projection._unnamed += 1
        self.pre, self.post, self.connections, self.name = pre, post, connections, as_text(name)
        self._rows = ConnectionRows()
        # The rows that were described last, under which conditions, and the description.
        self.described: tuple[Any, ...] | None = None

    def rows(self) -> NDArray[np.float64]:
        """Return the connections as an array (synapses, 4), the same one until they change. Raises ScriptError for anything else."""
        return self._rows.read(self.connections, self.name)

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        """What is told of the projection in a line or a table."""
        try:
            rows = self.rows()
        except ScriptError as error:
            return (("from, to", ends_text(self)), ("synapses", str(error)))
        return (
            ("from, to", ends_text(self)),
            ("synapses", f"{len(rows):,}"),
            ("weights", range_text(rows[:, 2])),
            ("delays", range_text(rows[:, 3])),
        )

    def __repr__(self) -> str:
        synapses = len(self.connections) if hasattr(self.connections, "__len__") else "?"
        return f"Projection({quoted(self.name)}, {ends_text(self)}, {synapses} synapses)"

    def _repr_html_(self) -> str:
        return html_table(f"Projection {self.name}", self.facts)
