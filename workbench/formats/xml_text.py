"""XML as text with positions: decoding, a well-formedness check, elements, entities and lines.

An annotation is patched in place, so its text is never rebuilt from a tree. expat checks the
document and says where each element stands; after that, plain string positions are safe.

Source: Extensible Markup Language (XML) 1.0, fifth edition, appendix F for finding the encoding.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from workbench.core.errors import FormatError

KEPT = "The file was left as it is."
WHITESPACE = " \t\r\n"
_PIECE = 1 << 20  # bytes that are checked at once

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WITHOUT_MARK = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED = re.compile(rb"""^<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_IN_QUOTES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;",
                            "\r": "&#13;", "\t": "&#9;"})
_TAG = re.compile(r"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")

_EXPAT_WORDS = {
    expat.errors.XML_ERROR_NO_ELEMENTS: "it is cut off",
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: "it is cut off",
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION: "it is cut off",
    expat.errors.XML_ERROR_TAG_MISMATCH: "an element is closed that was never opened",
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: "there is text after the end of the document",
    expat.errors.XML_ERROR_UNDEFINED_ENTITY: "it uses an unknown entity",
    expat.errors.XML_ERROR_SYNTAX: "it is not XML",
    expat.errors.XML_ERROR_MISPLACED_XML_PI:
        "there is a blank line or a space before the first line",
    expat.errors.XML_ERROR_INVALID_TOKEN:
        "it is not well-formed XML (a character that cannot stand there)",
}


@dataclass(slots=True, eq=False, repr=False)
class XmlText:
    """A decoded document that can be encoded back to the same bytes."""

    text: str
    """Everything after the byte order mark; line breaks as they are in the file."""
    mark: bytes
    """The byte order mark, or nothing."""
    codec: str
    """Name of the Python codec."""

    def encode(self, text: str) -> bytes:
        """Bytes of ``text`` in this document's encoding; what it lacks becomes ``&#…;``."""
        return self.mark + text.encode(self.codec, "xmlcharrefreplace")


def decode_xml(data: bytes, path: Path | None = None) -> XmlText:
    """Decode a document by its byte order mark, its declaration or as UTF-8.

    Raises
    ------
    FormatError
        If the file is empty, or its bytes are not in the encoding it names.
    """
    if not data.strip(b" \t\r\n\0"):
        raise FormatError("the file is empty", path=path, kept=KEPT)
    mark, codec = _encoding(data)
    body = data[len(mark):] if mark else data
    try:
        text = body.decode(codec)
        if codec != "utf-8" and text.encode(codec) != body:
            raise UnicodeError
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(f"the text is not {codec.upper()}", path=path, line=line,
                          kept=KEPT) from error
    except (LookupError, ValueError) as error:
        raise FormatError(f"the encoding {codec} cannot be read and written back exactly",
                          path=path, line=1, kept=KEPT) from error
    return XmlText(text, mark, codec)


def _encoding(data: bytes) -> tuple[bytes, str]:
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return mark, codec
    for start, codec in _WITHOUT_MARK:
        if data.startswith(start):
            return b"", codec
    declared = _DECLARED.match(data) if data.startswith(b"<?xml") else None
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    # Some programs declare UTF-16 and then write bytes: those cannot be two-byte characters.
    return b"", "utf-8" if name in ("utf8", "us-ascii") or name.startswith("utf-16") else name


def check_xml(source: XmlText, data: bytes, path: Path | None = None) -> tuple[str, int]:
    """Check that the document is well-formed and harmless; nothing outside it is ever loaded.

    Returns
    -------
    tuple
        Name of the outermost element and the position of its ``<`` in ``source.text``.

    Raises
    ------
    FormatError
        If it is not well-formed, or declares entities (a known way to make readers explode).
    """
    parser = expat.ParserCreate("utf-8")
    root: list[tuple[str, int]] = []

    def on_start(name: str, attributes: dict[str, str]) -> None:
        root.append((name, parser.CurrentByteIndex))
        parser.StartElementHandler = None

    def on_entity(*_: object) -> None:
        raise FormatError("it declares entities of its own, which are not read for safety",
                          path=path, line=parser.CurrentLineNumber, kept=KEPT)

    parser.StartElementHandler = on_start
    parser.EntityDeclHandler = on_entity
    raw = data[len(source.mark):] if source.codec == "utf-8" else source.text.encode("utf-8")
    try:
        for start in range(0, len(raw), _PIECE):  # other threads have their turn in between
            parser.Parse(raw[start : start + _PIECE], False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code]
        raise FormatError(_EXPAT_WORDS.get(reason, f"it is not well-formed XML ({reason})"),
                          path=path, line=error.lineno, kept=KEPT) from error
    name, at = root[0]
    return name, at if raw.isascii() else len(raw[:at].decode("utf-8"))


