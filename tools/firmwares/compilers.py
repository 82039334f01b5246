"""The two compilers of the firmware, and how each is called: GCC makes the reference image, clang gives a second opinion."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parent.parent.parent / "firmware_models"
BOARD = FIRMWARE / "board" / "emulated"
# -fwrapv: sums wrap around as those of the numba programs do. -ffp-contract=off: every float operation rounds once.
STRICT = (
    *("-std=c11", "-O2", "-g", "-ffreestanding", "-ffunction-sections"),
    *("-fwrapv", "-ffp-contract=off", "-fno-math-errno"),
    *("-Wall", "-Wextra", "-Wconversion", "-Werror"),
)


@dataclass(frozen=True)
class Compiler:
    """A compiler: its command, and the flags that it alone needs."""

    name: str
    command: tuple[str, ...]
    flags: tuple[str, ...]
    # Flags behind the sources.
    libraries: tuple[str, ...] = ()

    def version(self) -> str:
        """Return the first line of what the compiler says of itself. Raises FileNotFoundError if there is none."""
        return _output([*self.command, "--version"]).splitlines()[0]

    def build(self, out: Path, sources: Path = FIRMWARE, more: tuple[str, ...] = ()) -> None:
        """Build the image `out` from the C of a folder like firmware_models."""
        board = sources / "board" / "emulated"
        files = [*sorted((sources / "c").glob("*.c")), board / "stop.c"]
        includes = ["-I", str(board), "-I", str(sources / "c")]
        link = ["-T", str(board / "image.ld"), "-Wl,--gc-sections"]
        _output(
            [
                *self.command,
                *self.flags,
                *STRICT,
                *more,
                *includes,
                *map(str, files),
                *link,
                *self.libraries,
                "-o",
                str(out),
            ]
        )


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a compiler that the user named
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])}: {done.stderr.strip()[:2000]}")
    return done.stdout


GCC = Compiler(
    "gcc",
    ("arm-none-eabi-gcc",),
    (
        "-mcpu=cortex-m4",
        "-mthumb",
        "-mfloat-abi=hard",
        "-mfpu=fpv4-sp-d16",
        "-fno-tree-loop-distribute-patterns",
        "-nostdlib",
    ),
    ("-lgcc",),
)
CLANG = Compiler(
    "clang",
    (sys.executable, "-m", "ziglang", "cc"),
    ("-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m4+vfp4d16sp", "-fno-sanitize=all"),
)
COMPILERS = {compiler.name: compiler for compiler in (GCC, CLANG)}
