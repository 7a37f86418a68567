"""JSON files of any size, one item at a time.

The standard library's scanner reads each item from a window of the file, so that a list of a
million things never lies in memory as a whole.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.atomic import disk_reason
from workbench.formats.regular_file import MB, open_regular

FILE_LIMIT = 8_000 * MB
ITEM_LIMIT = 256 * MB
"""Characters of one item."""
_CHUNK = 1 << 22
_SPACE = re.compile(r"[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")
_scan = json.JSONDecoder().raw_decode


class Item(NamedTuple):
    """One value of the outermost object, or one element of a list in it.

    ``text`` is how it is written, ``line`` where it begins (from 1).
    """

    key: str
    value: Any
    text: str
    line: int


def stream_json(path: Path, lists: Collection[str]) -> Iterator[Item]:
    """The values of the object in a file, in their order; of the keys in ``lists`` one element
    after the other.

    Raises
    ------
    WorkbenchError
        If the file cannot be read.
    FormatError
        If it is no JSON object, is cut off, or nested too deeply; with the line.
    """
    try:
        with open_regular(path, FILE_LIMIT) as stream:
            window = _Window(stream, path)
            window.expect("{", "it is no JSON object")
            if window.peek() == "}":
                return
            while True:
                key = window.value().value
                if not isinstance(key, str):
                    raise window.error("a name is missing")
                window.expect(":", "a colon is missing")
                if key in lists and window.peek() == "[":
                    yield from window.elements(key)
                else:
                    yield window.value()._replace(key=key)
                if window.peek() == "}":
                    return
                window.expect(",", "a comma is missing")
    except OSError as error:
        raise WorkbenchError(disk_reason(error, "read"), path=path) from error
    except UnicodeDecodeError:
        raise FormatError("the text is not UTF-8", path=path) from None


class Piece(NamedTuple):
    """A part of a file that is copied: ``before`` and ``text`` of all pieces are the whole file.

    ``kind`` is "open" and "close" for the brackets of a list, "item" for an element of it, "value"
    for one value of the outermost object and "end" for what is left.
    """

    kind: str
    key: str
    before: str
    text: str = ""
    value: Any = None
    line: int = 0


def pieces(stream: Any, path: Path, lists: Collection[str]) -> Iterator[Piece]:
    """As :func:`stream_json` of an open file, with all that stands between the values."""
    window = _Window(stream, path, copying=True)
    window.expect("{", "it is no JSON object")
    while window.peek() != "}":
        key = window.value().value
        if not isinstance(key, str):
            raise window.error("a name is missing")
        window.expect(":", "a colon is missing")
        if key in lists and window.peek() == "[":
            window.expect("[", "a list is missing")
            yield Piece("open", key, window.passed())
            while window.peek() != "]":
                item = window.value()
                yield Piece("item", key, window.passed(item.text), item.text, item.value, item.line)
                if window.peek() != "]":
                    window.expect(",", "a comma is missing")
            window.expect("]", "a list does not end")
            yield Piece("close", key, window.passed("]"), "]")
        else:
            item = window.value()
            yield Piece("value", key, window.passed(item.text), item.text, item.value, item.line)
        if window.peek() != "}":
            window.expect(",", "a comma is missing")
    window.expect("}", "it does not end")
    yield Piece("end", "", window.rest())


class _Window:
    """A part of the text, and where in it the next value begins; ``copying`` keeps what was passed
    over until it is asked for."""

    def __init__(self, stream: Any, path: Path, *, copying: bool = False) -> None:
        self._stream, self._path = stream, path
        self._copying = copying
        self._passed: list[str] = []
        self._mark = 0
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self._counted = 0
        self._line = 1
        self._ended = False

    def error(self, reason: str) -> FormatError:
        reason = "it is cut off" if self._ended and self._at >= len(self._text) else reason
        return FormatError(reason, path=self._path, line=self._lines(self._at))

    def peek(self) -> str:
        """The next character that is no space."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(_CHUNK):
                raise self.error("it is cut off")

    def passed(self, last: str = "") -> str:
        """What was passed over since this was asked last, but for the ``last`` of it."""
        found = "".join([*self._passed, self._text[self._mark:self._at - len(last)]])
        self._passed, self._mark = [], self._at
        return found

    def rest(self) -> str:
        """All that was passed over and all that follows."""
        while self._more(_CHUNK):
            self._at = len(self._text)
        self._at = len(self._text)
        return self.passed()

    def expect(self, character: str, reason: str) -> None:
        if self.peek() != character:
            raise self.error(reason)
        self._at += 1

    def value(self) -> Item:
        """Read the next value."""
        value, text, line = self._value()
        return Item("", value, text, line)

    def _value(self) -> tuple[Any, str, int]:
        self.peek()
        wanted = _CHUNK
        while True:
            begin = self._at
            try:
                value, end = _scan(self._text, begin)
            except RecursionError:
                raise self.error("it is nested too deeply") from None
            except ValueError as error:
                at = getattr(error, "pos", None)
                if at is None:
                    raise self.error("a number is too large") from None
                if not self._more(wanted):
                    self._at = at
                    reason = getattr(error, "msg", "")
                    raise self.error(f"it is no JSON ({reason})") from None
                wanted *= 2
                continue
            if end == len(self._text) and self._more(_CHUNK):
                continue  # a number may go on
            line = self._lines(begin)
            self._at = end
            return value, self._text[begin:end], line

    def elements(self, key: str) -> Iterator[Item]:
        self.expect("[", "a list is missing")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            value, text, line = self._value()
            yield Item(key, value, text, line)
            comma = _COMMA.match(self._text, self._at)
            if comma is not None:  # nearly always
                self._at = comma.end()
                continue
            if self.peek() == "]":
                self._at += 1
                return
            self.expect(",", "a comma is missing")

    def _more(self, size: int) -> bool:
        """Read on, and forget what was read; False at the end of the file."""
        if self._ended:
            return False
        if len(self._text) - self._at > ITEM_LIMIT:
            raise self.error("one item is too large")
        data = self._stream.read(size)
        self._ended = not data
        self._lines(self._at)
        if self._copying and self._mark < self._at:
            self._passed.append(self._text[self._mark:self._at])
        self._text = self._text[self._at :] + self._decoder.decode(data, final=self._ended)
        self._at = self._counted = self._mark = 0
        return bool(data)

    def _lines(self, at: int) -> int:
        """The line of a place at or behind the last one that was asked for."""
        if at > self._counted:
            self._line += self._text.count("\n", self._counted, at)
            self._counted = at
        return self._line
