"""How pictures look on the screen: brighter, with more contrast, one colour alone, inverted.

A table of 256 entries is looked up for the pixels that are painted. Files, models and everything
that is computed see the pictures as they are.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QImage, QPainter

from workbench.core.signal import Signal
from workbench.media.images.windowing import WHOLE, Window, limits

if TYPE_CHECKING:
    from collections.abc import Callable

CHANNELS: Final = ("red", "green", "blue")
CUT_OFF: Final = 0.005
"""Share of the values that "auto" leaves out at each end."""
GAMMA_LEAST, GAMMA_MOST = 0.2, 5.0
MASK_COVER: Final = 45.0
_SAMPLE = 512  # pixels of a side of what quantiles are taken from
_STRIP = 64  # rows that are changed at once: what they need stays in the processor's cache
_OF_CHANNEL = {"red": 2, "green": 1, "blue": 0}  # in memory a pixel is blue, green, red, alpha


class Adjustments(NamedTuple):
    """What a person chose."""

    brightness: float = 0.0
    contrast: float = 0.0
    """From -100 to 100 per cent, 0 for as it is."""
    gamma: float = 1.0
    """More than 1 makes the middle lighter."""
    low: float = 0.0
    high: float = 100.0
    """What is shown as black and white, in per cent of the range of the picture's values."""
    auto: bool = False
    """Find them for each picture instead: all but the outermost half per cent of the values."""
    channel: str = ""
    """ "red", "green" or "blue" alone, as grey; "" for all."""
    inverted: bool = False
    masks: float = MASK_COVER
    """How much masks hide of what lies below them, in per cent."""

    @property
    def of_pixels(self) -> Adjustments:
        """What changes the picture itself."""
        return self._replace(masks=MASK_COVER)

    @property
    def window(self) -> Window:
        """What of the values is shown."""
        if self.auto:
            return Window(CUT_OFF, 1 - CUT_OFF, of_values=True)
        return Window(self.low / 100, self.high / 100)

    def stored(self) -> str:
        """As a text; "" where nothing is changed."""
        return json.dumps(self._asdict()) if self != UNADJUSTED else ""


UNADJUSTED: Final = Adjustments()


def restored(text: str) -> Adjustments:
    """What :meth:`Adjustments.stored` gave; of another version or damaged, pictures as they are."""
    try:
        data = json.loads(text)
        made = Adjustments(**data)
        numbers = (made.brightness, made.contrast, made.gamma, made.low, made.high,
                   made.masks)
        sound = all(isinstance(value, int | float) and math.isfinite(value) for value in numbers)
    except (ValueError, TypeError):
        return UNADJUSTED
    right = sound and made.channel in ("", *CHANNELS) and made.low < made.high \
        and GAMMA_LEAST <= made.gamma <= GAMMA_MOST and 0 <= made.masks <= 100
    return made if right else UNADJUSTED


class AdjustmentsModel:
    """The adjustments of a place; ``changed`` tells that they are others."""

    def __init__(self) -> None:
        self.now = UNADJUSTED
        self.changed: Signal[()] = Signal()

    def set(self, adjustments: Adjustments) -> None:
        if adjustments != self.now:
            self.now = adjustments
            self.changed.emit()


class Tone(NamedTuple):
    """What is done with the pixels of one picture: a table of 256 values, and the colour of which
    they are taken, or "" where each colour has its own."""

    table: bytes
    channel: str


def tone_of(chosen: Adjustments, image: QImage, *, deep: bool) -> Tone | None:
    """What ``chosen`` means for a picture, of which ``image`` is some size; None for nothing.

    Of a ``deep`` one, of more than 8 bits, the range was chosen while it was decoded.
    """
    if chosen.of_pixels == UNADJUSTED:
        return None
    low, high = (0.0, 255.0) if deep or chosen.window == WHOLE else _limits(image, chosen)
    slope = math.tan((1 + 0.98 * chosen.contrast / 100) * math.pi / 4)

    def tone(value: int) -> int:
        share = min(1.0, max(0.0, (value - low) / max(high - low, 1e-9)))
        share = math.pow(share, 1 / chosen.gamma)
        share = (share - 0.5) * slope + 0.5 + chosen.brightness / 100
        share = min(1.0, max(0.0, share))
        return round(255 * (1 - share if chosen.inverted else share))

    return Tone(bytes(tone(value) for value in range(256)), chosen.channel)


def _limits(image: QImage, chosen: Adjustments) -> tuple[float, float]:
    """The values that are black and white in a picture of 8 bits."""
    if not chosen.auto:
        return chosen.low * 255 / 100, chosen.high * 255 / 100
    import numpy as np

    small = image.scaled(min(image.width(), _SAMPLE), min(image.height(), _SAMPLE),
                         Qt.AspectRatioMode.IgnoreAspectRatio,
                         Qt.TransformationMode.FastTransformation)
    pixels = np.frombuffer(small.constBits(), np.uint8).reshape(-1, 4)
    of = _OF_CHANNEL.get(chosen.channel)
    return limits(pixels[:, :3] if of is None else pixels[:, of], chosen.window)


def paint_toned(painter: QPainter, tone: Tone, region: QRect, ratio: float,
                paint: Callable[[QPainter], None]) -> None:
    """Let ``paint`` paint the picture, and show ``region`` of it with ``tone``.

    ``region`` is in pixels of the screen and must lie inside the picture, since what is left bare
    would get a colour, too.
    """
    for top in range(region.top(), region.bottom() + 1, _STRIP):
        high = min(_STRIP, region.bottom() + 1 - top)
        strip = QImage(region.width(), high, QImage.Format.Format_RGB32)
        with QPainter(strip) as inner:
            inner.setRenderHints(painter.renderHints())
            inner.translate(-region.x(), -top)
            inner.scale(ratio, ratio)
            paint(inner)
        pixels, shown = toned(strip, tone)
        shown.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(region.x() / ratio, top / ratio), shown)
        del shown, pixels  # in this order: the image has no pixels of its own


def toned(image: QImage, tone: Tone) -> tuple[bytes, QImage]:
    """``image``, which has 32 bits a pixel, with other colours; it lives in the bytes."""
    width, height = image.width(), image.height()
    pixels = bytes(image.constBits())
    if tone.channel:
        grey = pixels[_OF_CHANNEL[tone.channel]::4].translate(tone.table)
        return grey, QImage(grey, width, height, width, QImage.Format.Format_Grayscale8)
    changed = bytearray(pixels.translate(tone.table))
    changed[3::4] = b"\xff" * (width * height)
    pixels = bytes(changed)
    return pixels, QImage(pixels, width, height, 4 * width, QImage.Format.Format_RGB32)
