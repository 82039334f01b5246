"""The troubles: what is done to a command's process and to its folder before it starts."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

NOBODY = 65534
# Root without these obeys the permissions of files as any other user does.
RIGHTS = "-dac_override,-dac_read_search,-fowner,-chown"
TMPFS = 1 << 19  # bytes of the full disk


def _possible() -> str:
    return ""


def _needs_setpriv() -> str:
    return "" if os.geteuid() or shutil.which("setpriv") else "setpriv is not installed"


def _needs_mount() -> str:
    if os.geteuid():
        return "only root may mount a file system"
    done = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)  # noqa: S607
    return "" if not done.returncode else "mounting is not allowed here"


@dataclass(frozen=True)
class Kind:
    """A trouble: words before the command, limits set in its process, its environment, and what happens to the folder meanwhile."""

    before: tuple[str, ...] = ()
    limit: Callable[[], None] | None = None
    environment: Mapping[str, str | None] | None = None
    folder: Callable[[Path], AbstractContextManager[object]] = nullcontext
    impossible: Callable[[], str] = _possible


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """Take away the right to write into a folder and the run in it, which root gives to another user."""
    places = [folder, *(path for path in folder.rglob("*"))]
    for path in places:
        if not os.geteuid():
            os.chown(path, NOBODY, NOBODY)
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path in places:
            path.chmod(0o755 if path.is_dir() else 0o644)


@contextmanager
def _full_disk(folder: Path) -> Iterator[None]:
    """Mount a small tmpfs over the folder, with the same files and next to no room besides."""
    kept = folder.with_name(f"{folder.name}-kept")
    shutil.copytree(folder, kept)
    size = sum(-(-path.stat().st_size // 4096) * 4096 for path in kept.rglob("*") if path.is_file()) + 16384
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=True)  # noqa: S603, S607
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield
    finally:
        shutil.rmtree(kept)
        shutil.copytree(folder, kept)
        subprocess.run(["umount", folder], check=True)  # noqa: S603, S607
        shutil.rmtree(folder)
        kept.rename(folder)


def _limit(what: int, most: int) -> None:
    resource.setrlimit(what, (most, most))


def _weak_user() -> tuple[str, ...]:
    return () if os.geteuid() else ("setpriv", "--bounding-set", RIGHTS, "--inh-caps=-all", "--")


NOWHERE = {"HOME": "/nowhere/at/all", "XDG_CACHE_HOME": None, "NUMBA_CACHE_DIR": None, "TMPDIR": "/nowhere/tmp"}
KINDS: dict[str, Kind] = {
    "read-only-folder": Kind(before=_weak_user(), folder=_read_only, impossible=_needs_setpriv),
    "full-disk": Kind(folder=_full_disk, impossible=_needs_mount),
    "no-home": Kind(environment=NOWHERE),
    "home-is-a-file": Kind(environment={**NOWHERE, "HOME": "/etc/passwd"}),
    "home-unset": Kind(environment={**NOWHERE, "HOME": None}),
    "cache-not-writable": Kind(environment={"NUMBA_CACHE_DIR": "/proc/nowhere", "HOME": "/proc"}),
    **{
        f"files-of-{size}-bytes": Kind(limit=partial(_limit, resource.RLIMIT_FSIZE, size)) for size in (0, 1000, 20_000)
    },
    **{
        f"memory-of-{size}-MB": Kind(limit=partial(_limit, resource.RLIMIT_AS, size << 20)) for size in (500, 800, 1500)
    },
    **{f"{count}-open-files": Kind(limit=partial(_limit, resource.RLIMIT_NOFILE, count)) for count in (8, 24)},
}
