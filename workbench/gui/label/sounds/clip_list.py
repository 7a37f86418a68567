"""The list of clips with the filter above it, and a way to add some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.label.sample_filter import SUGGESTED
from workbench.gui.label.sample_model import SampleModel, SampleSource
from workbench.gui.label.sample_view import SampleDelegate, SampleView
from workbench.gui.label.sounds.clip_filter import ClipFilter, is_todo, summary_words
from workbench.gui.label.sounds.wave_thumbs import Bars, WaveThumbs
from workbench.gui.label.suggested_samples import CHIP, NO_MORE, SuggestedModel, SuggestedPanel
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, LinkButton, ProgressLine, column, label, row
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.layout import widget_of
from workbench.gui.widgets.system_keys import deletes
from workbench.media.recording_place import place_in
from workbench.project.suggestions import suggestions_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.project.library.sounds import SoundLibrary
    from workbench.project.session import Session

THUMB = QSize(52, 24)
CHIPS = (("all", "All"), ("todo", "Unlabelled"), CHIP)
HELP = ("Words that must all match: a part of the name, a class, a speaker, unlabelled, regions, "
        "problem, >2 regions, length<0.1, split:val; -regions for all others, sort:-length for the "
        "longest first")
_BAR = 2


class ClipModel(SuggestedModel):
    """Clips."""

    def __init__(self) -> None:
        super().__init__(ClipFilter(), summary_words)

    def connections(self, source: SampleSource) -> list[Callable[[], None]]:
        return [*super().connections(source), source.finished.connect(self._finished)]

    def _finished(self) -> None:
        if not self.filter.shows_all:
            self.refilter()


class ClipDelegate(SampleDelegate):
    """Paints a clip with its waveform."""

    def __init__(self, theme: Theme, colors: ClassColors, thumbs: WaveThumbs,
                 parent: QWidget | None = None) -> None:
        super().__init__(theme, THUMB, summary_words, parent)
        self._colors = colors
        self._thumbs = thumbs

    def words(self, model: SampleModel, key: str, summary: Any) -> str:
        words = super().words(model, key, summary)
        store = model.suggestions if isinstance(model, ClipModel) else None
        if store is not None and (number := len(store.of(key))):
            suggested = tr("{number:,} suggested", number=number)
            words = words.replace(tr("no label"), suggested) if is_todo(summary) \
                else f"{words} · {suggested}"
        place = place_in(key.split("/")[:-1])  # recorders at several places give the same names
        known = (summary.label, summary.group)
        return f"{place} · {words}" if place and place not in known else words

    def paint_thumb(self, painter: QPainter, rect: QRect, model: SampleModel, key: str) -> None:
        summary = model.summary(key)
        if summary.problem is not None:
            side = tokens.ICON
            self.theme.icon("warning", "warn").paint(
                painter, rect.center().x() - side // 2, rect.center().y() - side // 2, side, side)
            return
        bars = self._thumbs.get(key, model.path(key))
        self._paint_bars(painter, rect, bars,
                         self._colors.name(summary.label) if summary.label else "faint")

    def _paint_bars(self, painter: QPainter, rect: QRect, bars: Bars | None, color: str) -> None:
        if not bars:
            painter.setPen(self.theme.color("line_strong"))
            painter.drawLine(rect.left(), rect.center().y(), rect.right(), rect.center().y())
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color(color))
        step = rect.width() / len(bars)
        middle = rect.top() + rect.height() / 2
        for number, value in enumerate(bars):
            height = max(2.0, value * rect.height())
            painter.drawRoundedRect(QRectF(rect.left() + number * step, middle - height / 2,
                                           _BAR, height), 1, 1)


class ClipView(SampleView):
    """Lists clips; several can be selected."""

    samples: ClipModel
    delete_wanted = Signal()
    """The selected clips should be deleted: Delete was pressed while the list has the keyboard."""

    def __init__(self, theme: Theme, colors: ClassColors) -> None:
        super().__init__(theme, ClipModel(), tr("Sounds"), several=True)
        self.thumbs = WaveThumbs(self)
        self.setItemDelegate(ClipDelegate(theme, colors, self.thumbs, self))
        self.thumbs.ready.connect(self.repaint_sample)
        colors.changed.connect(self.viewport().update)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) \
                and deletes(event.key()) and not event.modifiers():
            event.accept()  # here it means clips, and not the regions on the picture
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if deletes(event.key()):
            self.delete_wanted.emit()
        else:
            super().keyPressEvent(event)


class ClipPanel(SuggestedPanel):
    """Finds, lists and adds clips."""

    add_wanted = Signal()
    """Sound files should be chosen and copied in."""
    labels_wanted = Signal()
    """Where labels come from should be shown."""
    cancel_wanted = Signal()
    """What the progress is about shall be ended."""

    view: ClipView
    source: SoundLibrary | None
    make_filter = ClipFilter
    chip_words: ClassVar = {
        "todo": "Every sound is labelled.", SUGGESTED: NO_MORE}
    no_fit = "No sound fits this filter."

    def __init__(self, theme: Theme, colors: ClassColors) -> None:
        super().__init__(tr("Filter sounds…"), HELP, CHIPS, ClipView(theme, colors))
        self.offer_suggested("Sounds with suggestions of a model")
        self.add_button = IconButton("plus", tr("Add sound files"), side=tokens.SPACE_XL,
                                     run=self.add_wanted)
        self.labels_button = IconButton("settings", tr("Where labels come from"),
                                        side=tokens.SPACE_XL, run=self.labels_wanted)
        self._progress = ProgressLine()
        self._progress_text = label("", "caption")
        self.cancel_button = LinkButton(tr("Cancel"), run=self.cancel_wanted)
        self._progress_box = widget_of(column(
            row(self._progress_text, 1, self.cancel_button), self._progress,
            spacing=tokens.SPACE_XS))
        self._progress_box.hide()
        self.arrange(self.view, (self.labels_button, self.add_button), (self._progress_box,))

    def source_of(self, session: Session) -> SoundLibrary:
        return session.sounds

    def project_changed(self, session: Session | None) -> None:
        self.view.thumbs.stop()

    def set_session(self, session: Session | None) -> None:
        store = suggestions_of(session, sounds=True) if session is not None else None
        self.view.samples.suggestions = store
        super().set_session(session)
        if store is not None:
            self._connections.add(
                store.changed.connect(self.view.samples.suggestions_changed),
                store.changed.connect(lambda _key: self.view.viewport().update()),
                store.changed.connect(lambda _key: self.count_soon()))

    def close_threads(self) -> None:
        super().close_threads()
        self.view.thumbs.stop()

    def set_progress(self, text: str, fraction: float | None = None) -> None:
        """Show how far something is; "" takes it away."""
        self._progress_text.setText(text)
        self._progress.set_fraction(fraction)
        self._progress_box.setVisible(bool(text))

    def counts(self) -> dict[str, int]:
        sounds = self.source
        assert sounds is not None
        return {"all": len(sounds),
                "todo": sum(is_todo(sounds.summary(key)) for key in sounds),
                SUGGESTED: self.suggested()}

    def nothing_words(self) -> str:
        assert self.source is not None
        return (tr("Looking for sounds …") if self.source.scanning else
                tr("No sounds yet. Record some, or drop sound files here."))

    def look_at_seen(self) -> None:
        self.view.thumbs.keep_only(self.view.seen())
