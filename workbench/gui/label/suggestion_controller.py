"""What a model suggests on the sample that is shown, and what a person makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from workbench.core.outlines import RotatedBox
from workbench.core.shapes import Bounds
from workbench.core.signal import Signal
from workbench.core.text import count, tr
from workbench.gui.label.editor import LabelEditor
from workbench.project.session import Session
from workbench.project.suggestion_steps import SuggestionStep
from workbench.project.suggestions import (
    Suggested,
    Suggestion,
    Suggestions,
    fresh,
    suggestions_of,
)


class _Refused(Exception):
    """The labels could not be changed; the reason was told."""


class LiveSuggestions(Protocol):
    """What is suggested while a person paints, in no file."""

    @property
    def shown(self) -> bool:
        """Whether anything is."""

    def accept(self, then: Callable[[], object] = ...) -> bool:
        """Make labels of it, as one step, and do ``then``; False where nothing is shown."""

    def reject(self) -> bool:
        """Show nothing for now; False where nothing is shown."""

    @property
    def pointed(self) -> bool:
        """Whether something is suggested under the mouse."""

    def accept_pointed(self) -> bool:
        """Make labels of what hangs together under the mouse; False where nothing is shown."""

    def reject_pointed(self) -> bool:
        """Suggest nothing there for now; False where nothing is shown."""


class SuggestionController:
    """The suggestions of the editor's sample; each judgement is one step of undo."""

    def __init__(self, editor: LabelEditor[Any], *, sounds: bool = False) -> None:
        self.store: Suggestions | None = None
        """Those of the whole project; None without one."""
        self.shown: Suggested = ()
        """Those of this sample, the best first, but for classes that are hidden."""
        self.pointed: int | None = None
        """Position of the one under the mouse."""
        self.changed: Signal[()] = Signal()
        self.pointed_changed: Signal[()] = Signal()
        """:attr:`shown`, or :attr:`pointed`, is another."""
        self.joins: Callable[[], bool] = lambda: False
        """Whether areas that are accepted become one mask of each class."""
        self.live: LiveSuggestions | None = None
        """What is suggested where nothing of a model is shown."""
        self._editor, self._sounds = editor, sounds
        self._disconnect: Callable[[], None] = lambda: None
        editor.sample_changed.connect(self.look)
        editor.objects_changed.connect(self.look)

    def set_session(self, session: Session | None) -> None:
        """Turn to another project; what was changed in the last one is on the disk then."""
        self._disconnect()
        self.close()
        self.store = suggestions_of(session, sounds=self._sounds) if session is not None else None
        if self.store is not None:
            self._disconnect = self.store.changed.connect(self._changed)

    def close(self) -> None:
        """Have everything on the disk."""
        if self.store is not None:
            self.store.flush()

    def _changed(self, key: str) -> None:
        if key in ("", self._editor.key):
            self.look()

    def look(self) -> None:
        """See what there is on this image; what has become a label meanwhile is forgotten."""
        store, editor = self.store, self._editor
        before = self.shown
        if store is None or not editor.key or editor.document is None:
            self.shown = ()
        else:
            whole = store.without(editor.key, ())
            left = fresh(whole, editor.objects) if whole else whole
            if len(left) != len(whole):
                store.note_reviewed((editor.key,), judged=True)
                store.put({editor.key: left})  # which comes back here
                return
            self.shown = tuple(item for item in store.of(editor.key) if editor.shows(item.label))
        if self.shown != before:
            self.pointed = None
            self.changed.emit()

    @property
    def any(self) -> bool:
        """Whether anything is suggested on this sample, by a model or while one paints."""
        return bool(self.shown) or (self.live is not None and self.live.shown)

    # --- pointing -------------------------------------------------------------------------------

    def at(self, point: tuple[float, float]) -> int | None:
        """Position of the smallest one that holds a point of the image, of rotated boxes rather one
        that it lies in than one that it lies beside; of a sound (seconds, hertz)."""
        x, y = point
        there = [index for index, (x0, y0, x1, y1) in enumerate(
            item.extent for item in self.shown) if x0 <= x < x1 and y0 <= y < y1]
        return min(there, key=lambda index: (_lies_beside(self.shown[index], point),
                                             _area(self.shown[index].extent)), default=None)

    def point(self, index: int | None) -> None:
        """Have the keys be about this one."""
        if index != self.pointed:
            self.pointed = index
            self.pointed_changed.emit()

    # --- judging --------------------------------------------------------------------------------

    def accept_all(self) -> bool:
        """Make all that are shown labels."""
        if not self.shown and self.live is not None:
            return self.live.accept()
        words = tr("accept {suggestions}", suggestions=count(len(self.shown), "suggestion"))
        return self._accept(self.shown, words)

    def accept(self, index: int, box: Bounds | None = None,
               size: tuple[float, float] | None = None) -> bool:
        """Make one a label, perhaps with another ``box`` in an image of ``size``, which is selected
        then."""
        item = self.shown[index]
        words = tr("accept the suggested {label}", label=item.label)
        if box is None:
            return self._accept((item,), words)
        return self._judged((item,), words, lambda: self._editor.add_objects(
            (item.labeled(box, size),), words, select=True))

    @property
    def any_pointed(self) -> bool:
        """Whether one is under the mouse, of a model or what is suggested while one paints."""
        return self.pointed is not None or (
            not self.shown and self.live is not None and self.live.pointed)

    def accept_pointed(self) -> bool:
        if not self.shown and self.live is not None:
            return self.live.accept_pointed()
        return self.pointed is not None and self.accept(self.pointed)

    def reject(self, items: Iterable[Suggestion]) -> bool:
        """Take some away."""
        gone, session, store = tuple(items), self._editor.session, self.store
        if not gone or session is None or store is None:
            return False
        words = tr("reject {suggestions}", suggestions=count(len(gone), "suggestion"))
        key = self._editor.key
        session.undo.push(SuggestionStep(store, {key: store.without(key, gone)}, words,
                                         {key: gone}))
        return True

    def reject_all(self) -> bool:
        if not self.shown and self.live is not None:
            return self.live.reject()
        return self.reject(self.shown)

    def reject_pointed(self) -> bool:
        if not self.shown and self.live is not None:
            return self.live.reject_pointed()
        return self.pointed is not None and self.reject((self.shown[self.pointed],))

    def _accept(self, items: Suggested, words: str) -> bool:
        return self._judged(items, words, lambda: self._editor.accept_areas(items, words)
                            if self.joins() else self._editor.add_objects(
                                [item.labeled() for item in items], words, select=False))

    def _judged(self, items: Suggested, words: str, add: Callable[[], bool]) -> bool:
        """Take some away and ``add`` their labels, as one step."""
        editor, session, store = self._editor, self._editor.session, self.store
        if not items or session is None or store is None:
            return False
        step = SuggestionStep(store, {editor.key: store.without(editor.key, items)}, words)
        try:
            with session.undo.together(words):
                session.undo.push(step)
                if not add():
                    raise _Refused
        except _Refused:
            return False
        return True


def _lies_beside(item: Suggestion, point: tuple[float, float]) -> bool:
    return isinstance(item.shape, RotatedBox) and not item.shape.contains(point)


def _area(box: Bounds) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
