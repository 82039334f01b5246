"""Builds an image into a folder: the firmware without debug information, its layouts, and where it comes from."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from firmwares.compilers import FIRMWARE, STRICT, Compiler
from firmwares.layouts import read_layouts
from spinn2sim.emulation.cycle_rules import RULES_VERSION
from spinn2sim.emulation.firmware_file import IMAGE, LAYOUT

PROVENANCE = "provenance.json"
STRIP = "arm-none-eabi-strip"


def build_image(compiler: Compiler, folder: Path, sources: Path = FIRMWARE, more: tuple[str, ...] = ()) -> None:
    """Build image and layouts into a folder that exists. The image of GCC loses its debug information."""
    image = folder / IMAGE
    compiler.build(image, sources, more)
    write_json(folder / LAYOUT, read_layouts(image))
    if compiler.name == "gcc":
        subprocess.run([STRIP, "--strip-debug", str(image)], check=True)  # noqa: S603 - a tool of the same compiler


def provenance(compiler: Compiler, folder: Path) -> dict[str, Any]:
    """Return what the image of a folder was built from, and with what."""
    return {
        "compiler": compiler.version(),
        "flags": [*compiler.flags, *STRICT],
        "rules": RULES_VERSION,
        "image": digest(folder / IMAGE),
        "sources": {str(path.relative_to(FIRMWARE)): digest(path) for path in source_files()},
    }


def source_files() -> list[Path]:
    """Return the files that the image is built from."""
    board = FIRMWARE / "board" / "emulated"
    return sorted(
        path for folder in (FIRMWARE / "c", board) for path in folder.iterdir() if path.suffix in (".c", ".h", ".ld")
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file that a person can read and compare."""
    path.write_text(json.dumps(value, indent=1) + "\n")
