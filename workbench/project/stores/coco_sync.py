"""Brings the labels of a project and its COCO files to the same state, whoever changed what.

For each image a file in ``.workbench/coco/labels`` says what its labels are to be: its *entry*.
Whoever changes labels writes entries; what is here brings them into the COCO files soon after, also
after a kill, and brings into the entries what other programs wrote. Both sides are compared with
what they said last (:mod:`workbench.project.stores.coco_known`): what one side changed is taken
over, and what both changed differently stays as it is on either side until a person chooses.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.core.errors import Problem, WorkbenchError
from workbench.formats.atomic import disk_reason
from workbench.formats.coco_entry import Text, read_entry
from workbench.formats.locks import try_lock
from workbench.project.edits.saver import read_or_none
from workbench.project.stores.coco_classes import KEPT
from workbench.project.stores.coco_known import digests
from workbench.project.stores.coco_parts import CONFLICT, NO_STAMP, SyncOutcome, stamp_of
from workbench.project.stores.coco_run import SyncPass
from workbench.project.stores.coco_state import CocoState

_PATIENCE = 20.0


class CocoSync(CocoState):
    """Brings labels and files to the same state; used on one thread at a time, by one process at a
    time."""

    @property
    def exists(self) -> bool:
        """Whether everything was brought here once."""
        if not (self.classes.is_file() and self.known.path.is_file() and self.labels.is_dir()):
            return False
        try:
            return self.known.files().keys() >= set(self.files)
        except WorkbenchError:
            return False

    def run(self, outcome: SyncOutcome, hints: Iterable[str] = (), *, only: bool = False,
            politely: bool = False, patience: float = _PATIENCE,
            ) -> Generator[None, None, None]:
        """Do it in small steps.

        Parameters
        ----------
        hints
            Images whose entries were written or taken away on purpose just now.
        only
            Whether no other entry has changed.
        politely
            Whether to rest now and then, as the interpreter is shared with the window.
        patience
            Seconds to wait for another process or thread that is at it.
        """
        self._politely, self._began = politely, time.perf_counter()
        keys = frozenset(hints)
        try:
            self.labels.mkdir(parents=True, exist_ok=True)
            with _lock_file(self.home / "lock") as descriptor:
                yield from _until_locked(descriptor, patience)
                while self.choices:
                    key, ours = self.choices.popitem()
                    self._choose(key, ours=ours)
                one = SyncPass(self, outcome, keys, only)
                yield from one.steps()
                if one.again:
                    yield from SyncPass(self, outcome, keys, only=False).steps()
        except (WorkbenchError, OSError) as error:
            if isinstance(error, OSError):
                error = WorkbenchError(disk_reason(error), path=Path(error.filename or self.home),
                                       kept=KEPT)
            outcome.failed = True
            outcome.problems.append(Problem(str(self.home), CONFLICT, error.sentence()))

    def is_behind(self) -> bool:
        """Whether a COCO file was changed by another program since it was read."""
        try:
            known = self.known.files()
        except WorkbenchError:
            return True
        return any(name not in known or known[name].stamp != stamp_of(self.folder / name)
                   for name in self.files)

    def run_through(self, hints: Iterable[str] = (), *,
                    patience: float = _PATIENCE) -> SyncOutcome:
        """As :meth:`run`, at once."""
        outcome = SyncOutcome()
        apart = threading.current_thread() is not threading.main_thread()
        for _ in self.run(outcome, hints, politely=apart, patience=patience):
            pass
        return outcome

    def _choose(self, key: str, *, ours: bool) -> None:
        """Which side counts for an image in conflict."""
        rows = [row._replace(held=False) for row in self.known.images([key])]
        if not ours:
            rows = [row._replace(stamp=stamp_of(self.entry_path(key)),
                                 base=digests(self._texts(key))) for row in rows]
        self.known.save((), rows)
        files = self.known.files()  # is read again, whatever its time says
        self.known.save([files[row.file]._replace(stamp=NO_STAMP) for row in rows], ())

    def _texts(self, key: str) -> tuple[Text, ...]:
        data = read_or_none(self.entry_path(key))
        return read_entry(data).texts if data is not None else ()


@contextmanager
def _lock_file(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _until_locked(descriptor: int, patience: float) -> Iterator[None]:
    """One process and thread at a time; who hangs while holding it is not waited for for ever."""
    until = time.monotonic() + patience
    while try_lock(descriptor) is False:
        if time.monotonic() > until:
            raise WorkbenchError("another process is at the labels; they are looked at again later")
        time.sleep(0.02)
        yield
