"""XML as text with positions: decoding, a well-formedness check, entities and lines.

An annotation is patched in place, so its text is never rebuilt from a tree. expat checks the
document; after that, plain string positions are safe to work with.

Source: Extensible Markup Language (XML) 1.0, fifth edition, appendix F for finding the encoding.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from workbench.core.errors import FormatError

KEPT = "The file was left as it is."
_PIECE = 1 << 20  # bytes that are checked at once
WHITESPACE = " \t\r\n"

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WITHOUT_MARK = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_DECLARED = re.compile(rb"""^<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")

_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_REFERENCE = re.compile(r"&(#[0-9]+|#x[0-9A-Fa-f]+|[^;\s&]+);")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_EXPAT_WORDS = {
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]: "it is cut off",
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN]: "it is cut off",
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION]: "it is cut off",
    expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH]:
        "an element is closed that was never opened",
    expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]:
        "there is text after the end of the document",
    expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]: "it uses an unknown entity",
    expat.errors.codes[expat.errors.XML_ERROR_SYNTAX]: "it is not XML",
    expat.errors.codes[expat.errors.XML_ERROR_MISPLACED_XML_PI]:
        "there is a blank line or a space before the first line",
    expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]:
        "it is not well-formed XML (a character that cannot stand there)",
}


@dataclass(slots=True, eq=False, repr=False)
class XmlText:
    """A decoded document that can be encoded back to the same bytes.

    Parameters
    ----------
    text
        Everything after the byte order mark; line breaks as they are in the file.
    mark
        The byte order mark, or nothing.
    codec
        Name of the Python codec.
    """

    text: str
    mark: bytes
    codec: str

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
        words = _EXPAT_WORDS.get(error.code)
        if words is None:
            words = f"it is not well-formed XML ({expat.errors.messages[error.code]})"
        raise FormatError(words, path=path, line=error.lineno, kept=KEPT) from error
    name, at = root[0]
    return name, at if raw.isascii() else len(raw[:at].decode("utf-8"))


def unescape(text: str) -> str:
    """Replace the references of XML in ``text``; raises ValueError for an unknown one."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "&" not in text:
        return text
    return _REFERENCE.sub(_character, text)


def _character(reference: re.Match[str]) -> str:
    name = reference[1]
    if name.startswith("#"):
        return chr(int(name[2:], 16) if name[1] == "x" else int(name[1:]))
    if name not in _ENTITIES:
        raise ValueError(f"&{name}; is not known")
    return _ENTITIES[name]


def without_forbidden(text: str) -> str:
    """``text`` with a replacement character for each that XML does not have."""
    return _FORBIDDEN.sub("\ufffd", text)


def escape(text: str) -> str:
    """Write ``text`` as the content of an element so that :func:`unescape` gives it back.

    White space at the ends is written as references, because readers strip it.

    Raises
    ------
    ValueError
        If it holds a character that XML does not have.
    """
    if _FORBIDDEN.search(text):
        raise ValueError("it holds a character that XML cannot keep")
    core = text.strip(WHITESPACE)
    if len(core) < len(text):
        at = text.index(core) if core else len(text)
        head, tail = text[:at], text[at + len(core):]
        return _as_references(head) + escape(core) + _as_references(tail)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "&#13;")


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
