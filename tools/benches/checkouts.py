"""Finds the checkout that another one is compared with: a folder, or a git revision, which is unpacked beside the compiled kernels."""

from __future__ import annotations

import io
import secrets
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from firmware_models.jit.kernel_cache import UnsafeFolderError, cache_root, private_folder
from spinn2sim.errors import quoted

PACKAGES = ("spinn2sim", "firmware_models")


class NoCheckoutError(Exception):
    """There is no such checkout; the message is one line."""


@dataclass(frozen=True)
class Checkout:
    """A folder that holds the packages, what to call it, and the folder of its kernels; None is the usual one."""

    folder: Path
    name: str
    kernels: Path | None = None


def git(root: Path, *words: str) -> bytes | None:
    """Return what git prints, or None if it fails or is not there."""
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True)  # noqa: S603, S607 - words of our own
    except OSError:
        return None
    return None if done.returncode else done.stdout


def this_checkout(root: Path) -> Checkout:
    """Return the checkout of this tool, with its commit in its name, and whether something is not committed."""
    commit, changes = git(root, "rev-parse", "--short=10", "HEAD"), git(root, "status", "--porcelain", "--", *PACKAGES)
    name = "no commit" if commit is None else commit.decode().strip()
    return Checkout(root, f"{name} and what is not committed" if changes else name)


def other_checkout(root: Path, base: str) -> Checkout:
    """Return the checkout `base`: a folder, a git revision of `root`, or "" for the last commit that differs from what is there.

    Raises NoCheckoutError.
    """
    folder = Path(base)
    if base and _is_folder(folder):
        if missing := [name for name in PACKAGES if not (folder / name).is_dir()]:
            raise NoCheckoutError(f"{quoted(base)} holds no {missing[0]}, allowed is a checkout of this project")
        return Checkout(folder.resolve(), str(folder))
    if not base:
        base = "HEAD" if git(root, "status", "--porcelain", "--", *PACKAGES) else "HEAD^"
    found = git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    if found is None:
        raise NoCheckoutError(f"found {quoted(base)}, allowed is the folder of a checkout or a git revision of {root}")
    return unpacked(root, found.decode().strip())


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long for one
        return False


def unpacked(root: Path, commit: str) -> Checkout:
    """Unpack the packages of a commit, unless they are there, where `spinn2sim cache --clear` removes them.

    Its files have the commit's date and always the same place, so that what a comparison has compiled serves the next one.
    """
    try:
        home = private_folder(cache_root() / f"spinn2sim_bench-{commit[:16]}")
    except (OSError, UnsafeFolderError) as error:
        raise NoCheckoutError(f"no folder to unpack {commit[:10]} in: {error}") from None
    code = home / "code"
    if not code.is_dir():
        packed = git(root, "archive", "--format=tar", commit, *PACKAGES)
        if packed is None:
            raise NoCheckoutError(f"{commit[:10]} has no {' and '.join(PACKAGES)}")
        part = home / f"code.{secrets.token_hex(4)}"
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(part, filter="data")
        try:
            part.rename(code)
        except OSError:  # another comparison was faster
            shutil.rmtree(part)
    return Checkout(code, commit[:10], private_folder(home / "kernels"))
