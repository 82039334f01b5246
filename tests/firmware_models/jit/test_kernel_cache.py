"""The cache of compiled kernels: used where it is private and whole, done without elsewhere, and never out of date."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numba
import pytest

from firmware_models.jit import kernel_cache
from firmware_models.jit.compiler import compile_in
from firmware_models.jit.kernel_cache import CacheWarning, KernelCache, UnsafeFolderError, kernel_folder, private_folder
from places import ROOT

pytestmark = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled, so nothing is kept")


def twice(x: int) -> int:
    """A function to compile."""
    return 2 * x


def run_twice(folder: Path | None) -> tuple[int, bool]:
    """What a freshly decorated `twice` gives, and whether it came from the cache."""
    kernel = compile_in(folder, twice)
    return kernel(21), bool(kernel.stats.cache_hits)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _nothing_said() -> Iterator[None]:
    """Warnings of earlier tests do not hide those of this one."""
    kernel_cache._warned.clear()
    kernel_cache._reasons.clear()
    yield
    kernel_cache._warned.clear()
    kernel_cache._reasons.clear()


def test_a_second_start_compiles_nothing(tmp_path: Path) -> None:
    """What was compiled once is loaded, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", CacheWarning)
        assert run_twice(tmp_path) == (42, False)
        assert run_twice(tmp_path) == (42, True)


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    text = bytearray(path.read_bytes())
    text[len(text) // 2] ^= 4
    path.write_bytes(text)


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", [flip, lambda path: path.write_bytes(b""), lambda path: path.write_text("x" * 999)])
def test_a_damaged_entry_is_compiled_anew(tmp_path: Path, suffix: str, damage: Callable[[Path], object]) -> None:
    """A flipped bit, an empty file or other bytes give one warning and the right result, and are gone in the next start."""
    run_twice(tmp_path)
    for path in tmp_path.rglob(f"*.{suffix}"):
        damage(path)

    with pytest.warns(CacheWarning, match="compiled again; NUMBA_CACHE_DIR") as said:
        assert run_twice(tmp_path) == (42, False)
    assert len(said) == 1
    assert run_twice(tmp_path) == (42, True)


def test_no_bytes_of_another_maker_are_unpickled(tmp_path: Path) -> None:
    """An index without the digest of its content is not unpickled."""
    run_twice(tmp_path)
    for path in tmp_path.rglob("*.nbi"):
        path.write_bytes(pickle.dumps(_Planted(tmp_path / "ran")))
    with pytest.warns(CacheWarning):
        run_twice(tmp_path)
    assert not (tmp_path / "ran").exists()


class _Planted:
    """Makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.file,)


def test_a_full_disk_is_one_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an entry cannot be written the kernel runs all the same."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kernel_cache._Entries, "_write", full)
    with pytest.warns(CacheWarning, match=r"No space left on device.*NUMBA_CACHE_DIR") as said:
        assert run_twice(tmp_path) == (42, False)
    assert len(said) == 1


def test_without_a_folder_nothing_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache that cannot be made is done without; one warning names the variable that moves it."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert kernel_folder("room") is None
    with pytest.warns(CacheWarning, match=r"file: File exists.*NUMBA_CACHE_DIR") as said:
        found = [run_twice(None), run_twice(None)]
    assert found == [(42, False)] * 2
    assert len(said) == 1


def test_the_folder_is_the_users_alone(tmp_path: Path) -> None:
    """A folder that is made has mode 0700, whatever the umask lets through."""
    assert private_folder(tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_write_is_refused(tmp_path: Path) -> None:
    """Code that anyone may have put there is never loaded: writable by others, of another owner, or behind a link."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(UnsafeFolderError, match="others may write"):
        private_folder(shared)

    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(OSError, match="link"):
        private_folder(tmp_path / "link")

    if os.geteuid() == 0:
        (tmp_path / "theirs").mkdir(mode=0o700)
        os.chown(tmp_path / "theirs", 65534, 65534)
        with pytest.raises(UnsafeFolderError, match="belongs to user 65534"):
            private_folder(tmp_path / "theirs")


@pytest.mark.parametrize("variable", ["HOME", "XDG_CACHE_HOME"])
def test_no_folder_with_a_known_name_is_made_in_tmp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Where the user's cache folder cannot be made there is no cache: a folder that others can foresee is theirs to fill."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    (tmp_path / "file").touch()
    monkeypatch.setenv(variable, str(tmp_path / "file"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert kernel_folder("room") is None
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_relative_cache_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that changes its working folder goes on with the cache that it began with."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "cache")
    assert kernel_folder("room") == tmp_path / "cache" / "room"


STARTS = {
    "a command": ["-c", "from own_kernels import steps; print(steps.step(1))"],
    "a module": ["-m", "own_kernels"],
    "a script": ["{folder}/script.py"],
    "a spawned process": ["{folder}/pool.py"],
}


@pytest.mark.slow
def test_an_edit_takes_effect_however_the_program_is_started(tmp_path: Path) -> None:
    """A kernel calls a function of another file: after an edit, of equal length and with the old time, each start gives the new result."""
    package = tmp_path / "own_kernels"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "factor.py").write_text("import numba\n\n@numba.njit\ndef times(x):\n    return 2 * x\n")
    (package / "steps.py").write_text(
        "from firmware_models.jit.compiler import kernels_of\nfrom own_kernels.factor import times\n"
        "kernel = kernels_of(__package__)\n\n@kernel\ndef step(x):\n    return times(x)\n"
    )
    call = "from own_kernels.steps import step\n"
    (package / "__main__.py").write_text(call + "print(step(1))\n")
    (tmp_path / "script.py").write_text(call + "print(step(1))\n")
    (tmp_path / "pool.py").write_text(
        call + "from concurrent.futures import ProcessPoolExecutor\nimport multiprocessing\n"
        "if __name__ == '__main__':\n    with ProcessPoolExecutor(1, multiprocessing.get_context('spawn')) as pool:\n"
        "        print(pool.submit(step, 1).result())\n"
    )
    environment = {
        **os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}", "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    old = (package / "factor.py").stat()

    def answers() -> set[str]:
        commands = [[sys.executable, *(word.format(folder=tmp_path) for word in words)] for words in STARTS.values()]
        return {
            subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
            for command in commands
        }

    assert answers() == {"2\n"}
    (package / "factor.py").write_text("import numba\n\n@numba.njit\ndef times(x):\n    return 3 * x\n")
    os.utime(package / "factor.py", (old.st_atime, old.st_mtime))
    assert answers() == {"3\n"}


def test_entries_of_two_functions_stay_apart(tmp_path: Path) -> None:
    """Functions of one name in two modules have files of their own."""
    first, second = (KernelCache(tmp_path, function) for function in (twice, _other_module_function()))
    assert first._cache_file._index_path != second._cache_file._index_path


def _other_module_function() -> object:
    space: dict[str, object] = {"__name__": "elsewhere"}
    exec("def twice(x):\n    return x\n", space)  # noqa: S102
    return space["twice"]
