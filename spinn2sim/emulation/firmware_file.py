"""The built firmware: code, functions, where instructions are among data, and the layout of each program's structure."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

IMAGE, LAYOUT = "firmware.elf", "layout.json"


@dataclass(frozen=True)
class StructureLayout:
    """A C structure: its size, and each field's offset and type by name; a field within a structure has a dot."""

    size: int
    fields: dict[str, tuple[int, str]]


@dataclass(frozen=True)
class FirmwareFile:
    """A firmware image as the emulator needs it."""

    code: bytes
    base: int
    # [first, last) addresses of instructions
    spans: tuple[tuple[int, int], ...]
    # Addresses by name.
    functions: dict[str, int]
    # The structure that each program's function takes, by the function's name.
    layouts: dict[str, StructureLayout]


@functools.cache
def shipped() -> FirmwareFile:
    """Read the image that is part of the package."""
    folder = resources.files("firmware_models") / "image"
    return parse(BytesIO((folder / IMAGE).read_bytes()), (folder / LAYOUT).read_text())


def read_image(folder: Path) -> FirmwareFile:
    """Read an image that `tools/firmware.py` built into a folder."""
    return parse(BytesIO((folder / IMAGE).read_bytes()), (folder / LAYOUT).read_text())


def parse(file: BinaryIO, layouts: str) -> FirmwareFile:
    """Read an image from an ELF file and the text of its layouts. Raises ValueError for one without code or symbols."""
    elf = ELFFile(file)
    index = elf.get_section_index(".text")
    symbols = elf.get_section_by_name(".symtab")
    if index is None or not isinstance(symbols, SymbolTableSection):
        raise ValueError("firmware: found no .text or no .symtab")
    text = elf.get_section(index)
    code, base = text.data(), text["sh_addr"]
    functions: dict[str, int] = {}
    marks: list[tuple[int, str]] = []
    for symbol in symbols.iter_symbols():
        if symbol["st_shndx"] == index and symbol.name[:2] in ("$t", "$d"):
            marks.append((symbol["st_value"], symbol.name[:2]))
        elif symbol["st_info"]["type"] == "STT_FUNC":
            functions[symbol.name] = symbol["st_value"] & ~1
    found = {name: _layout(one) for name, one in json.loads(layouts).items()}
    return FirmwareFile(code, base, _spans(sorted(marks), base + len(code)), functions, found)


def _layout(one: dict[str, Any]) -> StructureLayout:
    return StructureLayout(one["size"], {name: (offset, kind) for name, (offset, kind) in one["fields"].items()})


def _spans(marks: list[tuple[int, str]], end: int) -> tuple[tuple[int, int], ...]:
    """Return the spans of instructions from the mapping symbols: $t begins instructions, $d data."""
    spans: list[tuple[int, int]] = []
    for (address, kind), (following, _) in zip(marks, [*marks[1:], (end, "")], strict=True):
        if kind == "$t" and following > address:
            spans.append((address, following))
    return tuple(spans)
