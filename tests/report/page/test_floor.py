"""The floor plan on the page: the browser has a column for everything that its controls can choose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from bokeh.models import CustomJS

from spinn2sim.report.contents.floor import floor_plans
from spinn2sim.report.page.floor import floor_view
from spinn2sim.report.run_data import RunData


def controls(view: Any) -> dict[str, Any]:
    """The models that the controls' script works on, by the names that it gives them."""
    script: CustomJS = next(iter(view.select({"type": CustomJS})))
    return dict(script.args)


def test_every_choice_has_its_values(traced: Path) -> None:
    """For each part, quantity and tick there is a column of the PEs' values and one of the channels' flits."""
    view, missing = floor_view(RunData(traced))
    found = controls(view)
    assert missing == []
    for plan in floor_plans(RunData(traced)):
        for at in ["whole", *range(len(plan.ticks))]:
            for quantity in plan.quantities:
                values = quantity.whole if at == "whole" else quantity.by_tick[at]
                column = found["values"].data[f"{plan.name}|{quantity.name}|{at}"]
                np.testing.assert_array_equal(column, values.astype(np.float32))
            flits = found["loads"].data[f"{plan.name}|{at}"]
            assert flits.sum() == np.float32(plan.whole_flits if at == "whole" else plan.flits[at]).sum()


def test_the_first_part_is_shown_as_a_whole(traced: Path) -> None:
    """The map begins with the whole batch of the first part, in the colours of its largest value."""
    found, plan = controls(floor_view(RunData(traced))[0]), floor_plans(RunData(traced))[0]
    first = plan.quantities[0]
    assert (found["part"].value, found["quantity"].value, found["mode"].active) == (plan.name, first.name, 0)
    np.testing.assert_array_equal(found["pes"].data["value"], first.whole.astype(np.float32))
    assert found["pe_colour"].high == first.whole.max()
    assert found["said"].text == f"mean of {plan.of}"


def test_without_a_trace_there_is_no_tick_to_choose(untraced: Path) -> None:
    """A run whose packets were not traced shows the whole run, and the slider is switched off."""
    found = controls(floor_view(RunData(untraced))[0])
    assert found["slider"].disabled
    assert found["mode"].disabled
    assert found["part"].options == [plan.name for plan in floor_plans(RunData(untraced))]