@dataclass(slots=True, eq=False, repr=False)
class Element:
    """One element; ``inner`` to ``inner_end`` is its content."""

    name: str
    start: int
    inner: int
    inner_end: int = 0
    end: int = 0
    children: list[Element] = field(default_factory=list)

    @property
    def is_empty_tag(self) -> bool:
        return self.inner == self.end

    def child(self, name: str) -> Element | None:
        """The first child of that name."""
        return next((child for child in self.children if child.name == name), None)

    def content_span(self) -> tuple[int, int]:
        """What a new value replaces: the content, or the whole tag ``<name/>``."""
        return (self.start, self.end) if self.is_empty_tag else (self.inner, self.inner_end)


def read_element(text: str, start: int, end: int) -> Element:
    """The element that begins at ``start``, with everything inside it, from expat's offsets.

    ``text`` has passed :func:`check_xml`; the element ends before ``end``, and nothing but the end
    of the document follows it there.
    """
    raw = text[start:end].encode("utf-8")
    one_byte = len(raw) == end - start
    parser = _parser()
    stack = [Element("", start, start)]
    at_byte, at = 0, start

    def position() -> int:
        nonlocal at_byte, at
        if one_byte:
            return start + parser.CurrentByteIndex
        before, at_byte = at_byte, parser.CurrentByteIndex
        at += len(raw[before:at_byte].decode("utf-8"))
        return at

    def on_start(name: str, attributes: dict[str, str]) -> None:
        element = Element(name, position(), 0)
        element.inner = tag_end(text, element.start)
        stack[-1].children.append(element)
        stack.append(element)

    def on_end(name: str) -> None:
        element = stack.pop()
        element.inner_end = position()
        empty = text[element.inner - 2] == "/"
        element.end = element.inner if empty else text.index(">", element.inner_end) + 1

    parser.StartElementHandler, parser.EndElementHandler = on_start, on_end
    parser.Parse(raw, True)
    return stack[0].children[0]


def tag_end(text: str, at: int) -> int:
    """Where the tag ends whose ``<`` stands at ``at``."""
    found = _TAG.match(text, at)
    assert found is not None, "expat has passed this text"
    return found.end()


def content(raw: str) -> str:
    """Value of a field's raw text: references and CDATA resolved, comments out, ends stripped.

    White space at the ends that is written as references stays. An empty tag (``<name/>``) says "".

    Raises
    ------
    ValueError
        If it holds another element or an unknown reference.
    """
    text = raw.strip(WHITESPACE)
    if "<" not in text:
        return _characters(text) if "&" in text or "\r" in text else text
    if text.endswith("/>") and _TAG.fullmatch(text):
        return ""
    return _characters(text).strip(WHITESPACE)


def _characters(raw: str) -> str:
    parser = _parser()
    pieces: list[str] = []

    def on_start(name: str, attributes: dict[str, str]) -> None:
        parser.StartElementHandler = on_inner

    def on_inner(name: str, attributes: dict[str, str]) -> None:
        raise ValueError("it holds other elements")

    def on_skipped(name: str, parameter: bool) -> None:
        raise ValueError(f"&{name}; is not known")

    parser.StartElementHandler, parser.SkippedEntityHandler = on_start, on_skipped
    parser.CharacterDataHandler = pieces.append
    parser.Parse(f"<x>{raw}</x>", True)
    return "".join(pieces)


def _parser() -> expat.XMLParserType:
    """For a part of a checked document: entities that only an outside file knows are passed by."""
    parser = expat.ParserCreate("utf-8")
    parser.UseForeignDTD(True)
    return parser


def without_forbidden(text: str) -> str:
    """``text`` with a replacement character for each that XML does not have."""
    return _FORBIDDEN.sub("\ufffd", text)


def escape(text: str) -> str:
    """Write ``text`` as the content of an element so that :func:`content` gives it back.

    White space at the ends is written as references, because readers strip it.

    Raises
    ------
    ValueError
        If it holds a character that XML does not have.
    """
    if _FORBIDDEN.search(text):
        raise ValueError("it holds a character that XML cannot keep")
    core = text.strip(WHITESPACE)
    head, tail = text[: len(text) - len(text.lstrip(WHITESPACE))], ""
    if core:
        tail = text[len(head) + len(core):]
    core = core.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _as_references(head) + core.replace("\r", "&#13;") + _as_references(tail)


def quoted(text: str) -> str:
    """``text`` as the value of an attribute, in quotes; without what XML does not have."""
    return f'"{without_forbidden(text).translate(_IN_QUOTES)}"'


def _as_references(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


class Lines:
    """1-based line of a position; quick when asked in rising order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._break = "\n" if "\n" in text else "\r"
        self._at = 0
        self._line = 1

    def of(self, position: int) -> int:
        if position < self._at:
            self._at, self._line = 0, 1
        self._line += self._text.count(self._break, self._at, position)
        self._at = position
        return self._line
