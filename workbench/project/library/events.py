"""The events of a project's videos: one table beside each, and the list of their classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.classes import class_name
from workbench.core.errors import Problem, UsageError
from workbench.core.events import EVENTS_SUFFIX, EventClasses
from workbench.core.paths import is_file
from workbench.core.signal import Signal
from workbench.core.text import tr
from workbench.formats.event_table import new_table, parse_events
from workbench.project.edits.commands import ClassCommand
from workbench.project.edits.saver import Content
from workbench.project.library.base import Library
from workbench.project.library.document import NO_LABELS, Document, State
from workbench.project.library.documents import Rewritten

if TYPE_CHECKING:
    from workbench.project.library.videos import VideoLibrary
    from workbench.project.open_project import OpenProject

Events = tuple[LabeledObject, ...]
UNREADABLE_EVENTS = "unreadable-events"
TABLE = "events"
"""Of ``workbench.toml``: the classes of events, and which of them are moments."""


def events_path(video: Path) -> Path:
    """Where the events of a video are kept: "clip.mp4.events.csv" beside "clip.mp4"."""
    return video.with_name(video.name + EVENTS_SUFFIX)


class EventLibrary(Library[Document]):
    """The events of all videos of a project.

    Its keys are those of the tables: that of a video with ``.events.csv`` behind it. The classes of
    events are a list of their own, in ``workbench.toml``.
    """

    noun = "video"
    joins = True
    own_classes = True

    def __init__(self, session: OpenProject, videos: VideoLibrary) -> None:
        super().__init__(session)
        self._videos = videos
        videos.removed.connect(self.forget)
        self.classes_changed: Signal[()] = Signal()
        """:attr:`classes` is another list."""

    # What the library asks of a medium

    def path(self, key: str) -> Path:
        """The video."""
        return self.folder / key.removesuffix(EVENTS_SUFFIX)

    def annotation_path(self, key: str) -> Path:
        return self.folder / key

    def keys(self) -> Sequence[str]:
        return [f"{key}{EVENTS_SUFFIX}" for key in self._videos]

    def row(self, key: str) -> int | None:
        return self._videos.row(key.removesuffix(EVENTS_SUFFIX)) if is_of_events(key) else None

    def is_there(self, key: str) -> bool:
        return is_file(self.path(key)) or (key in self._documents and self.row(key) is not None)

    def keys_with(self, name: str) -> list[str]:
        return []  # steps across the project are about the project's classes

    def document(self, key: str) -> Document:
        self.check_disk(key)
        return super().document(key)

    def read(self, key: str) -> Document:
        if not self.is_there(key):
            self.session.identity.require()
            raise UsageError(f"there is no video “{self.path(key).name}” in {self.folder.name}")
        return self._read_labels(Document(key, self.path(key), self.annotation_path(key)))

    def state_of(self, document: Document, data: bytes | None) -> State:
        if data is None:
            return NO_LABELS
        base = parse_events(data, document.annotation_path)
        return State(base, base.annotation, True)

    def content(self, document: Document, state: State) -> Content:
        return partial(_content, state)

    def rewritten(self, key: str, change: Callable[[Annotation], Annotation],
                  label: str) -> Rewritten | None:
        return None

    def summary_on_disk(self, key: str) -> None:
        return None

    def set_written(self, batch: list[tuple[str, object]]) -> None:
        pass

    def _show(self, document: Document) -> None:
        self._videos.note_events(document.key.removesuffix(EVENTS_SUFFIX),
                                 len(document.annotation.objects))
        path, reason = str(document.annotation_path), document.readonly_reason
        if reason is None:
            self.session.drop_problem(path, UNREADABLE_EVENTS)
        else:
            self.session.add_problem(Problem(path, UNREADABLE_EVENTS, reason))

    # Of a video

    def key_of(self, video: str) -> str:
        """The key of the events of the video ``video``."""
        return f"{video}{EVENTS_SUFFIX}"

    def shown(self, video: str) -> Document:
        """The events of a video, read on first use; a damaged file becomes a problem.

        Raises
        ------
        UsageError
            If there is no such video.
        """
        document = self.document(self.key_of(video))
        self._show(document)
        return document

    def forget(self, videos: Iterable[str]) -> None:
        """These videos are in the trash, or were renamed."""
        for video in videos:
            self._documents.pop(self.key_of(video), None)

    def look_again(self) -> None:
        """Take in what another program did to the events that are open."""
        for document in self.open_documents():
            self.check_disk(document.key)

    # Classes of events

    @property
    def classes(self) -> EventClasses:
        """As ``workbench.toml`` says."""
        return EventClasses.from_json(self.session.manifest.settings.get(TABLE, {}))

    def classes_with(self, events: Iterable[LabeledObject]) -> EventClasses:
        """With those that only a file of events names."""
        return self.classes.with_all_of(events)

    def set_classes(self, classes: EventClasses, text: str) -> None:
        """Have other classes, as one step to undo."""
        before = self.classes
        if classes == before:
            return

        def use(chosen: EventClasses) -> None:
            table = self.session.manifest.settings.get(TABLE, {})
            self.session.manifest.settings[TABLE] = {**table, **chosen.to_json()}
            self.session.manifest_changed()
            self.classes_changed.emit()

        self.session.undo.push(ClassCommand(text, lambda: None, lambda: use(classes),
                                            lambda: use(before)))

    def add_class(self, name: str, *, moment: bool = False) -> str:
        """Append a class, and return its name as it is kept.

        Raises
        ------
        UsageError
            If that cannot be the name of one.
        """
        name = class_name(name)
        self.set_classes(self.classes.with_class(name, moment=moment),
                         tr("add the event {name}", name=name))
        return name

    def rename_class(self, old: str, new: str, known: EventClasses) -> None:
        """Call a class otherwise in all videos, as one step; ``known`` are all there are.

        Raises
        ------
        UsageError
            If that cannot be the name of one.
        """
        new = new if new in known.names else class_name(new)
        if new == old:
            return
        text = tr("rename the event {old} to {new}", old=old, new=new)
        self._everywhere(old, text, known.renamed(old, new), lambda items: tuple(
            item.with_label(new) if item.label == old else item for item in items))

    def remove_class(self, name: str, known: EventClasses) -> None:
        """Remove a class with its events in all videos, as one step."""
        text = tr("remove the event {name}", name=name)
        self._everywhere(name, text, known.without(name), lambda items: tuple(
            item for item in items if item.label != name))

    def _everywhere(self, name: str, text: str, classes: EventClasses,
                    change: Callable[[Events], Events]) -> None:
        """Change the tables in which a class is; those that cannot be read stay as they are."""
        keys = [key for key in self.keys() if key in self._documents or is_file(self.folder / key)]
        documents = [self.document(key) for key in keys]
        chosen = [item.key for item in documents if item.readonly_reason is None
                  and any(one.label == name for one in item.annotation.objects)]
        with self.session.undo.together(text):
            self.set_classes(classes, text)
            self.edit_many({key: change(self.document(key).annotation.objects)
                            for key in chosen}, text)

    def change(self, key: str, events: Iterable[LabeledObject], text: str,
               classes: EventClasses | None = None) -> None:
        """Make ``events`` those of a table, with other classes where they bring some, in one
        step; raises as :meth:`edit`."""
        with self.session.undo.together(text):
            if classes is not None:
                self.set_classes(classes, text)
            self.edit(key, events, text)


def is_of_events(key: str) -> bool:
    """Whether it is the key of a table of events."""
    return key.endswith(EVENTS_SUFFIX)


def _content(state: State) -> bytes | None:
    """Bytes of the table, or None where there shall be none."""
    if not state.exists:
        return None
    if state.base is None:
        return new_table(state.annotation)
    data: bytes = state.base.render(state.annotation)
    return data


def read_events_beside(video: Path) -> tuple[LabeledObject, ...]:
    """The events of a video; none without a file.

    Raises
    ------
    WorkbenchError
        If the file cannot be read.
    """
    from workbench.project.edits.saver import read_or_none

    path = events_path(video)
    data = read_or_none(path)
    return () if data is None else parse_events(data, path).annotation.objects


def read_event_classes(folder: Path) -> EventClasses:
    """The classes of events of a project that is not open."""
    from workbench.project.manifest import Manifest

    return EventClasses.from_json(Manifest.load(folder).settings.get(TABLE, {}))
