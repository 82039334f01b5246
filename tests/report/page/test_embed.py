"""Views embedded in a page: equal views give equal text, whatever ids the library draws."""

from __future__ import annotations

import json

from bokeh.models import ColumnDataSource, CustomJS, Slider

from spinn2sim.report.page.embed import Embedded, scripts
from spinn2sim.report.page.plots import plot


def view() -> Slider:
    """A control that refers to a plot's data by its id."""
    source = ColumnDataSource({"x": [1, 2], "y": [3, 4]})
    chart = plot("title", "x", "y")
    chart.line("x", "y", source=source)
    slider = Slider(start=0, end=1, value=0)
    slider.js_on_change("value", CustomJS(args={"source": source, "chart": chart}, code="source.change.emit()"))
    return slider


def test_equal_views_give_equal_text() -> None:
    """Ids are numbered in the order in which they first appear: two pages with the same views are the same."""
    first, second = Embedded(), Embedded()
    view()  # uses up ids of the library
    assert first.add(view()) == second.add(view()) == '<div id="view-0" class="view"></div>'
    assert json.dumps(first.items) == json.dumps(second.items)


def test_ids_are_unique_within_a_page() -> None:
    """Two views of one page share no element and no model."""
    page = Embedded()
    assert [page.add(view()), page.add(view())] == [f'<div id="view-{k}" class="view"></div>' for k in range(2)]
    roots = [item["root_id"] for item in page.items]
    assert len(set(roots)) == 2
    assert [item["target_id"] for item in page.items] == ["view-0", "view-1"]


def test_references_stay_references() -> None:
    """What a control refers to is still in the document under its new id."""
    page = Embedded()
    page.add(view())
    text = json.dumps(page.items[0])
    defined = {part.split('"')[0] for part in text.split('"id": "')[1:]}
    assert page.items[0]["root_id"] in defined
    assert all(name.startswith("m") for name in defined)


def test_the_library_is_in_the_page() -> None:
    """The scripts are the library itself, not links to it."""
    text = scripts()
    assert "<script" in text
    assert "src=" not in text.split("<script", 2)[1][:200]
    assert len(text) > 100_000
