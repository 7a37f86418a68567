"""ImageJ and Fiji: outlines (ROIs) in ``.roi`` files, or many in ``RoiSet.zip``, beside an image.

What each byte means is roifile's matter; the library is imported where a file is read or written.
Sources: ``RoiDecoder``, ``ShapeRoi``, ``EllipseRoi`` and ``RotatedRectRoi`` of ImageJ 1.54.
"""

from __future__ import annotations

import io
import math
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import LabeledObject
from workbench.core.classes import class_color
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.outlines import Keypoints, Point, Polygon, Ring, RotatedBox
from workbench.core.rings import turned_ring
from workbench.core.shapes import Box, Shape
from workbench.core.text import count
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Source,
    Target,
)
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import (
    CLASS_LIST,
    class_list,
    listed_classes,
    missing_image,
    open_ring,
    part_of,
    polygon_ring,
    some_files,
    unreadable_labels,
)
from workbench.formats.labelme import circle
from workbench.formats.regular_file import MB, most_unpacked, open_regular, read_file

if TYPE_CHECKING:
    from roifile import ImagejRoi

UNNAMED = "object"
"""The class of outlines that have no group and only a name of ImageJ's own."""
_SET = re.compile(r"^roi[-_ ]?(?:set|s)?[-_ ]+|(?:^|[-_ ]+)roi[-_ ]?(?:set|s)?$", re.IGNORECASE)
_AUTOMATIC = re.compile(r"[\d\s_.-]*")
_NUMBER = re.compile(r"[-_ ]+\(?\d+\)?$")
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_MOST = 1_000_000
_LARGEST = 60535  # pixels: what 16 bits hold, from -5000 on
_CURVE = 8  # corners of a curved piece
# RuntimeError where it is encrypted, NotImplementedError where its packing is unknown.
_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError,
               ValueError)
_ROI_FAULTS = (ValueError, TypeError, struct.error, ArithmeticError, LookupError, RuntimeError,
               AssertionError, MemoryError)
_Roi = tuple[str, bytes]  # its name by its file, and what it holds


def sniff(path: Path) -> bool:
    return any(map(_looks_like, some_files(path, "*.roi", "*.zip", "*/*.roi", "*/*.zip",
                                           "*/*/*.roi", "*/*/*.zip")))


def _looks_like(path: Path) -> bool:
    try:
        if path.suffix.lower() == ".roi":
            with open_regular(path) as stream:
                return stream.read(4) == b"Iout"
        with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
            return any(map(_is_roi, archive.infolist()))
    except (OSError, *_ZIP_FAULTS):
        return False


def _is_roi(info: zipfile.ZipInfo) -> bool:
    last = info.filename.replace("\\", "/").rpartition("/")[2]
    return last.lower().endswith(".roi") and last[0] != "."


# Reading


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """The images that outlines belong to."""
    classes = listed_classes(source)
    yield ClassNames(tuple(classes))
    found: dict[Path, list[Path]] = {}
    for file in [source.file] if source.file is not None else source.files(".roi", ".zip"):
        if file.suffix.lower() == ".zip" and file != source.file and not _looks_like(file):
            if _SET.search(file.stem):
                source.used.add(file)  # it is told here
                yield Problem(str(file), "unreadable-labels",
                              f"{file.name} is damaged, or holds no ROIs.")
            continue
        source.used.add(file)
        image = _image_of(source, file)
        if image is None:
            yield missing_image(source, file, file.stem)
        else:
            found.setdefault(image, []).append(file)
    for image, files in found.items():
        yield from _sample(source, image, files, classes)


def _image_of(source: Source, file: Path) -> Path | None:
    """The image that has its name, is the only one beside it, or has the name of its folder."""
    for name in (file.stem, _SET.sub("", file.stem)):
        if name and (image := source.find(name, file.parent)) is not None:
            return image
    beside = [image for image in source.images() if image.parent == file.parent]
    if len(beside) == 1:
        return beside[0]
    inside = file.parent != source.folder and not beside
    return source.find(file.parent.name, file.parent.parent) if inside else None


def _sample(source: Source, image: Path, files: Sequence[Path], classes: Sequence[str],
            ) -> Iterator[AnnotatedSample | Problem]:
    try:
        found = _Outlines(files[0], source.size(image), classes)
    except WorkbenchError as error:
        yield Problem(str(image), "unreadable-image", error.sentence())
        return
    failed = 0
    for file in files:
        found.file = file
        try:
            for name, data in _rois(file):
                found.take(name, data)
        except WorkbenchError as error:
            failed += 1
            yield unreadable_labels(file, error)
        found.tell()
    yield from found.problems
    if failed < len(files):
        yield AnnotatedSample(image, Annotation(tuple(found.objects)),
                              part_of(files[0].parent / "file", source.folder))


