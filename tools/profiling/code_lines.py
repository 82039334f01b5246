"""Keeps the object code of every kernel that numba compiles or loads in this process, and says which source line an address belongs to.

Kernels get tables of lines (DWARF directives alone, without variables), which leave their machine code as it is but for the order of a few
instructions. Such code is cached in a folder of its own.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from elftools.elf.elffile import ELFFile
from numba.core import codegen, lowering
from numba.core.cpu import CPUTargetOptions
from numba.core.debuginfo import DIBuilder
from numba.core.errors import NumbaDebugInfoWarning
from numpy.typing import NDArray


class Place(NamedTuple):
    """A source line; line 0 is code that no line belongs to."""

    file: str
    line: int


class _Code(ELFFile):  # type: ignore[misc]
    """An object without its table of frames, which has relocations that pyelftools does not know."""

    def get_section_by_name(self, name: str) -> Any:
        """Return a section, None if there is none."""
        return None if name == ".eh_frame" else super().get_section_by_name(name)


class CodeLines:
    """Must be made before the first kernel is compiled or loaded."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[Any, bytes]] = {}
        self._keep_objects()
        self._ask_for_lines()

    def _keep_objects(self) -> None:
        """Copy each object that is made, or is about to be loaded."""
        library: Any = codegen.JITCodeLibrary
        compiled, loaded = library._object_compiled_hook.__func__, library._object_getbuffer_hook.__func__

        def on_compiled(cls: Any, module: Any, buffer: Any) -> None:
            compiled(cls, module, buffer)
            self._note(module, buffer)

        def on_loaded(cls: Any, module: Any) -> Any:
            buffer = loaded(cls, module)
            if buffer:
                self._note(module, buffer)
            return buffer

        library._object_compiled_hook = classmethod(on_compiled)
        library._object_getbuffer_hook = classmethod(on_loaded)

    def _note(self, module: Any, buffer: Any) -> None:
        owner = getattr(module, "_CPUCodeLibrary__library", None)  # as the class's own methods write the name
        if owner is not None:
            self._objects[owner.name] = (owner.codegen, bytes(buffer))

    @staticmethod
    def _ask_for_lines() -> None:
        """Let every kernel have a table of lines, and nothing else that debugging would change."""
        finalize = CPUTargetOptions.finalize

        def with_lines(self: Any, flags: Any, options: Any) -> None:
            finalize(self, flags, options)
            flags.debuginfo = flags.dbg_directives_only = True
            flags.dbg_extend_lifetimes = False

        CPUTargetOptions.finalize = with_lines
        # numba knows two kinds, of which the smaller one is for GPUs.
        DIBuilder.emission_kind = property(lambda builder: "LineTablesOnly", lambda builder, kind: None)
        DIBuilder.mark_variable = lambda *place, **variable: None
        first_line = lowering.get_func_body_first_lineno

        def first_line_if_any(function: Any) -> int | None:
            try:
                return first_line(function)
            except IndexError:  # numba expects a statement behind the docstring
                return None

        lowering.get_func_body_first_lineno = first_line_if_any
        warnings.simplefilter("ignore", NumbaDebugInfoWarning)  # functions that numba writes itself have no source

    def places(self, positions: NDArray[np.uint64]) -> list[Place | None]:
        """Return the line of each address; None for one outside all kernels."""
        found: list[Place | None] = [None] * len(positions)
        for engine, text in self._objects.values():
            for first, addresses, files, lines in _tables(engine, text):
                inside = np.searchsorted(addresses, positions - np.uint64(first), side="right") - 1
                reach = (positions >= first) & (positions < first + int(addresses[-1]))
                for k in np.flatnonzero(reach):
                    found[k] = Place(files[inside[k]], int(lines[inside[k]]))
        return found


def _tables(engine: Any, text: bytes) -> list[tuple[int, NDArray[np.uint64], list[str], NDArray[np.int64]]]:
    """Return, for the code section of an object, where it is loaded, and the table of lines by address within it."""
    elf = _Code(io.BytesIO(text))
    symbols: Any = elf.get_section_by_name(".symtab")
    if symbols is None:
        return []
    start, section = _loaded_at(engine._engine, symbols)
    if start is None:
        return []
    rows: list[tuple[int, str, int]] = []
    info: Any = elf.get_dwarf_info(relocate_dwarf_sections=True)
    for unit in info.iter_CUs():
        program = info.line_program_for_CU(unit)
        if program is not None:
            rows += _rows(program, unit)
    if not rows:
        size = elf.get_section(section)["sh_size"]
        rows = [(0, "", 0), (size, "", 0)]
    rows.sort(key=lambda row: row[0])
    addresses = np.array([row[0] for row in rows], np.uint64)
    return [(start, addresses, [row[1] for row in rows], np.array([row[2] for row in rows]))]


def _rows(program: Any, unit: Any) -> list[tuple[int, str, int]]:
    """Return address, file and line of a unit's table, with a row without a line at the end of each piece of code."""
    header, rows = program.header, []
    home = Path(unit.get_top_DIE().attributes["DW_AT_comp_dir"].value.decode())
    from_one = header["version"] < 5  # numbers of files and folders; folder 0 is that of the unit
    folders = [home] * from_one + [home / name.decode() for name in header["include_directory"]]
    names = [""] * from_one + [
        str(folders[entry["dir_index"]] / entry["name"].decode()) for entry in header["file_entry"]
    ]
    for entry in program.get_entries():
        state = entry.state
        if state is not None:
            rows.append((state.address, *(("", 0) if state.end_sequence else (names[state.file], state.line))))
    return rows


def _loaded_at(engine: Any, symbols: Any) -> tuple[int | None, int]:
    """Return the address of an object's code section, from a function that it holds and the engine knows."""
    for symbol in symbols.iter_symbols():
        if (
            symbol["st_info"]["type"] == "STT_FUNC"
            and symbol["st_info"]["bind"] == "STB_GLOBAL"
            and isinstance(symbol["st_shndx"], int)
        ):
            address = engine.get_function_address(symbol.name)
            if address:
                return address - symbol["st_value"], symbol["st_shndx"]
    return None, 0
