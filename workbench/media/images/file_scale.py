"""The size of a pixel that an image file itself tells, or the world file beside it.

What is believed, in this order, of TIFF files:

- OME-TIFF: ``PhysicalSizeX`` and ``PhysicalSizeY`` of the first ``Pixels`` in the OME-XML, µm where
  no unit is named.
- ImageJ: ``unit=`` (and ``yunit=``) in the description, with the resolution in pixels a unit.
- MetaMorph: ``spatial-calibration-x`` and ``-y`` in the XML of the description.
- Zeiss LSM (tag 34412): the size of a voxel, in metres, of scans that are planes of x and y.
- Zeiss SEM (tag 34118, ``Image Pixel Size = 4.2 nm``) and FEI or Thermo Fisher SEM (tags 34680 and
  34682, ``PixelWidth=4.2e-09`` in metres).
- GeoTIFF: the ``ModelPixelScale`` of a projected image whose linear unit is the metre.
- The resolution of any TIFF in pixels an inch or a cm, where it is above 10,000 an inch (less than
  2.54 µm a pixel). Below, it is what printers, screens and scanners are set to (72, 300, 1200),
  also where a microscope's program has left it at that: such a number says nothing about the world.

Of PNG files: the chunk pHYs where its unit is the metre, by that same rule. Then, of all kinds, a
world file (:mod:`workbench.media.images.world_file`). JPEG and others have a resolution for
printing at best.

Sources: TIFF 6.0; PNG 1.2; the OME model (2016-06); ImageJ's TiffEncoder; GeoTIFF 1.1 (OGC 19-008);
Zeiss' structure CZ_LSMINFO as readers of LSM files have it.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from xml.parsers import expat

from workbench.core.lazy_pattern import lazy_pattern
from workbench.core.pixel_size import METRES, PixelSize, convert, parse_pixel_size
from workbench.formats.regular_file import open_regular
from workbench.media.images.tiff_header import (
    ORIENTATION,
    TIFF_SUFFIXES,
    Broken,
    Directory,
    open_directory,
)
from workbench.media.images.world_file import read_world_file

PNG_SUFFIX = ".png"

_DESCRIPTION, _X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 270, 282, 283, 296
_GEO_SCALE, _GEO_KEYS = 33550, 34735
_LSM, _ZEISS, _FEI = 34412, 34118, (34680, 34682)
_LSM_MAGIC = frozenset({0x00300494C, 0x00400494C})
_LSM_HEAD = struct.Struct("<I36xdd32xH")  # magic number; voxel across and down; kind of scan
_LSM_PLANES = frozenset({0, 3, 6})  # kinds of scans that are planes of x and y
_PNG_MAGIC, _PNG_CHUNKS, _PNG_METRE = b"\x89PNG\r\n\x1a\n", 1000, 1
_INCH, _CM = 2, 3
_MOST_TEXT = 1 << 18  # bytes of a description: what is looked for stands near its beginning
_PRINTED = 10_000  # pixels an inch; no printer, screen or scanner has more
_TURNED = frozenset({5, 6, 7, 8})

_UNIT = lazy_pattern(r"^unit=(.*)$", re.MULTILINE)
_Y_UNIT = lazy_pattern(r"^yunit=(.*)$", re.MULTILINE)
_ESCAPED = lazy_pattern(r"\\u([0-9A-Fa-f]{4})")
_ZEISS_SIZE = lazy_pattern(r"^Image Pixel Size = ([^\r\n]+)", re.MULTILINE)
_FEI_SIDES = tuple(lazy_pattern(rf"^Pixel{side}=([0-9.eE+-]+)", re.MULTILINE)
                   for side in ("Width", "Height"))


def read_pixel_size(path: Path) -> PixelSize | None:
    """What the file at ``path`` tells of its first image as it is displayed, or else a world file
    beside it; None where neither tells anything that is believed, or can be read."""
    suffix = path.suffix.lower()
    size = _in_tiff(path) if suffix in TIFF_SUFFIXES else \
        _in_png(path) if suffix == PNG_SUFFIX else None
    if size is None and (world := read_world_file(path)) is not None:
        with suppress(ValueError):
            size = metric_size(*world)
    return size


def _in_tiff(path: Path) -> PixelSize | None:
    try:
        with open_regular(path) as stream:
            directory = open_directory(stream)
            size = _told(directory)
            turned = directory.numbers(ORIENTATION)[:1]
    except (OSError, Broken, struct.error):
        return None
    return size.turned() if size is not None and _TURNED.intersection(turned) else size


def _in_png(path: Path) -> PixelSize | None:
    try:
        with open_regular(path) as stream:
            if stream.read(len(_PNG_MAGIC)) != _PNG_MAGIC:
                return None
            for _ in range(_PNG_CHUNKS):
                length, kind = struct.unpack(">I4s", stream.read(8))
                if kind == b"pHYs":
                    x, y, unit = struct.unpack(">IIB", stream.read(9))
                    return _fine(1 / x, 1 / y) if unit == _PNG_METRE and x and y else None
                if kind in (b"IDAT", b"IEND"):
                    return None
                stream.seek(length + 4, io.SEEK_CUR)
    except (OSError, struct.error, ValueError):
        pass
    return None


def _told(directory: Directory) -> PixelSize | None:
    for reader in _READERS:
        with suppress(ValueError, OverflowError, ZeroDivisionError):  # nonsense tells nothing
            size = reader(directory)
            if size is not None:
                return size
    return None


def _described(directory: Directory) -> PixelSize | None:
    text = directory.text(_DESCRIPTION, _MOST_TEXT)
    if text.startswith("ImageJ="):
        return _imagej(directory, text)
    if "<" in text[:200]:
        return _XmlScale().read(text)
    return None


def _imagej(directory: Directory, text: str) -> PixelSize | None:
    found = _UNIT.search(text)
    resolution = _resolution(directory)
    if found is None or resolution is None:
        return None
    unit = _imagej_unit(found[1])
    other = _Y_UNIT.search(text)
    y_unit = _imagej_unit(other[1]) if other is not None else unit
    y = convert(1 / resolution[1], y_unit, unit)
    return None if y is None else PixelSize(_tidy(1 / resolution[0]), _tidy(y), unit)


def _imagej_unit(text: str) -> str:
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).strip()
    return parse_pixel_size(f"1 {plain}").unit


class _XmlScale:
    """Looks for the size of a pixel in OME-XML, or in the XML of MetaMorph."""

    def __init__(self) -> None:
        self._ome: dict[str, str] | None = None
        self._props: dict[str, str] = {}

    def read(self, text: str) -> PixelSize | None:
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._element
        parser.EntityDeclHandler = _no_entities
        with suppress(expat.ExpatError, _FoundError):  # the text may be cut off at the limit
            parser.Parse(text.encode("utf-8"), True)
        if self._ome is not None:
            return _ome(self._ome)
        return _metamorph(self._props)

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "Pixels":
            self._ome = attributes
            raise _FoundError  # what follows are thousands of elements in a stack of images
        if local == "prop" and attributes.get("id", "").startswith("spatial-calibration-"):
            self._props[attributes["id"][20:]] = attributes.get("value", "")


class _FoundError(Exception):
    """What was looked for is there; nothing is wrong."""


def _no_entities(*_: object) -> None:
    raise ValueError("it declares entities")


def _ome(attributes: dict[str, str]) -> PixelSize | None:
    if "PhysicalSizeX" not in attributes:
        return None
    unit = attributes.get("PhysicalSizeXUnit", "µm")
    if unit in ("pixel", "reference frame"):
        return None
    x = parse_pixel_size(f"{attributes['PhysicalSizeX']} {unit}")
    if "PhysicalSizeY" not in attributes:
        return x
    y_unit = attributes.get("PhysicalSizeYUnit", "µm")
    y = parse_pixel_size(f"{attributes['PhysicalSizeY']} {y_unit}")
    other = convert(y.y, y.unit, x.unit)
    return None if other is None else PixelSize(x.x, other, x.unit)


def _metamorph(props: dict[str, str]) -> PixelSize | None:
    if props.get("state", "on") != "on" or "x" not in props or "units" not in props:
        return None
    unit = parse_pixel_size(f"1 {props['units']}").unit
    x = float(props["x"])
    return PixelSize(x, float(props.get("y", x)), unit)


def _lsm(directory: Directory) -> PixelSize | None:
    data = directory.data(_LSM, _LSM_HEAD.size)
    if len(data) < _LSM_HEAD.size:
        return None
    magic, x, y, scan = _LSM_HEAD.unpack(data)
    return metric_size(x, y) if magic in _LSM_MAGIC and scan in _LSM_PLANES else None


def _zeiss(directory: Directory) -> PixelSize | None:
    found = _ZEISS_SIZE.search(directory.text(_ZEISS, _MOST_TEXT))
    return parse_pixel_size(found[1]) if found is not None else None


def _fei(directory: Directory) -> PixelSize | None:
    for tag in _FEI:
        text = directory.text(tag, _MOST_TEXT)
        sides = [found[1] for found in (side.search(text) for side in _FEI_SIDES) if found]
        if sides:
            return metric_size(float(sides[0]), float(sides[-1]))
    return None


def metric_size(x: float, y: float) -> PixelSize:
    """Sides in metres, in a unit in which they are no tiny numbers."""
    unit = next(name for name in ("m", "mm", "µm", "nm") if name == "nm" or x >= 0.1 * METRES[name])
    factor = METRES[unit]
    return PixelSize(_tidy(x / factor), _tidy(y / factor), unit)


def _tidy(value: float) -> float:
    """0.65 for 0.64999999935: fractions in files have no more digits than that."""
    return float(f"{value:.7g}")


def _geo(directory: Directory) -> PixelSize | None:
    scale = directory.floats(_GEO_SCALE)
    words = directory.numbers(_GEO_KEYS)
    # entries of four: key, where its value lies (0: here), how many, the value
    keys = {words[at]: words[at + 3] for at in range(4, len(words) - 3, 4) if not words[at + 1]}
    projected, metre = 1, 9001
    if len(scale) < 2 or keys.get(1024) != projected or keys.get(3076, metre) != metre:
        return None
    return PixelSize(scale[0], scale[1], "m")


def _plain(directory: Directory) -> PixelSize | None:
    """The rule for a resolution of which nothing else is known; see the module's docstring."""
    resolution = _resolution(directory)
    unit = (directory.numbers(_RESOLUTION_UNIT) or (_INCH,))[0]
    if resolution is None or unit not in (_INCH, _CM):
        return None
    metres = 0.0254 if unit == _INCH else 0.01
    return _fine(*(metres / value for value in resolution))


def _fine(x: float, y: float) -> PixelSize | None:
    """Sides in metres, of a resolution of which nothing else is known, where no printer has it."""
    return metric_size(x, y) if max(x, y) < 0.0254 / _PRINTED else None


def _resolution(directory: Directory) -> tuple[float, float] | None:
    """Pixels a unit, across and down."""
    x, y = directory.floats(_X_RESOLUTION), directory.floats(_Y_RESOLUTION)
    if not x or x[0] <= 0:
        return None
    return x[0], y[0] if y and y[0] > 0 else x[0]


_READERS: tuple[Callable[[Directory], PixelSize | None], ...] = (
    _described, _lsm, _zeiss, _fei, _geo, _plain)
