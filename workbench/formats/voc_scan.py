"""Where things stand in the text of a Pascal VOC file that expat has checked.

Nearly all objects are plain: labelImg's fields in its order, or these and others in any order. A
regular expression takes in each of them, five times as fast as expat's events reach Python. It
spells out every tag, so what it matches has exactly that structure. A file that holds anything
else is read from expat's events and offsets, with the same result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from workbench.core.lazy_pattern import lazy_pattern
from workbench.formats.voc_outlines import children, read_outline
from workbench.formats.xml_text import Element, read_element, tag_end

CORNERS = ("xmin", "ymin", "xmax", "ymax")
FIELDS = ("name", "truncated", "difficult", *CORNERS)
SIDES = ("width", "height")
ROTATED = "rotated"

_CORNER = r"<{0}>[ \t\r\n]*(?P<{0}>-?[0-9]{{1,15}}(?:\.[0-9]{{1,15}})?)[ \t\r\n]*</{0}>"
_XMIN, _YMIN, _XMAX, _YMAX = (_CORNER.format(name) for name in CORNERS)
_LEAVES = r"(?:[^<]*<(?P<{0}>[\w.-]+)>[^<]*</(?P={0})>)*[^<]*"
_LABELIMG_OBJECT = lazy_pattern(
    rf"""<object>[^<]*
    <name>(?P<name>[^<]*)</name>[^<]*
    (?:<pose>[^<]*</pose>[^<]*)?
    (?:<truncated>(?P<truncated>[^<]*)</truncated>[^<]*)?
    (?:<difficult>(?P<difficult>[^<]*)</difficult>[^<]*)?
    <bndbox>[^<]*{_XMIN}[^<]*{_YMIN}[^<]*{_XMAX}[^<]*{_YMAX}[^<]*</bndbox>[^<]*
    </object>""", re.VERBOSE)
# "(?(1)(?!))" fails where group 1 is there already: of two children of one name the first counts,
# which is left to expat. "(?(1)|(?!))" fails where it is not there.
_OBJECT = (
    rf"""<object>(?:[^<]*(?:
        (?(1)(?!)) <name>(?P<name>[^<]*)</name>
      | (?(2)(?!)) <truncated>(?P<truncated>[^<]*)</truncated>
      | (?(3)(?!)) <difficult>(?P<difficult>[^<]*)</difficult>
      | (?(4)(?!)) <bndbox>(?P<bndbox>(?:[^<]*(?:
            (?(5)(?!)) {_XMIN} | (?(6)(?!)) {_YMIN} | (?(7)(?!)) {_XMAX} | (?(8)(?!)) {_YMAX}
          | <(?!(?:xmin|ymin|xmax|ymax)>)(?P<side>[\w.-]+)>[^<]*</(?P=side)>
        ))*[^<]*)</bndbox>
      | <(?!(?:name|truncated|difficult|bndbox)>)
        (?P<other>[\w.-]+)>{_LEAVES.format("leaf")}</(?P=other)>
    ))*[^<]*</object>
    (?(1)|(?!))(?(5)|(?!))(?(6)|(?!))(?(7)|(?!))(?(8)|(?!))""")
_SIZE = lazy_pattern(
    r"""<size>(?:[^<]*<(?:
        width>  (?(1)(?!)) (?P<width>[^<]*)  </width
      | height> (?(2)(?!)) (?P<height>[^<]*) </height
      | (?!(?:width|height)>) (?P<other>[\w.-]+)>[^<]*</(?P=other)
    )>)*[^<]*</size>""", re.VERBOSE)
_OTHERS = lazy_pattern(
    rf"(?:[^<]*<(?!(?:object|size)>)(?P<other>[\w.-]+)>{_LEAVES.format('leaf')}</(?P=other)>)*")
_SAID = lazy_pattern(
    r"<attributes>(?:[^<]*<attribute>(?:[^<]*<(name|value)>[^<]*</\1>)*[^<]*</attribute>)*[^<]*"
    r"</attributes>")
_ATTRIBUTE = lazy_pattern(r"\s+([^\s=]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_NAME = lazy_pattern(r"<([^\s/>]+)")


@dataclass(slots=True, eq=False, repr=False)
class Scanned:
    """An element that expat read; it offers what is used of ``re.Match``.

    The group of a field is its content; of a field written as ``<difficult/>`` it is the tag.
    ``missing`` is what an object that is left alone lacks, or :data:`ROTATED`.
    """

    text: str
    element: Element
    spans: dict[str, tuple[int, int]]
    missing: str = ""

    def start(self) -> int:
        return self.element.start

    def end(self) -> int:
        return self.element.end

    def span(self, group: str) -> tuple[int, int]:
        return self.spans.get(group, (-1, -1))

    def group(self, *names: str) -> tuple[Any, ...]:
        return tuple(self.text[slice(*self.spans[name])] if name in self.spans else None
                     for name in names)


Found = re.Match[str] | Scanned


def is_whole(found: Found) -> bool:
    """Whether an object has all that it needs, so that it is shown."""
    return not isinstance(found, Scanned) or not found.missing


def element_of(text: str, found: Found) -> Element:
    """What was found, with everything inside it."""
    return found.element if isinstance(found, Scanned) else read_element(text, *found.span())


def children_of(text: str, found: Found) -> list[Element]:
    """The children of what was found; those of plain text without their own."""
    return found.element.children if isinstance(found, Scanned) else children(text, *found.span())


@dataclass(slots=True, eq=False, repr=False)
class VocLayout:
    """Positions in ``text``; ``objects`` holds every ``<object>`` child of the root in file order,
    ``size`` the first ``<size>``, ``said`` every ``<attributes>``; ``plain`` where objects are
    boxes as labelImg writes them."""

    text: str
    root: int
    root_inner: int
    root_close: int
    objects: list[Found] = field(default_factory=list)
    size: Found | None = None
    said: list[Element] = field(default_factory=list)
    plain: bool = False

    @property
    def root_name(self) -> str:
        found = _NAME.match(self.text, self.root)
        assert found is not None, "expat has passed this text"
        return found[1]

    def attribute(self, name: str) -> re.Match[str] | None:
        """An attribute of the root with the white space before it; group 2 has the quotes, too."""
        at = self.root + 1 + len(self.root_name)
        return next((found for found in _ATTRIBUTE.finditer(self.text, at, self.root_inner)
                     if found[1] == name), None)


def scan(text: str, root: int) -> VocLayout:
    """Find the objects and the size of the document whose root element starts at ``root``."""
    inner = tag_end(text, root)
    layout = VocLayout(text, root, inner, inner)
    return layout if text[inner - 2] == "/" or _scan_usual(layout) else _scan_events(layout)


def _any_object(text: str, at: int) -> re.Match[str] | None:
    """An object at ``at`` whose fields stand in any order."""
    if not text.startswith("<object>", at):
        return None
    return re.compile(_OBJECT, re.VERBOSE).match(text, at)  # only once; not before it is needed


def _scan_usual(layout: VocLayout) -> bool:
    """Read a file in which everything is built in the usual way; False for any other."""
    text, find = layout.text, layout.text.find
    usual = _LABELIMG_OBJECT.match
    objects: list[Found] = []
    plain = True
    at = find("<", layout.root_inner)
    while not text.startswith("</", at):
        before = at
        while True:
            while found := usual(text, at):
                objects.append(found)
                at = find("<", found.end())
            if (found := _any_object(text, at)) is None:
                break
            plain = False
            objects.append(found)
            at = find("<", found.end())
        if size := _SIZE.match(text, at):
            layout.size = layout.size or size
            at = find("<", size.end())
        if said := _SAID.match(text, at):
            layout.said.append(read_element(text, *said.span()))
            at = find("<", said.end())
        if others := _OTHERS.match(text, at):
            at = find("<", others.end())
        if at == before:
            layout.said.clear()
            return False
    layout.objects, layout.root_close, layout.plain = objects, at, plain
    return True


def _scan_events(layout: VocLayout) -> VocLayout:
    text = layout.text
    root = read_element(text, layout.root, len(text))
    layout.root_close = root.inner_end
    layout.size = None
    for child in root.children:
        if child.name == "object":
            layout.objects.append(_object(text, child))
        elif child.name == "size" and layout.size is None:
            layout.size = Scanned(text, child, _spans(child, SIDES))
        elif child.name == "attributes":
            layout.said.append(child)
    return layout


def _object(text: str, element: Element) -> Scanned:
    box = element.child("bndbox")
    spans = _spans(element, FIELDS[:3])
    if box is not None:
        spans |= _spans(box, CORNERS)
        missing = next((name for name in ("name", *CORNERS) if name not in spans), "")
    elif "name" not in spans:
        missing = "name"
    else:
        missing = _missing_outline(text, element)
    return Scanned(text, element, spans, missing)


def _missing_outline(text: str, element: Element) -> str:
    """What an object without a box lacks: nothing where it has an outline that can be read."""
    try:
        if read_outline(text, element.children, None, 0.0) is not None:
            return ""
    except ValueError:
        pass
    return ROTATED if element.child("robndbox") is not None else "bndbox"


def _spans(element: Element, names: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    return {name: child.content_span() for name in names
            if (child := element.child(name)) is not None}
