"""What a network is given, painted without smoothing: what is seen are its numbers."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr

_WIDTH, TENSOR_HEIGHT = 132, 84


@dataclass(frozen=True, slots=True)
class ModelInput:
    """A view of an explanation: numbers, float32 (rows, frames), and of sounds int16 samples."""

    id: str
    title: str
    values: NDArray[np.float32]
    pcm: bytes

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ModelInput:
        values = np.frombuffer(base64.b64decode(data["values"]), "<f4")
        return cls(str(data["id"]), str(data["title"]),
                   values.reshape(int(data["rows"]), int(data["frames"])),
                   base64.b64decode(data.get("pcm", "")))


def picture(values: NDArray[np.float32], low: float, high: float) -> QImage:
    """The tensor in colours from ``low`` to ``high``, its first row at the bottom."""
    from workbench.media.sounds.colormap import color_table

    place = np.clip((values[::-1] - low) / max(high - low, 1e-6) * 255, 0, 255).astype(np.uint8)
    colors = np.ascontiguousarray(color_table("magma")[place])
    height, width, _ = colors.shape
    image = QImage(colors.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.copy()


class TensorView(QWidget):
    """Paints one tensor; its tip says its shape and range."""

    def __init__(self, view: ModelInput, image: QImage) -> None:
        super().__init__()
        self._image = image
        self.setFixedSize(_WIDTH, TENSOR_HEIGHT)
        rows, frames = view.values.shape
        self.setToolTip(tr("{title}: {rows} × {frames}, {min:.2f} to {max:.2f}",
                           title=view.title, rows=rows, frames=frames, min=view.values.min(),
                           max=view.values.max()))
        self.setAccessibleName(tr("{title}, {rows} by {frames}",
                                  title=view.title, rows=rows, frames=frames))

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.drawImage(QRectF(self.rect()), self._image)
