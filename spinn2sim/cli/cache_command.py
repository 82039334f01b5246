"""The command `cache`, which shows and clears the compiled kernels that are kept on disk."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import click

from spinn2sim.cli.command_options import output_options
from spinn2sim.cli.output import show
from spinn2sim.errors import DataError

# In NUMBA_CACHE_DIR, which other programs may share, only what this one has named is its own.
OURS = re.compile(r"(spinn2sim|firmware_models)[\w.]*[-_][0-9a-f]{16}")


@click.command()
@click.option("--clear", is_flag=True, help="Remove them; the next run compiles again.")
@output_options
def cache(clear: bool, as_json: bool) -> None:
    """Show where compiled kernels are kept and how large they are, or remove them.

    Example: spinn2sim cache --clear
    """
    from firmware_models.jit.kernel_cache import VARIABLE, UnsafeFolderError, cache_root
    from spinn2sim.files.atomic import refusing

    try:
        root = cache_root()
        shared = bool(os.environ.get(VARIABLE))
        folders = [path for path in sorted(root.iterdir()) if _is_ours(path, shared)]
        size = sum(file.lstat().st_size for folder in folders for file in folder.rglob("*") if file.is_file())
    except UnsafeFolderError as error:
        raise DataError(f"no compiled code is kept: {error}; {VARIABLE} may name another folder") from None
    if clear:
        for folder in folders:
            with refusing(folder):
                shutil.rmtree(folder)
    did = "removed" if clear else "kept"
    data = {"folder": str(root), "bytes": size, "versions": len(folders), "cleared": clear}
    show(data, [f"{root}: {did} {size / 1e6:.1f} MB of compiled kernels in {len(folders)} folders"], as_json)


def _is_ours(path: Path, shared: bool) -> bool:
    return path.is_dir() and not path.is_symlink() and (not shared or OURS.fullmatch(path.name) is not None)
