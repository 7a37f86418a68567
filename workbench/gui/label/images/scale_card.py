"""Setting the scale by hand: how long a line in the picture is, or how large a pixel."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QWidget

from workbench.core.pixel_size import PixelSize, length_text, parse_length, parse_pixel_size
from workbench.core.text import tr
from workbench.gui.app.scopes import scopes_of
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.label.images.real_sizes import scale_words
from workbench.gui.label.images.ruler_tool import RULER, Line, RulerController
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    Card,
    IconButton,
    LinkButton,
    PrimaryButton,
    label,
    repolish,
    row,
)
from workbench.gui.widgets.inputs import ChoiceField
from workbench.project.pixel_sizes import set_pixel_sizes
from workbench.project.scale_table import PixelSizes
from workbench.project.session import Session

_DIGITS = 6
"""Of a size that follows from a line: no hand is more exact."""


class ScaleCard(Card):
    """Lies over the upper left corner of a canvas, with the ruler in the hand, until the scale is
    set or the ruler is put down.

    Parameters
    ----------
    sample
        What is shown there: "image" or "video".
    told
        Called with a sentence when the scale was set, as the last step of undo.
    """

    def __init__(self, canvas: Canvas, parent: QWidget, sample: str,
                 told: Callable[[str], object]) -> None:
        super().__init__(tr("Set the scale"), parent=parent)
        self._canvas, self._editor, self._told = canvas, canvas.editor, told
        self._own = tr("This image") if sample == "image" else tr("This video")
        self._line: Line | None = None
        self._held: QPoint | None = None
        self._moved = False  # by hand, since it was shown
        self._by_length = True  # which of the two fields counts
        self.length = self._field(tr("Length of the line"), "100 µm")
        self.pixel = self._field(tr("Size of a pixel"), "0.32 µm")
        self._length_words = label("")
        self.scope = ChoiceField()
        self.scope.setAccessibleName(tr("What the scale is for"))
        self.before_files = QCheckBox(tr("Also where the file says its own"))
        self.before_files.setVisible(sample == "image")  # no video says its own
        self.before_files.setToolTip(tr("OME-TIFF, ImageJ and some others say their scale. Without "
                                        "this, such images keep it."))
        self._now = label("", "caption", wrap=True)
        self._trouble = label("", "caption", "bad", wrap=True)
        self.remove = LinkButton(tr("Remove"), run=self._remove)
        self.set_button = PrimaryButton(tr("Set scale"), run=self.apply)
        self._lay_out()
        self.length.textEdited.connect(lambda: self._edited(by_length=True))
        self.pixel.textEdited.connect(lambda: self._edited(by_length=False))
        self.scope.currentIndexChanged.connect(lambda _: self._show_now())
        self.before_files.toggled.connect(lambda _: self._show_now())
        self._editor.mode_changed.connect(self._mode_changed)
        self._editor.sample_changed.connect(self._sample_changed)
        self._editor.scale_changed.connect(self._show_now)
        canvas.installEventFilter(self)
        self.hide()

    def _field(self, name: str, example: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setPlaceholderText(example)
        field.returnPressed.connect(self.apply)
        return field

    def _lay_out(self) -> None:
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.add_to_head(IconButton("close", tr("Close"), run=self.dismiss))
        self._hint = label(tr("Drag a line over something whose length you know, such as a scale "
                              "bar, or say how large a pixel is."), "caption", wrap=True)
        self.add(self._hint)
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.SPACE_S)
        grid.setVerticalSpacing(tokens.SPACE_XS)
        grid.setColumnStretch(1, 1)
        for place, (words, widget) in enumerate((
                (self._length_words, self.length), (label(tr("A pixel is")), self.pixel),
                (label(tr("For")), self.scope))):
            grid.addWidget(words, place, 0)
            grid.addWidget(widget, place, 1)
        self.add(grid)
        self.add(self.before_files)
        now = row(self._now, self.remove)
        now.setStretch(0, 1)
        self.add(now)
        self.add(self._trouble)
        self.add(row(1, self.set_button))
        self.setFixedWidth(tokens.FORM_PANEL_WIDTH)

    # --- opening and closing --------------------------------------------------------------------

    def ask(self) -> None:
        """Show it, with the ruler in the hand."""
        if self._canvas.tool is not RULER:
            self._canvas.picker.choose(RULER)
        known = self._editor.scale
        self._moved = False
        self._line = self._drawn()
        self._by_length = self._line is not None
        self.length.clear()
        self.pixel.setText(known.size.text if known is not None and not self._by_length else "")
        self._offer_scopes()
        self._show_line()
        self._show_now()
        self.show()
        self._place()
        (self.length if self._by_length else self.pixel).setFocus(Qt.FocusReason.OtherFocusReason)
        self.pixel.selectAll()

    def dismiss(self) -> None:
        """Go, and put the ruler down."""
        self.hide()
        if self._canvas.tool is RULER:
            self._canvas.picker.choose(None)

    def _drawn(self) -> Line | None:
        controller = self._canvas.controller
        return controller.line if isinstance(controller, RulerController) else None

    def _offer_scopes(self) -> None:
        session, key = self._editor.session, self._editor.key
        assert session is not None
        known = self._editor.scale
        self.scope.clear()
        for words, scope in scopes_of(session, key, self._own):
            self.scope.addItem(words, None if scope == key else scope)
        own = known is not None and known.origin in ("image", "file")
        self.scope.setCurrentIndex(0 if own else self.scope.count() - 1)
        self.before_files.setChecked(session.manifest.pixel_sizes.before_files)

    # --- what it says ---------------------------------------------------------------------------

    def _mode_changed(self) -> None:
        if self.isHidden():
            return
        if self._canvas.tool is not RULER:
            self.hide()
        elif self._drawn() != self._line:
            self._line = self._drawn()
            self._by_length = self._by_length or self._line is not None
            self._show_line()
            if self._line is not None:
                self._by_length = True
                self.length.setFocus(Qt.FocusReason.OtherFocusReason)
                self.length.selectAll()

    def _sample_changed(self) -> None:
        if not self.isHidden():
            if not self._editor.key:
                self.dismiss()
                return
            self._line = self._drawn()
            self._offer_scopes()
            self._show_line()
            self._show_now()

    def _pixels(self) -> float:
        """How long the line is, 0 for none."""
        return math.dist(*self._line) if self._line is not None else 0.0

    def _show_line(self) -> None:
        pixels = self._pixels()
        self._hint.setVisible(not pixels)
        self.length.setEnabled(pixels > 0)
        self._length_words.setText(
            tr("{pixels:,.0f} px are", pixels=pixels) if pixels else tr("The line is"))
        self._follow()

    def _edited(self, *, by_length: bool) -> None:
        self._by_length = by_length
        self._follow()

    def _follow(self) -> None:
        """Make the field that does not count say what the other one comes to."""
        self._say("")
        try:
            size = self._size()
        except ValueError:
            size = None
        pixels = self._pixels()
        if self._by_length:
            if size is not None or self.length.text():
                self.pixel.setText(size.words() if size is not None else "")
        elif pixels:
            self.length.setText(
                length_text(pixels * size.x, size.unit) if size is not None else "")

    def _size(self) -> PixelSize:
        """What was typed; raises ValueError with a sentence."""
        if not self._by_length or not self._pixels():
            return parse_pixel_size(self.pixel.text())
        value, unit = parse_length(self.length.text())
        if not unit:
            raise ValueError(tr("Write the unit, too, as in 100 µm"))
        side = float(f"{value / self._pixels():.{_DIGITS}g}")
        return PixelSize(side, side, unit)

    def _show_now(self) -> None:
        if self._editor.session is None:
            return
        known, told = self._editor.scale, self._editor.told
        self.before_files.setEnabled(self.scope.currentData() is not None)
        words = tr("Now: {scale}.", scale=scale_words(known)) if known is not None else ""
        if told is not None and self._kept_by_file():
            words = tr("This image keeps {size} a pixel, which its file says.", size=told.words())
        self._now.setText(words)
        self._now.setVisible(bool(words))
        self.remove.setVisible(known is not None and known.origin != "file")
        if not self.isHidden():
            self._place()

    def _kept_by_file(self) -> bool:
        """Whether what is said would not count for this image."""
        return self.scope.currentData() is not None and not self.before_files.isChecked()

    def _say(self, trouble: str) -> None:
        field = self.length if self._by_length and self._pixels() else self.pixel
        for one in (self.length, self.pixel):
            repolish(one, "invalid", "true" if trouble and one is field else "false")
        self._trouble.setText(trouble)
        self._trouble.setVisible(bool(trouble))
        if not self.isHidden():
            self._place()

    # --- what it does ---------------------------------------------------------------------------

    def apply(self) -> None:
        """Set the scale, or say what is wrong with what was typed."""
        session = self._editor.session
        if session is None or not self._editor.key:
            return
        try:
            become = self._chosen(session, self._size())
        except ValueError as error:
            self._say(f"{error}.")
            return
        if become.sizes != session.manifest.pixel_sizes:
            set_pixel_sizes(session, become.sizes)
            self._told(become.words)
        self.dismiss()

    def _chosen(self, session: Session, size: PixelSize) -> _Chosen:
        sizes, key, folder = session.manifest.pixel_sizes, self._editor.key, \
            self.scope.currentData()
        if folder is None:
            return _Chosen(sizes.with_image(key, size),
                           tr("Scale set: {size} a pixel, here alone.", size=size.words()))
        where = self.scope.currentText()
        words = tr("Scale set: {size} a pixel, in {where}.", size=size.words(),
                   where=where[:1].lower() + where[1:])
        if self._editor.told is not None and self._kept_by_file():
            words = f"{words} {tr('This image keeps what its file says.')}"
        return _Chosen(sizes.with_folder(folder, key, size,
                                         before_files=self.before_files.isChecked()), words)

    def _remove(self) -> None:
        session = self._editor.session
        if session is not None:
            set_pixel_sizes(session, session.manifest.pixel_sizes.without(
                self._editor.key, self._editor.told))
            self._told(tr("The scale was removed."))
            self._show_now()

    # --- keys and place -------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A drag moves it off what it covers."""
        parent = self.parentWidget()
        if self._held is None or parent is None:
            return
        self._moved = True
        at = self.mapToParent(event.position().toPoint() - self._held)
        self.move(max(0, min(at.x(), parent.width() - self.width())),
                  max(0, min(at.y(), parent.height() - self.height())))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and not self.isHidden():
            self._place()
        return False

    def _place(self) -> None:
        """In the upper left corner, or in the right one where it would cover the line."""
        at = self._canvas.geometry().topLeft()
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.resize(self.width(), layout.totalHeightForWidth(self.width())
                    if layout.hasHeightForWidth() else layout.totalSizeHint().height())
        if self._moved:
            return
        left, top = at.x() + tokens.SPACE_M, at.y() + tokens.SPACE_S
        right = at.x() + self._canvas.width() - self.width() - tokens.SPACE_M
        if self._line is not None:
            ends = [self._canvas.viewport.to_view(end) for end in self._line]
            begin, end = min(x for x, _ in ends), max(x for x, _ in ends)
            below = min(y for _, y in ends) > self.height() + tokens.SPACE_M
            if not below and begin < self.width() + tokens.SPACE_M < end + self.width() and \
                    end < self._canvas.width() - self.width() - tokens.SPACE_M:
                left = max(left, right)
        self.move(left, top)
        self.raise_()


class _Chosen(NamedTuple):
    """What is to be said of the project's scale, and a sentence about it."""

    sizes: PixelSizes
    words: str
