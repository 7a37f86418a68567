"""Objects of a JSON file changed in its text, so that all else keeps its spelling."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_SPACE = re.compile(r"[ \t\n\r]*")
_scan = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class JsonStyle:
    """How an object is written: what stands after its brace, between two values, between a name
    and its value, and before the last brace; whether lists are spread over lines, and whether all
    is ASCII."""

    opening: str = ""
    between: str = ", "
    colon: str = ": "
    closing: str = ""
    spread: bool = False
    ascii: bool = True

    def object(self, value: Mapping[str, Any]) -> str:
        """``value`` written like that."""
        said = (f"{json.dumps(name, ensure_ascii=self.ascii)}{self.colon}{self.dumped(item)}"
                for name, item in value.items())
        return f"{{{self.opening}{self.between.join(said)}{self.closing}}}"

    def dumped(self, value: Any) -> str:
        """One of its values."""
        margin = self.between.rpartition("\n")[2]
        if self.spread and isinstance(value, list | dict):
            unit = margin[len(self.closing.rpartition("\n")[2]):]
            text = json.dumps(value, ensure_ascii=self.ascii, indent=unit or None)
            return text.replace("\n", f"\n{margin}")
        comma = "," if self.between == "," else ", "
        colon = ":" if comma == "," else ": "
        return json.dumps(value, ensure_ascii=self.ascii, separators=(comma, colon))


def style_of(text: str) -> JsonStyle:
    """How the object ``text`` is written."""
    found = list(_members(text)) if text else []
    if not found:
        return JsonStyle()
    first, last = found[0], found[-1]
    between = text[first[3]:found[1][1]] if len(found) > 1 else ", "
    spread = any("\n" in text[start:end] for _, _, start, end in found)
    return JsonStyle(text[text.index("{") + 1:first[1]], between, _colon(text, first[1], first[2]),
                 text[last[3]:text.rindex("}")], spread, text.isascii())


def patched(text: str, changes: Mapping[str, Any]) -> str:
    """The object ``text`` with other values, and with new ones at its end."""
    found = {name: (start, end) for name, _, start, end in _members(text)}
    style = style_of(text)
    new = {name: value for name, value in changes.items() if name not in found}
    if new:
        at = max((end for _, end in found.values()), default=text.index("{") + 1)
        said = style.between.join(f"{json.dumps(name)}{style.colon}{style.dumped(value)}"
                                  for name, value in new.items())
        text = text[:at] + (style.between if found else "") + said + text[at:]
    for name, (start, end) in sorted(found.items(), key=lambda item: -item[1][0]):
        if name in changes:
            plain = "\n" not in text[start:end]
            value = changes[name]
            said = style.dumped(value) if not plain or not text[start:end].strip("[] {}") else \
                JsonStyle(between="," if "," in text and ", " not in text else ", ",
                      ascii=style.ascii).dumped(value)
            text = text[:start] + said + text[end:]
    return text


def _members(text: str) -> Iterator[tuple[str, int, int, int]]:
    """Each name in the object ``text``, where it begins, and where its value begins and ends."""
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        begin = at
        name, at = _scan(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = _scan(text, start)
        yield name, begin, start, end
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return at if found is None else found.end()


def _colon(text: str, begin: int, start: int) -> str:
    _, end = _scan(text, begin)
    return text[end:start]
