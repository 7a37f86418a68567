"""The right side: what the calls are, the calls, and what one can do with them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from workbench.core.text import count, tr
from workbench.evaluation.box_words import COMPARED, GROUPS, Selection, cell_caption, cell_title
from workbench.evaluation.verdict import mistake_counts
from workbench.gui.label.sounds.display import DisplaySettings
from workbench.gui.label.sounds.spectrogram_thumbs import SpectrogramThumbs
from workbench.gui.results.box_orders import ORDERS, orders_for
from workbench.gui.results.notice import UpdateNotice
from workbench.gui.results.result_list_panel import ResultListPanel
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import ChipGroup, ElidedLabel, IconButton, QuietButton, row
from workbench.tasks.sound_detection.results import CallSnapshot
from workbench.tasks.sound_detection.window.list_view import CallListView

WHOLE = "recordings"
"""Id of the chip that shows whole recordings."""


class CallPanel(ResultListPanel[CallListView]):
    """Kinds of mistakes, heading, calls and legend."""

    group_chosen = Signal(str)
    """(id of a group, or :data:`WHOLE`) show these calls."""
    play_pressed = Signal()
    """The button that plays and stops."""

    def __init__(self, theme: Theme, display: DisplaySettings) -> None:
        thumbs = SpectrogramThumbs(display)
        super().__init__(
            CallListView(theme, thumbs), UpdateNotice("recording", tr("Test on them")), "calls",
            tr("At these thresholds no call is behind this number."), ORDERS)
        self.thumbs = thumbs
        thumbs.setParent(self)
        self.kinds = ChipGroup()
        for group, (title, tip) in GROUPS.items():
            if group not in COMPARED:
                self.kinds.add(group, title).setToolTip(tip)
        self.kinds.add(WHOLE, tr("All recordings")).setToolTip(
            tr("Every recording with all its calls"))
        self.caption, self.legend = ElidedLabel(""), ElidedLabel(
            tr("solid: label  ·  dashed: found  ·  thick: what the picture is about  ·  click or "
               "Space plays"))
        for text in (self.caption, self.legend):
            text.setProperty("tone", "soft")
        self.play_button = IconButton("play", tr("Play or stop the chosen call"), keys="Space",
                                      bordered=True, run=self.play_pressed)
        self.open_button = QuietButton(tr("Open in Audio"), "external")
        self.open_button.setToolTip(tr("Open the chosen call in Audio (Enter or double click)"))
        self.open_button.clicked.connect(self.open_chosen)
        head = row(self.title, (self.caption, 1), self.order_box, self.play_button,
                   self.open_button, spacing=tokens.SPACE_S)
        self.kinds.changed.connect(self.group_chosen)
        self.arrange(head, self.legend, above=(self.kinds,))

    def set_selection(self, selection: Selection, classes: Sequence[str]) -> None:
        """Offer the orders that fit, the first one chosen; the calls come later."""
        group = selection if isinstance(selection, str) else ""
        self.kinds.mark(WHOLE if selection is None else group)
        self.set_orders(orders_for(selection, len(classes)))

    def show_snapshot(self, shown: CallSnapshot, colors: Sequence[str]) -> None:
        """Show the calls of a snapshot."""
        self.view.show_snapshot(shown, colors)
        entries, classes = shown.entries, shown.results.classes
        selection = entries.selection
        self.title.setText(count(len(entries), "recording") if selection is None
                           else cell_title(selection, len(entries), classes))
        self.caption.setText("" if selection is None else cell_caption(selection, classes))
        counts = mistake_counts(shown.evaluation)
        self.kinds.set_count("mistakes", sum(counts.values()))
        for kind, number in counts.items():
            self.kinds.set_count(kind, number)
        self.kinds["confused"].setVisible(len(classes) > 1 or counts["confused"] > 0)
        self.kinds.set_count(WHOLE, len(shown.results.records))
        self.stack.setCurrentWidget(self.view if len(entries) else self.nothing)

    def show_playing(self, playing: bool) -> None:
        """Whether something is heard."""
        self.play_button.set_icon("stop" if playing else "play")

    def choice_changed(self) -> None:
        chosen = self.view.row is not None
        self.open_button.setEnabled(chosen)
        self.play_button.setEnabled(chosen)

    def forget(self) -> None:
        """Another set comes: drop the calls of the old one."""
        self.view.show_snapshot(None)
        self.title.setText("")
        self.caption.setText("")
