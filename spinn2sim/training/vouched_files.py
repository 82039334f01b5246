"""Which files of a run its manifest vouches for at which moment, so that a run that stops between two writes can always be resumed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from spinn2sim.errors import OutputError
from spinn2sim.files.atomic import npz_writer, prepared, refusing, unfinished_files
from spinn2sim.trace.capture import Capture
from spinn2sim.trace.manifest import Manifest, read_manifest, refuse_problems
from spinn2sim.trace.run_directory import (
    AGAIN,
    CHECKPOINT,
    MANIFEST,
    METRICS,
    PROVENANCE,
    RESULTS,
    SCENARIO,
    SUMMARY,
    WEIGHTS,
    epoch_of_part,
)

Arrays = Mapping[str, NDArray[Any]]


class VouchedFiles:
    """The manifest of a run that is being written. It never names a file whose content may still change without it."""

    def __init__(self, folder: Path, capture: Capture) -> None:
        self._folder, self._capture = folder, capture
        self._manifest = Manifest(folder)

    def check(self, epoch: int, has_manifest: bool) -> None:
        """Raises OutputError where files that a run needs to go on after `epoch` are not what it wrote.

        A scenario may be changed by hand; the checkpoint knows what may change in it. Parts of later epochs are made again.
        """
        manifest = read_manifest(self._folder)
        if manifest is None:
            if has_manifest and epoch >= 0:
                raise OutputError(f"{self._folder / MANIFEST}: is missing; {AGAIN}")
            return
        self._manifest = manifest
        refuse_problems(manifest.problems(name for name in manifest.files if self._is_needed(name, epoch)))

    def _is_needed(self, name: str, epoch: int) -> bool:
        path = Path(name)
        later = path.parent.name in self._capture.archives and epoch_of_part(path) > epoch
        return name != SCENARIO and not later

    def begin(self, resumed: bool) -> None:
        """Vouch for what a start finds: a new run for nothing yet, a resumed one for what was there when its last epoch ended."""
        if resumed:
            self._manifest.settle()
            for name in list(self._manifest.files):
                if not (self._folder / name).exists():
                    self._manifest.forget([self._folder / name])
            self._manifest.record(path for path in self._paths(METRICS, RESULTS, CHECKPOINT) if path.exists())
            # Parts that were cut out of the joined tables of a complete run are new.
            self._manifest.record(path for path in self._capture.parts() if not self._manifest.knows(path))
        self.expect_end()

    def take(self, *names: str) -> None:
        """Vouch for files of the run as they are now, and write the manifest."""
        self._manifest.record(self._paths(*names))
        self._manifest.write()

    def write_epoch(self, epoch: int, results: Arrays | None, checkpoint: Arrays) -> None:
        """Write the results, if there are new ones, and the checkpoint of an epoch whose parts and metrics are on the disk.

        The manifest announces both before they get their names, the checkpoint last. Raises OutputError.
        """
        if results is None:
            with prepared(self._folder / CHECKPOINT, npz_writer(checkpoint)) as new, refusing(new.path):
                self._manifest.announce([*self._capture.parts_of(epoch), self._folder / METRICS], [new])
                new.commit()
            return
        with (
            prepared(self._folder / RESULTS, npz_writer(results)) as answers,
            prepared(self._folder / CHECKPOINT, npz_writer(checkpoint)) as new,
            refusing(new.path),
        ):
            self._manifest.announce([*self._capture.parts_of(epoch), self._folder / METRICS], [answers, new])
            answers.commit()
            new.commit()

    def expect_end(self) -> None:
        """Vouch no more for what the end of a run, or its next start, writes again."""
        self._manifest.forget([*self._paths(PROVENANCE, WEIGHTS, SUMMARY), *self._capture.joined()])
        self._manifest.write()

    def take_end(self, complete: bool) -> None:
        """Vouch for all that the end of a run wrote; of a complete run no more for the parts, which go next."""
        self._manifest.settle()
        self._manifest.record([*self._paths(PROVENANCE, WEIGHTS, SUMMARY), *self._capture.joined()])
        if complete:
            tables = self._capture.archives
            self._manifest.forget(
                [self._folder / name for name in list(self._manifest.files) if Path(name).parent.name in tables]
            )
        self._manifest.write()

    def _paths(self, *names: str) -> list[Path]:
        return [self._folder / name for name in names]


def remove_unfinished(folder: Path) -> None:
    """Remove what a process that was killed left under temporary names. Raises OutputError."""
    with refusing(folder):
        for path in unfinished_files(folder):
            path.unlink(missing_ok=True)