def _rois(file: Path) -> list[_Roi]:
    """Raises WorkbenchError, also for an archive that unpacks to more than outlines do."""
    if file.suffix.lower() != ".zip":
        return [(file.stem, read_file(file))]
    try:
        with open_regular(file) as stream, zipfile.ZipFile(stream) as archive:
            members = [info for info in archive.infolist() if _is_roi(info)]
            size, packed = sum(info.file_size for info in members), file.stat().st_size
            if size > most_unpacked(packed) or len(members) > _MOST:
                raise FormatError(f"it would unpack to {len(members):,} files of {size // MB:,} MB",
                                  path=file)
            return [(re.split(r"[\\/]", info.filename)[-1][:-len(".roi")], archive.read(info))
                    for info in members]
    except _ZIP_FAULTS as error:
        raise FormatError(f"it cannot be unpacked ({error})", path=file) from None
    except OSError as error:
        raise FormatError(f"it cannot be read ({error.strerror or error})", path=file) from None


class _Outlines(ObjectList):
    """The objects of one image, and what has no place, counted for each file."""

    def __init__(self, file: Path, size: tuple[int, int], classes: Sequence[str]) -> None:
        super().__init__(file, size)
        self._classes = classes
        self._left: Counter[tuple[str, str]] = Counter()

    def take(self, name: str, data: bytes) -> None:
        """Add what a ROI says; its points become objects of their own."""
        from roifile import ImagejRoi

        where = f"“{name}”"
        try:
            roi = ImagejRoi.frombytes(data)
            if max(roi.position, roi.z_position, roi.t_position) > 1:
                self._left["ROI of another slice", "ROIs of other slices"] += 1
                return
            shapes = list(_shapes(roi))
        except _ROI_FAULTS as error:
            self.problem("unreadable-object", f"{where} is left out: {error}.")
            return
        if not shapes:
            self._left["line, angle or text", "lines, angles and texts"] += 1
        for shape in shapes:
            self.add(self._class_of(roi, name), shape, where=where)

    def _class_of(self, roi: ImagejRoi, name: str) -> str:
        if roi.group > 0:
            listed = roi.group <= len(self._classes)
            return self._classes[roi.group - 1] if listed else f"group {roi.group}"
        name = roi.name or name
        return UNNAMED if _AUTOMATIC.fullmatch(name) else _NUMBER.sub("", name).strip() or UNNAMED

    def tell(self) -> None:
        """Tell what was left out of a file."""
        for (one, many), number in self._left.items():
            self.problem("no-place", f"{self.file.name}: {count(number, one, many)} "
                         f"{'is' if number == 1 else 'are'} left out.")
        self._left.clear()


def _shapes(roi: ImagejRoi) -> Iterator[Shape]:
    """The area of a ROI, or its points; nothing of what has no area."""
    from roifile import ROI_SUBTYPE, ROI_TYPE

    kind = roi.roitype
    if roi.subtype in (ROI_SUBTYPE.TEXT, ROI_SUBTYPE.IMAGE, ROI_SUBTYPE.ARROW):
        return
    if roi.multi_coordinates is not None:
        yield Polygon(tuple(_rings(roi.multi_coordinates.tolist())))
    elif kind in (ROI_TYPE.RECT, ROI_TYPE.OVAL):
        box = (Box(roi.xd, roi.yd, roi.xd + roi.widthd, roi.yd + roi.heightd) if roi.subpixelrect
               else Box(float(roi.left), float(roi.top), float(roi.right), float(roi.bottom)))
        x1, y1, x2, y2 = box
        yield box if kind == ROI_TYPE.RECT else Polygon((
            circle(((x1 + x2) / 2, (y1 + y2) / 2), (x2 - x1) / 2, (y2 - y1) / 2),))
    elif kind == ROI_TYPE.FREEHAND and roi.subtype in (ROI_SUBTYPE.ELLIPSE,
                                                       ROI_SUBTYPE.ROTATED_RECT):
        yield _turned(roi, roi.subtype == ROI_SUBTYPE.ELLIPSE)
    elif kind in (ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED):
        yield Polygon((polygon_ring(open_ring(_points(roi))),))
    elif kind == ROI_TYPE.POINT:
        middle = 0.0 if roi.subpixelresolution else 0.5  # whole numbers mean a pixel's middle
        yield from (Keypoints(((x + middle, y + middle),), (2,)) for x, y in _points(roi))


def _points(roi: ImagejRoi) -> Ring:
    coordinates = roi.coordinates()
    assert not isinstance(coordinates, list)
    return tuple((round(x, 4), round(y, 4)) for x, y in coordinates.tolist())


def _turned(roi: ImagejRoi, ellipse: bool) -> Shape:
    """An ellipse by its long axis, or a rectangle by the line through its middle, whose other side,
    as a share for ellipses, has its four bytes where arrows have their style."""
    [side] = struct.unpack(">f", struct.pack(
        ">BBh", roi.arrow_style_or_aspect_ratio, roi.arrow_head_size, roi.rounded_rect_arc_size))
    length = math.dist((roi.x1, roi.y1), (roi.x2, roi.y2))
    middle = ((roi.x1 + roi.x2) / 2, (roi.y1 + roi.y2) / 2)
    angle = math.atan2(roi.y2 - roi.y1, roi.x2 - roi.x1) % math.tau
    if not ellipse:
        return RotatedBox(middle, length, side, angle)
    ring = circle((0.0, 0.0), length / 2, length / 2 * side)
    return Polygon((turned_ring(ring, angle, middle),))


