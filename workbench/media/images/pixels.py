"""What a picture looks like: 8 bits of red, green and blue, upright; for window and engine alike.

- Orientation is applied once, to JPEG and TIFF by Exif, to HEIC and AVIF by their own header.
- Transparency is ignored: the colours that are stored are what is seen.
- Of several pages or frames, the first is taken.
- Values of more than 8 bits (grey of 12, 16 or 32 bits, also as fractions; colours of 16) are
  stretched from the smallest to the largest of the file, over all its colours, to 0 … 255. A range
  for each file needs no knowledge of others: it is the same in a project, in ``predict`` on a
  stranger's image, and in an exported model, and never goes stale.

The window decodes the usual 8-bit files with Qt, which gives the same (see ``ImageInfo.plain``; a
test compares the two on every kind).
"""

from __future__ import annotations

import struct
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, _imaging

from workbench.core.arrays import Rgb
from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import open_regular
from workbench.media.images.header import ImageInfo, read_heif_info
from workbench.media.images.heif_header import with_preview_in_front, without_descriptions
from workbench.media.images.readable import in_turn, picture_info
from workbench.media.images.tiff_header import DAMAGED, FORMAT, ORIENTATION
from workbench.media.images.windowing import WHOLE, Window, limits
from workbench.media.native_messages import silence_libtiff

# The size was compared with the free memory before Pillow is asked.
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", module=r"PIL\.")  # nobody reads them in a terminal
silence_libtiff(_imaging.__file__)

UPRIGHT: dict[int, tuple[Image.Transpose, ...]] = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}
_TURNED_BY_DECODER = frozenset({"tiff", "heif"})
_AT_ONCE = 1 << 22  # values that are stretched at once
_OTHER_HALF = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}



