"""Changes of one or many clips: the steps that can be undone, and how large ones are prepared."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.commands import Command
from workbench.core.errors import Problem, UsageError, unexpected
from workbench.project.scan import Breather, Stopped
from workbench.project.sounds import ClipDocument, ClipState, ClipSummary

if TYPE_CHECKING:
    from workbench.project.sound_library import SoundLibrary

Change = Callable[[Annotation, float], Iterable[LabeledObject]]
"""Regions that a clip shall have, of those that it has and its duration in seconds."""

MERGE_SECONDS = 1.0
"""Steps of one kind that follow within this time are undone together."""
_TELL_EVERY = 0.1  # seconds between two reports of progress


@dataclass(frozen=True, slots=True)
class Version:
    """How a clip stands, and what the list says about that."""

    state: ClipState
    summary: ClipSummary


@dataclass(frozen=True, slots=True)
class Move:
    """A clip before and after a step."""

    before: Version
    after: Version


def move_of(document: ClipDocument, after: ClipState) -> Move:
    """From how the clip stands to ``after``."""
    return Move(Version(document.state, ClipSummary.of(document, document.annotation)),
                Version(after, ClipSummary.of(document, after.annotation)))


def changed(document: ClipDocument, regions: Iterable[LabeledObject]) -> Move | None:
    """The move that gives a clip other ``regions``; None where it has them already."""
    annotation = Annotation(tuple(regions))
    if annotation == document.annotation:
        return None
    return move_of(document, ClipState(document.state.table, annotation, True))


class ClipCommand:
    """One step on one or many clips.

    Steps with the same ``kind`` (not "") that follow quickly become one.
    """

    def __init__(self, library: SoundLibrary, moves: Mapping[str, Move], text: str,
                 kind: str = "") -> None:
        self.text = text
        self.key = next(iter(moves)) if len(moves) == 1 else ""
        self._library = library
        self._moves = dict(moves)
        self._kind = kind
        self._time = library.clock()

    def do(self) -> None:
        self._library.apply({key: move.after for key, move in self._moves.items()})

    def undo(self) -> None:
        # Classes are not added: those of before the step are there, or come back with a step
        # that is undone together with this one.
        self._library.apply({key: move.before for key, move in self._moves.items()},
                            new_classes=False)

    def absorb(self, later: Command) -> bool:
        """Make ``later``, which was just done, part of this step; False where it is another."""
        if not isinstance(later, ClipCommand) or not self._kind or later._kind != self._kind \
                or later._moves.keys() != self._moves.keys() \
                or later._time - self._time > MERGE_SECONDS:
            return False
        self._moves = {key: Move(move.before, later._moves[key].after)
                       for key, move in self._moves.items()}
        self._time = later._time
        return True


class ClipWork:
    """One change of many clips, prepared in a thread: what is not in memory is read there.

    Nothing is changed before all is ready; then it is one step. Clips that cannot be read are left
    out.

    Attributes
    ----------
    done, total
        Clips that are ready, and all.
    began
        When the work began, by ``time.monotonic``.
    """

    def __init__(self, library: SoundLibrary, keys: Iterable[str], change: Change,
                 text: str, ended: Callable[[ClipWork], None]) -> None:
        self.text = text
        self.keys = tuple(keys)
        self.done = 0
        self.began = time.monotonic()
        self.moves: dict[str, Move] = {}
        self.problems: list[Problem] = []
        self._read: list[ClipDocument] = []
        self._library = library
        self._change = change
        self._ended = ended
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clips", daemon=True)

    @property
    def total(self) -> int:
        return len(self.keys)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Give it up; nothing was changed. Returns when the thread has ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def complete(self) -> None:
        """Do at once what is left, for a project that is closed; the next work is begun then."""
        if self._thread.ident is None:
            self.start()
        self._thread.join()
        if not self._stop.is_set():
            self._stop.set()  # what was posted does nothing any more
            self._finish()

    def _run(self) -> None:
        breathe = Breather(self._stop.is_set)
        told = time.monotonic()
        try:
            for number, key in enumerate(self.keys):
                try:
                    self._prepare(key)
                except Exception as bug:  # costs this clip only
                    self.problems.append(Problem(
                        str(self._library.path(key)), "left-out-of-step",
                        f"{key}: {unexpected(bug)}. “{self.text}” left it out."))
                breathe()
                if time.monotonic() - told > _TELL_EVERY:
                    told = time.monotonic()
                    self._post(partial(self._tell, number, self._taken()))
        except Stopped:
            return
        self._post(self._finish)

    def _prepare(self, key: str) -> None:
        document = self._library.cached(key)
        if document is None:
            try:
                document = self._library.read(key)
            except UsageError:
                return  # the clip was removed meanwhile
            self._read.append(document)
        self._plan(document)

    def _plan(self, document: ClipDocument) -> None:
        if document.readonly_reason is not None:
            self.problems.append(Problem(str(document.path), "left-out-of-step",
                                         document.readonly_reason))
            return
        move = changed(document, self._change(document.annotation, document.duration))
        if move is not None:
            self.moves[document.key] = move

    def _post(self, what: Callable[[], None]) -> None:
        self._library.session.post(lambda: None if self._stop.is_set() else what())

    def _taken(self) -> list[ClipDocument]:
        """What was read since this was asked last."""
        read, self._read = self._read, []
        return read

    def _tell(self, number: int, read: list[ClipDocument]) -> None:
        self.done = number
        self._library.adopt(read)
        self._library.work_changed.emit()

    def _finish(self) -> None:
        """On the owner's thread: what was edited while this was read is looked at once more."""
        self._stop.set()
        self.done = self.total
        self._library.adopt(self._taken())
        for key, move in list(self.moves.items()):
            document = self._library.cached(key)
            if document is not None and document.state is not move.before.state:
                del self.moves[key]
                self._plan(document)
        self._ended(self)
