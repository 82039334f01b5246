"""The list of all keys: complete, as the dataclasses have them, and the same on the page."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from places import ROOT
from spinn2sim.cli.keys_command import keys
from spinn2sim.errors import ScenarioError
from spinn2sim.scenario.key_list import json_schema, keys_page, list_keys
from spinn2sim.scenario.key_sentences import DEFAULTS, SENTENCES
from spinn2sim.scenario.keys import Scenario
from spinn2sim.scenario.synonyms import SYNONYMS


def test_each_key_has_one_sentence() -> None:
    """Every key is listed with a sentence, and sentences, defaults and names of other tools are about keys that exist."""
    listed = {entry.key: entry for entry in list_keys()}
    assert len(listed) > 150
    assert all(entry.sentence.endswith(".") and entry.type for entry in listed.values())
    assert {*SENTENCES, *DEFAULTS, *SYNONYMS.values()} <= listed.keys()


def test_types_and_bounds_are_those_of_the_dataclasses() -> None:
    """Some keys, as they are listed."""
    (copies,), (dt,), (init,) = list_keys("training.copies"), list_keys("network.dt_ms"), list_keys("network.init")
    assert (copies.type, copies.bounds, copies.default) == ("integer", ">= 1, <= 65536", "required")
    assert (dt.type, dt.bounds, dt.unit) == ("number", "> 0", "ms")
    assert init.type == '"auto" or list of [number, number]'
    assert [entry.key for entry in list_keys("dt_ms")] == ["network.dt_ms"]
    assert {entry.key.split(".")[0] for entry in list_keys("loss")} == {"loss"}
    with pytest.raises(ScenarioError, match=r"found no key lr; here it is optimizer\.learning_rate"):
        list_keys("lr")


def test_page_is_current() -> None:
    """docs/reference/keys.md is what `python tools/make_keys_page.py` writes."""
    assert (ROOT / "docs" / "reference" / "keys.md").read_text() == keys_page()


def test_schema_is_of_every_key() -> None:
    """The schema has a description of each key, and no place for other keys; the command prints it and the lists as JSON."""
    schema = json.loads(CliRunner().invoke(keys, ["--json-schema"]).output)
    assert schema == json.loads(json.dumps(json_schema()))
    assert set(schema["properties"]) == set(Scenario.__dataclass_fields__)
    network = schema["$defs"]["Network"]
    assert network["additionalProperties"] is False
    assert all("description" in value for value in network["properties"].values())
    found = json.loads(CliRunner().invoke(keys, ["optimizer", "--json"]).output)
    assert found["keys"][0]["key"] == "optimizer.learning_rate"
    assert "optimizer.learning_rate: number (> 0); default: required" in CliRunner().invoke(keys, ["optimizer"]).output
