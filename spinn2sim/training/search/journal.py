"""The journal file of a sweep: begun, or opened again after whatever ended the process before; it draws no trial."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from spinn2sim.errors import DataError, OutputError, Spinn2simError
from spinn2sim.files.atomic import refusing
from spinn2sim.training.search.objective import direction
from spinn2sim.training.search.space import Source, Space, read_space
from spinn2sim.training.search.trial_log import NAME, Ledger

if TYPE_CHECKING:
    from optuna.storages import JournalStorage

JOURNAL = "journal.log"


def begin(folder: Path, space: Space) -> Ledger:
    """A new journal in a sweep's directory."""
    import optuna

    storage = _storage(folder)
    directions = [direction(name) for name in space.settings.objectives]
    study = optuna.create_study(storage=storage, study_name=NAME, directions=directions)
    study.set_user_attr("source", asdict(space.source))
    return Ledger(space, study, storage)


def go_on(folder: Path) -> Ledger:
    """The journal of a sweep that was begun. Raises DataError when it is another one's, or spoilt."""
    import optuna

    journal = folder / JOURNAL
    _drop_half_line(journal)
    try:
        storage = _storage(folder)
        names = [study.study_name for study in storage.get_all_studies()]
        if names != [NAME]:
            raise DataError(f"{journal}: found the studies {names}, allowed is that of a sweep alone")
        study = optuna.load_study(study_name=NAME, storage=storage)
        source = TypeAdapter(Source).validate_python(study.user_attrs["source"])
        return Ledger(read_space(source), study, storage)
    except Spinn2simError:
        raise
    except Exception as error:  # Optuna believes what it reads: a spoilt line can raise anything
        raise _unusable(journal, error) from None


def _unusable(journal: Path, error: Exception) -> DataError:
    said = "not a sweep's source" if isinstance(error, ValidationError) else f"{type(error).__name__}: {error}"
    return DataError(f"{journal}: cannot be used ({' '.join(said.split())}), allowed is the journal of a sweep")


def _drop_half_line(journal: Path) -> None:
    """A line that a killed process did not finish would spoil the next one."""
    with refusing(journal), journal.open("r+b") as file:
        end = file.read().rfind(b"\n") + 1
        if end:  # else it is no journal at all
            file.truncate(end)


def need_sweep(folder: Path) -> None:
    """Raises DataError for a folder without a journal."""
    if not (folder / JOURNAL).is_file():
        raise DataError(f"{folder}: found no {JOURNAL} in it, allowed is the directory of a sweep")


def need_optuna() -> None:
    """Raises OutputError where Optuna is missing; else it is quiet from now on."""
    try:
        import optuna
    except ImportError:
        raise OutputError("sweep: optuna is not installed; it comes with the extra 'sweep'") from None
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def _storage(folder: Path) -> JournalStorage:
    """The journal. The directory is locked by the sweep, so that the file needs no lock of its own, which a kill would leave."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    class Locked(JournalFileOpenLock):
        def acquire(self) -> bool:
            return True

        def release(self) -> None:
            pass

    file = str(folder / JOURNAL)
    return JournalStorage(JournalFileBackend(file, lock_obj=Locked(file)))