def _rings(path: Sequence[float]) -> Iterator[Ring]:
    """The outlines of a composite: commands 0 (a new one), 1 (a line), 2 and 3 (curves of two and
    three points), 4 (closed), each with its points."""
    ring: list[Point] = []
    at = 0
    while at < len(path):
        command = int(path[at])
        number = (1, 1, 2, 3, 0)[command] if 0 <= command <= 4 else -1
        flat = path[at + 1:at + 1 + 2 * number]
        if number < 0 or len(flat) < 2 * number or (1 <= command <= 3 and not ring):
            raise ValueError("its path is damaged")
        points = [(round(x, 4), round(y, 4)) for x, y in zip(flat[::2], flat[1::2], strict=True)]
        if command == 0:
            if len(ring) > 2:
                yield open_ring(tuple(ring))
            ring = points
        elif command == 1:
            ring += points
        elif number:
            ring += _curve([ring[-1], *points])
        at += 1 + 2 * number
    if len(ring) > 2:
        yield open_ring(tuple(ring))


def _curve(points: Sequence[Point]) -> Iterator[Point]:
    """Corners of the Bézier curve of ``points``, without its start."""
    n = len(points) - 1
    for step in range(1, _CURVE + 1):
        t = step / _CURVE
        weights = [math.comb(n, at) * (1 - t) ** (n - at) * t ** at for at in range(n + 1)]
        yield (round(sum(w * x for w, (x, _) in zip(weights, points, strict=True)), 4),
               round(sum(w * y for w, (_, y) in zip(weights, points, strict=True)), 4))


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Each image, and its set of outlines beside it; the group is the number of the class."""
    target.write(CLASS_LIST, class_list(target.classes))
    numbers = {name: number for number, name in enumerate(target.classes, start=1)}
    for sample in samples:
        target.place(sample, sample.name)
        if sample.annotation is None or not sample.annotation.objects:
            continue
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for at, item in enumerate(sample.annotation.objects, start=1):
                name = f"{item.label}-{at:04}"
                info = zipfile.ZipInfo(_UNFIT.sub("_", name) + ".roi")
                archive.writestr(info, _written(item, name, numbers[item.label]),
                                 zipfile.ZIP_DEFLATED)
        target.write(f"{sample.name.rpartition('.')[0]}_RoiSet.zip", stream.getvalue())


def _written(item: LabeledObject, name: str, number: int) -> bytes:
    from roifile import ROI_OPTIONS, ROI_TYPE, ImagejRoi

    shape = item.shape
    x1, y1, x2, y2 = shape.bounds()
    roi = ImagejRoi(roitype=ROI_TYPE.RECT, name=name, group=number,
                    stroke_color=b"\xff" + bytes.fromhex(class_color(number - 1)[1:]))
    roi.left, roi.top = _short(math.floor(x1)), _short(math.floor(y1))
    roi.right, roi.bottom = _short(math.ceil(x2)), _short(math.ceil(y2))
    if isinstance(shape, Polygon) and len(shape.rings) == 1:
        _set_points(roi, ROI_TYPE.POLYGON, shape.rings[0])
    elif isinstance(shape, Polygon):
        _set_path(roi, shape.rings)
    elif (x1, y1) == (x2, y2):  # a key point, which fills no box
        _set_points(roi, ROI_TYPE.POINT, ((x1, y1),))
    else:
        roi.options = ROI_OPTIONS.SUB_PIXEL_RESOLUTION
        roi.xd, roi.yd, roi.widthd, roi.heightd = x1, y1, x2 - x1, y2 - y1
    return roi.tobytes()


def _short(value: float) -> int:
    """A whole number as 16 bits hold it; what is larger is said by the fractions beside it."""
    return int(min(max(round(value), 0), _LARGEST))


def _set_points(roi: ImagejRoi, kind: int, ring: Ring) -> None:
    import numpy as np
    from roifile import ROI_OPTIONS, ROI_TYPE

    roi.roitype, roi.options = ROI_TYPE(kind), ROI_OPTIONS.SUB_PIXEL_RESOLUTION
    roi.n_coordinates = len(ring)
    roi.subpixel_coordinates = np.array(ring, np.float32)
    roi.integer_coordinates = np.array(
        [(max(_short(x) - roi.left, 0), max(_short(y) - roi.top, 0)) for x, y in ring], np.int32)


def _set_path(roi: ImagejRoi, rings: Iterable[Ring]) -> None:
    import numpy as np

    path: list[float] = []
    for ring in rings:
        for at, (x, y) in enumerate(ring):
            path += (1.0 if at else 0.0, x, y)
        path.append(4.0)
    roi.multi_coordinates, roi.shape_roi_size = np.array(path, np.float32), len(path)
