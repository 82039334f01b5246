"""Lets the tests of this folder import its kit of tiny networks; it never defines a fixture."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
