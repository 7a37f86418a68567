"""What the model sees: images of the project as the next training would vary them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPainterPath,
    QPainterStateGuard,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy

from workbench.core.text import count, tr
from workbench.extension.augmentations import settings_of
from workbench.extension.recipe import Recipe
from workbench.extension.tasks import tasks
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.charts.picking import TipView
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.train.question import NewestQuestion, What
from workbench.gui.widgets import Card, LinkButton, label
from workbench.jobs.commands import Command, TrainRequest, Vary
from workbench.jobs.events import Failed, Finished

_TILE, _GAP = 104, tokens.SPACE_S
_PATIENCE_MS = 150
_VEIL = 0.4  # so much of the colour of a class lies over its areas
_UNKNOWN = 255  # pixels of which nobody knows what they are


@dataclass(frozen=True, slots=True)
class AugmentedImage:
    """One image as it is seen, with what is to be found in it, in its pixels."""

    file: str
    image: QImage
    boxes: tuple[tuple[float, ...], ...] = ()
    corners: tuple[tuple[float, ...], ...] = ()
    """Of boxes that are rotated, x and y of each corner; these are drawn instead."""
    areas: QImage | None = None
    """What lies over it, in the colours of the classes."""


class SightStrip(TipView):
    """Images in a line, as many as there is room for."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.images: tuple[AugmentedImage, ...] = ()
        self.words = ""
        """What stands there while there are no images."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_TILE)
        self.setAccessibleName(tr("What the model sees"))
        theme.changed.connect(self.update)

    def set_images(self, images: Sequence[AugmentedImage]) -> None:
        """Show these."""
        self.images = tuple(images)
        self.setAccessibleDescription(count(len(images), "image"))
        self.say("")

    def say(self, words: str) -> None:
        """What is being waited for; "" for nothing."""
        self.words = words
        self.update()

    def tiles(self) -> list[tuple[AugmentedImage, QRectF]]:
        """What there is room for, and where it lies."""
        room = max(1, round((self.width() + _GAP) / (_TILE + _GAP)))
        side = min(_TILE, (self.width() - (room - 1) * _GAP) / room)
        return [(shown, QRectF(place * (side + _GAP), (_TILE - side) / 2, side, side))
                for place, shown in enumerate(self.images[:room])]

    def sizeHint(self) -> QSize:
        return QSize(4 * (_TILE + _GAP), _TILE)

    def tip_at(self, point: QPointF) -> tuple[str, QRect]:
        return next((shown.file for shown, area in self.tiles() if area.contains(point)), ""), \
            QRect()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing
                                   | QPainter.RenderHint.SmoothPixmapTransform)
            for shown, area in self.tiles():
                self._paint(painter, shown, area)
            if not self.images:
                painter.setPen(self._theme.color("soft"))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.words)

    def _paint(self, painter: QPainter, shown: AugmentedImage, area: QRectF) -> None:
        size = QSize(shown.image.size()).scaled(area.size().toSize(),
                                                Qt.AspectRatioMode.KeepAspectRatio)
        inside = QRectF(area.center().x() - size.width() / 2,
                        area.center().y() - size.height() / 2, size.width(), size.height())
        with QPainterStateGuard(painter):
            clip = QPainterPath()
            clip.addRoundedRect(inside, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
            painter.setClipPath(clip)
            painter.drawImage(inside, shown.image)
            if shown.areas is not None:
                painter.setOpacity(_VEIL)
                painter.drawImage(inside, shown.areas)
                painter.setOpacity(1.0)
            scale = size.width() / max(1, shown.image.width())
            painter.setPen(QPen(self._theme.color("accent"), tokens.WIDTH_BOX))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for ring in shown.corners or map(_corners, shown.boxes):
                painter.drawPolygon([QPointF(x, y) * scale + inside.topLeft()
                                     for x, y in zip(ring[::2], ring[1::2], strict=True)])


def _corners(box: tuple[float, ...]) -> tuple[float, ...]:
    left, top, right, bottom = box
    return left, top, right, top, right, bottom, left, bottom


class AugmentationCard(Card):
    """The strip, and the way to other images."""

    other_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("What the model sees"))
        self.setToolTip(tr("Training images as the settings at the left vary them"))
        self.strip = SightStrip(theme)
        self.words = label("", "caption", "soft", wrap=True)
        self.words.hide()
        self.other_button = LinkButton(tr("Other images"))
        self.other_button.setToolTip(tr("Show other images, and the same ones varied otherwise"))
        self.other_button.clicked.connect(self.other_wanted)
        self.add_to_head(self.other_button)
        self.add(self.strip)
        self.add(self.words)

    def show_images(self, images: Sequence[AugmentedImage], words: str = "") -> None:
        """Show images, or why there are none."""
        self.strip.set_images(images)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.other_button.setEnabled(bool(images))


class AugmentationPreviews(NewestQuestion):
    """Keeps the card up to date with the form."""

    def __init__(self, engine: EngineClient, card: AugmentationCard,
                 color_of: Callable[[str], QColor]) -> None:
        super().__init__(engine, _PATIENCE_MS, card)
        self._card, self._color_of = card, color_of
        self._draw = 0
        self._last: What | None = None
        card.other_wanted.connect(self._others)

    def ask(self, what: What) -> None:
        """Show soon what a training of what ``what`` gives would see; until then what is shown
        stays."""
        self._last = what
        self.ask_soon(what)

    def forget(self) -> None:
        """Show nothing, as for another project."""
        self.drop()
        self._draw, self._last = 0, None
        self._card.show_images(())

    def _others(self) -> None:
        self._draw += 1
        if self._last is not None:
            self.ask_soon(self._last)

    def command(self, job: str, folder: str, request: TrainRequest) -> Command:
        self._card.strip.say(tr("Preparing images …"))
        return Vary(job, folder, request, self._draw)

    def nothing_to_ask(self) -> None:
        """What is shown stays."""

    def answered(self, event: object) -> bool:
        if isinstance(event, Finished):
            self._card.strip.say("")
            if event.state == "finished":
                inks = [self._color_of(name) for name in event.result.get("classes", ())]
                self._card.show_images([shown for item in event.result.get("images", ())
                                        if (shown := _augmented_image(item, inks)) is not None])
        elif isinstance(event, Failed):
            self._card.show_images((), event.message)
        return isinstance(event, Finished | Failed)


def varies(recipe: Recipe | None) -> bool:
    """Whether a recipe learns from images and has settings that vary them."""
    if recipe is None or recipe.task not in tasks or tasks.get(recipe.task).medium != "images":
        return False
    return any(field.name.startswith("augment") for field in settings_of(recipe))


def _augmented_image(item: Mapping[str, Any], inks: Sequence[QColor]) -> AugmentedImage | None:
    image = QImage.fromData(base64.b64decode(item["jpeg"]))
    if image.isNull():
        return None
    boxes, corners = (tuple(map(tuple, item.get(key, ()))) for key in ("boxes", "corners"))
    return AugmentedImage(str(item["file"]), image, boxes, corners,
                          _colored(item["areas"], inks) if "areas" in item else None)


def _colored(png: str, inks: Sequence[QColor]) -> QImage:
    """A grey picture of areas in the colours of the classes, with transparent ground; grey where
    nobody knows."""
    grey = QImage.fromData(base64.b64decode(png)).convertToFormat(QImage.Format.Format_Grayscale8)
    areas = QImage(grey.constBits(), grey.width(), grey.height(), grey.bytesPerLine(),
                   QImage.Format.Format_Indexed8).copy()
    clear = QColor(Qt.GlobalColor.transparent).rgba()
    table = [clear] * (_UNKNOWN + 1)
    table[1:1 + len(inks)] = [ink.rgba() for ink in inks]
    table[_UNKNOWN] = QColor(Qt.GlobalColor.gray).rgba()
    areas.setColorTable(table)
    return areas
