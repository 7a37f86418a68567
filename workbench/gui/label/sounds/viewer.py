"""The middle of Audio: toolbar, notice, pictures, and a row for cards below them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from workbench.core.errors import ConflictError, WorkbenchError
from workbench.core.text import tr
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.label.sounds.canvas import GUTTER, SoundCanvas
from workbench.gui.label.sounds.clip_source import ClipSource
from workbench.gui.label.sounds.display import DisplaySettings
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.measures_card import MeasuresCard
from workbench.gui.label.sounds.overview import Overview, TimeBar
from workbench.gui.label.sounds.segment_bar import SegmentBar
from workbench.gui.label.sounds.time_view import clock_words, duration_words
from workbench.gui.label.sounds.toolbar import ClipToolbar
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card, ProgressLine, column, row
from workbench.gui.widgets.class_chooser import ClassChooser
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.fitting import Fitting
from workbench.gui.widgets.notice import Notice

CARDS_WIDTH = 520
"""Width of the viewer in logical pixels from which on its cards lie side by side."""


class ClipViewer(QWidget):
    """Shows one clip. Other parts of the program add cards with :meth:`add_card`.

    Signals
    -------
    display_changed
        (:class:`DisplaySettings`) a person chose others.
    refused, told
        (sentence) why something was not done; what became of it.
    read_again
        The clip and its labels shall be read again.
    """

    display_changed = Signal(object)
    refused = Signal(str)
    told = Signal(str)
    read_again = Signal()

    def __init__(self, editor: ClipEditor, theme: Theme, colors: ClassColors,
                 actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._theme = theme
        self._failure = ""
        self._conflicts: dict[str, ConflictError] = {}
        self.source = ClipSource(self)
        self.canvas = SoundCanvas(editor, self.source, theme, colors)
        self.chooser = ClassChooser(colors, self.canvas)
        self.toolbar = ClipToolbar(actions)
        self.notice = Notice(theme)
        self.segment_bar = SegmentBar(editor, self.source)
        self.card = Card(elided=True)
        self.card.add_to_head(self._progress())
        self.overview = Overview(self.canvas, editor, theme, colors)
        self.time_bar = TimeBar(self.canvas)
        self.card.add(self.overview)
        self.card.add(self.canvas, 1)
        self.card.add(row(self.time_bar, margins=(GUTTER, 0, 0, 0)))
        self.cards = QHBoxLayout()
        self.cards.setSpacing(tokens.SPACE_M)
        self._cards_box = QWidget()
        self._cards_box.setLayout(self.cards)
        self.cards.setContentsMargins(0, 0, 0, 0)
        self._cards_box.hide()
        edge = tokens.SPACE_M
        self.measures = MeasuresCard(editor)
        inner = column(self.notice, self.segment_bar, self.card, self.measures, self._cards_box,
                       spacing=tokens.SPACE_M, margins=(edge, 0, edge, edge))
        inner.setStretch(2, 1)
        below = QWidget()
        below.setLayout(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.toolbar)
        whole.addWidget(Fitting(below), 1)
        self._wire()

    def _progress(self) -> QWidget:
        self.progress = ProgressLine()
        self.progress.setFixedWidth(tokens.SIDE_PANEL_WIDTH // 2)
        self.progress.hide()
        return self.progress

    def _wire(self) -> None:
        self.source.failed.connect(self._failed)
        self.segment_bar.closed.connect(self.focus)
        self.source.progress.connect(self._show_progress)
        self.source.opened.connect(self._show_look)
        self.canvas.pointed.connect(self._show_pointed)
        self.canvas.label_wanted.connect(self.ask_for_class)
        self.toolbar.display_changed.connect(self._display_chosen)
        self._editor.sample_changed.connect(self._clip_changed)
        self._editor.objects_changed.connect(self.update_notice)
        self._editor.sample_changed.connect(self._show_title)
        self._editor.objects_changed.connect(self._show_title)
        self._theme.changed.connect(self.update)
        self.measures.closed.connect(self.toggle_measures)

    def minimumSizeHint(self) -> QSize:
        """Of the toolbar and the pictures: the cards below are stacked where that is narrower."""
        width = max(self.toolbar.minimumSizeHint().width(),
                    self.card.minimumSizeHint().width() + 2 * tokens.SPACE_M)
        return QSize(width + tokens.SCROLLBAR_WIDTH, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        way = QBoxLayout.Direction
        self.cards.setDirection(way.LeftToRight if self.width() >= CARDS_WIDTH
                                else way.TopToBottom)
        super().resizeEvent(event)

    def toggle_measures(self) -> None:
        """Show what is measured in the regions in the place of the cards, or these again."""
        shown = self.measures.isHidden()
        self._cards_box.setVisible(not shown and self.cards.count() > 0)
        if shown:
            self.measures.open()
        else:
            self.measures.hide()
            self.focus()

    def add_card(self, card: QWidget) -> None:
        """Put a card into the row below the pictures."""
        self.cards.addWidget(card, 1)
        self._cards_box.setVisible(self.measures.isHidden())

    # --- what is shown --------------------------------------------------------------------------

    def set_display(self, display: DisplaySettings) -> None:
        """Show spectrograms like this."""
        self.canvas.set_display(display)
        self._show_look()

    def _display_chosen(self, display: DisplaySettings) -> None:
        self.set_display(display)
        self.display_changed.emit(display)

    def _show_look(self) -> None:
        settings = self.canvas.display.settings(self.canvas.sample_rate)
        info = self.source.info
        self.toolbar.show_display(self.canvas.display, settings.n_fft, settings.hop_length,
                               info.channels if info is not None else 1)

    def _show_title(self) -> None:
        editor = self._editor
        name = editor.key.rpartition("/")[2]
        words = [word for word in (name, editor.whole_label) if word]
        if editor.duration:
            words.append(duration_words(editor.duration))
        self.card.set_title(" · ".join(words))
        self.card.set_right("")

    def _show_progress(self, fraction: float) -> None:
        self.progress.set_fraction(fraction)
        self.progress.setVisible(fraction < 1 and self._editor.duration > 60)

    def _show_pointed(self, seconds: float, frequency: float, decibel: float) -> None:
        words = []
        if seconds >= 0:
            words.append(f"{clock_words(seconds, 0.001)}" + (" s" if seconds < 60 else ""))
        if frequency >= 0:
            words += [tr("{frequency:,.0f} Hz",
                         frequency=frequency), tr("−{decibel:.0f} dB", decibel=abs(decibel))]
        self.card.set_right(" · ".join(words))

    def _failed(self, sentence: str) -> None:
        self._failure = sentence
        self.progress.hide()
        self.update_notice()

    def _clip_changed(self) -> None:
        self._failure = ""
        self.update_notice()

    # --- what is wrong --------------------------------------------------------------------------

    def conflict(self, key: str, error: ConflictError) -> None:
        """Another program changed a file; that of a clip is told over it."""
        self._conflicts[key] = error
        self.update_notice()

    def saved(self, key: str) -> None:
        """What was edited is on the disk."""
        self._conflicts.pop(key, None)
        if key == self._saver_key:
            self.update_notice()

    def forget_conflicts(self) -> None:
        """Another project is open."""
        self._conflicts.clear()

    @property
    def _saver_key(self) -> str:
        return self._editor.key

    def update_notice(self) -> None:
        """Say what is wrong with the clip; the worst first, nothing where all is well."""
        session, notice = self._editor.session, self.notice
        if session is None or not self._editor.key:
            notice.dismiss()
            return
        folder = (tr("Show in folder"), self.show_folder)
        failed = session.saver.errors().get(self._saver_key)
        reason = self._failure or self._editor.readonly_reason
        if self._saver_key in self._conflicts:
            notice.say("warn", self._conflicts[self._saver_key].sentence(), (
                (tr("Reload"), lambda: self._settle(session.reload)),
                (tr("Keep mine"), lambda: self._settle(session.overwrite))))
        elif failed is not None:
            notice.say("bad", failed.sentence(), ((tr("Try again"), session.saver.retry), folder))
        elif reason:
            document = self._editor.document
            damaged = not self._failure and document is not None and document.damaged is not None
            anew = (tr("Start anew"), self._start_anew,
                    tr("Keep the damaged file under another name and "
                       "label the clip from the beginning"))
            again = (tr("Read again"), self.read_again.emit)
            notice.say("bad", reason, (folder, again, anew) if damaged else (folder, again))
        elif self._left_behind:
            notice.say("info", self._left_behind, (folder,))
        else:
            notice.dismiss()

    @property
    def _left_behind(self) -> str:
        """Which file does not follow what was edited, or ""."""
        document = self._editor.document
        if document is None or document.left_behind is None or not document.state.exists:
            return ""
        return (tr("Your changes are saved in {name}. "
                   "{name2} stays as it was.",
                   name=document.annotation_path.name, name2=document.left_behind.name))

    def _settle(self, act: Callable[[str], object]) -> None:
        """End the conflict over the clip as the person chose."""
        error = self._conflicts.pop(self._saver_key, None)
        try:
            act(self._saver_key)
        except WorkbenchError as refused:
            if error is not None:
                self._conflicts[self._saver_key] = error
            self.refused.emit(refused.sentence())
        self.update_notice()

    def _start_anew(self) -> None:
        session = self._editor.session
        if session is None or not self._editor.key:
            return
        try:
            aside = session.restart_damaged(self._saver_key)
        except WorkbenchError as error:
            self.refused.emit(error.sentence())
        else:
            self.told.emit(tr("The damaged file is kept as {name}.", name=aside.name))
        self.read_again.emit()

    @property
    def failure(self) -> str:
        """Why the clip could not be shown, or ""."""
        return self._failure

    def show_folder(self) -> None:
        """Open the folder that the clip lies in."""
        sounds = self._editor.library
        if sounds is not None and self._editor.key:
            folder = sounds.path(self._editor.key).parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def ask_for_class(self, at: QRect) -> None:
        """Offer the classes beside a region; the choice is given to what is selected."""
        session = self._editor.session
        if session is None:
            return
        self.chooser.ask(session.classes.names, self._editor.current_class, at,
                         self._editor.choose_class)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("ground"))
        painter.end()

    def focus(self) -> None:
        """Give the keyboard to the pictures."""
        self.canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)
