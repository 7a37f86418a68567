"""Changes of many samples, prepared in a thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Generic

from workbench.core.background import BackgroundThread
from workbench.core.errors import Problem, UsageError, unexpected
from workbench.project.library.document import Delta, Labels, State
from workbench.project.library.documents import D, Documents
from workbench.project.library.scan import Throttle

Change = Callable[[D], Labels]
"""The labels that a sample shall have, of how it stands; for any thread."""
_REPORT_EVERY = 0.1  # seconds between two reports of progress
_KIND = "left-out-of-step"


class Work(Generic[D]):
    """One change of many samples: what is not in memory is read in the thread.

    Nothing is changed before all is ready; then it is one step. Samples that cannot be read are
    left out.

    Attributes
    ----------
    done, total
        Samples that are ready, and all.
    """

    def __init__(self, library: Documents[D], keys: Iterable[str], change: Change[D],
                 text: str, changed: Callable[[], None],
                 ended: Callable[[Work[D]], None]) -> None:
        self.text = text
        self.keys = tuple(keys)
        self.done = 0
        self.began = time.monotonic()
        """When the work began, by ``time.monotonic``."""
        self.deltas: dict[str, Delta] = {}
        self.problems: list[Problem] = []
        self._planned: dict[str, State] = {}  # the states that the deltas begin with
        self._read: list[D] = []
        self._library = library
        self._change = change
        self._changed, self._ended = changed, ended
        self._thread = BackgroundThread(self._run, name="prepare-step", post=library.session.post)

    @property
    def total(self) -> int:
        return len(self.keys)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Give it up; nothing was changed. Returns when the thread has ended."""
        self._thread.cancel()
        self._thread.join()

    def complete(self) -> None:
        """Do at once what is left, for a project that is closed; the next work is begun then."""
        if not self._thread.started:
            self.start()
        self._thread.join()
        if not self._thread.cancelled:
            self._finish()

    def _run(self, thread: BackgroundThread) -> None:
        throttle = Throttle(thread)
        reported = time.monotonic()
        for number, key in enumerate(self.keys):
            try:
                self._prepare(key)
            except Exception as bug:  # costs this sample only
                self.problems.append(Problem(
                    str(self._library.path(key)), _KIND,
                    f"{key}: {unexpected(bug)}. “{self.text}” left it out."))
            throttle()
            if time.monotonic() - reported > _REPORT_EVERY:
                reported = time.monotonic()
                thread.post(partial(self._report_progress, number, self._take_read()))
        thread.post(self._finish)

    def _prepare(self, key: str) -> None:
        document = self._library.cached(key)
        if document is None:
            try:
                document = self._library.read(key)
            except UsageError:
                return  # it was removed meanwhile
            self._read.append(document)
        self._plan(document)

    def _plan(self, document: D) -> None:
        self._planned[document.key] = document.state
        self.deltas.pop(document.key, None)
        if document.readonly_reason is not None:
            self.problems.append(Problem(str(document.path), _KIND, document.readonly_reason))
            return
        try:
            delta = self._library.delta(document, self._change(document))
        except UsageError as error:  # what its file has no place for
            self.problems.append(Problem(str(document.path), _KIND, error.sentence()))
            return
        if delta is not None:
            self.deltas[document.key] = delta

    def _take_read(self) -> list[D]:
        """What was read since this was asked last."""
        read, self._read = self._read, []
        return read

    def _report_progress(self, number: int, read: list[D]) -> None:
        self.done = number
        self._library.adopt(read)
        self._changed()

    def _finish(self) -> None:
        """On the owner's thread: what was edited while this was read is looked at once more."""
        self._thread.cancel()  # what was posted besides does nothing any more
        self.done = self.total
        self._library.adopt(self._take_read())
        for key, state in list(self._planned.items()):
            document = self._library.cached(key)
            if document is not None and document.state is not state:
                self._plan(document)
        self._ended(self)
