"""The events of the video that is open: what is selected, begun, ended and changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from workbench.core.annotation import LabeledObject
from workbench.core.classes import HOTKEYS
from workbench.core.errors import WorkbenchError
from workbench.core.events import (
    SUBJECT,
    EventClasses,
    Span,
    comment_of,
    span_of,
    subject_of,
    toggled,
    with_frames,
)
from workbench.core.signal import Connections, Signal
from workbench.core.text import count, tr
from workbench.gui.label.editor import Objects
from workbench.project.library.document import Document
from workbench.project.library.events import EventLibrary
from workbench.project.session import Session

_BEGUN_WITHIN = 1e-3  # seconds: an event that begins here is not the next one


def event_words(item: LabeledObject) -> str:
    """ "grooming of mouse 2"."""
    subject = subject_of(item)
    return tr("{event} of {subject}", event=item.label, subject=subject) if subject else item.label


class EventEditor:
    """The state of the events in Videos. Each change is one step to undo, and saved at once.

    Parameters
    ----------
    now
        Number and seconds of the frame that is shown.
    """

    def __init__(self, now: Callable[[], tuple[int, float]]) -> None:
        self.now = now
        self.key = ""
        """Of the table of the video that is open; "" while events are not shown."""
        self.selection: tuple[int, ...] = ()
        """Places of the selected events in the table."""
        self.subject = ""
        """Whom the next event is about."""
        self.changed: Signal[()] = Signal()
        """Events or their classes are others."""
        self.selection_changed: Signal[()] = Signal()
        self.refused: Signal[str] = Signal()
        """(sentence) why something was not done."""
        self.changed_everywhere: Signal[()] = Signal()
        """Something was done to the events of all videos."""
        self._session: Session | None = None
        self._document: Document | None = None
        self._before: Objects = ()
        self._connections = Connections()

    # --- what is shown --------------------------------------------------------------------------

    @property
    def library(self) -> EventLibrary | None:
        return self._session.events if self._session is not None else None

    @property
    def objects(self) -> Objects:
        """The events of the video."""
        return self._document.annotation.objects if self._document is not None else ()

    @property
    def readonly_reason(self) -> str:
        """Why they cannot be changed, or ""."""
        return (self._document.readonly_reason or "") if self._document is not None else ""

    @property
    def classes(self) -> EventClasses:
        """Those of the project, and what only this video's events are called."""
        if self.library is None:
            return EventClasses()
        return self.library.classes_with(self.objects)

    @property
    def active(self) -> LabeledObject | None:
        """The event that was selected last."""
        return self.objects[self.selection[-1]] if self.selection else None

    def show(self, session: Session | None, video: str) -> None:
        """Show the events of a video, or none for ""."""
        self._connections.end()
        self._session, self._document, self.key = session, None, ""
        if session is not None and video:
            try:
                self._document = session.events.shown(video)
            except WorkbenchError as error:
                self.refused.emit(str(error))
            else:
                self.key = self._document.key
                self._connections.add(self._document.changed.connect(self._changed),
                                      session.events.classes_changed.connect(self.changed.emit))
        self._before = self.objects
        self.selection = ()
        self.changed.emit()
        self.selection_changed.emit()

    def _changed(self) -> None:
        chosen = {_content(self._before[at]) for at in self.selection if at < len(self._before)}
        same = len(self._before) == len(self.objects)
        self._before = self.objects
        if not same:
            self.selection = tuple(at for at, item in enumerate(self.objects)
                                   if _content(item) in chosen)
        self.changed.emit()
        self.selection_changed.emit()

    def select(self, chosen: Iterable[int]) -> None:
        places = tuple(at for at in chosen if 0 <= at < len(self.objects))
        if places != self.selection:
            self.selection = places
            self.selection_changed.emit()

    def class_on_key(self, digit: str) -> str | None:
        """The class that a digit key stands for."""
        at, names = HOTKEYS.find(digit), self.classes.names
        return names[at] if 0 <= at < len(names) else None

    def next_time(self, direction: int) -> tuple[float, tuple[int, ...]] | None:
        """When the next event begins (1), or the one before (-1), and which these are; of the
        selected classes where events are selected."""
        _, now = self.now()
        starts = sorted({span_of(item).start for item in self.objects})
        found = [time for time in starts if (time > now + _BEGUN_WITHIN if direction > 0
                                             else time < now - _BEGUN_WITHIN)]
        if not found:
            return None
        time = found[0] if direction > 0 else found[-1]
        return time, tuple(at for at, item in enumerate(self.objects)
                           if span_of(item).start == time)

    # --- changes --------------------------------------------------------------------------------

    def press(self, name: str) -> bool:
        """Begin an event of a class at the frame that is shown, or end the one that runs."""
        frame, time = self.now()
        moment = name in self.classes.moments
        made = toggled(self.objects, name, moment, time, frame, self.subject)
        ends = len(made) <= len(self.objects)
        words = tr("end {name}", name=name) if ends else tr("begin {name}", name=name) \
            if not moment else tr("note {name}", name=name)
        if not self._set(made, words):
            return False
        if len(self.objects) and not ends:
            self.select((len(self.objects) - 1,))
        return True

    def delete(self) -> bool:
        """Delete the selected events."""
        items = [self.objects[at] for at in self.selection]
        if not items:
            return False
        words = event_words(items[0]) if len(items) == 1 else count(len(items), "event")
        kept = tuple(item for at, item in enumerate(self.objects) if at not in self.selection)
        return self._set(kept, tr("delete {words}", words=words))

    def set_span(self, at: int, span: Span) -> bool:
        """Have an event at another time."""
        item = self.objects[at]
        return self._replace({at: replace(item, shape=span)},
                             tr("move {words}", words=event_words(item)))

    def set_end(self, *, start: bool) -> bool:
        """Have the selected event start, or stop, at the frame that is shown."""
        item, (frame, time) = self.active, self.now()
        if item is None:
            return False
        span = span_of(item)
        if span.moment:
            made = Span(time, time, True, frame, frame)
        elif start:
            late = span.stop is not None and time >= span.stop
            made = replace(span, start=time, first=frame) if not late else span
        else:
            made = replace(span, stop=time, last=frame) if time > span.start else span
        if made == span:
            self.refused.emit(tr("An event starts before it stops."))
            return False
        return self.set_span(self.selection[-1], made)

    def set_said(self, name: str, text: str) -> bool:
        """Give the selected events a subject or a comment."""
        known = subject_of if name == SUBJECT else comment_of
        made = {at: self.objects[at].with_attribute(name, text or False) for at in self.selection
                if known(self.objects[at]) != text}
        words = tr("change the subject") if name == SUBJECT else tr("change the comment")
        return self._replace(made, words)

    def relabel(self, name: str) -> bool:
        """Give the selected events another class."""
        return self._replace({at: self.objects[at].with_label(name) for at in self.selection},
                             tr("make it {name}", name=name))

    def add(self, events: Sequence[LabeledObject], classes: EventClasses,
            times: Sequence[float], text: str) -> bool:
        """Add events of a file, and the classes that it declares."""
        merged = self.classes
        for name in classes.names:
            merged = merged.with_class(name, moment=name in classes.moments)
        return self._set((*self.objects, *with_frames(events, times)), text, merged)

    def _replace(self, made: dict[int, LabeledObject], text: str) -> bool:
        return self._set(tuple(made.get(at, item) for at, item in enumerate(self.objects)), text)

    def _set(self, events: Objects, text: str, classes: EventClasses | None = None) -> bool:
        library, key = self.library, self.key
        if library is None or not key:
            return False
        if self.readonly_reason:
            self.refused.emit(self.readonly_reason)
            return False
        known = library.classes
        kept = (classes or known).with_all_of(events)
        return self._guarded(lambda: library.change(key, events, text,
                                                    kept if kept != known else None))

    # --- classes --------------------------------------------------------------------------------

    def add_class(self, name: str) -> bool:
        library = self.library
        return library is not None and self._guarded(lambda: library.add_class(name))

    def set_moment(self, name: str, moment: bool) -> bool:
        """Whether what is noted of a class from now on are moments."""
        library = self.library
        if library is None:
            return False
        words = tr("{name} is a moment", name=name) if moment else \
            tr("{name} is a span of time", name=name)
        return self._guarded(lambda: library.set_classes(
            self.classes.as_moment(name, moment), words))

    def rename_class(self, old: str, new: str) -> bool:
        """Call a class otherwise, in all videos of the project."""
        library = self.library
        return library is not None and self._everywhere(
            lambda: library.rename_class(old, new, self.classes))

    def remove_class(self, name: str) -> bool:
        """Remove a class, with its events in all videos of the project."""
        library = self.library
        return library is not None and self._everywhere(
            lambda: library.remove_class(name, self.classes))

    def _everywhere(self, act: Callable[[], object]) -> bool:
        done = self._guarded(act)
        if done:
            self.changed_everywhere.emit()
        return done

    def _guarded(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except WorkbenchError as error:
            self.refused.emit(str(error))
            return False
        return True


def _content(item: LabeledObject) -> tuple[object, ...]:
    return item.label, item.shape, frozenset(item.attributes.items())


