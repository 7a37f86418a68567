"""A heat map over its image, with a choice of the class and of the map's strength."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.text import tr
from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.style import tokens
from workbench.gui.widgets import LabeledSlider, QuietButton, column, label, row
from workbench.gui.widgets.inputs import ElidedBox
from workbench.media.images.heat import STRENGTH, HeatMap

_SIDE = 1024  # pixels of the longer side that the image is decoded to
_MAP_SIDE = 256


class HeatPicture(QWidget):
    """The image, and the map over it."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file
        self.strength = STRENGTH
        self._heat: HeatMap | None = None
        self._colors = QImage()
        self.loader = ThumbnailLoader(None, self)
        self.loader.ready.connect(lambda _path: self.update())
        self.setMinimumSize(160, 120)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_heat(self, heat: HeatMap) -> None:
        self._heat = heat
        colors = heat.colors(_MAP_SIDE, _MAP_SIDE)
        self._colors = QImage(colors.tobytes(), _MAP_SIDE, _MAP_SIDE, 3 * _MAP_SIDE,
                              QImage.Format.Format_RGB888).copy()
        self.setAccessibleName(tr("Heat map of {name}", name=heat.name))
        self.setAccessibleDescription(heat.sentence())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        picture = self.loader.get(self.file, _SIDE)
        if picture is None or self._heat is None:
            return
        size = QSizeF(picture.size()).scaled(QSizeF(self.size()),
                                             Qt.AspectRatioMode.KeepAspectRatio)
        area = QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2,
                      size.width(), size.height())
        left, top, right, bottom = self._heat.box
        over = QRectF(area.left() + left * area.width(), area.top() + top * area.height(),
                      (right - left) * area.width(), (bottom - top) * area.height())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(area, picture, QRectF(picture.rect()))
            painter.setOpacity(self.strength)
            painter.drawImage(over, self._colors)


class HeatView(QWidget):
    """The maps of all classes over an image, the first one shown.

    Parameters
    ----------
    file
        The image.
    maps
        One or more.
    """

    left = Signal()
    """*Close* was pressed."""

    def __init__(self, file: str, maps: Sequence[HeatMap]) -> None:
        super().__init__()
        self._maps = maps
        self.picture = HeatPicture(file)
        self.class_box = ElidedBox()
        self.class_box.setAccessibleName(tr("Class"))
        self.class_box.setToolTip(tr("The class whose score the map is about"))
        self.class_box.addItems([f"{item.name} · {item.score:.2f}" for item in maps])
        if len(maps) == 1:
            self.class_box.hide()
        self.strength = LabeledSlider(tr("Strength of the map"), 0.0, 1.0, STRENGTH)
        self.strength.setToolTip(tr("At 0 (Home) the image is seen alone"))
        self.words = label("", tone="soft", wrap=True)
        self.close_button = QuietButton(tr("Close"), run=self.left)
        self.class_box.currentIndexChanged.connect(self._choose)
        self.strength.value_changed.connect(self._set_strength)
        self.setLayout(column((self.picture, 1), row((self.class_box, 1), (self.strength, 1),
                                                     spacing=tokens.SPACE_M),
                              row((self.words, 1), self.close_button),
                              spacing=tokens.SPACE_S))
        self.setFocusProxy(self.strength)
        self._choose(0)

    def _choose(self, index: int) -> None:
        self.picture.show_heat(self._maps[index])
        self.words.setText(self._maps[index].sentence())

    def _set_strength(self, strength: float) -> None:
        self.picture.strength = strength
        self.picture.update()
