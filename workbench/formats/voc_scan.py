"""Where things stand in the text of a Pascal VOC file.

The document has passed :func:`workbench.formats.xml_text.check_xml`, so tags nest properly and a
``<`` is markup. Reading 5,000 objects tag by tag in Python is slow; files repeat one shape of
object, so a shape that was read a few times becomes a regular expression (a *template*) that
takes in a whole object at once. A template spells out every tag, hence whatever it matches has
exactly that structure; everything else goes the slow way and gives the same result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from workbench.formats.xml_text import WHITESPACE, unescape

CORNERS = ("xmin", "ymin", "xmax", "ymax")
FIELDS = ("name", "truncated", "difficult", *CORNERS)
_FLAGS = ("truncated", "difficult")

_TOKEN = re.compile(
    r"<(?:!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>"
    r"|(?P<close>/)[^>]*>"
    r"|(?P<name>[^\s/>!?]+)(?:[^>\"']|\"[^\"]*\"|'[^']*')*>)",
    re.DOTALL,
)
# Children of the root without attributes and at most one level deep, as nearly all files have
# them: folder, filename, path, source, segmented. "size" and "object" are looked at singly.
_SIMPLE_CHILDREN = re.compile(
    r"(?:[^<]*<(?!object[\s/>]|size[\s/>])([\w.-]+)>"
    r"(?:[^<]*<([\w.-]+)>[^<]*</\2>)*[^<]*</\1>)*"
)
_SIMPLE_SIZE = re.compile(r"<size>(?:[^<]*<([\w.-]+)>[^<]*</\1>)*[^<]*</size>")
_ATTRIBUTE = re.compile(r"\s+([^\s=]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_NUMBER = r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?"
_ATTRIBUTES = r"""(?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*"""
_COMMENT = r"<!--(?:[^-]|-[^-])*-->"
_LEARN_AFTER = 8
_MAX_TEMPLATES = 16
_MAX_SHAPE = 4000  # characters of an object; longer ones hold outlines, which all differ


@dataclass(slots=True, eq=False, repr=False)
class Element:
    """One element; ``inner`` to ``inner_end`` is its content."""

    name: str
    start: int
    inner: int
    inner_end: int = 0
    end: int = 0
    children: list[Element] = field(default_factory=list)
    plain: bool = True  # no comment, CDATA or instruction directly inside

    @property
    def is_empty_tag(self) -> bool:
        return self.inner == self.end

    def child(self, name: str) -> Element | None:
        """The first child of that name."""
        for child in self.children:
            if child.name == name:
                return child
        return None

    def content_span(self) -> tuple[int, int]:
        """What a new value replaces: the content, or the whole tag ``<name/>``."""
        return (self.start, self.end) if self.is_empty_tag else (self.inner, self.inner_end)


@dataclass(slots=True, eq=False, repr=False)
class Scanned:
    """An object that was read tag by tag; it offers what is used of ``re.Match``.

    The group of a field is its content; of a field written as ``<difficult/>`` it is the tag.
    Groups are named in :data:`FIELDS`; an absent field has the span (-1, -1).
    """

    element: Element
    spans: dict[str, tuple[int, int]]

    def start(self) -> int:
        return self.element.start

    def end(self) -> int:
        return self.element.end

    def span(self, group: str) -> tuple[int, int]:
        return self.spans.get(group, (-1, -1))


Found = re.Match[str] | Scanned


@dataclass(slots=True, eq=False, repr=False)
class Layout:
    """Positions in ``text``.

    ``objects`` holds every ``<object>`` child of the root in file order; None stands for one
    that is left alone, because its box is rotated or because it lacks what ``incomplete`` says by
    its position. ``bounds`` has the start and end of each, those included.
    """

    text: str
    root: int
    root_inner: int
    root_close: int
    objects: list[Found | None]
    bounds: list[tuple[int, int]]
    size_at: int | None
    incomplete: dict[int, str] = field(default_factory=dict)

    def size(self) -> Element | None:
        """The first ``<size>`` child of the root."""
        return read_element(self.text, self.size_at) if self.size_at is not None else None


def read_element(text: str, at: int) -> Element:
    """The element whose ``<`` stands at ``at``, with everything inside it."""
    stack: list[Element] = []
    position = at
    while True:
        token = _TOKEN.match(text, text.index("<", position))
        assert token is not None, "expat has passed this text"
        position = token.end()
        if token["close"]:
            element = stack.pop()
            element.inner_end, element.end = token.start(), position
        elif token["name"]:
            element = Element(token["name"], token.start(), position)
            if stack:
                stack[-1].children.append(element)
            if text[position - 2] != "/":
                stack.append(element)
                continue
            element.inner_end = element.end = position
        else:
            stack[-1].plain = False
            continue
        if not stack:
            return element


@dataclass(slots=True, eq=False, repr=False)
class Attribute:
    """One attribute of the root: the white space before it, and its value without quotes."""

    start: int
    value_start: int
    value_end: int
    end: int


def root_attributes(layout: Layout) -> dict[str, Attribute]:
    """Attributes of the outermost element by name."""
    head = re.compile(r"<[^\s/>]+").match(layout.text, layout.root)
    assert head is not None, "expat has passed this text"
    found = {}
    for match in _ATTRIBUTE.finditer(layout.text, head.end(), layout.root_inner):
        found[match[1]] = Attribute(match.start(), match.start(2) + 1, match.end(2) - 1,
                                    match.end())
    return found


def content(raw: str) -> str:
    """Value of a field's raw text: references and CDATA resolved, comments out, ends stripped.

    Raises
    ------
    ValueError
        If it holds another element or an unknown reference.
    """
    if "<" not in raw:
        return unescape(raw.strip(WHITESPACE))
    return _complex_content(raw)


def _complex_content(raw: str) -> str:
    pieces: list[str] = []
    at = 0
    for token in _TOKEN.finditer(raw):
        pieces.append(unescape(raw[at : token.start()]))
        at = token.end()
        if token[0].startswith("<![CDATA["):
            pieces.append(token[0][9:-3])
        elif token["name"] and not (token[0] == raw and raw.endswith("/>")):
            raise ValueError("it holds other elements")
    return "".join([*pieces, unescape(raw[at:])]).strip(WHITESPACE)


def scan(text: str, root: int) -> Layout:
    """Find the objects and the size of the document whose root element starts at ``root``."""
    opening = _TOKEN.match(text, root)
    assert opening is not None, "expat has passed this text"
    layout = Layout(text, root, opening.end(), opening.end(), [], [], None)
    if text[opening.end() - 2] == "/":
        return layout
    templates = list(_templates.values())
    position = opening.end()
    while True:
        simple = _SIMPLE_CHILDREN.match(text, position)
        position = _read_objects(layout, templates, simple.end() if simple else position)
        token = _TOKEN.match(text, text.index("<", position))
        assert token is not None, "expat has passed this text"
        if token["close"]:
            layout.root_close = token.start()
            return layout
        position = token.end()
        if token["name"] == "object":
            element = read_element(text, token.start())
            _add_scanned(layout, element)
            if layout.objects[-1] is not None:
                _learn(element, templates)
            position = element.end
        elif token["name"]:
            at = token.start()
            if token["name"] == "size" and layout.size_at is None:
                layout.size_at = at
            simple = _SIMPLE_SIZE.match(text, at)
            position = simple.end() if simple else read_element(text, at).end


def _read_objects(layout: Layout, templates: list[re.Pattern[str]], position: int) -> int:
    """Take in objects as long as one of ``templates`` fits; the last that fitted comes first."""
    text, find = layout.text, layout.text.find
    add, add_bounds = layout.objects.append, layout.bounds.append
    at = find("<", position)
    if not text.startswith("<object", at):
        return position
    index = 0
    while index < len(templates):
        found = templates[index].match(text, at)
        if found is None:
            index += 1
            continue
        if index:
            templates.insert(0, templates.pop(index))
            index = 0
        match = templates[0].match
        while found is not None:
            add(found)
            add_bounds(found.span())
            position = found.end()
            at = find("<", position)
            found = match(text, at)
    return position


def _add_scanned(layout: Layout, element: Element) -> None:
    layout.bounds.append((element.start, element.end))
    name, box = element.child("name"), element.child("bndbox")
    if box is None and element.child("robndbox") is not None:
        layout.objects.append(None)
        return
    corners = [box.child(corner) for corner in CORNERS] if box is not None else []
    missing = "name" if name is None else "bndbox" if box is None else next(
        (corner for corner, child in zip(CORNERS, corners, strict=True) if child is None), "")
    if missing or name is None:
        layout.incomplete[len(layout.objects)] = missing
        layout.objects.append(None)
        return
    spans = {"name": name.content_span()}
    for flag in _FLAGS:
        if (child := element.child(flag)) is not None:
            spans[flag] = child.content_span()
    for corner, child in zip(CORNERS, corners, strict=True):
        assert child is not None  # told above
        spans[corner] = child.content_span()
    layout.objects.append(Scanned(element, spans))


# Templates

_templates: dict[str, re.Pattern[str]] = {}
_seen: dict[str, int] = {}


def _learn(element: Element, templates: list[re.Pattern[str]]) -> None:
    """Remember the shape of ``element``; one that comes often becomes a template."""
    if element.end - element.start > _MAX_SHAPE:
        return
    shape = _shape(element)
    if shape is None or shape in _templates:
        return
    if len(_seen) > 256:
        _seen.clear()
    _seen[shape] = _seen.get(shape, 0) + 1
    if _seen[shape] >= _LEARN_AFTER and len(_templates) < _MAX_TEMPLATES:
        _templates[shape] = template = re.compile(shape)
        templates.append(template)


def _shape(element: Element) -> str | None:
    """Regular expression for objects built like this one, or None where there is none."""
    name, box = element.child("name"), element.child("bndbox")
    if name is None or box is None:
        return None
    known: dict[int, str] = {}
    for parent, keys in ((element, ("name", *_FLAGS)), (box, CORNERS)):
        for key in keys:
            child = parent.child(key)
            if child is None:
                continue
            if child.children:
                return None
            known[id(child)] = _field_pattern(child, key)
    known[id(box)] = _sequence_pattern(box, known)
    absent = [flag for flag in _FLAGS if element.child(flag) is None]
    return _sequence_pattern(element, known) + "".join(f"(?P<{flag}>(?!))?" for flag in absent)


def _field_pattern(element: Element, key: str) -> str:
    tag = re.escape(element.name)
    if element.is_empty_tag:
        return f"(?P<{key}><{tag}{_ATTRIBUTES}/>)"
    value = rf"[ \t\r\n]*(?P<{key}>{_NUMBER})[ \t\r\n]*" if key in CORNERS else f"(?P<{key}>[^<]*)"
    return rf"{_open_pattern(element)}{value}</{tag}\s*>"


def _open_pattern(element: Element) -> str:
    bare = element.inner - element.start == len(element.name) + 2
    return f"<{re.escape(element.name)}{'' if bare else _ATTRIBUTES}>"


def _sequence_pattern(element: Element, known: dict[int, str]) -> str:
    """Children in order; those that are not ``known`` are stepped over, however many follow."""
    gap = "[^<]*" if element.plain else rf"[^<]*(?:{_COMMENT}[^<]*)*"
    pieces = [_open_pattern(element), gap]
    for child in element.children:
        if id(child) in known:
            pieces += [known[id(child)], gap]
            continue
        pattern = f"(?:{_opaque_pattern(child)}{gap})+"
        if pieces[-1] != pattern:
            pieces.append(pattern)
    return "".join([*pieces, rf"</{re.escape(element.name)}\s*>"])


def _opaque_pattern(element: Element) -> str:
    """An element whatever is in it, but for markup that could hide its end."""
    tag = re.escape(element.name)
    if element.is_empty_tag:
        return f"<{tag}{_ATTRIBUTES}/>"
    inside = rf"[^<]*(?:<(?!/?{tag}[\s/>]|[!?])[^<]*)*"
    return rf"{_open_pattern(element)}{inside}</{tag}\s*>"
