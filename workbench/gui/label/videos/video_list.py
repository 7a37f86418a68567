"""The list of videos with the filter above it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Signal

from workbench.core.paths import folded
from workbench.core.text import count, tr
from workbench.gui.label.pictured import PicturedDelegate, PicturedPanel, PicturedView
from workbench.gui.label.sample_filter import Order, SampleFilter, Test
from workbench.gui.label.sample_model import SampleModel
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, LinkButton, ProgressLine, column, label, row
from workbench.gui.widgets.key_words import keyed_tip
from workbench.gui.widgets.layout import widget_of
from workbench.project.library.videos import VideoLibrary, VideoSummary
from workbench.project.session import Session
from workbench.project.suggested_tracks import SuggestedTracks, suggested_tracks_of

CHIPS = (("all", "All"), ("todo", "Unlabelled"))
HELP = ("Words that must all match: a part of the name, a class, unlabelled, labelled, problem, a "
        "number of tracks such as >5; -labelled for all others")


def summary_words(summary: VideoSummary) -> str:
    """The second line of a video in the list: "3 tracks · car, dog"."""
    if summary.damaged:
        return tr("cannot be shown")
    if summary.problem is not None:
        return tr("tracks cannot be read")
    events = count(summary.events, "event") if summary.events else ""
    if not summary.tracks:
        return events or tr("no tracks")
    names = ", ".join(name for name, _ in summary.classes)
    return " · ".join(filter(None, (count(summary.tracks, "track"), events, names)))


_WORDS: dict[str, Test] = {
    "unlabelled": lambda _, s: s.todo,
    "unlabeled": lambda _, s: s.todo,
    "labelled": lambda _, s: bool(s.tracks or s.events),
    "labeled": lambda _, s: bool(s.tracks or s.events),
    "problem": lambda _, s: s.damaged or s.problem is not None,
}


class VideoFilter(SampleFilter):
    """A choice of videos."""

    words = _WORDS
    chips: ClassVar[Mapping[str, Test]] = {"todo": _WORDS["unlabelled"]}
    orders: ClassVar[Mapping[str, Order]] = {
        "objects": lambda _, s: s.tracks,
        "name": lambda key, _: key.rpartition("/")[2].casefold(),
    }
    order_words = (("name", "By name"), ("-objects", "Most tracks first"))
    choices = (("State", (("Unlabelled", "unlabelled"), ("Labelled", "labelled"),
                          ("Cannot be read", "problem"))),)

    def number(self, summary: VideoSummary) -> int:
        return summary.tracks

    def other(self, word: str, classes: Iterable[str]) -> Test:
        if word.startswith("class:"):
            name = word.removeprefix("class:")
            return lambda _, s: any(folded(label) == name for label, _n in s.classes)
        return lambda key, s: (word in folded(key)
                               or any(word in folded(label) for label, _n in s.classes))


class VideoDelegate(PicturedDelegate):
    """Paints a video by its first frame."""

    suggested: SuggestedTracks | None = None

    def words(self, model: SampleModel, key: str, summary: VideoSummary) -> str:
        words = super().words(model, key, summary)
        number = len(self.suggested.of(key)) if self.suggested is not None else 0
        if not number:
            return words
        suggested = tr("{number:,} suggested", number=number)
        return f"{words} · {suggested}" if summary.tracks else suggested


class VideoPanel(PicturedPanel):
    """Finds and lists videos, and shows how far a long job is."""

    add_wanted = Signal()
    """Videos should be chosen and copied in."""
    cancel_wanted = Signal()
    """What the progress is about shall be ended."""

    source: VideoLibrary | None
    make_filter = VideoFilter
    chip_words: ClassVar = {"todo": "Every video has tracks or events."}
    no_fit = "No video fits this filter."

    def __init__(self, theme: Theme) -> None:
        self._delegate = VideoDelegate(theme, summary_words)
        view = PicturedView(theme, SampleModel(VideoFilter(), summary_words), tr("Videos"),
                            self._delegate)
        super().__init__(tr("Filter videos…"), HELP, CHIPS, view)
        self._progress = ProgressLine()
        self._words = label("", "caption")
        cancel = LinkButton(tr("Cancel"), run=self.cancel_wanted)
        self._job = widget_of(column(row(self._words, 1, cancel), self._progress,
                                     spacing=tokens.SPACE_XS))
        self._job.hide()
        self.add_button = IconButton("plus", tr("Add videos"), side=tokens.SPACE_XL)
        keyed_tip(self.add_button, tr("Add videos (<videos.add>)"))
        self.add_button.clicked.connect(self.add_wanted)
        self.arrange(self.view, (self.add_button,), (self._job,))

    def set_progress(self, words: str, share: float) -> None:
        """Show how far something is; "" takes it away."""
        self._words.setText(words)
        self._progress.set_fraction(share)
        self._job.setVisible(bool(words))

    def set_session(self, session: Session | None) -> None:
        store = suggested_tracks_of(session) if session is not None else None
        self._delegate.suggested = store
        super().set_session(session)
        if store is not None:
            self._connections.add(store.changed.connect(
                lambda _key: self.view.viewport().update()))

    def project_changed(self, session: Session | None) -> None:
        super().project_changed(session)
        if self.source is not None:
            self.source.damaged.clear()  # they are looked at once more

    def thumbnail_came(self, path: str) -> None:
        super().thumbnail_came(path)
        if self.source is not None and self.loader is not None and self.loader.failed(path):
            self.source.note_damaged(Path(path))

    def source_of(self, session: Session) -> VideoLibrary:
        return session.videos

    def counts(self) -> dict[str, int]:
        videos = self.source
        assert videos is not None
        return {"all": len(videos), "todo": sum(videos.summary(key).todo for key in videos)}

    def nothing_words(self) -> str:
        assert self.source is not None
        return tr("Looking for videos …") if self.source.scanning else \
            tr("No videos yet. Drop some on this window.")
