"""Print how much of the code the last test run executed, and the ten files of which it executed least.

    make coverage    # ends with this

Kernels count where they ran as plain Python: compiled code is not seen.
"""

from __future__ import annotations

from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parent.parent
SHOWN = 10


def main() -> None:
    """Read the record of the last run and print a line per file."""
    record = coverage.Coverage()
    record.load()
    files = []
    for name in record.get_data().measured_files():
        _, statements, _, missing, _ = record.analysis2(name)
        if statements:
            files.append((1 - len(missing) / len(statements), len(missing), len(statements), name))
    lines = sum(statements for _, _, statements, _ in files)
    missed = sum(missing for _, missing, _, _ in files)
    print(f"coverage: {1 - missed / max(1, lines):.1%} of {lines} statements in {len(files)} files; least covered:")
    for share, missing, _, name in sorted(files)[:SHOWN]:
        print(f"  {share:6.1%}  {missing:4} not run  {Path(name).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
