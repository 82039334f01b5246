"""Notes which lines of the project's own modules run, so that inputs that reach new lines can be kept and changed further."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any

OWN = ("/spinn2sim/", "/firmware_models/")


class LineCoverage:
    """The lines seen so far. Inside `with`, each new line is noted; a function whose lines have all been seen costs nothing more."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()
        self._left: dict[CodeType, set[int] | None] = {}
        self.new = 0

    def __enter__(self) -> LineCoverage:
        self.new = 0
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _value: Any) -> Any:
        code = frame.f_code
        left = self._left.get(code, ())
        if left == ():
            left = self._lines(code)
            self._left[code] = left
        return self._line if left else None

    def _lines(self, code: CodeType) -> set[int] | None:
        if not any(part in code.co_filename for part in OWN):
            return None
        return {line for _, _, line in code.co_lines() if line is not None} - {code.co_firstlineno}

    def _line(self, frame: FrameType, event: str, _value: Any) -> Any:
        code, number = frame.f_code, frame.f_lineno
        left = self._left[code]
        if event == "line" and left and number in left:
            left.discard(number)
            self.seen.add((code.co_filename, number))
            self.new += 1
        return self._line
