"""The pages of a TIFF as arrays with all their bits, and pictures written as TIFF."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from workbench.core.errors import FormatError, WorkbenchError
from workbench.core.pixel_size import PixelSize
from workbench.core.text import tr
from workbench.formats.atomic import DiskErrors
from workbench.formats.regular_file import open_regular
from workbench.media.images.pixels import UPRIGHT, turned
from workbench.media.images.readable import memory_ceiling
from workbench.media.images.stack import Stack, readable_errors
from workbench.media.images.tiff_header import DAMAGED

Values = NDArray[Any]

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # nobody reads it in a terminal
logging.getLogger("tifffile").propagate = False
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _PALETTE = 0, 1, 3
_GREY = frozenset({_WHITE_IS_ZERO, _BLACK_IS_ZERO})
_COPIES = 6
"""So many times a page of 32 bits is held at most: values, sums, and what is written."""
_LARGEST_INCH = 1 << 32


class StackReader:
    """Reads the pages of one file, in any order; to be closed.

    Raises
    ------
    WorkbenchError
        If the file cannot be opened, or a page does not fit into the free memory.
    """

    def __init__(self, path: Path, stack: Stack) -> None:
        self.path, self.stack = path, stack
        self._fits(stack.width * stack.height * stack.inside)
        self._last: tuple[int, Values] | None = None
        self._tiff: tifffile.TiffFile | None = None
        self._pillow: Image.Image | None = None
        with DiskErrors(path, "read"):
            self._file = open_regular(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is read any more."""
        self._file.close()

    def plane(self, channel: int, slice: int, frame: int) -> Values:
        """(H, W) values of a channel as they are displayed, or (H, W, 3) colours.

        Raises
        ------
        WorkbenchError
            If it is damaged, or not there.
        """
        number, sample = self.stack.page(channel, slice, frame)
        values = self._page(number)
        return values[..., sample] if self.stack.inside > 1 else values

    def _fits(self, values: int) -> None:
        if values * 4 * _COPIES > memory_ceiling():
            raise WorkbenchError("its pages do not fit into the free memory", path=self.path)

    def _page(self, number: int) -> Values:
        if self._last is None or self._last[0] != number:
            with readable_errors(self.path, tr("page {number} is damaged or not there",
                                               number=number + 1)):
                self._last = number, self._following(number) if self.stack.begin >= 0 \
                    else self._with_directory(number)
        return self._last[1]

    def _with_directory(self, number: int) -> Values:
        place = self.stack.pages[number]
        page = self._decoder(place.offset)
        try:
            values = page.asarray()
        except ValueError:  # a compression that needs another library
            return self._by_pillow(place.number)
        if page.photometric == _PALETTE and page.colormap is not None:
            values = (page.colormap >> 8).astype(np.uint8).T[values]
        return self._upright(values, page)

    def _following(self, number: int) -> Values:
        """A page of those that have no directory."""
        first = self._decoder(self.stack.pages[0].offset)
        kind = np.dtype(first.dtype).newbyteorder(first.parent.byteorder)
        wanted = int(np.prod(first.shape))
        self._file.seek(self.stack.begin + number * wanted * kind.itemsize)
        values = np.frombuffer(self._file.read(wanted * kind.itemsize), kind)
        return self._upright(values.astype(kind.newbyteorder("=")).reshape(first.shape), first)

    def _decoder(self, offset: int) -> tifffile.TiffPage:
        if self._tiff is None:
            self._file.seek(0)
            self._tiff = tifffile.TiffFile(self._file, name=self.path.name, _multifile=False)
        self._tiff.filehandle.seek(offset)
        page = tifffile.TiffPage(self._tiff, 0)
        self._fits(page.size)
        return page

    def _upright(self, values: Values, page: tifffile.TiffPage) -> Values:
        """Rows, columns and perhaps channels, as a picture is displayed."""
        if values.ndim == 3 and page.planarconfig == tifffile.PLANARCONFIG.SEPARATE:
            values = np.moveaxis(values, 0, -1)
        inside, grey = self.stack.inside, not self.stack.colours
        if values.ndim == 3:  # what comes after is transparency
            if grey and inside == 1 and page.photometric in _GREY:
                values = values[..., 0]
            else:
                values = values[..., :inside if grey and inside > 1 else 3]
        elif inside > 1:
            raise FormatError(DAMAGED, path=self.path)
        if values.dtype.kind == "c":
            raise FormatError("complex numbers are not supported", path=self.path)
        if values.dtype == bool:
            values = values.astype(np.uint8) * 255
        if page.photometric == _WHITE_IS_ZERO and values.dtype.kind == "u":
            values = np.iinfo(values.dtype).max - values
        orientation = page.tags.valueof(274, 1)
        for step in UPRIGHT.get(orientation, ()):
            values = turned(values, step)
        return values

    def _by_pillow(self, number: int) -> Values:
        """A page of 8 bits, or of grey of more, that is compressed by LZW, JPEG and the like."""
        if self._pillow is None:
            self._file.seek(0)
            self._pillow = Image.open(self._file, formats=("TIFF",))
        image = self._pillow
        image.seek(number)
        if image.mode in ("1", "L", "LA", "La"):
            return np.asarray(image.convert("L"))
        if image.mode.startswith("I") or image.mode == "F":
            values = np.asarray(image)
            return values.astype(values.dtype.newbyteorder("="), copy=False)
        if self.stack.bits > 8:
            raise FormatError(tr("16-bit colours are read where they are not compressed, or by "
                                 "deflate"), path=self.path)
        return np.asarray(image.convert("RGB"))


def storable(values: Values) -> Values:
    """The values as a picture of the project can have them: whole numbers of up to 32 bits, or
    fractions of 32."""
    if values.ndim == 3:
        return values if values.dtype in (np.uint8, np.uint16) else \
            np.clip(values, 0, 65535).astype(np.uint16)
    kind = values.dtype
    if kind in (np.uint8, np.uint16, np.int16, np.int32, np.uint32, np.float32):
        return values
    return values.astype(np.int16 if kind == np.int8 else np.float32)


def tiff_bytes(values: Values, size: PixelSize | None) -> bytes:
    """A TIFF of (H, W) grey or (H, W, 3) colours, which says the size of a pixel as ImageJ does."""
    made, a_unit = io.BytesIO(), None
    words = "ImageJ=1.54f\n"
    if size is not None:
        a_unit = (1 / size.x, 1 / size.y)
        if max(a_unit) < _LARGEST_INCH:
            words += f"unit={''.join(map(_ascii, size.unit))}\n"
    kept = len(words) > 13
    tifffile.imwrite(
        made, storable(values), byteorder="<", metadata=None, software="Workbench",
        photometric="rgb" if values.ndim == 3 else "minisblack",
        description=words if kept else None, resolution=a_unit if kept else None,
        resolutionunit="NONE" if kept else None)
    return made.getvalue()


def _ascii(letter: str) -> str:
    """As ImageJ writes letters beyond ASCII."""
    return letter if letter.isascii() else f"\\u{ord(letter):04X}"
