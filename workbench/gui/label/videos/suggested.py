"""Suggested tracks on the frame that is shown, and how they are accepted and rejected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.core.annotation import LabeledObject
from workbench.core.shapes import Bounds, Box
from workbench.core.text import count, tr
from workbench.core.tracks import free_id, track_of
from workbench.extension.run_names import title_of_name
from workbench.gui.label.suggestion_controller import SuggestionController, _Refused
from workbench.gui.widgets.key_words import with_keys
from workbench.project.suggested_tracks import (
    SuggestedTracks,
    SuggestedTracksStep,
    Tracks,
    corrected,
    score_of,
    suggested_tracks_of,
)
from workbench.project.suggestion import LEAST, MADE_BY, Suggestion

if TYPE_CHECKING:
    from workbench.gui.label.videos.track_editor import TrackEditor
    from workbench.gui.widgets.notice import Choice
    from workbench.project.session import Session


class TrackSuggestions(SuggestionController):
    """The suggested tracks of the editor's video: what is shown of them are their boxes on its
    frame. A track is accepted and rejected as a whole."""

    _editor: TrackEditor
    tracks: Tracks = ()
    """Those of the whole video that are sure enough."""
    least = LEAST
    """The score from which tracks are shown."""
    all: Tracks = ()
    """Those of the whole video, however sure."""
    _there: Tracks = ()  # those that are shown, one for each box
    _videos: SuggestedTracks | None = None

    def set_session(self, session: Session | None) -> None:
        self._disconnect()
        self.close()
        self._videos = suggested_tracks_of(session) if session is not None else None
        if self._videos is not None:
            self._disconnect = self._videos.changed.connect(self._changed)

    def close(self) -> None:
        if self._videos is not None:
            self._videos.flush()

    def look(self) -> None:
        editor, videos = self._editor, self._videos
        before = self.all, self.tracks, self.shown
        open = videos is not None and bool(editor.key) and editor.document is not None
        self.all = videos.of(editor.key) if videos is not None and open else ()
        self.tracks = tuple(item for item in self.all if score_of(item) >= self.least)
        seen = [(item, key.box) for item in self.tracks if editor.shows(item.label)
                and (key := track_of(item).at(editor.frame)) is not None]
        self._there = tuple(item for item, _ in seen)
        self.shown = tuple(Suggestion(item.label, box, score_of(item),
                                      str(item.attributes.get(MADE_BY, ""))) for item, box in seen)
        if (self.all, self.tracks, self.shown) != before:
            self.pointed = None
            self.changed.emit()

    def set_least(self, score: float) -> None:
        """Show the tracks from this score on."""
        self.least = score
        self.look()

    def next_frame(self, frame: int) -> int | None:
        """The next frame, or else the first, on which a suggested track begins."""
        first = sorted(track_of(item).first for item in self.tracks)
        return next((one for one in first if one > frame), first[0] if first else None)

    # --- judging --------------------------------------------------------------------------------

    def accept_all(self) -> bool:
        """The one under the mouse, or all on this frame."""
        if self.pointed is not None:
            return self.accept(self.pointed)
        return self.accept_tracks(self._there)

    def accept_tracks(self, items: Tracks) -> bool:
        """Make these labels, as one step."""
        return self._take(items, items, tr("accept {tracks}",
                                           tracks=count(len(items), "suggested track")))

    def accept(self, index: int, box: Bounds | None = None,
               size: tuple[float, float] | None = None) -> bool:
        item = self._there[index]
        made = item if box is None else corrected(item, self._editor.frame, Box(*box))
        return self._take((item,), (made,), tr("accept the suggested {label}", label=item.label))

    def reject(self, items: Iterable[Suggestion]) -> bool:
        gone = set(map(id, items))
        return self.reject_tracks(tuple(track for track, item in zip(
            self._there, self.shown, strict=True) if id(item) in gone))

    def reject_tracks(self, items: Tracks) -> bool:
        """Take these away, as one step."""
        session, videos = self._editor.session, self._videos
        if not items or session is None or videos is None:
            return False
        session.undo.push(SuggestedTracksStep(
            videos, self._editor.key, items,
            tr("reject {tracks}", tracks=count(len(items), "suggested track")), rejects=True))
        return True

    def _take(self, items: Tracks, made: Tracks, words: str) -> bool:
        editor, session, videos = self._editor, self._editor.session, self._videos
        if not items or session is None or videos is None:
            return False
        first = free_id(editor.tracks)
        try:
            with session.undo.together(words):
                session.undo.push(SuggestedTracksStep(videos, editor.key, items, words))
                if not editor.add_tracks(_numbered(made, first), words):
                    raise _Refused
        except _Refused:
            return False
        return True


def _numbered(items: Tracks, first: int) -> list[LabeledObject]:
    return [item.with_shape(track_of(item).called(number))
            for number, item in enumerate(items, first)]


def suggested_words(controller: TrackSuggestions) -> str:
    """What the notice on the canvas says; "" where nothing is suggested."""
    tracks = controller.tracks
    if not tracks:
        return ""
    return tr("{tracks} from {run}, {here} on this frame",
              tracks=count(len(tracks), "suggested track"), here=len(controller.shown),
              run=title_of_name(str(tracks[0].attributes.get(MADE_BY, ""))))


def suggested_choices(controller: TrackSuggestions) -> tuple[Choice, ...]:
    """The buttons of that notice."""
    return ((tr("Accept all"), lambda: controller.accept_tracks(controller.tracks),
             tr("Make every track suggested in this video a label\nEnter accepts the one under the "
                "mouse, or those on this frame; a drag corrects one")),
            (tr("Reject all"), lambda: controller.reject_tracks(controller.tracks),
             with_keys(tr("Reject every track suggested in this video\n"
                          "<videos.reject_suggestion> rejects the one under the mouse, "
                          "<videos.reject_suggestions> those on this frame"))))


