"""Lists of samples that are pictures: images, and videos by their first frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QPainter

from workbench.gui.background.cropped_thumbnails import CroppedThumbnails
from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.label.sample_model import SampleModel
from workbench.gui.label.sample_panel import SamplePanel
from workbench.gui.label.sample_view import SampleDelegate, SampleView
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.project.session import Session

THUMB = QSize(52, 36)
"""Logical pixels of a thumbnail in the list."""


class PicturedDelegate(SampleDelegate):
    """Paints a sample with its thumbnail."""

    def __init__(self, theme: Theme, words: Callable[[Any], str]) -> None:
        super().__init__(theme, THUMB, words)
        self.covers = CroppedThumbnails(tokens.RADIUS_MARK)
        self.painted: dict[str, str] = {}
        """The samples that were painted, by the paths of their files."""

    def paint_thumb(self, painter: QPainter, rect: QRect, model: SampleModel, key: str) -> None:
        path = str(model.path(key))
        self.painted[path] = key
        self.covers.paint(painter, rect, path, self.theme, tokens.ICON_SMALL)

    def mark(self, model: SampleModel, key: str, summary: Any) -> tuple[str, str] | None:
        return ("warning", "warn") if model.problem(key) else None


class PicturedView(SampleView):
    """Lists samples with their thumbnails."""

    def __init__(self, theme: Theme, samples: SampleModel, name: str,
                 delegate: PicturedDelegate) -> None:
        super().__init__(theme, samples, name)
        self.delegate = delegate
        delegate.setParent(self)
        self.setItemDelegate(delegate)

    def repaint_image(self, path: str) -> None:
        """The thumbnail of a sample has come."""
        self.delegate.covers.forget(path)
        first = self.indexAt(QPoint(1, 1)).row()
        for place, key in enumerate(self.seen(), max(first, 0)):
            if str(self.samples.path(key)) == path:
                self.update(self.samples.index(place))

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self.delegate.covers.forget()
        return super().viewportEvent(event)


class PicturedPanel(SamplePanel):
    """Finds and lists samples with thumbnails."""

    view: PicturedView

    @property
    def loader(self) -> ThumbnailLoader | None:
        """What makes the thumbnails of the project."""
        return self.view.delegate.covers.loader

    def set_session(self, session: Session | None) -> None:
        super().set_session(session)
        if self.source is not None:
            self._connections.add(self.source.reset.connect(self._forget_gone))

    def _forget_gone(self) -> None:
        """A file that comes in the place of one that is gone, as after undo, looks otherwise."""
        delegate, source = self.view.delegate, self.source
        gone = [path for path, key in delegate.painted.items()
                if source is None or source.row(key) is None]
        for path in gone:
            del delegate.painted[path]
            delegate.covers.forget(path)
            if self.loader is not None:
                self.loader.forget(path)

    def project_changed(self, session: Session | None) -> None:
        self.view.delegate.covers.show_project(session.folder if session is not None else None,
                                               self, self.thumbnail_came)
        self.view.samples.trouble = (lambda _path: "") if self.loader is None \
            else self.loader.trouble
        self.view.delegate.painted.clear()

    def thumbnail_came(self, path: str) -> None:
        """The thumbnail of a file is there, or is known to fail."""
        self.view.repaint_image(path)

    def close_threads(self) -> None:
        super().close_threads()
        self.project_changed(None)

    def look_at_seen(self) -> None:
        if self.source is not None and self.loader is not None:
            self.loader.keep_only(str(self.source.path(key)) for key in self.view.seen())
