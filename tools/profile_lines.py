"""Says which source lines of the compiled kernels take the time, in a line of `tools/bench.py --quick`. It needs no privileges and no perf.

    python tools/profile_lines.py "chip, first epoch" --seconds 20
    python tools/profile_lines.py --list

A signal at each tick of the process's CPU time notes which machine instruction was next (250 to 1,000 times a second), and tables of
lines that the kernels are compiled with say where that is in the sources. Such kernels are as fast as the usual ones, and are kept in
a cache of their own, so the first use compiles. The tool prints the shares by part, function and line. Linux on x86-64 and aarch64;
needs pyelftools.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
ROOT = TOOLS.parent
sys.path[:0] = [str(TOOLS), str(ROOT)]
CACHE = "spinn2sim_profile-0123456789abcdef"  # a name that `spinn2sim cache --clear` takes for its own


def settle() -> None:
    """Name the cache and one thread, before numba is imported."""
    from firmware_models.jit.kernel_cache import VARIABLE, cache_root, private_folder

    os.environ[VARIABLE] = str(private_folder(cache_root() / CACHE))


def profile(name: str, seconds: float) -> None:
    """Run laps of a line for so many seconds of CPU time and print the shares."""
    from profiling.code_lines import CodeLines
    from profiling.sampler import Sampler
    from profiling.shares import library_of, shares

    code, sampler = CodeLines(), Sampler()
    from benches.lines import LINES

    laps = LINES[name]()
    next(laps)
    took = []
    end = time.process_time() + seconds
    with sampler.running():
        while time.process_time() < end:
            took.append(next(laps)[0].cpu)
    positions = sampler.positions
    places = code.places(positions)
    outside = [library_of(int(at)) for at, place in zip(positions, places, strict=True) if place is None]
    print(f"{name}: {len(positions):,} samples in {len(took)} laps of {min(took):.3f} to {max(took):.3f} CPU s")
    for title, found, most in zip(
        ("part", "function", "line"), shares(places, outside, ROOT), (20, 40, 60), strict=True
    ):
        print(f"\n| share | {title} |\n|--:|---|")
        print(
            "\n".join(f"| {100 * share:.1f} % | {text.replace('|', chr(92) + '|')} |" for share, text in found[:most])
        )


def main() -> int:
    """Profile, or list what can be; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("line", nargs="?", default="chip, first epoch")
    parser.add_argument("--seconds", type=float, default=20.0, help="of CPU time")
    parser.add_argument("--list", action="store_true", help="say which lines there are")
    args = parser.parse_args()
    os.environ["NUMBA_NUM_THREADS"] = "1"  # a signal goes to whichever thread runs
    os.chdir(ROOT)
    from benches.lines import LINES

    if args.list:
        print("\n".join(LINES))
        return 0
    if args.line not in LINES:
        parser.error(f"found {args.line[:40]!r}, allowed is {'; '.join(LINES)}")
    try:
        settle()
        profile(args.line, args.seconds)
    except (ImportError, RuntimeError) as error:
        print(f"profile_lines.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
