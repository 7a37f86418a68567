"""Lines and zones on the frames of a video: what crosses or enters them is counted in Data."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QKeyEvent

from workbench.core.text import tr
from workbench.gui.app.context import AppContext, DataTarget
from workbench.gui.counting.overlay import PlacesOverlay
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.counting.tools import NamedTools
from workbench.gui.label.videos.live_count import LiveCount
from workbench.gui.label.videos.viewer import VideoViewer
from workbench.gui.style import tokens
from workbench.gui.widgets import Card, IconButton, LinkButton, label, row


class CountingCard(Card):
    """Lies over the upper left corner of the canvas while lines and zones are shown, and are drawn
    and moved in place of boxes; ``changed`` as for :class:`.counting_mode.CountingMode`."""

    def __init__(self, context: AppContext, viewer: VideoViewer,
                 changed: Callable[[], object]) -> None:
        super().__init__(tr("Lines and zones"), parent=viewer)
        canvas = viewer.canvas
        self._context, self._canvas, self._changed = context, canvas, changed
        self.places = CountingPlaces(context.drawn, self)
        self.overlay = PlacesOverlay(self.places, context.theme, canvas)
        self.overlay.passes = False
        self.count = LiveCount(context, viewer, self.places)
        self.overlay.words = self.count.words
        self.count.changed.connect(self.overlay.update)
        self.overlay.left.connect(self.dismiss)
        self.named = NamedTools(self.places, self.overlay)
        self.add_to_head(IconButton("close", tr("Close"), run=self.dismiss))
        self.add(label(tr("What crosses a line, in the direction of its arrow or against it, is "
                          "counted, and how long things are in a zone."), "caption", wrap=True))
        self.add(self.named)
        self.add(row(1, LinkButton(tr("Show what is counted"), run=self._show_counted, tip=tr(
            "Crossings, by class and time, are listed in Data, Measurements"))))
        for signal in (self.places.changed, context.drawn.stepped):
            signal.connect(changed)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setFixedWidth(tokens.FORM_PANEL_WIDTH)
        canvas.installEventFilter(self)
        canvas.view_changed.connect(self._lay_over)
        self.hide()
        self.overlay.hide()

    def ask(self) -> None:
        """Show it, and what is drawn."""
        self._context.drawn.look()
        self.show()
        self.raise_()
        self.overlay.show()
        self.count.on = True
        self.show_video()
        self.overlay.setFocus()
        self._changed()

    def dismiss(self) -> None:
        """Go, with what is drawn."""
        self.overlay.set_tool("")
        self.hide()
        self.overlay.hide()
        self.count.on = False
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        self._changed()

    def show_video(self) -> None:
        """Show those of the video that is open."""
        session, key = self._canvas.editor.session, self._canvas.editor.key
        self.places.show(str(session.videos.path(key)) if session is not None and key else "")
        self._lay_over()
        self.count.look()

    def _lay_over(self) -> None:
        if self.isHidden():
            return
        view, (width, height) = self._canvas.viewport, self._canvas.scene.picture.size
        self.overlay.setGeometry(self._canvas.rect())
        if not (width and height and self.places.file):
            self.overlay.set_view(None, (1, 1))
            return
        left, top, right, bottom = view.box_to_view((0.0, 0.0, width, height))
        self.overlay.set_view(QRectF(left, top, right - left, bottom - top), (width, height))
        at = self._canvas.geometry().topLeft()
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.resize(self.width(), layout.totalHeightForWidth(self.width()))
        self.move(at.x() + tokens.SPACE_M, at.y() + tokens.SPACE_S)

    def _show_counted(self) -> None:
        self._context.go("data", DataTarget("measurements", tracks=True, crossings=True))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._lay_over()
        return False
