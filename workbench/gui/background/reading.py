"""Images for the window: which they are, and their pixels; safe in threads, on no other widget.

What a picture looks like is decided in :mod:`workbench.media.images.pixels`. Qt decodes the
usual kinds, which gives the same pixels without numpy and Pillow having to be loaded.
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QLoggingCategory, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.media.images.header import ImageInfo
from workbench.media.images.readable import in_turn, picture_info
from workbench.media.images.tiff_header import DAMAGED
from workbench.media.images.windowing import WHOLE, Window
from workbench.media.native_messages import silence_native_code
from workbench.project.damage import is_cut_off

QImageReader.setAllocationLimit(0)  # the size is compared with the free memory before
# What Qt's decoders print of damaged files: it is told here in a sentence.
QLoggingCategory.setFilterRules("qt.gui.imageio*=false")


class DecodeFailure(Exception):
    """The file gives no picture; the text is the reason in plain words."""


def image_header(path: Path) -> ImageInfo:
    """What the file is.

    Raises
    ------
    DecodeFailure
        If it is no image, of a kind that is not supported, or too large for the memory.
    """
    try:
        return picture_info(path)
    except WorkbenchError as error:
        raise DecodeFailure(error.message) from None


def image_reader(path: Path, info: ImageInfo) -> QImageReader:
    """A reader for an image that Qt decodes (``info.plain``).

    Qt is not left to guess the kind: for a file that is no image it would ask the SVG plugin, too,
    which takes a lock of Qt's while it holds the interpreter's, and a window that is just
    disconnecting a signal takes the two the other way round.
    """
    reader = QImageReader(str(path), info.format.encode())
    reader.setAutoDetectImageFormat(False)
    reader.setAutoTransform(True)
    return reader


def cut_off_words(path: Path) -> str:
    """That the end of an image is missing, whose rest is shown; "" where it is whole."""
    with suppress(OSError):
        if is_cut_off(path):
            return tr("{name} is cut off: what could be read of the picture is shown.",
                      name=path.name)
    return ""


def read_image(path: Path, info: ImageInfo, within: QSize | None = None,
               window: Window = WHOLE) -> QImage:
    """The image, upright and without transparency.

    Parameters
    ----------
    within
        Size that the displayed image is brought to, where it is larger; its shape is kept.
    window
        What of values of more than 8 bits is shown.

    Raises
    ------
    DecodeFailure
        If nothing could be decoded.
    """
    smaller = None if within is None else _fitted(info, within)
    if info.plain:
        image = _with_qt(path, info, smaller)
    else:
        image = _preview(path, info, smaller) or _with_pillow(path, window)
    if info.format == "png" and info.depth == 1 and image.hasAlphaChannel():
        image = _with_pillow(path)  # grey with one transparent value, which Qt makes black
    if image.hasAlphaChannel():
        image = image.convertToFormat(QImage.Format.Format_RGB32)
    if smaller is None or image.size() == smaller:
        return image
    return image.scaled(smaller, Qt.AspectRatioMode.IgnoreAspectRatio,
                        Qt.TransformationMode.SmoothTransformation)


def _fitted(info: ImageInfo, within: QSize) -> QSize | None:
    size = QSize(info.width, info.height)
    if size.width() <= within.width() and size.height() <= within.height():
        return None
    return size.scaled(within, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))


def _with_qt(path: Path, info: ImageInfo, smaller: QSize | None) -> QImage:
    reader = image_reader(path, info)
    at_a_fraction = smaller is not None and info.format == "jpeg"
    if smaller is not None and at_a_fraction:
        reader.setScaledSize(smaller.transposed() if info.orientation >= 5 else smaller)
    loud = info.format == "png"  # libpng prints its errors itself
    with (nullcontext() if at_a_fraction else in_turn(info),
          silence_native_code() if loud else nullcontext()):
        image = reader.read()
    if image.isNull():
        raise DecodeFailure(DAMAGED)
    return image


def _with_pillow(path: Path, window: Window = WHOLE) -> QImage:
    import numpy as np

    from workbench.media.images.pixels import upright_rgb

    try:
        pixels = np.ascontiguousarray(upright_rgb(path, window))
    except WorkbenchError as error:
        raise DecodeFailure(error.message) from None
    return as_image(pixels)


def _preview(path: Path, info: ImageInfo, smaller: QSize | None) -> QImage | None:
    """The small picture within a photo of a telephone, where no larger one is asked for."""
    if info.format != "heif" or smaller is None:
        return None
    from workbench.media.images.pixels import upright_preview

    pixels = upright_preview(path, max(smaller.width(), smaller.height()))
    return None if pixels is None else as_image(pixels)


def as_image(pixels: Any) -> QImage:
    """uint8 (H, W, 3) RGB, contiguous, as a picture of its own."""
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.convertToFormat(QImage.Format.Format_RGB32)  # a copy, which outlives the array


def first_frame(path: Path) -> QImage:
    """The first frame of a video.

    Raises
    ------
    DecodeFailure
        If there is none that can be decoded.
    """
    from workbench.media.video.reader import VideoReader

    try:
        with VideoReader(path) as reader:
            return as_image(reader.frame(0).pixels)
    except WorkbenchError as error:
        raise DecodeFailure(error.message) from None
