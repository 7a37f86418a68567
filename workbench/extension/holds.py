"""What a format of labels can hold, and what becomes of the rest.

One rule for imports and exports: :func:`fit` changes a sample to what a format holds and counts
what was lost. No format knows of it: a writer is only given what it can hold. numpy is imported
where masks are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from workbench.core.annotation import NO_ATTRIBUTES, Annotation, Attributes, LabeledObject
from workbench.core.area_names import is_void
from workbench.core.dots import dot_at, is_dot, middle_of
from workbench.core.filling import mask_of_polygon
from workbench.core.outlines import Keypoints, Mask, Polygon, Ring, RotatedBox
from workbench.core.rings import parts_of
from workbench.core.shapes import Box, Region, Shape
from workbench.core.text import count, tr
from workbench.core.tracing import outline_of_mask

BOX, POLYGON, ROTATED, MASK = "box", "polygon", "rotated box", "mask"
KEYPOINTS, REGION = "set of key points", "region"
DOT = "dot"
"""One key point without a box: it has a place wherever key points have."""
ANY = ("*",)
"""Attributes of any name."""
VERIFIED = "verified"
NUMBER = "number"
"""The attribute that is the label of a sample that is labelled with a number."""
WITHIN, PLACED = "within", "placed"

_KINDS: dict[type, str] = {Box: BOX, Polygon: POLYGON, RotatedBox: ROTATED, Mask: MASK,
                           Keypoints: KEYPOINTS, Region: REGION}
_MANY = {KEYPOINTS: "sets of key points"}
_BECOMES = {BOX: (ROTATED, POLYGON, MASK, DOT), POLYGON: (MASK, BOX, ROTATED, DOT),
            ROTATED: (POLYGON, MASK, BOX, DOT),
            MASK: (POLYGON, BOX, ROTATED, DOT), KEYPOINTS: (BOX, ROTATED, POLYGON, DOT),
            DOT: (), REGION: ()}
"""What a shape can be turned into, the best first."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """What becomes of images in a format that holds them as bare numbers of one size."""

    side: int = 0
    """Of all in pixels, which are squares; 0 where the format knows any size (:meth:`size`)."""
    grey: bool = False
    """Whether they lose their colours."""

    def size(self, sizes: Collection[tuple[int, int]]) -> tuple[int, int]:
        """Width and height that images of ``sizes`` get: their own, where all are alike and
        small."""
        if self.side:
            return self.side, self.side
        found = set(sizes)
        own = next(iter(found), (0, 0))
        return own if len(found) == 1 and max(own) <= _SMALL else (_USUAL, _USUAL)


_SMALL, _USUAL = 64, 28  # pixels: what is kept as it is, and what MNIST has


@dataclass(frozen=True, slots=True)
class Holds:
    """What a format can say."""

    shapes: tuple[str, ...] = (BOX,)
    """Kinds of shapes: of :data:`BOX`, :data:`POLYGON`, :data:`ROTATED`, :data:`MASK`,
    :data:`KEYPOINTS`, :data:`DOT`, and :data:`REGION` for sounds."""
    attributes: tuple[str, ...] = ()
    """Names of the attributes of objects that have a place, or :data:`ANY`."""
    of_sample: tuple[str, ...] = ()
    """The same for those of the whole sample; :data:`VERIFIED`, which is always named, among
    them."""
    labels: bool = False
    single: bool = False
    """Whether samples have labels as a whole, and whether it is one at most."""
    parts: bool = False
    holes: bool = False
    """Whether a polygon may have several parts, and holes."""
    corners: int = 0
    """How many corners a polygon has, or 0 where it may have any number."""
    overlap: bool = True
    """Whether objects may lie on each other: else each pixel belongs to the last that has it."""
    frequencies: bool = True
    """Whether a region of a sound may span some frequencies only."""
    splits: bool = False
    val: bool = True
    """Whether it says what belongs to train, val and test, and whether val is a part of its own."""
    part_folders: bool = False
    """Whether the samples of each of these parts are in a folder of their own."""
    empty: bool = True
    """Whether a sample that was looked at and has no object stays known."""
    files: str = ""
    """:data:`WITHIN` where the files of samples are part of the labels, :data:`PLACED` where their
    places are what is said."""
    pixels: Pixels | None = None
    """What becomes of images where the format holds them as bare numbers."""
    scale: bool = False
    """Whether it says how large a pixel of an image is."""
    void: bool = False
    """Whether it says by itself that areas called “void” and the like are not to be judged."""

    def has_place_for(self, whole: Annotation) -> bool:
        """Whether labels, or the number, of a sample as a whole have a place."""
        return bool(whole.labels and self.labels) or any(
            name in self.of_sample or ANY[0] in self.of_sample for name in whole.attributes)


def kind_of(shape: Shape) -> str:
    """ "box", "polygon" …: the kind of ``shape`` as :class:`Holds` names it."""
    return DOT if is_dot(shape) else _KINDS[type(shape)]


def counted(number: int, kind: str) -> str:
    """ "1 mask", "116 sets of key points"."""
    return count(number, kind, _MANY.get(kind, ""))


def becomes(kind: str, holds: Holds) -> str:
    """What a shape of ``kind`` that has no place is turned into; "" where it is left out."""
    return next((other for other in _BECOMES[kind] if other in holds.shapes
                 and not (other == POLYGON and holds.corners)), "")


def has_place(shape: Shape, holds: Holds) -> bool:
    """Whether a shape can stay what it is."""
    if isinstance(shape, Polygon) and holds.corners and (
            len(shape.rings) != 1 or len(shape.rings[0]) != holds.corners):
        return False
    kind = kind_of(shape)
    return kind in holds.shapes or (kind == DOT and KEYPOINTS in holds.shapes)


VOC = Holds((BOX, POLYGON, ROTATED, MASK, KEYPOINTS), ANY, (VERIFIED, *ANY), parts=True, holes=True,
            splits=True)
"""The files of Pascal VOC as the program writes them."""
_OF_SAMPLES = {
    "single": "{format} has room for one label: of {images} only the first is kept.",
    "val": "{format} has no part for validation: {images} become part of train.",
    "size": "{images} are brought to another size, which {format} has for all.",
    "colour": "{images} lose their colours in {format}.",
}


class Losses:
    """What did not fit, counted."""

    def __init__(self) -> None:
        self.became: Counter[tuple[str, str]] = Counter()
        """Objects by (kind, the kind they became, "" where they were left out)."""
        self.attributes: Counter[str] = Counter()
        """Objects by the name of an attribute that has no place."""
        self.samples: Counter[str] = Counter()
        """Samples by what of theirs has no place: "labels", "single" (all labels but the first),
        "verified", "empty", "split", "val", "size", "colour", or the name of an attribute."""
        self.parts = 0
        """Polygons whose holes or parts were joined."""
        self.hidden = self.covered = 0
        """Objects that are lost, or lose a part, since others lie on them."""

    def __bool__(self) -> bool:
        return bool(self.became or self.attributes or self.samples or self.parts or self.hidden
                    or self.covered)

    @property
    def total(self) -> int:
        """How much is lost: shapes and parts of objects before all that is only said of them."""
        shapes = self.became.total() + self.parts + self.hidden + self.covered
        return 1000 * shapes + self.attributes.total() + self.samples.total()

    def words(self, title: str, noun: str = "image") -> list[str]:
        """Sentences: "14 masks become boxes.", "“occluded” of 3 objects has no place in YOLO."."""
        return list(self._sentences(title, noun))

    def _sentences(self, title: str, noun: str) -> Iterator[str]:
        for (kind, target), number in self.became.items():
            objects = counted(number, kind)
            if not target:
                verb = "is" if number == 1 else "are"
                yield tr("{objects} {verb} left out: {format} has no place for them.",
                         objects=objects, verb=verb, format=title)
            elif number == 1:
                yield tr("{objects} becomes a {kind}.", objects=objects, kind=target)
            else:
                many = counted(2, target).removeprefix("2 ")
                yield tr("{objects} become {kinds}.", objects=objects, kinds=many)
        if self.parts:
            yield tr("Holes or parts of {polygons} are joined to an outline by a cut.",
                     polygons=count(self.parts, "polygon"))
        if self.hidden:
            yield tr("Of {objects} nothing is left in {format}: others lie on all pixels.",
                     objects=count(self.hidden, "object"), format=title)
        if self.covered:
            yield tr("A part of {objects} is lost in {format}: others lie on these pixels.",
                     objects=count(self.covered, "object"), format=title)
        for name, number in self.attributes.items():
            yield tr("“{name}” of {objects} has no place in {format}.", name=name,
                     objects=count(number, "object"), format=title)
        for name, number in self.samples.items():
            yield self._of_samples(name, count(number, noun), title)

    def _of_samples(self, name: str, images: str, title: str) -> str:
        if name == "split":
            return tr("{format} does not say what belongs to train, val and test.", format=title)
        if name == "empty":
            return tr("{images} without objects will be missing in {format}.", images=images,
                      format=title)
        if name in _OF_SAMPLES:
            return tr(_OF_SAMPLES[name], images=images, format=title)
        if name == "labels":
            return tr("The labels of {images} as a whole have no place in {format}.",
                      images=images, format=title)
        return tr("“{name}” of {images} has no place in {format}.", name=name, images=images,
                  format=title)

    def to_json(self) -> dict[str, object]:
        return {
            "became": [{"from": kind, "to": target, "objects": number}
                       for (kind, target), number in self.became.items()],
            "attributes": dict(self.attributes), "samples": dict(self.samples),
            "joined": self.parts, "hidden": self.hidden, "covered": self.covered,
        }


def fit(annotation: Annotation, holds: Holds, losses: Losses) -> Annotation:
    """``annotation`` with what a format ``holds``; what does not fit is counted in ``losses``."""
    objects = tuple(_fitted(annotation.objects, holds, losses))
    if not holds.overlap:
        masks = [item.shape if annotation.size is None else item.shape.clipped(annotation.size)
                 for item in objects if isinstance(item.shape, Mask)]
        _count_hidden(masks, losses)
    said = _kept(annotation.attributes, holds.of_sample, losses.samples)
    labels = annotation.labels
    if labels and not holds.labels:
        losses.samples["labels"] += 1
        labels = ()
    if len(labels) > 1 and holds.single:
        losses.samples["single"] += 1
        labels = labels[:1]
    verified = annotation.verified
    if verified and VERIFIED not in holds.of_sample:
        losses.samples[VERIFIED] += 1
        verified = False
    if not objects and not labels and not holds.empty:
        losses.samples["empty"] += 1
    if (objects == annotation.objects and said is annotation.attributes
            and labels == annotation.labels and verified == annotation.verified):
        return annotation
    return replace(annotation, objects=objects, labels=labels, verified=verified, attributes=said)


def _fitted(
    objects: Iterable[LabeledObject], holds: Holds, losses: Losses
) -> Iterator[LabeledObject]:
    for item in objects:
        kind = kind_of(item.shape)
        implied = holds.void and is_void(item.label)
        said = _kept(item.attributes, holds.attributes,
                     Counter() if implied else losses.attributes)
        if said is not item.attributes:
            item = replace(item, attributes=said)
        if not has_place(item.shape, holds):
            target = becomes(kind, holds)
            losses.became[kind, target] += 1
            if not target:
                continue
            item = item.with_shape(_turned_into(item.shape, target))
        shape = item.shape
        if isinstance(shape, Region) and not holds.frequencies and (
                shape.low, shape.high) != (None, None):
            losses.attributes["frequencies"] += 1
            item = item.with_region(low=None, high=None)
        if isinstance(item.shape, Polygon) and _joins(item.shape, holds):
            losses.parts += 1
        yield item


def _count_hidden(masks: Sequence[Mask], losses: Losses) -> None:
    """Count masks that others after them lie on, wholly or in part."""
    import numpy as np

    from workbench.core.masks import around, pixels_of, window_of

    if len(masks) < 2:
        return
    x, y, width, height = around(*map(window_of, masks))
    taken = np.zeros((height, width), bool)
    for mask in reversed(masks):
        own = pixels_of(mask, window_of(mask))
        there = taken[mask.y - y:mask.y - y + mask.height, mask.x - x:mask.x - x + mask.width]
        under = int((own & there).sum())
        there |= own
        losses.hidden += 0 < under == mask.area
        losses.covered += 0 < under < mask.area


def _joins(polygon: Polygon, holds: Holds) -> bool:
    """Whether a writer must join rings of it."""
    if len(polygon.rings) == 1 or (holds.parts and holds.holes):
        return False
    return not holds.parts or any(len(part) > 1 for part in parts_of(polygon))


def _kept(said: Attributes, places: tuple[str, ...], lost: Counter[str]) -> Attributes:
    if not said or ANY[0] in places:
        return said
    missing = [name for name in said if name not in places]
    if not missing:
        return said
    lost.update(missing)
    return {name: value for name, value in said.items() if name in places} or NO_ATTRIBUTES


def _turned_into(shape: Shape, kind: str) -> Shape:
    if kind == POLYGON and isinstance(shape, RotatedBox):
        return Polygon((shape.corners(),))
    if kind == POLYGON and isinstance(shape, Mask):
        return outline_of_mask(shape)
    if kind == MASK and isinstance(shape, Polygon | RotatedBox):
        rings = shape.rings if isinstance(shape, Polygon) else (shape.corners(),)
        return mask_of_polygon(Polygon(rings))
    if kind == ROTATED and isinstance(shape, Polygon | Mask):
        from workbench.core.rectangles import least_rectangle

        return least_rectangle(shape)
    box = Box(*shape.bounds())
    if kind == DOT:
        return dot_at(middle_of(box))
    if kind == MASK:
        return mask_of_polygon(Polygon((_corners(box),)))
    if kind == ROTATED:
        x1, y1, x2, y2 = box.in_order()
        return RotatedBox(((x1 + x2) / 2, (y1 + y2) / 2), x2 - x1, y2 - y1, 0.0)
    if kind == POLYGON:
        return Polygon((_corners(box),))
    return box


def _corners(box: Box) -> Ring:
    x1, y1, x2, y2 = box
    return (x1, y1), (x2, y1), (x2, y2), (x1, y2)
