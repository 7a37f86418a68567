"""The middle of Images: toolbar, canvas, zoom buttons, and what is to be said about the image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from workbench.core.errors import ConflictError, WorkbenchError
from workbench.core.shapes import Bounds
from workbench.core.text import tr
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.ghost import ghost_words
from workbench.gui.label.images.image_source import ImageSource, Picture
from workbench.gui.label.images.toolbar import ImageToolbar, ZoomBar
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import column, row
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.notice import Notice

if TYPE_CHECKING:
    from workbench.gui.widgets.class_chooser import ClassChooser

FIRST_LOOK_S = 0.04
"""A picture that comes within this time is shown at once instead of after a blank."""
AHEAD_MS = 12
"""Neighbours are decoded when the image itself is on the screen: on two cores the threads would
take the processor from the paint."""
NOTICE_WIDTH = 420
"""Logical pixels that a sentence with two buttons needs beside the zoom buttons."""
REFINE_MS = 60
"""Detail is asked for when zooming and moving rest for so long."""


class ImageViewer(QWidget):
    """Shows the editor's image and says what is wrong with it.

    Signals
    -------
    shown
        The picture is on the canvas, or will never be.
    told
        (sentence) what became of a file.
    refused
        (sentence) why something was not done.
    """

    shown = Signal()
    refused = Signal(str)
    told = Signal(str)

    def __init__(self, editor: Editor, theme: Theme, colors: ClassColors,
                 actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._theme = theme
        self._conflicts: dict[str, ConflictError] = {}
        self._ahead: Sequence[Path] = ()
        self.source = ImageSource(self)
        self.canvas = Canvas(editor, theme, colors, self)
        self.toolbar = ImageToolbar(editor, actions, theme, self)
        self.notice = Notice(theme, self)
        self.zoom_bar = ZoomBar(self.canvas, actions, self)
        self._colors = colors
        self._chooser: ClassChooser | None = None
        edge = tokens.SPACE_M
        strip = row(1, self.zoom_bar, margins=(edge, tokens.SPACE_S, edge, tokens.SPACE_S))
        whole = column(self.toolbar, self.canvas, strip, spacing=0)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._refine = QTimer(self, singleShot=True, interval=REFINE_MS)
        self._refine.timeout.connect(self._ask_for_detail)
        self._ahead_soon = QTimer(self, singleShot=True, interval=AHEAD_MS)
        self._ahead_soon.timeout.connect(lambda: self.source.prefetch(self._ahead))
        self.source.changed.connect(self._picture_changed)
        self.canvas.view_changed.connect(lambda: self._refine.start())
        self.canvas.class_wanted.connect(self._choose_class)
        self.canvas.new_class_wanted.connect(self._choose_new_class)
        editor.sample_changed.connect(self._image_changed)
        editor.objects_changed.connect(self.update_notice)
        editor.mode_changed.connect(self.update_notice)
        editor.ghost_changed.connect(self.update_notice)

    # --- which image ----------------------------------------------------------------------------

    def open(self, key: str, ahead: Sequence[Path] = ()) -> None:
        """Show image ``key``, then decode ``ahead``."""
        self.canvas.settle()
        self.dismiss_chooser()
        self._ahead = ahead
        self._editor.open(key)

    def _image_changed(self) -> None:
        path = self._path()
        if path is None:
            self.canvas.show_image(Picture())
            self.notice.dismiss()
            return
        picture = self.source.show(path, FIRST_LOOK_S)
        self._editor.size = picture.size
        self.canvas.show_image(picture)
        self._ahead_soon.start()
        self.update_notice()
        if picture.settled:
            self.shown.emit()

    def _picture_changed(self, name: str) -> None:
        path = self._path()
        if path is None or name != str(path):
            return
        before = self.canvas.scene.picture
        picture = self.source.picture(path)
        if picture is before:
            return
        self._editor.size = picture.size
        self.canvas.set_picture(picture)
        if not before.settled:
            # The neighbours had to stand back for this one.
            self.source.prefetch(self._ahead)
            self.shown.emit()
        self.update_notice()
        self._refine.start()

    def _ask_for_detail(self) -> None:
        path = self._path()
        if path is not None:
            viewport = self.canvas.viewport
            self.source.refine(path, viewport.visible(),
                               viewport.scale * self.canvas.devicePixelRatioF())

    def _path(self) -> Path | None:
        session = self._editor.session
        return session.index.path(self._editor.key) if session and self._editor.key else None

    # --- classes at the box ---------------------------------------------------------------------

    @property
    def chooser(self) -> ClassChooser:
        """The field that chooses a class at a box."""
        if self._chooser is None:
            from workbench.gui.widgets.class_chooser import ClassChooser

            self._chooser = ClassChooser(self._colors, self.canvas)
            self._chooser.closed.connect(lambda: self.canvas.show_unnamed(None))
        return self._chooser

    def dismiss_chooser(self) -> None:
        """Close the field without a choice."""
        if self._chooser is not None:
            self._chooser.dismiss()

    def _choose_class(self, at: QRect) -> None:
        session = self._editor.session
        if session is not None and self._editor.selected:
            current = self._editor.selected[-1].label
            self.chooser.ask(session.classes.names, current, at, self._editor.choose_class)

    def _choose_new_class(self, at: QRect, box: Bounds) -> None:
        session = self._editor.session
        if session is None:
            return

        def chosen(name: str) -> None:
            self._editor.set_current_class(name)
            self._editor.add_box(box)

        self.chooser.ask(session.classes.names, "", at, chosen)

    # --- what is wrong --------------------------------------------------------------------------

    def conflict(self, key: str, error: ConflictError) -> None:
        """Another program changed the labels of ``key``."""
        self._conflicts[key] = error
        self.update_notice()

    def saved(self, key: str) -> None:
        """The labels of ``key`` are on the disk."""
        self._conflicts.pop(key, None)
        self.update_notice()

    def forget_conflicts(self) -> None:
        """Another project is open."""
        self._conflicts.clear()

    def update_notice(self) -> None:
        """Say what is wrong with the shown image; the worst first, nothing where all is well.

        The bar lies over the picture or below it: it moves nothing when it comes or goes.
        """
        self._say_what_is_wrong()
        self._place_notice()

    def _say_what_is_wrong(self) -> None:
        editor, notice = self._editor, self.notice
        session, document = editor.session, editor.document
        if session is None or not editor.key:
            notice.dismiss()
            return
        picture = self.canvas.scene.picture
        folder = (tr("Show in folder"), self.show_folder)
        failed = session.saver.errors().get(editor.key)
        if editor.key in self._conflicts:
            notice.say("warn", str(self._conflicts[editor.key]), (
                (tr("Reload"), self._reload), (tr("Keep mine"), self._keep_mine)))
        elif failed is not None:
            notice.say("bad", str(failed), ((tr("Try again"), session.saver.retry), folder))
        elif editor.reading:
            notice.say("info", editor.reading)
        elif editor.readonly_reason:
            again = (tr("Read again"), self._reload)
            anew = (tr("Start anew"), self._start_anew,
                    tr("Keep the damaged file under another name and "
                       "label the image from the beginning"))
            damaged = document is not None and document.damaged
            notice.say("bad", editor.readonly_reason,
                       (folder, again, anew) if damaged else (folder, again))
        elif editor.ghost is not None:
            notice.say("info", ghost_words(editor.ghost), (
                (tr("Add as a box"), editor.accept_ghost, tr("Make it a label (Enter)")),
                (tr("Dismiss"), lambda: editor.show_ghost(None), tr("Hide it (Esc)"))))
        elif editor.hidden:
            notice.say("info", tr("Boxes are hidden."), (
                (tr("Show boxes"), lambda: editor.set_hidden(False), tr("Show them again (H)")),))
        elif picture.warning:
            notice.say("warn", picture.warning, (folder,))
        elif document is not None and document.problems:
            more = len(document.problems) - 1
            words = document.problems[0].reason.rstrip(".")
            others = tr(" (and {more} more like this)", more=more) if more else ""
            notice.say("info", f"{document.annotation_path.name}: {words}{others}.", (folder,))
        else:
            notice.dismiss()

    def _place_notice(self) -> None:
        """Beside the zoom buttons, or above them where that is too narrow for words."""
        notice, edge = self.notice, tokens.SPACE_M
        if notice.isHidden():
            return
        room = self.zoom_bar.x() - 2 * edge
        beside = room >= NOTICE_WIDTH
        width = room if beside else self.width() - 2 * edge
        height = max(notice.heightForWidth(width), notice.minimumSizeHint().height())
        bottom = self.height() - tokens.SPACE_XS if beside else self.canvas.geometry().bottom()
        notice.setGeometry(edge, bottom - height, width, height)
        notice.raise_()

    def show_folder(self) -> None:
        """Open the folder of the shown image's labels, or of the image itself."""
        from PySide6.QtCore import QUrl
        from PySide6.QtGui import QDesktopServices

        session = self._editor.session
        if session is not None and self._editor.key:
            labels = session.index.annotation_path(self._editor.key)
            path = labels if labels.exists() else session.index.path(self._editor.key)
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

    def _reload(self) -> None:
        session, key = self._editor.session, self._editor.key
        if session is None or not key:
            return
        self._conflicts.pop(key, None)
        try:
            session.reload(key)
        except WorkbenchError as error:
            self.refused.emit(str(error))
        self._editor.reattach()
        self.update_notice()

    def _start_anew(self) -> None:
        session, key = self._editor.session, self._editor.key
        if session is None or not key:
            return
        try:
            aside = session.restart_damaged(key)
        except WorkbenchError as error:
            self.refused.emit(str(error))
        else:
            self.told.emit(tr("The damaged file is kept as {name}.", name=aside.name))
        self._editor.reattach()
        self.update_notice()

    def _keep_mine(self) -> None:
        session, key = self._editor.session, self._editor.key
        if session is None or not key:
            return
        self._conflicts.pop(key, None)
        try:
            session.overwrite(key)
        except WorkbenchError as error:
            self.refused.emit(str(error))
        self.update_notice()

    # --- the widget -----------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_notice()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("canvas"))
        painter.end()
