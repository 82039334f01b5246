"""The picture of the rooms in docs/architecture.md."""

from __future__ import annotations

import draw_rooms


def test_the_picture_shows_the_imports() -> None:
    """docs/rooms.svg is what `python tools/draw_rooms.py` draws from the imports of today."""
    assert draw_rooms.PICTURE.read_text(encoding="utf-8") == draw_rooms.drawing()
