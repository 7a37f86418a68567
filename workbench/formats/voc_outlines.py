"""What an object of a Pascal VOC file says beyond its box: an outline, and free attributes.

The format has no place for them, so the element names are those of the programs that write them
already; ``<bndbox>`` stands beside each, which is all that labelImg and the like look at:

* ``<polygon>`` with ``x1 y1 x2 y2 …``: Roboflow, RectLabel, X-AnyLabeling. Several are the rings of
  one object; one within another is a hole here, and filled by programs that know no holes.
* ``<robndbox>`` with ``cx cy w h angle`` (radians, clockwise) and ``<type>robndbox</type>``:
  roLabelImg, which leaves ``<bndbox>`` out.
* ``<keypoints>`` with ``x1 y1 v1 …``: the polygon's names with COCO's visibility.
* ``<mask>`` with ``rle left top width height``, which are CVAT's names and its encoding: lengths of
  runs, row by row in the window, beginning with what is outside. It is in the same file as the
  boxes, because both are then saved, undone and moved as one, and masks may overlap.
* ``<pose>``, of Pascal VOC itself, where it is not "Unspecified".
* ``<occluded>`` and ``<attributes><attribute><name/><value/></attribute></attributes>``: CVAT.
  Those of the image as a whole are such an ``<attributes>`` beside the objects.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from workbench.core.annotation import DIFFICULT, POSE, TRUNCATED
from workbench.core.lazy_pattern import lazy_pattern
from workbench.core.outlines import VISIBLE, Keypoints, Mask, Polygon, RotatedBox
from workbench.core.shapes import Bounds, Box, Shape
from workbench.formats.xml_text import WHITESPACE, Element, content, read_element, tag_end

OUTLINES = ("polygon", "mask", "robndbox", "keypoints")
"""Elements that hold one; of two kinds in an object the first of these counts."""
OCCLUDED = "occluded"
OWN = frozenset({DIFFICULT, TRUNCATED})
"""Fields of every object."""
MARKERS = tuple(f"<{name}" for name in (*OUTLINES, OCCLUDED, "attributes"))
"""A text without any of these has boxes only."""
POSED = lazy_pattern(rf"<{POSE}\b[^>]*>(?![ \t\r\n]*(?:Unspecified)?[ \t\r\n]*</{POSE}>)")
"""Found wherever an object has a pose, and in a few odd files without one."""
_EXACT = 2**53
"""Up to here a float has every whole number."""
NO_POSE = frozenset({"", "unspecified"})
_DIGITS = 0.01  # coordinates are written with two
TOLERANCE = 2.0
"""Pixels by which a side of ``<bndbox>`` may miss the outline: programs round, and some count the
last pixel."""

Values = dict[str, float | str]
"""What stands in the leaves of an element, in order."""
Leaf = tuple[str, str, int, int]
"""Name, raw value, and where that stands in the text."""

_CHILD = lazy_pattern(r"<([\w.-]+)>(?:[^<]*<([\w.-]+)>[^<]*</\2>)*[^<]*</\1>")
_LEAF = lazy_pattern(r"<([\w.-]+)>[ \t\r\n]*([^<& \t\r\n]*)[ \t\r\n]*</\1>")
_LEAVES = lazy_pattern(rf"(?:[ \t\r\n]*{_LEAF.pattern})+[ \t\r\n]*")
_NUMBER = lazy_pattern(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_COORDINATE = r"[ \t\r\n]*(-?[0-9]{1,9}(?:\.[0-9]{1,15})?)[ \t\r\n]*"
_PAIR = lazy_pattern(rf"[ \t\r\n]*<x([0-9]{{1,7}})>{_COORDINATE}</x\1>"
                     rf"[ \t\r\n]*<y\1>{_COORDINATE}</y\1>")
_PAIRS = lazy_pattern(rf"(?:{_PAIR.pattern})+[ \t\r\n]*")
_POINT = lazy_pattern(r"([xyv])([0-9]{1,7})")
_ROTATED = ("cx", "cy", "w", "h", "angle")
_WINDOW = ("left", "top", "width", "height")
_RUNS = lazy_pattern(r"[0-9]{1,9}(?:[ \t\r\n]*,[ \t\r\n]*[0-9]{1,9})*")
_YES, _NO = frozenset({"1", "true", "yes"}), frozenset({"", "0", "false", "no"})


# Where things stand


def children(text: str, start: int, end: int) -> list[Element]:
    """Children of the plain object from ``start`` to ``end``: elements with leaves at most."""
    found = []
    for match in _CHILD.finditer(text, tag_end(text, start), end):
        inner = match.start() + len(match[1]) + 2
        found.append(Element(match[1], match.start(), inner, match.end() - len(match[1]) - 3,
                             match.end()))
    return found


def leaves(text: str, element: Element) -> list[Leaf]:
    """The children of ``element``, in order; ValueError where one holds more than a value."""
    if not element.children:
        start, end = element.inner, element.inner_end
        if _LEAVES.fullmatch(text, start, end):
            return [(m[1], m[2], *m.span(2)) for m in _LEAF.finditer(text, start, end)]
        element = read_element(text, element.start, element.end)
    found = []
    for child in element.children:
        start, end = child.content_span()
        found.append((child.name, content(text[start:end]), start, end))
    return found


def outline_elements(elements: Sequence[Element]) -> list[Element]:
    """Those of ``elements`` that hold the outline."""
    for kind in OUTLINES:
        if found := [element for element in elements if element.name == kind]:
            return found
    return []


# Reading


def read_outline(
    text: str, elements: Sequence[Element], stated: Box | None, shift: float
) -> Shape | None:
    """The outline among the children of an object, or None where there is none.

    Parameters
    ----------
    stated
        What ``<bndbox>`` says, inside; None where the object has none.
    shift
        1 in files that count pixels from 1: the middle of the first one is (1, 1) there.

    Raises
    ------
    ValueError
        If it cannot be read.
    """
    found = outline_elements(elements)
    if not found:
        return None
    kind = found[0].name
    if kind == "polygon":
        return Polygon(tuple(_usual_ring(text, element, shift / 2)
                             or _ring(leaves(text, element), shift / 2) for element in found))
    parts = [leaves(text, element) for element in found]
    if len(parts) > 1:
        raise ValueError("there are several")
    if kind == "keypoints":
        return _keypoints(parts[0], stated, shift / 2)
    values = {name: raw for name, raw, _, _ in reversed(parts[0])}  # the first of a name counts
    return _rotated(values, shift / 2) if kind == "robndbox" else _mask(values, int(shift))


def differs(shape: Shape, stated: Box, size: tuple[float, float]) -> bool:
    """Whether ``<bndbox>`` is not the box around the outline, in the image at least."""
    bounds = Box(*shape.bounds()).clipped(size)
    return any(abs(one - other) > TOLERANCE
               for one, other in zip(bounds, stated.clipped(size), strict=True))


def around(shape: Shape) -> Bounds:
    """The box that is written beside an outline: of whole pixels, which all programs read."""
    if isinstance(shape, Box) or (isinstance(shape, Keypoints) and shape.box is not None):
        return shape.bounds()
    x1, y1, x2, y2 = (round(value, 3) for value in shape.bounds())
    left, top, right, bottom = math.floor(x1), math.floor(y1), math.ceil(x2), math.ceil(y2)
    if isinstance(shape, Keypoints):  # of one point, too, there is a box that others can read
        right, bottom = max(right, left + 1), max(bottom, top + 1)
    return (left, top, right, bottom)


def _number(raw: str) -> float:
    value = float(raw) if _NUMBER.fullmatch(raw) else math.nan
    if not abs(value) < 1e9:
        raise ValueError("it is not a number")
    return value


def _numbered(part: Sequence[Leaf]) -> dict[str, dict[str, str]]:
    """``{"1": {"x": "5", "y": "6"}}``, in order."""
    found: dict[str, dict[str, str]] = {}
    for name, raw, _, _ in part:
        match = _POINT.fullmatch(name)
        if match is None or match[1] in found.setdefault(match[2], {}):
            raise ValueError("it is not a list of points")
        found[match[2]][match[1]] = raw
    if any(not {"x", "y"} <= set(point) for point in found.values()):
        raise ValueError("a point lacks a number")
    return found


def _usual_ring(text: str, element: Element, half: float) -> tuple[tuple[float, float], ...]:
    """The points of ``x1 y1 x2 y2 …`` and nothing else, or (); five times as fast."""
    if not _PAIRS.fullmatch(text, element.inner, element.inner_end):
        return ()
    found = _PAIR.findall(text, element.inner, element.inner_end)
    if len(found) < 3 or len({number for number, _, _ in found}) < len(found):
        return ()
    return tuple([(float(x) - half, float(y) - half) for _, x, y in found])


def _ring(part: Sequence[Leaf], half: float) -> tuple[tuple[float, float], ...]:
    ring = tuple((_number(point["x"]) - half, _number(point["y"]) - half)
                 for point in _numbered(part).values())
    if len(ring) < 3:
        raise ValueError("it has less than three points")
    return ring


def _keypoints(part: Sequence[Leaf], stated: Box | None, half: float) -> Keypoints:
    points = _numbered(part).values()
    seen = tuple(point.get("v", str(VISIBLE)) for point in points)
    if not points or not set(seen) <= {"0", "1", "2"}:
        raise ValueError("a visibility is not 0, 1 or 2")
    shape = Keypoints(tuple((_number(point["x"]) - half, _number(point["y"]) - half)
                            for point in points), tuple(map(int, seen)))
    own = stated is None or stated in (around(shape), shape.bounds()) or _is_pixel(shape, stated)
    return shape if own else Keypoints(shape.points, shape.visibility, stated)


def _is_pixel(shape: Keypoints, stated: Box) -> bool:
    """Whether the box is what is written around a dot: one pixel, which may be the one beside that
    where the dot lies on a border of two and was written with fewer digits than it had."""
    return len(shape.points) == 1 and all(
        end - start == 1 and start - _DIGITS <= at <= end + _DIGITS
        for at, start, end in zip(shape.points[0], stated[:2], stated[2:], strict=True))


def _rotated(values: Mapping[str, str], half: float) -> RotatedBox:
    cx, cy, width, height, angle = (_number(values.get(name, "")) for name in _ROTATED)
    if width <= 0 or height <= 0:
        raise ValueError("it has no area")
    return RotatedBox((cx - half, cy - half), width, height, angle % (2 * math.pi))


def _mask(values: Mapping[str, str], shift: int) -> Mask:
    left, top, width, height = (_number(values.get(name, "")) for name in _WINDOW)
    raw = values.get("rle", "")
    if any(value % 1 for value in (left, top, width, height)) or not _RUNS.fullmatch(raw):
        raise ValueError("it is not a list of runs")
    runs = tuple(map(int, raw.split(",")))
    if width <= 0 or height <= 0 or sum(runs) != width * height or not any(runs[1::2]):
        raise ValueError("its runs do not fill it")
    return Mask(int(left) - shift, int(top) - shift, int(width), int(height), runs)


# Writing


def outline_values(shape: Shape, shift: float) -> tuple[str, list[Values]]:
    """Name of the elements that hold ``shape``, and what stands in each; "" for a box."""
    half = shift / 2
    if isinstance(shape, Polygon):
        return "polygon", [
            {f"{axis}{number}": value + half for number, point in enumerate(ring, 1)
             for axis, value in zip("xy", point, strict=True)}
            for ring in shape.rings]
    if isinstance(shape, RotatedBox):
        (x, y), sides = shape.center, (shape.width, shape.height, shape.angle)
        return "robndbox", [dict(zip(_ROTATED, (x + half, y + half, *sides), strict=True))]
    if isinstance(shape, Keypoints):
        values: Values = {}
        for number, ((x, y), seen) in enumerate(
                zip(shape.points, shape.visibility, strict=True), 1):
            values |= {f"x{number}": x + half, f"y{number}": y + half, f"v{number}": float(seen)}
        return "keypoints", [values]
    if isinstance(shape, Mask):
        window = (shape.x + shift, shape.y + shift, shape.width, shape.height)
        return "mask", [{"rle": ", ".join(map(str, shape.runs)),
                         **dict(zip(_WINDOW, map(float, window), strict=True))}]
    return "", []


# Attributes


def read_attributes(
    text: str, elements: Sequence[Element], own: Collection[str] = OWN
) -> dict[str, str | float | bool]:
    """Free attributes of an object, and ``occluded``; without what is said to be false."""
    found: dict[str, str | float | bool] = {}
    for name, (start, end) in attribute_spans(text, elements, own).items():
        said = _said(text[start:end])
        value = said is not None and attribute_value(said, flag=name == OCCLUDED)
        if name == POSE and isinstance(value, str) and value.lower() in NO_POSE:
            continue
        if value is not False:
            found[name] = value
    return found


def attribute_spans(
    text: str, elements: Sequence[Element], own: Collection[str] = OWN
) -> dict[str, tuple[int, int]]:
    """Where the value of each attribute stands, by name; the first of a name counts. None of the
    names ``own`` is free."""
    found: dict[str, tuple[int, int]] = {}
    pose: tuple[int, int] | None = None
    for element in elements:
        if element.name == OCCLUDED:
            found.setdefault(OCCLUDED, element.content_span())
        if element.name == POSE:
            pose = element.content_span()
        if element.name != "attributes":
            continue
        for child in element.children:
            name, value = child.child("name"), child.child("value")
            if child.name != "attribute" or name is None or value is None \
                    or name.children or value.children:
                continue
            said = _said(text[slice(*name.content_span())])
            if said and said not in own:
                found.setdefault(said, value.content_span())
    # a free attribute of that name counts where the element says nothing
    if pose is not None and (POSE not in found
                             or (_said(text[slice(*pose)]) or "").lower() not in NO_POSE):
        found[POSE] = pose
    return found


def _said(raw: str) -> str | None:
    try:
        return content(raw)
    except ValueError:
        return None


def attribute_value(text: str, *, flag: bool = False) -> str | float | bool:
    """What the text of an attribute means: a flag, a number or itself."""
    lower = text.strip(WHITESPACE).lower()
    if flag:
        return lower not in _NO if lower in _YES | _NO else text
    if lower in ("true", "false"):
        return lower == "true"
    if _NUMBER.fullmatch(text) and attribute_text(float(text)) == text:
        return float(text)
    return text


def attribute_text(value: str | float | bool) -> str:
    """``value`` as it is written; see :func:`attribute_value`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) > _EXACT:
        return str(value)  # a time in nanoseconds or an id: all its digits, as text
    return value if isinstance(value, str) else repr(float(value)).removesuffix(".0")
