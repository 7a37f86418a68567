"""Set changed outlines and attributes in the objects of a Pascal VOC file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from workbench.core.annotation import POSE, Attributes, LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Polygon
from workbench.core.shapes import Box
from workbench.formats.voc_outlines import (
    OCCLUDED,
    OUTLINES,
    OWN,
    TOLERANCE,
    Values,
    around,
    attribute_spans,
    attribute_text,
    leaves,
    outline_elements,
    outline_values,
)
from workbench.formats.voc_scan import CORNERS, Found, VocLayout, element_of
from workbench.formats.voc_text import (
    UNSPECIFIED,
    Edit,
    Style,
    decimals_of,
    format_coordinate,
    format_coordinates,
    gap_before,
    replaced,
)
from workbench.formats.xml_text import KEPT, Element, escape

_ANGLE_DECIMALS = 6
_ELEMENTS = (OCCLUDED, POSE)
"""Attributes that are elements of their own."""


def has_extras(item: LabeledObject) -> bool:
    """Whether there is more to write of it than the usual fields."""
    return not isinstance(item.shape, Box) or not OWN.issuperset(item.attributes)


def pose_text(item: LabeledObject) -> str:
    """What stands in ``<pose>`` of a new object."""
    value = item.attributes.get(POSE, False)
    return UNSPECIFIED if isinstance(value, bool) else _attribute_said(value)


def extra_text(item: LabeledObject, style: Style, shift: float) -> str:
    """Outline and attributes of a new object, as they stand behind its other fields."""
    if not has_extras(item):
        return ""
    if type(item.shape) is Polygon and not item.attributes:
        return _rings(item.shape, style, shift / 2)
    kind, parts = outline_values(item.shape, shift)
    rotated = [("type", kind)] if kind == "robndbox" else []
    return "".join((
        *(f"{style.child}<{name}>{value}</{name}>" for name, value in rotated),
        *(_element(kind, values, style) for values in parts),
        _new_attributes({name: value for name, value in item.attributes.items()
                         if name not in OWN and name != POSE}, style) if item.attributes else ""))


def extra_edits(
    text: str, found: Found, old: LabeledObject, new: LabeledObject, shift: float
) -> list[Edit]:
    """What to change in an object for its outline and its attributes."""
    element = element_of(text, found)
    style = _style_of(text, element)
    edits: list[Edit] = []
    written = ""
    if new.shape != old.shape:
        edits, written = _outline_edits(text, element, old, new, style, shift)
        box_edits, box_written = _box_edits(text, found, old, new, style, shift)
        edits += box_edits
        written = box_written + written
    more, attributes = _attribute_edits(text, element, old.attributes, new.attributes, style)
    edits += more
    written += attributes
    if written:
        at = element.inner_end - len(gap_before(text, element.inner_end))
        edits.append((at, at, written))
    return edits


def _style_of(text: str, element: Element) -> Style:
    before = gap_before(text, element.start)
    child = gap_before(text, element.children[0].start)
    inner = next((item for item in element.children if item.children), None)
    corner = child + child[len(before):] if child.startswith(before) else child
    if inner is not None:
        corner = gap_before(text, inner.children[0].start)
    return Style(before, child, gap_before(text, element.inner_end), corner, child)


# The box beside an outline


def _box_edits(
    text: str, found: Found, old: LabeledObject, new: LabeledObject, style: Style, shift: float
) -> tuple[list[Edit], str]:
    """Bring ``<bndbox>`` after the shape; where it was another box on purpose, it stays as far
    from the outline as it was."""
    if isinstance(old.shape, Box) and isinstance(new.shape, Box):
        return [], ""
    shifts = dict(zip(CORNERS, (shift, shift, 0.0, 0.0), strict=True))
    target = dict(zip(CORNERS, around(new.shape), strict=True))
    if found.span("xmin")[0] < 0:
        corners = {name: value + shifts[name] for name, value in target.items()}
        return [], _element("bndbox", corners, style)
    raws = found.group(*CORNERS)
    decimals = decimals_of(raws)
    edits: list[Edit] = []
    for name, raw, was, now in zip(CORNERS, raws, old.box, new.box, strict=True):
        stated = _plain_number(raw) - shifts[name]
        value = target[name]
        if not isinstance(new.shape, Box):
            if now == was:
                continue
            if abs(stated - was) > TOLERANCE:
                value = stated + now - was
        if value != stated:
            said = format_coordinate(value + shifts[name], decimals)
            edits.append(replaced(text, *found.span(name), name, said))
    return edits, ""


def _plain_number(raw: str) -> float:
    try:
        return float(raw)
    except ValueError:  # with comments or a decimal comma: it is written anew
        return float("inf")


# The outline


def _outline_edits(
    text: str, element: Element, old: LabeledObject, new: LabeledObject, style: Style, shift: float
) -> tuple[list[Edit], str]:
    """Edits, and what is to be added to the object."""
    kind, parts = outline_values(new.shape, shift)
    before, old_parts = outline_values(old.shape, shift)
    there = outline_elements(element.children)
    edits: list[Edit] = []
    if kind != before or len(there) != len(old_parts):
        gone = [child for child in element.children
                if child.name in OUTLINES or (child.name == "type" and kind != "robndbox")]
        edits = [_cut(text, child) for child in gone]
        kept_type = element.child("type") is not None and kind == "robndbox"
        rotated = f"{style.child}<type>{kind}</type>" if kind == "robndbox" else ""
        if kept_type:
            edits.append(replaced(text, *_type_span(element), "type", kind))
            rotated = ""
        return edits, rotated + "".join(_element(kind, values, style) for values in parts)
    for child, was, now in zip(there, old_parts, parts, strict=False):
        if was != now:
            edits += _changed(text, child, was, now, style)
    edits += [_cut(text, child) for child in there[len(parts):]]
    more = "".join(_element(kind, values, style) for values in parts[len(there):])
    if more:
        edits.append((there[-1].end, there[-1].end, more))
    return edits, ""


def _type_span(element: Element) -> tuple[int, int]:
    child = element.child("type")
    assert child is not None
    return child.content_span()


def _changed(text: str, child: Element, was: Values, now: Values, style: Style) -> list[Edit]:
    """Set what is another value; a list of another length is written anew, with the old words for
    the old values."""
    found = leaves(text, child)
    decimals = max(decimals_of(raw for _, raw, _, _ in found), 2)
    spans = {name: (start, end) for name, _, start, end in reversed(found)}
    if list(was) == list(now) and set(now) <= set(spans):
        return [replaced(text, *spans[name], name, _value_text(name, value, decimals))
                for name, value in now.items() if value != was[name]]
    known = {}
    if [name for name, *_ in found] == list(was):
        known = {was[name]: raw for name, raw, _, _ in found}
    gap = gap_before(text, text.index("<", child.inner))
    inner = "".join(
        f"{gap}<{name}>{known.get(value) or _value_text(name, value, decimals)}</{name}>"
        for name, value in now.items())
    return [(child.inner, child.inner_end, inner + gap_before(text, child.inner_end))]


def _rings(shape: Polygon, style: Style, half: float) -> str:
    """The elements of a polygon, quickly: an import may write millions of points."""
    decimals = style.decimals
    return "".join([
        _ring_template(len(ring), style.child, style.corner, style.box_close) % tuple(
            format_coordinates(tuple([value + half for point in ring for value in point]),
                               decimals))
        for ring in shape.rings])


@lru_cache(maxsize=64)
def _ring_template(points: int, child: str, corner: str, close: str) -> str:
    inner = "".join(f"{corner}<x{number}>%s</x{number}>{corner}<y{number}>%s</y{number}>"
                    for number in range(1, points + 1))
    return f"{child}<polygon>{inner}{close}</polygon>"


def _element(name: str, values: Mapping[str, float | str], style: Style) -> str:
    corner, decimals = style.corner, style.decimals
    inner = "".join([f"{corner}<{leaf}>{_value_text(leaf, value, decimals)}</{leaf}>"
                     for leaf, value in values.items()])
    return f"{style.child}<{name}>{inner}{style.box_close}</{name}>"


def _value_text(name: str, value: float | str, decimals: int) -> str:
    if isinstance(value, str):
        return value
    return format_coordinate(value, _ANGLE_DECIMALS if name == "angle" else decimals)


def _cut(text: str, child: Element) -> Edit:
    return child.start - len(gap_before(text, child.start)), child.end, ""


# Attributes


def image_attribute_edits(
    layout: VocLayout, old: Attributes, new: Attributes, style: Style
) -> tuple[list[Edit], str]:
    """What to change for the attributes of the image as a whole, and what is to be added."""
    root = Element("", layout.root, layout.root_inner, layout.root_close, layout.root_close,
                   layout.said)
    return _attribute_edits(layout.text, root, old, new, _of_root(style), whole=True)


def image_attributes(said: Attributes, style: Style) -> str:
    """Those of the image as a whole in a new file."""
    return _new_attributes(said, _of_root(style), ()) if said else ""


def _of_root(style: Style) -> Style:
    return replace(style, child=style.before, corner=style.child, box_close=style.before)


def _attribute_edits(
    text: str, element: Element, old: Attributes, new: Attributes, style: Style, *,
    whole: bool = False
) -> tuple[list[Edit], str]:
    """Edits, and what is to be added to the object, or to the root for a ``whole`` image."""
    own, elements = (frozenset[str](), ()) if whole else (OWN, _ELEMENTS)
    spans = attribute_spans(text, element.children, own)
    posed = element.child(POSE)
    pose = posed.content_span() if posed is not None else None
    edits: list[Edit] = []
    added: dict[str, str | float | bool] = {}
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name, False), new.get(name, False)
        if name in own or (was == now and type(was) is type(now)):
            continue
        if name not in spans:
            added[name] = now
        elif now is False and was is not True and spans[name] != pose:
            edits.append(_cut(text, _attribute_of(element, spans[name])))
        else:
            said = UNSPECIFIED if now is False and spans[name] == pose \
                else _number_of(now) if name == OCCLUDED else _attribute_said(now)
            edits.append(replaced(text, *spans[name], _leaf_of(text, spans[name]), said))
    group = element.child("attributes")
    if group is None or group.is_empty_tag or not group.children:
        return edits, _new_attributes(added, style, elements)
    at = group.children[-1].end
    gap = gap_before(text, group.children[-1].start)
    free = {name: value for name, value in added.items() if name not in elements}
    edits += [(at, at, gap + _attribute(name, value)) for name, value in free.items()]
    others = {name: value for name, value in added.items() if name in elements}
    return edits, _new_attributes(others, style, elements)


def _attribute_of(element: Element, span: tuple[int, int]) -> Element:
    """The child of ``<attributes>`` around ``span``, or ``<occluded>``."""
    around_it: Iterable[Element] = (
        item for child in element.children
        for item in (child.children if child.name == "attributes" else (child,)))
    return next(item for item in around_it if item.start <= span[0] and span[1] <= item.end)


def _leaf_of(text: str, span: tuple[int, int]) -> str:
    """Name of the tag that is replaced where ``<value/>`` has no content."""
    return next((name for name in _ELEMENTS if text.startswith(f"<{name}", span[0])), "value")


def _new_attributes(values: Attributes, style: Style, elements: Collection[str] = _ELEMENTS) -> str:
    own = "".join(f"{style.child}<{name}>{_number_of(value)}</{name}>"
                  for name, value in values.items() if name in elements)
    inner = "".join(style.corner + _attribute(name, value)
                    for name, value in values.items() if name not in elements)
    return own + (
        f"{style.child}<attributes>{inner}{style.box_close}</attributes>" if inner else "")


def _attribute(name: str, value: str | float | bool) -> str:
    return (f"<attribute><name>{_escaped(name)}</name>"
            f"<value>{_attribute_said(value)}</value></attribute>")


def _attribute_said(value: str | float | bool) -> str:
    return _escaped(attribute_text(value))


def _number_of(value: str | float | bool) -> str:
    """``<occluded>`` says 0 or 1."""
    return str(int(value)) if isinstance(value, bool) else _attribute_said(value)


def _escaped(text: str) -> str:
    try:
        return escape(text)
    except ValueError as error:
        raise WorkbenchError(f"the attribute {text!a} cannot be written: {error}",
                             kept=KEPT) from error