@contextmanager
def open_picture(path: Path) -> Iterator[tuple[ImageFile.ImageFile, ImageInfo]]:
    """A picture to be decoded inside the block, and what its header says.

    Raises
    ------
    WorkbenchError
        As :func:`workbench.media.images.readable.picture_info`, and where decoding fails in the
        block.
    """
    info = picture_info(path)
    with in_turn(info), _readable(path), open_regular(path) as file, \
            _opened(file, path, info) as image:
        if info.format == "tiff":
            image.getexif()[ORIENTATION] = info.orientation  # Pillow turns a TIFF as it decodes it
        yield image, info


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Raise what Pillow raises as an error for a person."""
    try:
        yield
    except OSError as error:
        reason = disk_reason(error, "read") if error.errno else DAMAGED
        raise WorkbenchError(reason, path=path) from error
    except MemoryError as error:
        raise WorkbenchError("there is not enough memory", path=path) from error
    except (SyntaxError, ValueError, RuntimeError, EOFError, ArithmeticError,
            struct.error) as error:
        # Pillow's decoders raise these for damaged data
        raise WorkbenchError(DAMAGED, path=path) from error


def _opened(file: BinaryIO, path: Path, info: ImageInfo) -> ImageFile.ImageFile:
    # Given a path, Pillow would map a TIFF of grey that is to be turned with its sides swapped.
    if info.format == "heif":
        import pi_heif  # only where there is such a file

        pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
        file = BytesIO(without_descriptions(file.read()))
    try:
        image = Image.open(file, formats=(info.format.upper(),))
    except OSError as error:
        if error.errno:
            raise
        # the usual kinds are all supported; of the others, the header does not tell everything
        known = info.plain or info.format in ("heif", "avif")
        reason = DAMAGED if known else f"this kind of {info.format.upper()} is not supported"
        raise FormatError(reason, path=path) from error
    if info.format == "heif" and image.mode == "I;16":
        # pi_heif (1.4) takes what is coded to have as many bits as the header says, and writes
        # beyond its memory where that is damaged; no camera is known to write it
        raise FormatError("HEIC in grey of more than 8 bits is not supported", path=path)
    return image


def turns(info: ImageInfo) -> tuple[Image.Transpose, ...]:
    """What still has to be done to a decoded picture so that it is upright."""
    return () if info.format in _TURNED_BY_DECODER else UPRIGHT.get(info.orientation, ())


def to_rgb(image: ImageFile.ImageFile, info: ImageInfo, path: Path,
           window: Window = WHOLE) -> Image.Image:
    """The picture in 8 bits; :func:`turns` are still to be done."""
    if info.bits > 8:
        return Image.fromarray(stretched(_values(image, info, path), window)).convert("RGB")
    image.load()
    _check_size(image, info)
    if image.mode == "RGB":
        return image
    image.info.pop("transparency", None)
    return (image.convert("LA") if image.mode == "La" else image).convert("RGB")


def _check_size(image: Image.Image, info: ImageInfo) -> None:
    """Raise where a picture is not what its header says: HEIC and AVIF say their size twice, in
    the file and in what is coded."""
    sides = (info.width, info.height) if info.orientation < 5 or info.format in \
        _TURNED_BY_DECODER else (info.height, info.width)
    if info.format in ("heif", "avif") and image.size != sides:
        raise ValueError("its size is another one")


def upright_rgb(path: Path, window: Window = WHOLE) -> Rgb:
    """The whole picture as uint8 (H, W, 3); raises as :func:`open_picture`.

    ``window`` is for the eye alone: another part of the values of more than 8 bits.
    """
    with open_picture(path) as (image, info):
        upright = to_rgb(image, info, path, window)
        for step in turns(info):
            upright = upright.transpose(step)
        return np.asarray(upright)


def upright_preview(path: Path, least: int) -> Rgb | None:
    """The preview within a HEIC photo, as :func:`upright_rgb`, with a longer side of at least
    ``least`` pixels; None where there is none, or none that can be read."""
    try:
        with _readable(path), open_regular(path) as file:
            data = with_preview_in_front(file.read(), least)
            if data is None:
                return None
            info = read_heif_info(BytesIO(data))
            with _opened(BytesIO(data), path, info) as image:
                return np.asarray(to_rgb(image, info, path))
    except WorkbenchError:
        return None


def upright_values(path: Path) -> NDArray[Any]:
    """The values that a file has, as its pixels are displayed: (H, W) grey or (H, W, 3) colours, of
    8 bits or as many more as there are, and not stretched; raises as :func:`open_picture`."""
    with open_picture(path) as (image, info):
        if info.bits > 8:
            values = _values(image, info, path)
        else:
            grey = image.mode in ("1", "L", "LA", "La")
            values = np.asarray(image.convert("L") if grey else to_rgb(image, info, path))
            _check_size(image, info)
        for step in turns(info):
            values = turned(values, step)
        return values


def turned(values: NDArray[Any], step: Image.Transpose) -> NDArray[Any]:
    """``values`` as :meth:`PIL.Image.Image.transpose` turns a picture, which has no 16 bits of
    colour."""
    turn = Image.Transpose
    if step in (turn.ROTATE_90, turn.ROTATE_180, turn.ROTATE_270):
        quarters = (turn.ROTATE_90, turn.ROTATE_180, turn.ROTATE_270).index(step) + 1
        return np.rot90(values, quarters)
    if step in (turn.FLIP_LEFT_RIGHT, turn.FLIP_TOP_BOTTOM):
        return np.flip(values, 1 if step is turn.FLIP_LEFT_RIGHT else 0)
    across = values.swapaxes(0, 1)
    return across if step is turn.TRANSPOSE else np.rot90(across, 2)


def stretched(values: NDArray[Any], window: Window = WHOLE) -> Rgb:
    """``values`` from their smallest, which becomes 0, to their largest, which becomes 255, or
    from one end of ``window`` to the other.

    What is no finite number is 0, as is everything where all values are the same.
    """
    low, high = limits(values, window)
    if values.dtype == np.uint16:
        table = _scaled(np.arange(1 << 16), low, high)
        chosen: Rgb = table[values]
        return chosen
    out = np.empty(values.shape, np.uint8)
    rows = max(1, _AT_ONCE // max(1, values[:1].size))
    for start in range(0, len(values), rows):
        out[start : start + rows] = _scaled(values[start : start + rows], low, high)
    return out


def _scaled(values: NDArray[Any], low: float, high: float) -> Rgb:
    scale = 255 / (high - low) if high > low else 0.0
    with np.errstate(invalid="ignore"):  # infinite × 0
        found = np.rint((values.astype(np.float64) - low) * scale)
    return np.nan_to_num(found, nan=0, posinf=0, neginf=0).clip(0, 255).astype(np.uint8)


def _values(image: ImageFile.ImageFile, info: ImageInfo, path: Path) -> NDArray[Any]:
    """All bits of a picture: (H, W) grey or (H, W, 3) colours."""
    if info.depth == 1:
        grey = np.asarray(image)
        if grey.dtype == np.int32 and info.bits == 32 and _is_unsigned(image):
            return grey.view(np.uint32)
        return grey.astype(grey.dtype.newbyteorder("="), copy=False)
    raw = _raw_mode(image)
    if raw.startswith("LA"):  # taken as four bytes: grey in two, and its transparency
        four = _decoded(image, "RGBA", "RGBA")
        return four[..., 0].astype(np.uint16) << 8 | four[..., 1]
    # Pillow gives the upper byte of each value; asked for the other byte order, the lower one
    mode = "RGBA" if info.depth == 4 else "RGB"
    order = raw[-1]
    with open_regular(path) as file, _opened(file, path, info) as again:
        if info.format == "tiff":
            again.getexif()[ORIENTATION] = info.orientation
        low = _decoded(again, mode, f"{mode};16{_OTHER_HALF[order]}")[..., :3]
    high = _decoded(image, mode, f"{mode};16{order}")[..., :3]
    return high.astype(np.uint16) << 8 | low


def _is_unsigned(image: ImageFile.ImageFile) -> bool:
    tags: Any = getattr(image, "tag_v2", {})
    return bool(tags.get(FORMAT, (1,))[0] == 1)


def _raw_mode(image: ImageFile.ImageFile) -> str:
    args: Any = image.tile[0].args
    return str(args if isinstance(args, str) else args[0])


def _decoded(image: ImageFile.ImageFile, mode: str, raw: str) -> Rgb:
    """The picture as Pillow decodes it when its values are taken for ``raw``."""
    image._mode = mode
    image.tile = [
        tile._replace(args=raw if isinstance(tile.args, str) else (raw, *(tile.args or ())[1:]))
        for tile in image.tile
    ]
    return np.asarray(image)
