"""The sets of cycle costs as data: reading, what is refused, and what a scenario makes of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from firmware_models import charges, cost
from firmware_models.cost import ASSUMED, Costs, cost_set, make_costs, resolve
from small_scenario import SMALL
from spinn2sim.errors import ScenarioError
from spinn2sim.hardware import facts
from spinn2sim.scenario import load_text, resolved_toml
from spinn2sim.scenario.cost_sources import OWN, describe_costs
from spinn2sim.training.firmware_of_scenario import make_firmware

COUNTED = {
    "name": "counted",
    "source": "counted: gcc 12.2 -O2, held-out error 0.5 %",
    "provenance": {"compiler": "gcc"},
    "cycles": {"synapse": 6.2, "neuron": {"cycles": 22, "source": "counted: by hand"}, "readout_neuron": {"as": "synapse"}},
}  # fmt: skip


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small set in place of the counted one."""
    file = tmp_path / "costs.json"
    file.write_text(json.dumps(COUNTED))
    monkeypatch.setitem(cost.SETS, "counted", file)
    return file


def test_every_operation_has_a_place_in_the_ledger_and_a_reason() -> None:
    """No operation of the programs lacks its constant or its reason, and each constant is that of its name."""
    constants = {name.lower(): value for name, value in vars(charges).items() if name.isupper()}
    named = {name: int(constants[name]) for name in Costs._fields if name in constants}
    assert named == {name: Costs._fields.index(name) for name in named}
    assert set(Costs._fields) - set(named) == {"branch_refill"}
    assert all(entry.reason and entry.source for entry in cost_set(ASSUMED).values())


def test_accelerators_cost_what_the_facts_say() -> None:
    """The two published numbers of the assumed set are those of the chip's facts."""
    found = resolve(ASSUMED, {})
    assert (found["exp"], found["round"]) == (facts.EXP_CYCLES, facts.ROUND_CYCLES)


def test_an_own_number_reaches_the_keys_that_follow_it() -> None:
    """A scenario written before a key existed keeps its cycles: the new key takes the number of the one it came from."""
    found = resolve(ASSUMED, {"packet": 30, "synapse": 5.5})
    assert (found["error_packet"], found["ring_neuron"], found["peak_error"], found["neuron"]) == (30, 5.5, 5.5, 28)


def test_costs_are_sixteenths_of_cycles() -> None:
    """A fraction is rounded to a sixteenth, a whole number stays one."""
    found = make_costs({**resolve(ASSUMED, {}), "synapse": 6.2})
    assert found.synapse == 99 / 16
    assert isinstance(found.neuron, int)


def test_counted_costs_are_taken_and_the_rest_is_assumed(counted: Path) -> None:
    """Own keys come first, then the set, then the assumed numbers, each with its source."""
    scenario = load_text(SMALL, {"chip.costs": "counted", "chip.cycles.send": 11})
    found = describe_costs(scenario.chip)
    assert [found[key].cycles for key in ("synapse", "neuron", "readout_neuron", "tick", "send")] == [
        6.2,
        22,
        6.2,
        200,
        11,
    ]
    assert found["synapse"].source == COUNTED["source"]
    assert found["neuron"].source == "counted: by hand"
    assert (found["tick"].source, found["send"].source) == ("assumed", OWN)
    assert make_firmware(scenario).constants.costs.synapse == 99 / 16


def test_a_resolved_scenario_names_every_cost_and_still_takes_another_set(counted: Path) -> None:
    """What a set filled in makes way for another set; a number of the user's own stays."""
    assumed = load_text(SMALL, {"chip.costs": ASSUMED, "chip.cycles.packet": 30})
    text = resolved_toml(assumed)
    assert "error_packet = 30" in text
    assert load_text(text) == assumed
    other = load_text(text, {"chip.costs": "counted"})
    assert other == load_text(SMALL, {"chip.costs": "counted", "chip.cycles.packet": 30})
    back = load_text(resolved_toml(other), {"chip.costs": ASSUMED})
    assert back == assumed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "costs.json is missing"),
        ("{", "costs.json is not a set of costs"),
        ("[]", "costs.json is not a set of costs: found no table 'cycles'"),
        ('{"cycles": {"synapes": 4}}', "'synapes': there is no such operation"),
        ('{"cycles": {"synapse": -1}}', "synapse: found -1"),
        ('{"cycles": {"synapse": true}}', "synapse: found True"),
        ('{"cycles": {"synapse": NaN}}', "synapse: found nan"),
        ('{"cycles": {"synapse": {"as": "synapse"}}}', "synapse: found 'synapse'"),
        ('{"cycles": {"synapse": {"as": "neuron"}, "neuron": {"as": "synapse"}}}', "is the same as itself"),
    ],
)  # fmt: skip
def test_a_set_that_is_not_there_or_is_wrong_is_refused_in_one_line(
    counted: Path, content: str | None, said: str
) -> None:
    """The message names the key of the scenario and what is wrong with the file."""
    if content is None:
        counted.unlink()
    else:
        counted.write_text(content)
    with pytest.raises(ScenarioError, match=r"^s\.toml: chip\.costs: found \"counted\"") as caught:
        load_text(SMALL, {"chip.costs": "counted"}, "s.toml")
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("found", [-1, 1e7, "x", True, float("nan")])
def test_an_own_number_has_bounds(found: object) -> None:
    """A cost is a number of cycles from 0 to a million."""
    with pytest.raises(ScenarioError, match=r"chip\.cycles\.synapse"):
        load_text(SMALL, {"chip.cycles.synapse": found})
