"""Changes valid inputs of every kind a million times, and tries each: refused in one line, or accepted, within 2 s and 1 GB.

python tools/fuzz_inputs.py [--inputs 1000000] [--seed 1] [--only scenario data-npz] [--findings DIR]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fuzzing.campaign import Campaign, Finding, Result, share_out
from fuzzing.kinds import all_kinds
from fuzzing.made_folders import make_run

COLUMNS = f"{'kind':<18} {'inputs':>9} {'refused':>9} {'accepted':>9} {'kept':>5} {'commands':>8} {'findings':>8} {'CPU s':>7}"


def main() -> int:
    """Run the campaign, print the table, keep the findings. Exit status 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="in all; each kind has its share")
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed gives other inputs, the same one the same inputs"
    )
    parser.add_argument("--only", nargs="*", metavar="KIND", help="these kinds alone, and all inputs for them")
    parser.add_argument(
        "--findings", type=Path, metavar="DIR", help="where inputs that break the law are kept, as DIR/KIND/NUMBER"
    )
    parser.add_argument(
        "--commands", type=int, default=60, help="how many inputs of a kind are tried with the real command line, too"
    )
    options = parser.parse_args()
    memory = Path("/dev/shm")  # noqa: S108 - a folder with a random name is made in it
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as work:
        results = run(Path(work), options)
    found = [finding for result in results for finding in result.findings.values()]
    for finding in found:
        print(f"\n{finding.kind} {finding.number}: {finding.signature}\n{finding.text[-1500:]}")
        if options.findings is not None:
            keep(options.findings, finding)
    return 1 if found else 0


def run(work: Path, options: argparse.Namespace) -> list[Result]:
    """Try the inputs of every kind, and print a row for each."""
    make_run(work)
    kinds = [kind for kind in all_kinds(work) if not options.only or kind.name in options.only]
    if not kinds:
        sys.exit(f"no kind of input is called {' or '.join(options.only)}")
    counts, results = share_out(kinds, options.inputs), list[Result]()
    print(COLUMNS, flush=True)
    with Campaign(work, options.seed) as campaign:
        for kind in kinds:
            results.append(campaign.run(kind, counts[kind.name], options.commands))
            print(row(results[-1]), flush=True)
    whole = Result("all")
    for result in results:
        whole.add({"refused": result.refused, "accepted": result.accepted, "finding": result.broken})
        whole.seconds += result.seconds
        whole.kept += result.kept
        whole.commands += result.commands
        whole.findings |= {f"{result.kind}: {signature}": finding for signature, finding in result.findings.items()}
    print(row(whole))
    return results


def row(result: Result) -> str:
    """Return a row of the table."""
    counts = f"{result.inputs:>9,} {result.refused:>9,} {result.accepted:>9,} {result.kept:>5} {result.commands:>8}"
    return f"{result.kind:<18} {counts} {len(result.findings):>8} {result.seconds:>7.1f}"


def keep(folder: Path, finding: Finding) -> None:
    """Write the input of a finding to a file."""
    place = folder / finding.kind
    place.mkdir(parents=True, exist_ok=True)
    (place / str(finding.number)).write_bytes(finding.data)


if __name__ == "__main__":
    sys.exit(main())
