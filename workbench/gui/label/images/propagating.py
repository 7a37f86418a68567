"""The same objects on the images that follow: for series in which little moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSpinBox, QWidget

from workbench.core.annotation import LabeledObject
from workbench.core.text import count, tr
from workbench.gui.background.reading import DecodeFailure, image_header
from workbench.gui.label.images.geometry import is_shape
from workbench.gui.style import tokens
from workbench.gui.widgets import PopupWindow, PrimaryButton, column, label, row
from workbench.project.session import Session

MOST = 100
"""Images that are changed at once; more would keep the window waiting."""


def copy_to(session: Session, items: Sequence[LabeledObject], keys: Sequence[str],
            text: str) -> list[str]:
    """Add ``items`` to the images ``keys`` as one step called ``text``; what is there exactly like
    that is not added again. Returns the images that were changed: others are damaged or may not be.

    Raises
    ------
    WorkbenchError
        If labels must not be changed.
    """
    wanted: dict[str, tuple[LabeledObject, ...]] = {}
    for key in keys:
        try:
            info = image_header(session.index.path(key))
        except DecodeFailure:
            continue
        document = session.document(key)
        if document.readonly_reason:
            continue
        there = document.annotation.objects
        known = {(item.label, item.shape) for item in there}
        copies = [replace(item, shape=item.shape.clipped((info.width, info.height)), source=None)
                  for item in items]
        added = [item for item in copies
                 if is_shape(item.shape) and (item.label, item.shape) not in known]
        if added:
            wanted[key] = (*there, *added)
    if wanted:
        session.images.edit_many(wanted, text)
    return list(wanted)


class CopyForwardPopup(PopupWindow):
    """Asks to how many of the next images the objects are copied."""

    chosen = Signal(int)
    """(number of images)"""

    most: ClassVar[int] = MOST
    usual: ClassVar[int] = 1
    button: ClassVar[str] = "Copy"
    unit: ClassVar[str] = "images"
    tip: ClassVar[str] = "How many of the next images in the list, up to {most}"
    title: ClassVar[str] = "Copy to the next images"
    question: ClassVar[str] = "Copy {boxes} to the next images, in the same place"

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = label("", wrap=True)
        self.number = QSpinBox()
        self.number.setRange(1, self.most)
        self.number.setValue(self.usual)
        tip = tr(self.tip, most=self.most)
        self.number.setToolTip(tip)
        self.number.setAccessibleName(tip)
        self.copy = PrimaryButton(tr(self.button), run=self._choose)
        edge = tokens.SPACE_M
        self.setLayout(column(self._words, row(self.number, label(tr(self.unit), "caption"), 1,
                                               self.copy, spacing=tokens.SPACE_S),
                              margins=(edge, edge, edge, edge), spacing=tokens.SPACE_S))
        self.number.setMinimumWidth(2 * tokens.CONTROL_HEIGHT)
        self.setFixedWidth(tokens.SIDE_PANEL_WIDTH)
        self.setAccessibleName(tr(self.title))
        self.number.lineEdit().returnPressed.connect(self._choose)

    def ask(self, boxes: str, over: QWidget) -> None:
        """Ask for ``boxes`` ("3 boxes") in the middle of ``over``."""
        self._words.setText(tr(self.question, boxes=boxes))
        self.show_over(over)
        self.number.setFocus()
        self.number.selectAll()

    def _choose(self) -> None:
        self.close()
        self.chosen.emit(self.number.value())


def copied_words(items: Sequence[LabeledObject], done: int, asked: int) -> str:
    """ "Copied 3 objects to 5 images." """
    left = tr("{images} had them already or cannot be changed.",
              images=count(asked - done, "image")) if done < asked else ""
    if not done:
        return left
    said = tr("Copied {objects} to {images}.", objects=count(len(items), "object"),
              images=count(done, "image"))
    return f"{said} {left}".rstrip()
