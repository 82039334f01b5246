"""Tables, numbers and strings beyond all limits are refused in a short message before they are processed."""

from __future__ import annotations

import pytest

from spinn2sim.errors import ScenarioError
from spinn2sim.scenario.load import load_text
from spinn2sim.scenario.overrides import as_mapping


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("seed = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        (
            "[" + ".".join("a" * 9000) + "]\nb = 1",
            "line 1: found a key of more than 32 levels of nesting, allowed are 8",
        ),
        ("seed = " + "9" * 5000, "not a TOML file: Exceeds the limit"),
        ("seed = " + "9" * 30, "seed: found an integer beyond 64 bits"),
        ("[encoding]\nt_first_ms = inf", "encoding.t_first_ms: found inf, allowed is a finite number"),
        ("name = '" + "x" * 30_000 + "'", "name: found a text of 30000 characters"),
        ("seed = [" + "1, " * 250_000 + "]", "more than 200000 values"),
        ("name = ['" + "x" * 3000 + "']", "name: found"),
    ],
    ids=[
        "levels of lists",
        "levels of tables",
        "digits",
        "64 bits",
        "infinity",
        "long text",
        "many values",
        "long quote",
    ],
)
def test_what_no_key_could_mean(change: str, said: str) -> None:
    """Too many levels, digits, characters or values, and infinities, are refused in a short message, without recursion or overflow."""
    with pytest.raises(ScenarioError, match=said) as refusal:
        load_text(change)
    assert len(str(refusal.value)) < 400


def test_overrides_of_any_depth() -> None:
    """Overrides of any depth that are given in Python are refused, not ended by a RecursionError."""
    nested: dict[str, object] = {}
    for _ in range(5000):
        nested = {"a": nested}
    with pytest.raises(ScenarioError, match="nested too deeply"):
        as_mapping({"network": nested})
    with pytest.raises(ScenarioError):
        load_text("name = 'x'", ["seed=" + "[" * 5000])
