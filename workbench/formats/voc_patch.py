"""Set changed values in the text of a Pascal VOC file and leave every other character alone."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.shapes import Box
from workbench.formats.voc_outlines import around
from workbench.formats.voc_patch_outlines import (
    extra_edits,
    extra_text,
    has_extras,
    image_attribute_edits,
    image_attributes,
    pose_text,
)
from workbench.formats.voc_scan import CORNERS, SIDES, Found, VocLayout, element_of, is_whole
from workbench.formats.voc_text import (
    FIELDS,
    Edit,
    Style,
    decimals_of,
    format_coordinate,
    gap_before,
    indented,
    name_text,
    replaced,
)
from workbench.formats.xml_text import WHITESPACE, Element, escape, without_forbidden


def patch(layout: VocLayout, old: Annotation, new: Annotation, shift: float = 0.0) -> str | None:
    """Text of the file with ``new`` in it, or None where nothing changed.

    Parameters
    ----------
    layout
        The file; ``old`` was read from it.
    shift
        What is added to the smaller coordinates on the disk (1 in files that count from 1).

    Raises
    ------
    WorkbenchError
        For a value that cannot be written.
    """
    before = {item.source: item for item in old.objects if item.source is not None}
    kept: dict[int, LabeledObject] = {}
    added: list[LabeledObject] = []
    for item in new.objects:  # a copy carries its source, too: the first keeps the place
        if item.source is None or item.source not in before or item.source in kept:
            added.append(item)
        else:
            kept[item.source] = item
    edits: list[Edit] = []
    for source, was in before.items():
        now = kept.get(source)
        if now is None:
            edits.append(_cut(layout, source))
        elif now is not was and now != was:
            edits += _object_edits(layout.text, layout.objects[source], was, now, shift)
    if new.verified != old.verified:
        edits += _verified_edit(layout, new.verified)
    resized = new.size is not None and new.size != old.size
    said = new.attributes != old.attributes
    if added or resized or said:
        style = _style(layout)
        written = "".join(_object_text(item, style, shift) for item in added)
        if said:
            said_edits, said_written = image_attribute_edits(
                layout, old.attributes, new.attributes, style)
            edits += said_edits
            written += said_written
        if new.size is not None and resized:
            size_edits, size_written = _size_edits(layout, new.size, style)
            edits += size_edits
            written = size_written + written
        edits += _appended(layout, written)
    return _applied(layout.text, edits) if edits else None


def _applied(text: str, edits: list[Edit]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end, replacement in sorted(edits, key=lambda edit: edit[:2]):
        pieces += (text[at:start], replacement)
        at = end
    return "".join([*pieces, text[at:]])


# Changed objects


def _object_edits(
    text: str, found: Found, old: LabeledObject, new: LabeledObject, shift: float
) -> list[Edit]:
    values: dict[str, str] = {}
    if new.label != old.label:
        values["name"] = name_text(new.label)
    if new.truncated != old.truncated:
        values["truncated"] = str(int(new.truncated))
    if new.difficult != old.difficult:
        values["difficult"] = str(int(new.difficult))
    plain = isinstance(old.shape, Box) and isinstance(new.shape, Box)
    # Swapped corners stay until they are moved.
    if plain and new.box not in (old.box, old.in_order().box):
        decimals = decimals_of(found.group(*CORNERS))
        shifts = (shift, shift, 0.0, 0.0)
        for corner, was, now, offset in zip(CORNERS, old.box, new.box, shifts, strict=True):
            if now != was:
                values[corner] = format_coordinate(now + offset, decimals)
    missing = {name: value for name, value in values.items() if found.span(name)[0] < 0}
    edits = [replaced(text, *found.span(name), name, value)
             for name, value in values.items() if name not in missing]
    if missing:
        edits += _inserted(text, element_of(text, found), missing)
    if not plain or has_extras(old) or has_extras(new):
        edits += extra_edits(text, found, old, new, shift)
    return edits


def _inserted(text: str, element: Element, missing: Mapping[str, str]) -> list[Edit]:
    """Add fields that the object does not have yet where labelImg puts them."""
    edits: list[Edit] = []
    for index, field in enumerate(FIELDS):
        if field in missing:
            after = next(child for name in reversed(FIELDS[:index])
                         if (child := element.child(name)))
            gap = gap_before(text, after.start)
            edits.append((after.end, after.end, f"{gap}<{field}>{missing[field]}</{field}>"))
    return edits


def _cut(layout: VocLayout, source: int) -> Edit:
    found = layout.objects[source]
    return found.start() - len(gap_before(layout.text, found.start())), found.end(), ""


# New objects


def _style(layout: VocLayout) -> Style:
    """That of the last object, or what goes with the white space inside the root."""
    text = layout.text
    found = next((item for item in reversed(layout.objects)
                  if is_whole(item) and item.span("xmin")[0] >= 0), None)
    if found is None:
        return _style_of_root(layout)
    element = element_of(text, found)
    box = element.child("bndbox")
    assert box is not None, "it has corners"
    order = list(dict.fromkeys(c.name for c in element.children if c.name in FIELDS))
    for previous, name in pairwise(FIELDS):
        if name not in order:  # as in labelImg
            order.insert(order.index(previous) + 1, name)
    return Style(
        before=gap_before(text, element.start) or _style_of_root(layout).before,
        child=gap_before(text, element.children[0].start),
        close=gap_before(text, element.inner_end),
        corner=gap_before(text, box.children[0].start),
        box_close=gap_before(text, box.inner_end),
        fields=tuple(order),
        corners=tuple(dict.fromkeys(c.name for c in box.children if c.name in CORNERS)),
        decimals=decimals_of(found.group(*CORNERS)),
    )


def _style_of_root(layout: VocLayout) -> Style:
    text = layout.text
    at = text.find("<", layout.root_inner)
    if at < 0 or at >= layout.root_close:
        return indented("\r\n\t" if "\r\n" in text else "\n\t")
    before = gap_before(text, at)
    line = re.split("[\r\n]", before)
    return indented(before, "" if len(line) == 1 else line[-1] or "\t")


def _appended(layout: VocLayout, written: str) -> list[Edit]:
    """Put ``written`` behind the last object or, without one, before the end of the root."""
    text = layout.text
    if not written:
        return []
    if layout.objects:
        at = layout.objects[-1].end()
        return [(at, at, written)]
    newline = "\r\n" if "\r\n" in text else "\n"
    if text[layout.root_inner - 2] == "/":  # the root is an empty tag
        slash = layout.root_inner - 2
        return [(slash - len(gap_before(text, slash)), layout.root_inner,
                 f">{written}{newline}</{layout.root_name}>")]
    at = layout.root_close - len(gap_before(text, layout.root_close))
    return [(at, at, written if at < layout.root_close else written + newline)]


def _object_text(item: LabeledObject, style: Style, shift: float) -> str:
    x1, y1, x2, y2 = around(item.shape)
    decimals = style.decimals
    values = {
        "name": name_text(item.label),
        "xmin": format_coordinate(x1 + shift, decimals),
        "ymin": format_coordinate(y1 + shift, decimals),
        "xmax": format_coordinate(x2, decimals),
        "ymax": format_coordinate(y2, decimals),
        "more": extra_text(item, style, shift),
    }
    if not item.attributes:
        return style.plain % values
    return style.template % {**values, "pose": pose_text(item), "truncated": int(item.truncated),
                             "difficult": int(item.difficult)}


# The rest of the file


def _verified_edit(layout: VocLayout, verified: bool) -> list[Edit]:
    """labelImg writes verified="yes", or no attribute at all."""
    attribute = layout.attribute("verified")
    if attribute is None:
        at = layout.root + 1 + len(layout.root_name)
        return [(at, at, ' verified="yes"')] if verified else []
    if verified:
        return [(attribute.start(2) + 1, attribute.end(2) - 1, "yes")]
    return [(*attribute.span(), "")]


def _size_edits(layout: VocLayout, size: tuple[int, int], style: Style) -> tuple[list[Edit], str]:
    """Edits that state another size, and what is to be appended where there is no place yet."""
    text = layout.text
    values = dict(zip(SIDES, map(str, size), strict=True))
    sides = "".join(f"{style.child}<{name}>{value}</{name}>" for name, value in values.items())
    written = f"{style.before}<size>{sides}{style.close}</size>"
    if layout.size is None:
        if not layout.objects:
            return [], written
        first = layout.objects[0].start()
        at = first - len(gap_before(text, first))
        return [(at, at, written)], ""
    element = element_of(text, layout.size)
    if element.is_empty_tag:
        return [(element.start, element.end, written.lstrip(WHITESPACE))], ""
    edits: list[Edit] = []
    for name, value in values.items():
        child = element.child(name)
        if child is not None:
            edits.append(replaced(text, *child.content_span(), name, value))
        else:
            edits.append((element.inner, element.inner, f"<{name}>{value}</{name}>"))
    return edits, ""


_NEW = indented("\n\t")
"""As labelImg lays a file out."""


def new_text(annotation: Annotation, image_path: str | Path, depth: int, shift: float = 0.0,
             ) -> str:
    """Text of a whole new file as labelImg writes it: tabs, no declaration."""
    assert annotation.size is not None
    width, height = annotation.size
    # a file may be called what XML cannot say, as with bytes that are no UTF-8
    where = without_forbidden(os.path.join(os.getcwd(), image_path))  # noqa: PTH109, PTH118
    folder, name = os.path.split(where)  # as texts: paths take a third of it
    holder = os.path.basename(folder)  # noqa: PTH119
    style = _NEW
    objects = "".join(_object_text(item, style, shift) for item in annotation.objects)
    objects += image_attributes(annotation.attributes, style)
    verified = ' verified="yes"' if annotation.verified else ""
    return f"""\
<annotation{verified}>
	<folder>{escape(holder)}</folder>
	<filename>{escape(name)}</filename>
	<path>{escape(where)}</path>
	<source>
		<database>Unknown</database>
	</source>
	<size>
		<width>{width}</width>
		<height>{height}</height>
		<depth>{depth}</depth>
	</size>
	<segmented>0</segmented>{objects}
</annotation>
"""
