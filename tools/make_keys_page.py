"""Writes docs/reference/keys.md: every key of a scenario, as `spinn2sim keys` lists them.

python tools/make_keys_page.py
"""

from __future__ import annotations

from pathlib import Path

from spinn2sim.scenario.key_list import keys_page

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "keys.md"

if __name__ == "__main__":
    PAGE.write_text(keys_page())
