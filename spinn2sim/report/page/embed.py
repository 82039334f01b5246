"""Embeds Bokeh views in a page as JSON, with consecutive numbers in place of random ids."""

from __future__ import annotations

import json
from typing import Any

# Escapes of JSON for what ends or begins a script or a comment in HTML, and for what ended a line in JavaScript before 2019.
ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
# Bokeh's controls stand where the page's own style does not reach, so that each takes this with it.
DARK_CONTROLS = """
@media screen and (prefers-color-scheme: dark) {
  :host { --color: #D5DAE0; --background-color: #1E2227; --hover-color: #2B3036; --border-color: #545B63; --divider-color: #343A41;
    --inactive-bg: #2B3036; --surface-background-color: #2B3036; --disabled-background-color: #15181C; --placeholder-color: #9AA1A9;
    --active-bg: #1D4A68; --active-fg: #8CCBF0; --icon-color: #9AA1A9; --inverted-color: #15181C; color: #D5DAE0; }
  .bk-btn, .bk-input { background-color: #1E2227; color: #D5DAE0; border-color: #545B63; }
  .bk-btn.bk-active { background-color: #1D4A68; color: #FFFFFF; }
  .noUi-target { background: #2B3036; border-color: #545B63; box-shadow: none; }
}
"""


class Embedded:
    """The views of one page. Their ids count from 1, so that equal views give equal bytes."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._names: dict[str, str] = {}

    def add(self, view: Any) -> str:
        """Add a view; returns the HTML element that will show it."""
        from bokeh.embed import json_item
        from bokeh.models import InlineStyleSheet, LayoutDOM

        target = f"view-{len(self.items)}"
        sheet = InlineStyleSheet(css=DARK_CONTROLS)
        for model in view.select({"type": LayoutDOM}):
            model.stylesheets = [*model.stylesheets, sheet]
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
