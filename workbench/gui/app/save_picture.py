"""Pictures that are shown are written as PNG: asking where, on a thread, and saying so."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject
from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.core.text import tr
from workbench.formats.atomic import write_atomic
from workbench.gui.app.context import AppContext
from workbench.gui.app.saved import say_saved
from workbench.gui.background.threads import worker


class PictureSaver(QObject):
    """Keeps pictures of a widget's."""

    def __init__(self, context: AppContext, widget: QWidget) -> None:
        super().__init__(widget)
        self._context, self._widget = context, widget
        self._worker = worker(self, "picture-keep")

    def save(self, image: QImage, name: str) -> None:
        """Ask where, and write a picture that is called ``name`` at first."""
        chosen, _ = QFileDialog.getSaveFileName(self._widget, tr("Save the picture"), name,
                                                tr("PNG (*.png)"))
        if chosen:
            path = Path(chosen).with_suffix(".png")
            self._worker.start(lambda _thread: write_atomic(path, _png(image)),
                               lambda _done: say_saved(self._context, tr(
                                   "Saved {name}.", name=path.name), path),
                               lambda sentence: self._context.say("bad", sentence))

    def cancel(self) -> None:
        """End the thread."""
        self._worker.cancel()


def _png(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(data.data())
