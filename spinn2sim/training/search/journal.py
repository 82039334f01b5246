"""Creates a sweep's journal file, or opens it again, even if the process that wrote it was killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from spinn2sim.errors import DataError, OutputError, Spinn2simError, how_to_install, quoted
from spinn2sim.files.atomic import cut
from spinn2sim.files.input_file import read_input
from spinn2sim.files.json_reader import parse_object
from spinn2sim.trace.run_directory import JOURNAL as JOURNAL
from spinn2sim.trace.run_directory import SCENARIO
from spinn2sim.training.search.objective import direction
from spinn2sim.training.search.space import Space, SweepSource, read_space
from spinn2sim.training.search.trial_log import STUDY_NAME, TrialLog

if TYPE_CHECKING:
    from optuna.storages import JournalStorage

ALLOWED = ", allowed is the journal of a sweep"


def create_journal(folder: Path, space: Space) -> TrialLog:
    """Create the journal in a sweep's directory."""
    import optuna

    storage = _open_storage(folder)
    directions = [direction(name) for name in space.settings.objectives]
    study = optuna.create_study(storage=storage, study_name=STUDY_NAME, directions=directions)
    study.set_user_attr("source", asdict(space.source))
    return TrialLog(space, study, storage)


def rehearse_journal(folder: Path) -> TrialLog:
    """Open a copy of the journal in memory, so that one that cannot be used is refused before it is written to. Raises DataError."""
    journal = folder / JOURNAL
    whole = _whole_lines(_text(journal))
    lines = whole.removesuffix(b"\n").split(b"\n") if whole else []
    logs = [parse_object(line, f"{journal}: line {number}", ALLOWED) for number, line in enumerate(lines, 1)]
    return _open(journal, lambda: _storage_in_memory(logs), {})


def open_journal(folder: Path, places: Mapping[str, str] = {}) -> TrialLog:
    """Open the journal of a sweep that was begun earlier. Raises DataError if it is damaged or not a sweep's journal.

    `places` are paths of files that moved since, by key of the scenario. An unfinished last line is removed, trials without a result are
    drawn again.
    """
    journal = folder / JOURNAL
    text = _text(journal)
    kept = len(_whole_lines(text))
    if kept < len(text):
        cut(journal, kept)
    return _open(journal, lambda: _open_storage(folder), places)


def _open(journal: Path, make: Callable[[], JournalStorage], places: Mapping[str, str]) -> TrialLog:
    import optuna

    try:
        storage = make()
        names = [study.study_name for study in storage.get_all_studies()]
        if names != [STUDY_NAME]:
            raise DataError(f"{journal}: found the studies {quoted(names)}, allowed is that of a sweep alone")
        study = optuna.load_study(study_name=STUDY_NAME, storage=storage)
        source = TypeAdapter(SweepSource).validate_python(study.user_attrs["source"])
        source = replace(source, changes={**source.changes, **places})
        return TrialLog(read_space(source), study, storage)
    except Spinn2simError:
        raise
    except Exception as error:  # Optuna does not check what it reads: a damaged line can raise anything
        raise _unusable(journal, error) from None


def _unusable(journal: Path, error: Exception) -> DataError:
    reason = "not a sweep's source" if isinstance(error, ValidationError) else f"{type(error).__name__}: {error}"
    return DataError(f"{journal}: cannot be used ({' '.join(reason.split())[:200]}){ALLOWED}")


def _text(journal: Path) -> bytes:
    return read_input(journal, "the journal of a sweep")


def _whole_lines(text: bytes) -> bytes:
    """Leave out a last line that a kill or a loss of power left unfinished: the next line would be appended to it.

    Each line is forced to the disk before the next one is written, so no other line can be damaged in this way.
    """
    end = text.rfind(b"\n") + 1
    last = text.rfind(b"\n", 0, max(0, end - 1)) + 1
    if 0 < last < end and b"\0" in text[last:end]:  # zeros stand where the disk did not get the bytes
        end = last
    return text[:end] if end else text  # without one whole line, it is no journal


def need_sweep(folder: Path) -> None:
    """Raise DataError if a folder has no journal, or not yet the scenario, which is written when the journal has been begun."""
    for name in (JOURNAL, SCENARIO):
        if not (folder / name).is_file():
            again = "; it was never begun, start it again with --out" if name == SCENARIO else ""
            raise DataError(f"{folder}: found no {name} in it, allowed is the directory of a sweep{again}")


def need_optuna() -> None:
    """Import Optuna and silence its log. Raises OutputError if it is not installed."""
    try:
        import optuna
    except ImportError:
        raise OutputError(f"sweep: optuna is not installed: {how_to_install('sweep')}") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def _open_storage(folder: Path) -> JournalStorage:
    """Open the journal as Optuna's storage, without Optuna's lock file, which a killed process would leave behind.

    The sweep has locked the whole directory already.
    """
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    class NoLock(JournalFileOpenLock):
        def acquire(self) -> bool:
            return True

        def release(self) -> None:
            pass

    file = str(folder / JOURNAL)
    return JournalStorage(JournalFileBackend(file, lock_obj=NoLock(file)))


def _storage_in_memory(logs: list[dict[str, Any]]) -> JournalStorage:
    """Make a storage of a journal's lines, to which new ones are added in memory alone."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import BaseJournalBackend

    class Memory(BaseJournalBackend):
        def read_logs(self, log_number_from: int) -> list[dict[str, Any]]:
            return logs[log_number_from:]

        def append_logs(self, added: list[dict[str, Any]]) -> None:
            logs.extend(added)

    return JournalStorage(Memory())
