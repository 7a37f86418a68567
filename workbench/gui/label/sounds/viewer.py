"""The middle of Audio: toolbar, notice, pictures, and a row for cards below them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from workbench.core.text import tr
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.label.sounds.canvas import SoundCanvas
from workbench.gui.label.sounds.clip_source import ClipSource
from workbench.gui.label.sounds.display import DisplaySettings
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.measures_card import MeasuresCard
from workbench.gui.label.sounds.overview import Overview, TimeBar
from workbench.gui.label.sounds.segment_bar import SegmentBar
from workbench.gui.label.sounds.time_canvas import GUTTER
from workbench.gui.label.sounds.time_view import clock_words, duration_words
from workbench.gui.label.sounds.toolbar import ClipToolbar
from workbench.gui.label.viewer import Remark, SampleViewer
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Card, ProgressLine, column, row, widget_of
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.fitting import Fitting
from workbench.media.recording_place import place_in

CARDS_WIDTH = 520
"""Width of the viewer in logical pixels from which on its cards lie side by side."""


class ClipViewer(SampleViewer):
    """Shows one clip. Other parts of the program add cards with :meth:`add_card`."""

    display_changed = Signal(object)
    """(:class:`DisplaySettings`) a person chose others."""
    read_again_wanted = Signal()
    """The clip and its labels shall be read again."""

    _editor: ClipEditor
    canvas: SoundCanvas
    toolbar: ClipToolbar
    ground = "ground"

    def __init__(self, editor: ClipEditor, theme: Theme, colors: ClassColors,
                 actions: ActionRegistry) -> None:
        super().__init__(editor, theme, colors)
        self.source = ClipSource(self)
        self.canvas = SoundCanvas(editor, self.source, theme, colors)
        self.toolbar = ClipToolbar(actions)
        self.segment_bar = SegmentBar(editor, self.source)
        self.card = Card(elided=True)
        self.card.add_to_head(self._progress())
        self.overview = Overview(self.canvas, editor.spans, theme, colors)
        for changed in (editor.objects_changed, editor.sample_changed):
            changed.connect(self.overview.update)
        self.time_bar = TimeBar(self.canvas)
        self.card.add(self.overview)
        self.card.add(self.canvas, 1)
        self.card.add(row(self.time_bar, margins=(GUTTER, 0, 0, 0)))
        self.cards = QHBoxLayout()
        self.cards.setSpacing(tokens.SPACE_M)
        self._cards_box = widget_of(self.cards)
        self.cards.setContentsMargins(0, 0, 0, 0)
        self._cards_box.hide()
        edge = tokens.SPACE_M
        self.measures = MeasuresCard(editor)
        inner = column(self.notice, self.segment_bar, self.card, self.measures, self._cards_box,
                       spacing=tokens.SPACE_M, margins=(edge, 0, edge, edge))
        inner.setStretch(2, 1)
        # From outside in: whatever gets a parent is styled anew with all that is in it.
        below, area = QWidget(), Fitting()
        self.setLayout(column(self.toolbar, (area, 1), spacing=0))
        area.hold(below)
        below.setLayout(inner)
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
        self._editor.suggestions.changed.connect(self.update_notice)
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
        *folders, name = editor.key.split("/")
        place = place_in(folders)
        words = [word for word in (name, place if place != editor.whole_label else "",
                                   editor.whole_label) if word]
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
        self.failure = sentence
        self.progress.hide()
        self.update_notice()

    def _clip_changed(self) -> None:
        self.failure = ""
        self.update_notice()

    # --- what is wrong --------------------------------------------------------------------------

    def remark(self) -> Remark | None:
        """Which file does not follow what was edited."""
        document, controller = self._editor.document, self._editor.suggestions
        if controller.shown:
            from workbench.gui.label.sounds.suggest_panel import suggested_remark

            return suggested_remark(controller)
        if document is None or document.left_behind is None or not document.state.exists:
            return None
        words = tr("Your changes are saved in {name}. {name2} stays as it was.",
                   name=document.annotation_path.name, name2=document.left_behind.name)
        return Remark("info", words, (self.folder_choice,))

    def reopen(self) -> None:
        self.read_again_wanted.emit()
