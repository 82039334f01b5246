"""The layout of each program's structure, from the debug information that the compiler wrote: offsets and types of all fields."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

SUFFIX = "_wake"
# The types that fields have; the C spells them int32_t, uint32_t, int64_t and float.
NUMBERS = {"int": "int", "long int": "int", "long unsigned int": "unsigned", "unsigned int": "unsigned", "unsigned long": "unsigned",
           "long": "int", "long long int": "long long", "long long": "long long", "float": "float"}  # fmt: skip


def read_layouts(image: Path) -> dict[str, Any]:
    """Return size and fields of the structure that each program's function takes, by the function's name."""
    found: dict[str, Any] = {}
    with image.open("rb") as file:
        for unit in ELFFile(file).get_dwarf_info().iter_CUs():
            for entry in unit.get_top_DIE().iter_children():
                name = _name(entry)
                if entry.tag == "DW_TAG_subprogram" and name.endswith(SUFFIX):
                    first = next(child for child in entry.iter_children() if child.tag == "DW_TAG_formal_parameter")
                    structure = _plain(_type(_plain(_type(first))))
                    size = structure.attributes["DW_AT_byte_size"].value
                    found[name] = {"size": size, "fields": dict(_fields(structure, "", 0))}
    return dict(sorted(found.items()))


def _fields(structure: Any, prefix: str, base: int) -> Iterator[tuple[str, tuple[int, str]]]:
    for member in structure.iter_children():
        if member.tag != "DW_TAG_member":
            continue
        name, at = prefix + _name(member), base + member.attributes["DW_AT_data_member_location"].value
        kind = _plain(_type(member))
        if kind.tag == "DW_TAG_structure_type":
            yield from _fields(kind, f"{name}.", at)
        elif kind.tag == "DW_TAG_pointer_type":
            yield name, (at, "pointer")
        else:
            yield name, (at, NUMBERS[_name(kind)])


def _type(entry: Any) -> Any:
    return entry.get_DIE_from_attribute("DW_AT_type")


def _plain(entry: Any) -> Any:
    """Return the type behind typedefs and qualifiers."""
    while entry.tag in ("DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_restrict_type", "DW_TAG_volatile_type"):
        entry = _type(entry)
    return entry


def _name(entry: Any) -> str:
    return str(entry.attributes["DW_AT_name"].value.decode()) if "DW_AT_name" in entry.attributes else ""
