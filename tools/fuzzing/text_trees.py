"""The trees that texts hold, remembered, since the same texts are changed thousands of times."""

from __future__ import annotations

import json
import tomllib
from functools import lru_cache
from typing import Any


@lru_cache(1024)
def toml_tree(data: bytes) -> Any:
    """Return the tables of a TOML text; None if it is not one."""
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError):
        return None


@lru_cache(1024)
def json_tree(data: bytes) -> Any:
    """Return the value of a JSON text; None if it is not one."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
