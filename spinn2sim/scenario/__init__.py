"""Scenario files: TOML in, a frozen Scenario out, or one line that says what is wrong."""

from spinn2sim.scenario.load import load, load_text
from spinn2sim.scenario.resolved import resolved_toml

__all__ = ["load", "load_text", "resolved_toml"]
