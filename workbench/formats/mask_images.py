"""Mask images: a picture of the labels for each image, whose pixels say the class or the object.

Pascal VOC's ``SegmentationClass`` and ``SegmentationObject`` (palettes), the same with a
``labelmap.txt`` as CVAT writes it, and folders of masks beside folders of images as microscopes'
programs write them: grey values or colours for classes, 16 bit for objects (Cellpose, ImageJ).
Where nothing says which pixels are one object, each connected region is one. 255 beside numbers of
classes is void: one object of a class “void”, which is difficult.
Sources: the development kit of the PASCAL VOC challenge 2012, section 7.2 (palettes and void);
CVAT's documentation of "Segmentation mask".
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.annotation import DIFFICULT, NO_ATTRIBUTES
from workbench.core.area_names import VOID_NAME, is_background, is_void
from workbench.core.errors import FormatError, Problem, WorkbenchError
from workbench.core.filling import connected
from workbench.core.outlines import Mask, mask_of_spans
from workbench.core.paths import folded, is_file, visible
from workbench.extension.annotation_formats import (
    AnnotatedSample,
    Annotation,
    ClassNames,
    Source,
    Target,
)
from workbench.formats.label_checks import ObjectList
from workbench.formats.label_json import listed_classes, part_of
from workbench.formats.label_text import decode
from workbench.formats.regular_file import open_regular, read_file

if TYPE_CHECKING:
    from numpy import float32, int32, uint8, uint16
    from numpy.typing import NDArray

VOC_CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train",
    "tvmonitor")
"""What the values 1 to 20 mean in the challenge's own files."""
CLASS_FOLDER, OBJECT_FOLDER, IMAGE_FOLDER = "SegmentationClass", "SegmentationObject", "JPEGImages"
LABEL_MAP = "labelmap.txt"
VOID, MOST_CLASSES = 255, 254
_VOID_COLOR = 0xE0E0C0  # of 255 in the challenge's palette
_SUFFIXES = (".png", ".tif", ".tiff", ".bmp", ".gif")
_FOLDER = re.compile(r"(?:.*[-_ ])?(?:masks?|labels?|gt|ground[-_ ]?truth|seg(?:mentations?)?|"
                     r"annotations?|annot)", re.IGNORECASE)
_ENDING = re.compile(r"[-_](?:masks?|labels?|gt|seg(?:mentation)?|l)$", re.IGNORECASE)
_ENTRY = re.compile(r"(.*?):\s*(\d{1,3}),\s*(\d{1,3}),\s*(\d{1,3})\s*(?::|$)")
_PEEK, _FEW = 2_000, 64  # files looked at; values of a mask
_NUMBERS = 64  # smaller values are numbers of classes
_MOST_PIXELS = 400_000_000
_PARTS = {"train": "train", "val": "val", "test": "test"}


def sniff(path: Path) -> bool:
    if not path.is_dir():
        return False
    images = [file for file in islice(visible(path.rglob("*")), _PEEK)
              if file.suffix.lower() in (*_SUFFIXES, ".jpg", ".jpeg")]
    pairs = list(islice(_pairs(path, images), 2))
    try:
        return bool(pairs) and all(pair.classes is None or _is_mask(pair.classes) for pair in pairs)
    except WorkbenchError:
        return False


def _is_mask(path: Path) -> bool:
    """Whether a picture has few values, or those of objects."""
    pixels = _read_pixels(path)
    return pixels.of_objects or len(_values_in(pixels.values)) <= _FEW


def _values_in(values: NDArray[int32]) -> set[int]:
    """The values of an array: those with which rows begin, and to which they change."""
    import numpy as np

    changes = values[:, 1:] != values[:, :-1]
    return {*np.unique(values[:, :1]).tolist(), *np.unique(values[:, 1:][changes]).tolist()}


@dataclass(frozen=True, slots=True)
class _MaskedImage:
    """An image and the masks that say what it shows."""

    image: Path
    classes: Path | None
    objects: Path | None = None

    @property
    def masks(self) -> list[Path]:
        return [path for path in (self.classes, self.objects) if path is not None]


