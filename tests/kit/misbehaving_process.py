"""A process that reads its standard input and then does what its request says: loop, take memory, crash, end early, or answer."""

from __future__ import annotations

import json
import os
import sys

from spinn2sim.files.limited_process import Limits, begin, end, send


def main() -> None:
    """Do what the request says."""
    request = json.loads(sys.argv[1])
    begin(Limits(request["seconds"], request["memory"]))
    content = sys.stdin.buffer.read()
    if request["do"] == "loop":
        while True:
            pass
    if request["do"] == "take memory":
        bytearray(1 << 34)
    if request["do"] == "crash":
        os.abort()
    send({"half": 1}, content)
    if request["do"] == "end early":
        sys.exit(0)
    end()


if __name__ == "__main__":
    main()
