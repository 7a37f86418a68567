"""The row of buttons above a video."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.label.images.toolbar import BoxButton
from workbench.gui.label.toolbar import PlaceToolbar, without_room
from workbench.gui.label.videos.editor import VideoEditor
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import QuietButton, row
from workbench.gui.widgets.key_words import keyed_tip


class VideoToolbar(PlaceToolbar):
    """Box, hand, what is done with tracks, undo and redo; frames into the project at the right."""

    def __init__(self, editor: VideoEditor, actions: ActionRegistry, theme: Theme,
                 parent: QWidget | None = None) -> None:
        super().__init__(actions, "videos", tr("Video list"), tr("Classes and boxes"), parent)
        self._editor, self._theme = editor, theme
        self.box = BoxButton(actions, "videos")
        self.hand = self.icon_button("hand", "hand", tr("Move the picture with every drag"),
                                     bordered=True)
        self.hand.setCheckable(True)
        self.end = self.icon_button("end", "eye-off", tr("The thing is gone from here on, or "
                                                         "there again"), bordered=True)
        self.split = self.icon_button("split", "split", tr("Split the track here"), bordered=True)
        self.join = self.icon_button("join", "merge", tr("Join two tracks"), bordered=True)
        self.follow = QuietButton(tr("Track"), "spark", run=self._offer_directions)
        keyed_tip(self.follow, tr("Follow the selected box by what the picture shows: forward "
                                  "(<videos.follow>) or backward (<videos.follow_back>)"))
        self.frames = QuietButton(tr("Frames as images…"), "images")
        self.frames.setToolTip(tr("Write frames as images, with their boxes as labels"))
        self.frames.clicked.connect(self.run("frames"))
        self.box.clicked.connect(self.run("draw"))
        self.box.locked.connect(self.run("draw_many"))
        edge = tokens.SPACE_M
        self.setLayout(row(*self.stops[:-2], 1, self.frames, self.side_toggle,
                           margins=(edge, edge, edge, edge)))
        for signal in (editor.sample_changed, editor.mode_changed, editor.objects_changed,
                       editor.selection_changed):
            signal.connect(self.refresh)
        theme.changed.connect(self.update)

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through."""
        return [self.list_toggle, self.box, self.follow, self.end, self.split, self.join,
                self.hand, self.undo, self.redo, self.more_tools, self.back, self.frames,
                self.side_toggle]

    def refresh(self) -> None:
        """Show what can be done."""
        editor = self._editor
        self.box.setEnabled(editor.drawable)
        self.box.set_why(editor.undrawable_reason)
        self.box.show_mode(drawing=editor.drawing, locked=editor.keep_drawing)
        self.hand.setEnabled(bool(editor.key) and not editor.blank)
        self.hand.setChecked(editor.hand)
        of_track: tuple[QWidget, ...] = (self.follow, self.end, self.split)
        for one in of_track:
            one.setEnabled(editor.editable and bool(editor.chosen))
        self.join.setEnabled(editor.editable and len(editor.chosen) == 2)
        self.frames.setEnabled(bool(editor.key) and not editor.blank)

    def _offer_directions(self) -> None:
        """A menu of both ways to follow."""
        from workbench.gui.shell.menus import pop_up

        at = self.follow.mapToGlobal(self.follow.rect().bottomLeft())
        pop_up(self, self._actions, "videos", ["follow", "follow_back"], at)

    def fit(self) -> None:
        """Leave words out where there is no room for them, then what a menu offers, too."""
        tools = [self.end, self.split, self.join, self.hand, self.undo, self.redo]
        going = [self.hand, self.join, self.split, self.redo, self.undo, self.end]
        worded_ones = {self.frames: tr("Frames as images…"), self.follow: tr("Track")}
        side = tokens.CONTROL_HEIGHT + tokens.SPACE_S
        width = (5 + len(tools)) * side + 2 * tokens.SPACE_M  # with the way back
        whole = self.box.narrow_width() + sum(
            self.fontMetrics().horizontalAdvance(words) + 2 * tokens.CONTROL_HEIGHT
            for words in worded_ones.values()) - 3 * tokens.CONTROL_HEIGHT
        worded = width + whole <= self.width()
        for button, words in worded_ones.items():
            button.setText(words if worded else "")
            button.setStyleSheet("" if worded else "padding: 0;")
            button.setMinimumWidth(0 if worded else tokens.CONTROL_HEIGHT)
            button.setAccessibleName(words)
        self.box.set_words(shown=worded)
        self.box.set_narrow(width + whole + self.box.key_width() > self.width())
        back = 0 if self.back.isHidden() else side
        gone = 0 if worded else without_room(
            [side] * len(tools), side, self.width() - 5 * side - 2 * tokens.SPACE_M - back)
        self.leave_out(tools, going[:gone])
        words = self._back_words
        if not worded or self.fontMetrics().horizontalAdvance(words) + width + whole > self.width():
            words = ""  # the arrow alone
        self.back.setText(words)
        self.back.setStyleSheet("" if words else "padding: 0;")

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * (tokens.CONTROL_HEIGHT + tokens.SPACE_S) + 2 * tokens.SPACE_M,
                     tokens.CONTROL_HEIGHT + 2 * tokens.SPACE_M)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), self._theme.color("canvas"))
