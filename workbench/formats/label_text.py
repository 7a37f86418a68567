"""Text of label files: how it is encoded, and how times are written in it."""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import FormatError

KEPT = "The file was left as it is."
HEAD = 4096

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
          (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:[.,]\d*)?)")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a text was written: Python's name for it, and the byte order mark it began with."""

    name: str = "utf-8"
    mark: bytes = b""

    def encode(self, text: str) -> bytes:
        """``text`` as bytes; as UTF-8 where the encoding lacks a character of it."""
        try:
            return self.mark + text.encode(self.name)
        except UnicodeEncodeError:
            return text.encode("utf-8")


def encoding_of(data: bytes) -> Encoding:
    """The encoding of a label file, by its mark, its zeros or its being no UTF-8.

    What is neither UTF-8 nor UTF-16 is taken for Windows' Western European one, which programs on
    Windows write.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Encoding(name, mark)
    head = data[:HEAD]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = head[first::2]
        if len(head) >= 4 and zeros.count(0) > len(zeros) // 2:
            return Encoding(name)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return Encoding("cp1252")
    return Encoding()


def decode(data: bytes, path: Path | None = None) -> tuple[str, Encoding]:
    """The text of a label file without its mark, and its encoding.

    Raises
    ------
    FormatError
        If it is no text in any encoding that is known; nothing is ever replaced.
    """
    encoding = encoding_of(data)
    try:
        text = data.removeprefix(encoding.mark).decode(encoding.name)
    except UnicodeDecodeError:
        text = "\x00"
    if encoding.name != "utf-8" and _CONTROLS.search(text):
        raise FormatError("its text encoding is not known: save it as UTF-8", path=path, kept=KEPT)
    return text, encoding


def first_line(data: bytes) -> str:
    """The first line with something in it, for telling what kind of file this is; looks at
    :data:`HEAD` bytes."""
    return next((line for line in start(data[:HEAD]).splitlines() if line.strip()), "")


def start(data: bytes) -> str:
    """The first bytes of a file as text, which may end within a character."""
    encoding = encoding_of(data)
    name = "utf-8" if encoding.name == "cp1252" else encoding.name
    return data.removeprefix(encoding.mark).decode(name, "replace")


def seconds(text: str) -> float | None:
    """A time in seconds: "1.5", "1,5" or "00:01:02.5"; None where it is none."""
    text = text.strip()
    clock = _CLOCK.fullmatch(text) if ":" in text else None
    if clock is not None:
        hours, minutes, rest = clock.groups()
        value = (3600 * float(hours or 0) + 60 * float(minutes) + float(rest.replace(",", ".")))
        return value if math.isfinite(value) else None
    return number(text)


def number(text: str) -> float | None:
    """A finite number with a decimal point or comma; None where it is none."""
    if not text:
        return None
    try:
        value = float(text.strip().replace(",", ".", 1))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
