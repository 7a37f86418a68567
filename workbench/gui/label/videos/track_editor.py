"""The video that is being edited: one of its frames as an image, and the tracks it is part of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from workbench.core.annotation import LabeledObject
from workbench.core.attributes import Attribute
from workbench.core.text import count, tr
from workbench.core.tracks import Track, free_id, objects_at, track_of, with_objects_at, with_tracks
from workbench.gui.label.editor import LabelEditor, Objects
from workbench.gui.label.images.editor import Editor
from workbench.project.library.base import Library
from workbench.project.library.document import Document

Change = Callable[[Track], Track | None]


def track_words(item: LabeledObject) -> str:
    """ "car 3"."""
    return f"{item.label} {track_of(item).id}".strip()


class TrackEditor(Editor):
    """The state of the Videos place.

    What the canvas draws and changes are the objects of one frame. A change of one becomes a
    change of its track: a box that is moved is a key frame, another class is that of the track.
    """

    sample = "video"

    def __init__(self) -> None:
        self.frame = 0
        """Number of the frame that is shown."""
        super().__init__()
        self.chosen: tuple[int, ...] = ()
        """Numbers of the tracks that were selected last. They stay chosen on frames on which they
        are not to be seen."""

    @property
    def library(self) -> Library[Document] | None:  # type: ignore[override]  # another medium
        return self.session.videos if self.session is not None else None

    @property
    def one_class(self) -> bool:
        return False  # what is painted in a frame is a track's, not an area's

    def image_attributes(self) -> list[Attribute]:
        return []  # a file of tracks has no place for them

    @property
    def tracks(self) -> Objects:
        """All tracks of the video."""
        return self.document.annotation.objects if self.document is not None else ()

    @property
    def followed(self) -> LabeledObject | None:
        """The track that was chosen last."""
        return next((item for item in self.tracks
                     if self.chosen and track_of(item).id == self.chosen[-1]), None)

    # --- one frame of the document --------------------------------------------------------------

    def _read(self) -> None:
        LabelEditor._read(self)  # a file of tracks is never read ahead

    def _forget(self) -> None:
        super()._forget()
        self.frame, self.chosen = 0, ()

    def _seen(self, document: Document) -> Objects:
        return objects_at(document.annotation.objects, self.frame)

    def _whole(self, objects: Objects) -> Objects:
        return with_objects_at(self.tracks, self.frame, self._objects, objects)

    def show_frame(self, frame: int) -> None:
        """Edit another frame; what is chosen stays so."""
        if frame == self.frame or self.document is None:
            return
        self.frame = frame
        self._objects = self._seen(self.document)
        self.selection = self._places(self.chosen)
        self.objects_changed.emit()
        self.selection_changed.emit()

    def _places(self, ids: Iterable[int]) -> tuple[int, ...]:
        """Where tracks are among the objects of the frame, those that are there."""
        there = {self._id(place): place for place in range(len(self._objects))}
        return tuple(there[id] for id in ids if id in there and self.selectable(there[id]))

    def _id(self, place: int) -> int:
        source = self._objects[place].source
        assert source is not None
        return track_of(self.tracks[source]).id

    def select(self, indexes: Iterable[int]) -> None:
        places = self._allowed(indexes)
        ids = tuple(map(self._id, places))
        if (places, ids) != (self.selection, self.chosen):
            self.selection, self.chosen = places, ids
            self.selection_changed.emit()

    def choose(self, ids: Iterable[int]) -> None:
        """Choose tracks, seen on this frame or not."""
        self.chosen = tuple(ids)
        self.selection = self._places(self.chosen)
        self.selection_changed.emit()

    def _document_changed(self) -> None:
        before = self.chosen
        super()._document_changed()
        there = {track_of(item).id for item in self.tracks}
        self.chosen = tuple(map(self._id, self.selection)) or tuple(
            id for id in before if id in there)
        if self.chosen != before:  # what was told just now was told too early
            self.selection_changed.emit()

    def add_tracks(self, items: Iterable[LabeledObject], text: str) -> bool:
        """Add tracks from elsewhere; one whose number is taken gets another."""
        return self._set_tracks(with_tracks(self.tracks, items), text)

    # --- tracks: each edit is one step to undo --------------------------------------------------

    def chosen_words(self) -> str:
        """ "car 3", "2 tracks"."""
        if len(self.chosen) == 1 and self.followed is not None:
            return track_words(self.followed)
        return count(len(self.chosen), "track")

    def delete(self) -> bool:
        """Delete the chosen tracks, on all frames."""
        return self._change(lambda _track: None, tr("delete {words}", words=self.chosen_words()))

    def end(self) -> bool:
        """Have the chosen tracks not to be seen from this frame on; one that is not, seen again."""
        if any(track.at(self.frame) is not None for track in self._chosen_tracks()):
            return self._change(lambda track: track.ended(self.frame),
                                tr("end {words}", words=self.chosen_words()))
        return self._change(self._seen_again, tr("show {words} again", words=self.chosen_words()))

    def _seen_again(self, track: Track) -> Track:
        before = [key for key in track.keys if key.frame <= self.frame] or list(track.keys[:1])
        return track.with_key(replace(before[-1], frame=self.frame, outside=False))

    def make_key(self) -> bool:
        """Make this frame a key frame of the chosen tracks, as they are."""
        def fixed(track: Track) -> Track:
            key = track.at(self.frame)
            return track if key is None else track.with_key(key)

        return self._change(fixed, tr("key frame of {words}", words=self.chosen_words()))

    def delete_key(self) -> bool:
        """Take the key frame away that the chosen tracks have here."""
        if not any(track.key(self.frame) for track in self._chosen_tracks()):
            self.refused.emit(tr("There is no key frame here."))
            return False
        return self._change(lambda track: track.without_key(self.frame),
                            tr("delete a key frame of {words}", words=self.chosen_words()))

    def hold(self, frames: int) -> bool:
        """Have the chosen boxes in the same place on the next frames."""
        return self._change(lambda track: track.held(self.frame, self.frame + frames),
                            tr("copy {words} to the next {frames}", words=self.chosen_words(),
                               frames=count(frames, "frame")))

    def split(self) -> bool:
        """Make two tracks of one: the second begins here."""
        item = self.followed
        parts = track_of(item).split(self.frame, free_id(self.tracks)) if item is not None else None
        if item is None or parts is None:
            self.refused.emit(tr("A track is split on a frame on which it is seen, behind its "
                                 "first one."))
            return False
        first, second = parts
        made = tuple(replace(one, shape=first) if one is item else one for one in self.tracks)
        fresh = LabeledObject(item.label, second, item.attributes)
        done = self._set_tracks((*made, fresh), tr("split {words}", words=track_words(item)))
        if done:
            self.choose((second.id,))
        return done

    def join(self) -> bool:
        """Make one track of the two that are chosen."""
        items = [item for item in self.tracks if track_of(item).id in self.chosen]
        if len(items) != 2:
            self.refused.emit(tr("Choose two tracks to join: click one on the time line, and the "
                                 "other with Shift."))
            return False
        one, other = sorted(items, key=lambda item: track_of(item).first)
        joined = track_of(one).joined(track_of(other))
        if joined is None:
            self.refused.emit(tr("{one} and {other} are seen at the same time.",
                                 one=track_words(one), other=track_words(other)))
            return False
        made = tuple(replace(item, shape=joined) if item is one else item
                     for item in self.tracks if item is not other)
        done = self._set_tracks(made, tr("join {one} and {other}", one=track_words(one),
                                         other=track_words(other)))
        if done:
            self.choose((joined.id,))
        return done

    def set_track(self, id: int, track: Track, text: str) -> bool:
        """Give one track other key frames."""
        return self._set_tracks(tuple(
            replace(item, shape=track) if track_of(item).id == id else item
            for item in self.tracks), text)

    def next_key(self, direction: int) -> int | None:
        """The nearest key frame of the chosen track, or of all where none is chosen."""
        item = self.followed
        found = [track_of(one).next_key(self.frame, direction)
                 for one in ((item,) if item is not None else self.tracks)]
        known = [frame for frame in found if frame is not None]
        return None if not known else min(known) if direction > 0 else max(known)

    def _chosen_tracks(self) -> list[Track]:
        return [track_of(item) for item in self.tracks if track_of(item).id in self.chosen]

    def _change(self, change: Change, text: str) -> bool:
        """Change the chosen tracks; one that becomes None is deleted."""
        made = []
        for item in self.tracks:
            track: Track | None = track_of(item)
            if track_of(item).id in self.chosen:
                track = change(track_of(item))
            if track is not None:
                made.append(item if track == item.shape else replace(item, shape=track))
        return self._set_tracks(tuple(made), text)

    def _set_tracks(self, tracks: Objects, text: str) -> bool:
        if tracks == self.tracks or self._refuse():
            return False
        return self._guarded(lambda library: library.edit(self.key, tracks, text))

    def _still_selected(self, before: Objects) -> tuple[int, ...]:
        return super()._still_selected(before) if self.following else self._places(self.chosen)