def _pairs(folder: Path, images: Iterable[Path]) -> Iterator[_MaskedImage]:
    """Every image of ``images`` that another one of them is a mask of."""
    roles: dict[str, list[Path]] = defaultdict(list)
    for path in images:
        roles[_role(path, folder)].append(path)
    if roles["classes"] or roles["objects"]:
        classes, objects = (_by_stem(roles[role]) for role in ("classes", "objects"))
        for image in [*roles["image"], *roles["mask"]]:
            found, instances = (_nearest(image, group.get(folded(image.stem), ()))
                                for group in (classes, objects))
            if found is not None or instances is not None:
                yield _MaskedImage(image, found, instances)
        return
    masks = _by_stem(roles["mask"])
    for image in roles["image"]:
        if (mask := _nearest(image, masks.get(folded(image.stem), ()))) is not None:
            yield _MaskedImage(image, mask)


def _role(path: Path, folder: Path) -> str:
    inside = path.relative_to(folder).parts[:-1]
    if CLASS_FOLDER in inside:
        return "classes"
    if OBJECT_FOLDER in inside:
        return "objects"
    if path.suffix.lower() in _SUFFIXES and (
            _ENDING.search(path.stem) or any(_FOLDER.fullmatch(name) for name in inside)):
        return "mask"
    return "image"


