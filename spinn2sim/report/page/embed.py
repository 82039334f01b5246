"""Embeds Bokeh views in a page as JSON, with consecutive numbers in place of random ids."""

from __future__ import annotations

import json
from typing import Any

# Escapes of JSON for what ends or begins a script or a comment in HTML, and for what ended a line in JavaScript before 2019.
ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


class Embedded:
    """The views of one page. Their ids count from 1, so that equal views give equal bytes."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._names: dict[str, str] = {}

    def add(self, view: Any) -> str:
        """Add a view; returns the HTML element that will show it."""
        from bokeh.embed import json_item

        target = f"view-{len(self.items)}"
        self.items.append(self._renamed(json_item(view, target)))
        return f'<div id="{target}" class="view"></div>'

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: self._name(entry) if key in ("id", "root_id") and isinstance(entry, str) else self._renamed(entry)
                for key, entry in value.items()
            }
        return [self._renamed(entry) for entry in value] if isinstance(value, list | tuple) else value

    def _name(self, random_id: str) -> str:
        return self._names.setdefault(random_id, f"m{len(self._names) + 1}")


def scripts() -> str:
    """Return Bokeh's JavaScript for plots and controls, from its package."""
    from bokeh.resources import Resources

    return str(Resources(mode="inline", components=["bokeh", "bokeh-widgets"]).render_js())


def script_json(value: object) -> str:
    """Return a value as JSON that may stand in a script element, whatever texts it holds: `<!--<script>` would hide the element's end.

    Everything that the page puts into a script element goes through here, except the library.
    """
    return json.dumps(value).translate(ESCAPES)
