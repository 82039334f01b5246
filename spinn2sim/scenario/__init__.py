"""Reads scenario files: from TOML to a frozen Scenario, or an error of one line that says what is wrong."""

from spinn2sim.scenario.load import load, load_text
from spinn2sim.scenario.resolved import resolved_toml

__all__ = ["load", "load_text", "resolved_toml"]
