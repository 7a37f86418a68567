"""Whether events are noted in Videos: then digits begin and end them, and lanes show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QWidget

from workbench.core.annotation import LabeledObject
from workbench.core.errors import ConflictError
from workbench.core.events import EVENTS_SUFFIX, EventClasses, changed_time, span_of, subject_of
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.label.videos.event_editor import EventEditor
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.key_words import with_keys

if TYPE_CHECKING:
    from workbench.gui.label.editor import Objects
    from workbench.gui.label.videos.editor import VideoEditor
    from workbench.gui.label.videos.event_lanes import EventLanes
    from workbench.gui.label.videos.event_panel import EventPanel
    from workbench.gui.label.videos.viewer import VideoViewer

_OPTION = "events"


class _EventPlaceParts(Protocol):
    """What it needs of the place."""

    editor: VideoEditor
    viewer: VideoViewer
    usual: QWidget
    """What stands in the side panel else; it is hidden meanwhile."""

    def refuse(self, sentence: str) -> None: ...
    def say_with_undo(self, sentence: str) -> None: ...


class EventsMode:
    """Makes panel and lanes when they are first asked for."""

    def __init__(self, context: AppContext, place: _EventPlaceParts, memory: PlaceMemory) -> None:
        self._context, self._place, self._memory = context, place, memory
        self.editor = EventEditor(self._now)
        self.editor.refused.connect(place.refuse)
        self.editor.changed_everywhere.connect(lambda: place.say_with_undo(""))
        self.colors = ClassColors()
        self.on = False
        """Whether they are shown."""
        self.panel: EventPanel | None = None
        self.lanes: EventLanes | None = None

    def _now(self) -> tuple[int, float]:
        frame = self._place.editor.frame
        return frame, self._place.viewer.frames.time(frame)

    def toggle(self) -> None:
        """Show them, or show them no more."""
        self._show(on=not self.on)
        self._memory.set_option(_OPTION, on=self.on)

    def _show(self, *, on: bool) -> None:
        self.on = on
        if on and self.panel is None:
            self._make()
        self._place.usual.setVisible(not on)
        for part in (self.panel, self.lanes):
            if part is not None:
                part.setVisible(on)
        self._place.viewer.events.setChecked(on)
        self.show_video()
        self._place.viewer.focus()
        self._context.status_changed.emit()

    def _make(self) -> None:
        from workbench.gui.label.videos.event_lanes import EventLanes
        from workbench.gui.label.videos.event_panel import EventPanel

        viewer, theme = self._place.viewer, self._context.theme
        self.editor.changed.connect(self._load_colors)
        self.panel = EventPanel(self.editor, theme, self.colors)
        self.lanes = EventLanes(self.editor, viewer.timeline, viewer.frames, theme, self.colors,
                                viewer)
        self.panel.done.connect(viewer.focus)
        viewer.timeline.view_changed.connect(self._frame_shown)
        self.lanes.wanted.connect(self._go_to)
        host = self._place.usual.parentWidget()
        side, below = host.layout() if host is not None else None, viewer.layout()
        assert isinstance(side, QBoxLayout) and isinstance(below, QBoxLayout)
        side.insertWidget(side.indexOf(self._place.usual) + 1, self.panel)
        below.addWidget(self.lanes)

    def _frame_shown(self) -> None:
        """What runs is told of the frame that is shown."""
        if self.on and self.panel is not None and any(
                span_of(item).runs for item in self.editor.objects):
            self.panel.model.load()

    def _load_colors(self) -> None:
        self.colors.set_more(self.editor.classes.names)

    def _go_to(self, frame: int) -> None:
        self._place.viewer.stop()
        self._place.viewer.go_to(frame)

    def show_video(self) -> None:
        """Another video is open, or none."""
        session, key = self._place.editor.session, self._place.editor.key
        if key and not self.on and self.panel is None and self._memory.option(
                _OPTION, usual=False):
            self._show(on=True)  # as it was when the program was closed
            return
        wanted = session.events.key_of(key) if session is not None and self.on and key else ""
        if wanted != self.editor.key or not wanted:
            self.editor.show(session, key if self.on else "")

    def press(self, digit: str) -> None:
        """A digit key begins an event of its class, or ends the one that runs."""
        name = self.editor.class_on_key(digit)
        if name is not None:
            self.editor.press(name)

    def ask_subject(self) -> None:
        """Have a person name whom the next events are about."""
        if self.panel is not None:
            self.panel.subject.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.panel.subject.selectAll()

    def next_subject(self) -> None:
        """The next events are about the next one of the subjects that there are, or about none."""
        if self.panel is not None:
            names = ["", *sorted({subject_of(item) for item in self.editor.objects} - {""})]
            at = names.index(self.editor.subject) if self.editor.subject in names else -1
            self.panel.subject.setText(names[(at + 1) % len(names)])

    def go_to_next(self, direction: int) -> None:
        """Go to where the next event begins, or the one before."""
        found = self.editor.next_time(direction)
        if found is None:
            self._place.refuse(tr("No event begins after this frame.") if direction > 0 else
                               tr("No event begins before this frame."))
            return
        time, places = found
        self.editor.select(places)
        self._go_to(self._place.viewer.frames.at_time(time))

    def delete(self) -> None:
        """Delete the selected events, and say so."""
        if self.editor.delete():
            self._place.say_with_undo("")

    def add(self, events: Sequence[LabeledObject], classes: EventClasses,
            times: Sequence[float], text: str) -> bool:
        """Show events, and add those of a file."""
        if not self.on:
            self.toggle()
        return self.editor.add(events, classes, times, text)

    def show_change(self, before: Objects) -> None:
        """Go to where a step changed the events that there were."""
        time = changed_time(before, self.editor.objects, self._now()[1]) if self.on else None
        if time is not None:
            self._place.viewer.go_to(self._place.viewer.frames.at_time(time))

    def tell_conflict(self, key: str, error: ConflictError) -> None:
        """Another program changed the events of a video that were changed here, too."""
        session = self._context.session
        if session is not None and key.endswith(EVENTS_SUFFIX):
            self._context.say("warn", error.sentence(), tr("Keep both"),
                              lambda: session.keep_both(key), stays=True)

    def next_step(self) -> str:
        """What somebody does next who has just begun."""
        if not self.editor.classes.names:
            return tr("Add classes of events with + at the right")
        if not self.editor.objects:
            return with_keys(tr("The digit of a class begins an event at this frame, and ends it; "
                                "<videos.play> plays"))
        return ""