def _by_stem(masks: Iterable[Path]) -> dict[str, list[Path]]:
    """Masks by the stem of the image they are meant for."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in masks:
        for stem in {folded(path.stem), folded(_ENDING.sub("", path.stem))}:
            found[stem].append(path)
    return found


def _nearest(image: Path, masks: Sequence[Path]) -> Path | None:
    """Of masks of one stem that which lies nearest to ``image``."""
    def shared(mask: Path) -> int:
        return sum(1 for one, other in zip(image.parts, mask.parts, strict=False) if one == other)

    return max(masks, key=shared, default=None)


# Reading


@dataclass(slots=True)
class _Pixels:
    """A decoded mask: 0 is background. Values of colours are ``red << 16 | green << 8 | blue``."""

    values: NDArray[int32]
    of_objects: bool = False
    of_colors: bool = False
    palette: dict[int, int] = field(default_factory=dict)


def _read_pixels(path: Path) -> _Pixels:
    """Raises FormatError for what is no picture, or one with too many pixels."""
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    try:
        with open_regular(path) as stream, Image.open(stream) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise FormatError("the mask has too many pixels", path=path)
            if image.mode in ("1", "L", "P"):
                found = image.getpalette() or []
                palette = {at // 3: found[at] << 16 | found[at + 1] << 8 | found[at + 2]
                           for at in range(0, len(found) - 2, 3)} if image.mode == "P" else {}
                grey = image.convert("L") if image.mode == "1" else image
                return _Pixels(np.asarray(grey).astype(np.int32), palette=palette)
            if image.mode == "F":
                return _of_floats(np.asarray(image), path)
            if image.mode.startswith("I"):
                return _Pixels(np.asarray(image).astype(np.int32), of_objects=True)
            return _of_colors(np.asarray(image.convert("RGBA")).astype(np.int32))
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError,
            Image.DecompressionBombError) as error:
        raise FormatError(f"the mask cannot be read ({error})", path=path) from None


def _of_floats(pixels: NDArray[float32], path: Path) -> _Pixels:
    """Objects, as ImageJ stores them, where there are more than 8 bits hold."""
    import numpy as np

    values = pixels.astype(np.int32) if np.isfinite(pixels).all() else None
    if values is None or (values != pixels).any() or values.min(initial=0) < 0:
        raise FormatError("the mask holds other values than whole numbers from 0 on", path=path)
    return _Pixels(values, of_objects=bool(values.max(initial=0) > VOID))


def _of_colors(pixels: NDArray[int32]) -> _Pixels:
    """What is transparent is background; grey that is stored as colour is grey."""
    red, green, blue = (pixels[..., at] * (pixels[..., 3] > 0) for at in range(3))
    if (red == green).all() and (green == blue).all():
        return _Pixels(red)
    return _Pixels(red << 16 | green << 8 | blue, of_colors=True)


class _ClassNames:
    """What the values of masks mean: by a label map, a list of classes, else by themselves.

    Parameters
    ----------
    values
        All that occur in masks, without background.
    voc
        Whether folders are those of the challenge.
    """

    def __init__(self, source: Source, values: set[int], voc: bool) -> None:
        self.colors = _label_map(source)
        self.void = next(filter(is_void, self.colors.values()), VOID_NAME)
        self._listed = listed_classes(source)
        if not self._listed and voc and not self.colors:
            self._listed = list(VOC_CLASSES)
        self._void = len(values) > 1 and (voc or _are_numbers(values - {VOID}))
        told = values - {_VOID_COLOR, *([VOID] if self._void else ())}
        self._single = len(told or values) == 1 and not voc

    @property
    def listed(self) -> tuple[str, ...]:
        return tuple(name for name in self.colors.values() if name) or tuple(self._listed)

    def mapped(self, value: int, pixels: _Pixels) -> str | None:
        """What the label map calls the colour of a value; None where it does not name it."""
        grey = value if pixels.of_colors else value * 0x010101
        return self.colors.get(pixels.palette.get(value, -1) if pixels.palette else grey)

    def of(self, value: int, pixels: _Pixels) -> str:
        """The class of a value; "" for background."""
        named = self.mapped(value, pixels)
        if self._means_void(value, pixels) and (named is None or pixels.palette):
            return self.void  # a palette has a colour for each value, whatever that means
        if named is not None:
            return named
        if not pixels.of_colors and 0 < value <= len(self._listed):
            return self._listed[value - 1]
        if self._single:
            return self._listed[0] if self._listed else "object"
        return f"#{value:06x}" if pixels.of_colors else f"class {value}"

    def _means_void(self, value: int, pixels: _Pixels) -> bool:
        if pixels.of_colors:
            return value == _VOID_COLOR
        return value == VOID and self._void and not pixels.of_objects


def _label_map(source: Source) -> dict[int, str]:
    """Names by colour of a ``labelmap.txt`` ("cat:128,0,0::"); "" is background."""
    path = next((path for path in source.files(".txt") if path.name.lower() == LABEL_MAP), None)
    found: dict[int, str] = {}
    if path is None:
        return found
    for number, line in enumerate(decode(read_file(path), path)[0].splitlines(), start=1):
        entry = _ENTRY.match(line)
        if not line.strip() or line.lstrip().startswith("# " if entry else "#"):
            continue  # "#1:128,0,0::" names a class
        if entry is None:
            raise FormatError("it has no colour (“name:red,green,blue::”)", path=path, line=number)
        red, green, blue = (min(int(text), 255) for text in entry.groups()[1:])
        name = entry[1].strip()
        found[red << 16 | green << 8 | blue] = "" if is_background(name) else name
    return found


def read(source: Source) -> Iterator[AnnotatedSample | ClassNames | Problem]:
    """Every image with a mask; masks are no images."""
    pairs = list(_pairs(source.folder, source.images()))
    values: set[int] = set()
    damaged: set[Path] = set()
    for pair in pairs:
        source.used.update(pair.masks)
        for path in pair.masks:
            try:
                if path == pair.classes:
                    values |= _values_in(_read_pixels(path).values)
            except WorkbenchError as error:
                damaged.add(path)
                yield Problem(str(path), "unreadable-labels", error.sentence())
    values.discard(0)
    voc = any(pair.objects or CLASS_FOLDER in (pair.classes or pair.image).parts for pair in pairs)
    names = _ClassNames(source, values, voc)
    yield ClassNames(names.listed)
    parts = _listed_parts(source.folder)
    for pair in pairs:
        if damaged.isdisjoint(pair.masks):
            part = parts.get(pair.image.stem) or part_of(pair.image, source.folder)
            yield from _sample(source, pair, names, part)


def _are_numbers(values: set[int]) -> bool:
    """Whether the values count classes; else they are greys, as 85, 170 and 255 are."""
    return max(values, default=0) < max(_NUMBERS, 2 * len(values))


def _sample(source: Source, pair: _MaskedImage, names: _ClassNames, part: str
            ) -> Iterator[AnnotatedSample | Problem]:
    try:
        size = source.size(pair.image)
        found = ObjectList(pair.masks[0], size)
        for label, mask in _objects(pair, names, size):
            found.add(label, mask, {DIFFICULT: True} if is_void(label) else NO_ATTRIBUTES)
    except WorkbenchError as error:
        yield Problem(str(pair.masks[0]), "unreadable-labels", error.sentence())
        return
    yield from found.problems
    yield AnnotatedSample(pair.image, Annotation(tuple(found.objects)), part)


def _objects(pair: _MaskedImage, names: _ClassNames, size: tuple[int, int]
             ) -> Iterator[tuple[str, Mask]]:
    classes = _sized(pair.classes, size)
    objects = _sized(pair.objects, size)
    if objects is None and classes is not None and classes.of_objects:
        objects, classes = classes, None
    if objects is not None:
        yield from _of_numbered(objects, classes, names)
    elif classes is not None:
        for value, spans in _stretches(classes.values).items():
            label = names.of(value, classes)
            if is_void(label):  # nobody counts what is around things
                yield label, mask_of_spans(spans)
            elif label:
                for mask in connected(spans):
                    yield label, mask


def _of_numbered(objects: _Pixels, classes: _Pixels | None, names: _ClassNames
                 ) -> Iterator[tuple[str, Mask]]:
    """Objects by their number, and what is void, which the one or the other says."""
    unknown: list[tuple[int, int, int]] = []
    for value, spans in _stretches(objects.values).items():
        if value == VOID and not objects.of_objects and not objects.of_colors:
            unknown += spans
        else:
            yield _class_within(spans, classes, names), mask_of_spans(spans)
    if classes is not None:
        for value, spans in _stretches(classes.values * (objects.values == 0)).items():
            if is_void(names.of(value, classes)):
                unknown += spans
    if unknown:
        yield names.void, mask_of_spans(sorted(unknown))


def _sized(path: Path | None, size: tuple[int, int]) -> _Pixels | None:
    if path is None:
        return None
    pixels = _read_pixels(path)
    height, width = pixels.values.shape
    if (width, height) != size:
        raise FormatError(f"the mask is {width} × {height} and its image {size[0]} × {size[1]}",
                          path=path)
    return pixels


def _class_within(spans: Sequence[tuple[int, int, int]], classes: _Pixels | None,
                  names: _ClassNames) -> str:
    """The class that most pixels of an object have."""
    import numpy as np

    if classes is None:
        return names.listed[0] if names.listed else "object"
    inside = np.concatenate([classes.values[row, first:end] for row, first, end in spans])
    values, counts = np.unique(inside, return_counts=True)
    ordered = sorted(zip(counts.tolist(), values.tolist(), strict=True), reverse=True)
    told = [label for _, value in ordered if value and (label := names.of(value, classes))]
    return next((label for label in told if not is_void(label)), *(told[:1] or ["object"]))


def _stretches(values: NDArray[int32]) -> dict[int, list[tuple[int, int, int]]]:
    """``(row, first, end)`` of stretches of equal pixels, by value; without background."""
    import numpy as np

    rows, width = values.shape
    edges = np.ones((rows, width), bool)
    edges[:, 1:] = values[:, 1:] != values[:, :-1]
    starts = np.flatnonzero(edges)
    ends = np.append(starts[1:], rows * width)
    kinds = values.reshape(-1)[starts]
    inside = np.flatnonzero(kinds)
    found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for value, start, end in zip(kinds[inside].tolist(), starts[inside].tolist(),
                                 ends[inside].tolist(), strict=True):
        row, first = divmod(start, width)
        found[value].append((row, first, end - row * width))
    return dict(sorted(found.items()))


def _listed_parts(folder: Path) -> dict[str, str]:
    """train, val and test of ``ImageSets/Segmentation`` by stem."""
    found: dict[str, str] = {}
    for part in _PARTS:
        path = folder / "ImageSets" / "Segmentation" / f"{part}.txt"
        if is_file(path):
            for line in decode(read_file(path), path)[0].splitlines():
                found.setdefault(line.strip().rpartition("/")[2], part)
    return found


# Writing


def write(target: Target, samples: Iterable[AnnotatedSample]) -> None:
    """Images in ``JPEGImages``, their masks in ``SegmentationClass`` and ``SegmentationObject``,
    both PNG with the palette of the challenge, and a ``labelmap.txt``. Void is 255 in both.

    Raises
    ------
    WorkbenchError
        If there are more than 254 classes, or one is called as what is none of them.
    """
    if name := next((name for name in target.classes if is_background(name)), ""):
        raise WorkbenchError(f"in mask images “{name}” means that there is nothing: give the class "
                             "another name, or leave it out", kept="Nothing was written.")
    classes = [name for name in target.classes if not is_void(name)]
    void = next(filter(is_void, target.classes), "")
    if len(classes) > MOST_CLASSES:
        raise WorkbenchError(f"mask images hold {MOST_CLASSES} classes at the most, and there are "
                             f"{len(classes)}", kept="Nothing was written.")
    numbers = {name: at for at, name in enumerate(classes, start=1)}
    target.write(LABEL_MAP, label_map(classes, void))
    parts: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        target.place(sample, f"{IMAGE_FOLDER}/{sample.name}")
        annotation = sample.annotation
        if annotation is None or annotation.size is None:
            continue
        stem = sample.name.rpartition(".")[0]
        masks = [(numbers.get(item.label, VOID), item.shape) for item in annotation.objects
                 if isinstance(item.shape, Mask)]
        things = sum(value != VOID for value, _ in masks)
        target.write(f"{CLASS_FOLDER}/{stem}.png", _png(annotation.size, masks))
        target.write(f"{OBJECT_FOLDER}/{stem}.png", _png(
            annotation.size, _numbered(masks, things), deep=things > MOST_CLASSES))
        if sample.split:
            parts[sample.split].append(stem)
    for part, stems in parts.items():
        target.write(f"ImageSets/Segmentation/{part}.txt", "".join(f"{stem}\n" for stem in stems))


def _numbered(masks: Sequence[tuple[int, Mask]], things: int) -> list[tuple[int, Mask]]:
    """The same with numbers of objects; void stays so, unless 255 is a number, as of many."""
    numbers, void = count(1), VOID if things <= MOST_CLASSES else 0
    return [(void if value == VOID else next(numbers), mask) for value, mask in masks]


def label_map(classes: Sequence[str], void: str = "") -> str:
    """The text of a ``labelmap.txt``: the colours of the values 0, background, and 1 on, and of
    255, if that has a name."""
    named = [*enumerate(("background", *classes)), *([(VOID, void)] if void else ())]
    lines = [f"{name}:{','.join(map(str, _color(value)))}::" for value, name in named]
    return "# label:color_rgb:parts:actions\n" + "\n".join(lines) + "\n"


def png_of_values(values: NDArray[uint8] | NDArray[uint16]) -> bytes:
    """A mask (h, w) with the palette of the challenge, or of 16 bit."""
    import numpy as np
    from PIL import Image

    image = Image.fromarray(values)
    if values.dtype == np.uint8:
        image.putpalette([part for value in range(256) for part in _color(value)])
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=False)
    return stream.getvalue()


def _png(size: tuple[int, int], masks: Sequence[tuple[int, Mask]], *, deep: bool = False) -> bytes:
    """A palette with ``masks`` of values above each other, the last on top; 16 bit where there are
    more values than a palette has."""
    import numpy as np

    pixels = np.zeros((size[1], size[0]), np.uint16 if deep else np.uint8)
    for value, mask in masks:
        for row, first, end in mask.spans():
            pixels[row, first:end] = value
    return png_of_values(pixels)


def _color(value: int) -> tuple[int, int, int]:
    """The colour of a value in the challenge's palette: its bits, three at a time, highest first
    in red, green and blue."""
    red = green = blue = 0
    for shift in range(7, -1, -1):
        red |= (value & 1) << shift
        green |= (value >> 1 & 1) << shift
        blue |= (value >> 2 & 1) << shift
        value >>= 3
    return red, green, blue
