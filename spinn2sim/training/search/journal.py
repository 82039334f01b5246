"""The journal file of a sweep: created, or opened again after the process before has ended in whatever way."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from spinn2sim.errors import DataError, OutputError, Spinn2simError
from spinn2sim.files.atomic import cut, refusing
from spinn2sim.training.search.objective import direction
from spinn2sim.training.search.space import Space, SweepSource, read_space
from spinn2sim.training.search.trial_log import STUDY_NAME, TrialLog

if TYPE_CHECKING:
    from optuna.storages import JournalStorage

JOURNAL = "journal.log"


def create_journal(folder: Path, space: Space) -> TrialLog:
    """Create the journal in a sweep's directory."""
    import optuna

    storage = _open_storage(folder)
    directions = [direction(name) for name in space.settings.objectives]
    study = optuna.create_study(storage=storage, study_name=STUDY_NAME, directions=directions)
    study.set_user_attr("source", asdict(space.source))
    return TrialLog(space, study, storage)


def open_journal(folder: Path) -> TrialLog:
    """Open the journal of a sweep that was begun. Raises DataError for a journal of something else, or a damaged one."""
    import optuna

    journal = folder / JOURNAL
    _drop_half_line(journal)
    try:
        storage = _open_storage(folder)
        names = [study.study_name for study in storage.get_all_studies()]
        if names != [STUDY_NAME]:
            raise DataError(f"{journal}: found the studies {names}, allowed is that of a sweep alone")
        study = optuna.load_study(study_name=STUDY_NAME, storage=storage)
        source = TypeAdapter(SweepSource).validate_python(study.user_attrs["source"])
        return TrialLog(read_space(source), study, storage)
    except Spinn2simError:
        raise
    except Exception as error:  # Optuna trusts what it reads: a damaged line can raise anything
        raise _unusable(journal, error) from None


def _unusable(journal: Path, error: Exception) -> DataError:
    said = "not a sweep's source" if isinstance(error, ValidationError) else f"{type(error).__name__}: {error}"
    return DataError(f"{journal}: cannot be used ({' '.join(said.split())}), allowed is the journal of a sweep")


def _drop_half_line(journal: Path) -> None:
    """Remove a last line that a killed process did not finish, which would spoil the next one."""
    with refusing(journal):
        text = journal.read_bytes()
    end = text.rfind(b"\n") + 1
    if 0 < end < len(text):  # else it is whole, or no journal at all
        cut(journal, end)


def need_sweep(folder: Path) -> None:
    """Raises DataError for a folder without a journal."""
    if not (folder / JOURNAL).is_file():
        raise DataError(f"{folder}: found no {JOURNAL} in it, allowed is the directory of a sweep")


def need_optuna() -> None:
    """Import Optuna and silence its log. Raises OutputError where it is missing."""
    try:
        import optuna
    except ImportError:
        raise OutputError("sweep: optuna is not installed; it comes with the extra 'sweep'") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def _open_storage(folder: Path) -> JournalStorage:
    """The journal as Optuna's storage. The sweep has locked the directory; a lock of the file itself would outlive a kill."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    class LockedByTheSweep(JournalFileOpenLock):
        def acquire(self) -> bool:
            return True

        def release(self) -> None:
            pass

    file = str(folder / JOURNAL)
    return JournalStorage(JournalFileBackend(file, lock_obj=LockedByTheSweep(file)))
