"""Read and write TOML so that a person's own comments and keys survive.

Source of the format: TOML 1.0.0. The standard library reads it; the writer here patches the old
text statement by statement and never guesses: what it wrote is read back and compared.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import read_file

_KEPT = "The file was left as it is."
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LINE_WIDTH = 88
_ESCAPES = {code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F)} | str.maketrans(
    {'"': '\\"', "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
)

KeyPath = tuple[str, ...]


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    WorkbenchError
        If the file cannot be opened.
    FormatError
        If it is not TOML; it names the line where the parser does.
    """
    return parse_toml(read_toml_text(path), path)


def read_toml_text(path: Path) -> str:
    """Text of a TOML file, as ``previous_text`` of :func:`write_toml` wants it."""
    data = read_file(path)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError("the text is not UTF-8", path=path, line=line, kept=_KEPT) from error


def parse_toml(text: str, path: Path | None = None) -> dict[str, Any]:
    """Parse TOML text; raises :class:`FormatError` with the line where the parser names one."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise FormatError("it is nested too deeply", path=path, kept=_KEPT) from None
    except ValueError as error:  # also for a number that is too long
        found = re.search(r" \(at line (\d+), column \d+\)$| \(at end of document\)$", str(error))
        reason = str(error)[: found.start()] if found else str(error)
        line = int(found[1]) if found and found[1] else None
        words = f"it is not TOML ({reason[:1].lower()}{reason[1:]})"
        raise FormatError(words, path=path, line=line, kept=_KEPT) from error


def write_toml(
    path: Path,
    data: Mapping[str, Any],
    previous_text: str = "",
    *,
    whole: Iterable[str] = (),
) -> str:
    """Write ``data`` into a TOML file atomically and return the text that was written.

    Parameters
    ----------
    path
        File to write.
    data
        Values to set: str, int, float, bool, list and dict. None removes a key.
    previous_text
        What the file holds now. Its comments, its order and every key that ``data`` does not name
        are kept, at every depth; text of unchanged values stays as it is.
    whole
        Dotted names of tables that ``data`` gives completely ("colors"): keys of theirs that it
        does not name are removed.

    Raises
    ------
    FormatError
        If ``previous_text`` is not TOML; nothing is written.
    WorkbenchError
        If the disk refuses.
    """
    text = patch_toml(previous_text, data, whole=whole, path=path)
    write_atomic(path, text.encode("utf-8"))
    return text


def patch_toml(
    previous_text: str,
    data: Mapping[str, Any],
    *,
    whole: Iterable[str] = (),
    path: Path | None = None,
) -> str:
    """Return ``previous_text`` with ``data`` set in it; see :func:`write_toml`."""
    old = parse_toml(previous_text, path)
    new = _merged(old, data, (), {tuple(name.split(".")) for name in whole})
    if new == old:
        return previous_text
    patched = _patched(previous_text, old, new) if previous_text.strip() else None
    if patched is not None:
        try:
            if tomllib.loads(patched.removeprefix("\ufeff")) == new:
                return patched
        except tomllib.TOMLDecodeError:
            pass  # a layout the patcher does not know: the values matter more than the comments
    return format_toml(new)


def _merged(
    old: Mapping[str, Any], new: Mapping[str, Any], at: KeyPath, whole: set[KeyPath]
) -> dict[str, Any]:
    result = {} if at in whole else dict(old)
    for key, value in new.items():
        before = old.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            below = before if isinstance(before, Mapping) else {}
            result[key] = _merged(below, value, (*at, key), whole)
        else:
            result[key] = _plain(value)
    return result


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items() if item is not None}
    return value


# Writing values


def format_toml(data: Mapping[str, Any]) -> str:
    """Whole TOML text of ``data``: plain keys first, then one section for each table."""
    return "\n".join(_sections(data, ())).strip("\n") + "\n" if data else ""


def _sections(data: Mapping[str, Any], at: KeyPath) -> list[str]:
    plain = {key: value for key, value in data.items() if not _is_section(value)}
    lines = [f"{_key(key)} = {format_value(value)}" for key, value in plain.items()]
    if at and (plain or not data):
        lines.insert(0, f"\n[{'.'.join(map(_key, at))}]")
    for key, value in data.items():
        if isinstance(value, Mapping):
            lines += _sections(value, (*at, key))
        elif _is_section(value):
            for item in value:
                lines.append(f"\n[[{'.'.join(map(_key, (*at, key)))}]]")
                lines += [f"{_key(k)} = {format_value(v)}" for k, v in item.items()]
    return lines


def _is_section(value: Any) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise WorkbenchError(f"the text {text!a} cannot be written as UTF-8") from error
    return f'"{text.translate(_ESCAPES)}"'


def format_value(value: Any) -> str:
    """One value as TOML; a dict becomes an inline table."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return repr(float(value))  # "inf" and "nan" are TOML too, and 1e+16 as well
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(str(k))} = {format_value(v)}" for k, v in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return _array([format_value(item) for item in value])
    if hasattr(value, "isoformat"):  # dates and times that tomllib made
        return str(value.isoformat())
    raise TypeError(f"TOML has no {type(value).__name__}")


def _array(items: list[str]) -> str:
    line = "[" + ", ".join(items) + "]"
    if len(line) <= _LINE_WIDTH or any("\n" in item for item in items):
        return line
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"


# Patching the old text


@dataclass(slots=True, eq=False, repr=False)
class _Statement:
    """``key = value`` in the old text."""

    path: KeyPath
    start: int  # of its line
    value: tuple[int, int]
    end: int  # after its line break


@dataclass(slots=True, eq=False, repr=False)
class _Table:
    """One section: where new keys of it go."""

    path: KeyPath
    start: int
    end: int  # after its last statement


_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'\'\'(?:[^\']|\'(?!\'\'))*\'{3,5}'
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_HEADER = re.compile(r"[ \t]*(\[\[?)")
_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|\Z)")


def _patched(text: str, old: dict[str, Any], new: dict[str, Any]) -> str | None:
    """The old text with the differences set in it, or None for a layout that is too clever."""
    layout = _layout(text)
    if layout is None:
        return None
    statements, tables = layout
    newline = "\r\n" if "\r\n" in text else "\n"
    edits: list[tuple[int, int, str]] = []
    known = {statement.path for statement in statements}
    sections = {table.path for table in tables}
    for statement in statements:
        value, found = _lookup(new, statement.path)
        if not found:
            edits.append((statement.start, statement.end, ""))
        elif value != _lookup(old, statement.path)[0]:
            edits.append((*statement.value, _wrapped(value, newline)))
    edits += [(t.start, t.end, "") for t in tables if not _lookup(new, t.path)[1]]
    added = _additions(new, known, sections)
    for path, lines in added.items():
        at = next((table.end for table in tables if table.path == path), len(text))
        edits.append((at, at, _joined(text, at, path, lines, path in sections, newline)))
    return _apply(text, edits)


def _wrapped(value: Any, newline: str) -> str:
    return format_value(value).replace("\n", newline)


def _joined(
    text: str, at: int, path: KeyPath, lines: list[str], existing: bool, newline: str
) -> str:
    block = "".join(line.replace("\n", newline) + newline for line in lines)
    gap = newline if at and not text[:at].endswith("\n") else ""
    if existing:
        return gap + block
    blank = newline if at else ""
    return f"{gap}{blank}[{'.'.join(map(_key, path))}]{newline}{block}"


def _additions(
    new: Mapping[str, Any], known: set[KeyPath], sections: set[KeyPath]
) -> dict[KeyPath, list[str]]:
    """Lines to add, by the table they belong to."""
    added: dict[KeyPath, list[str]] = {}

    def walk(data: Mapping[str, Any], at: KeyPath) -> None:
        if not data and at not in sections:
            added[at] = []
        for key, value in data.items():
            path = (*at, key)
            if path in known:
                continue
            if isinstance(value, Mapping):
                walk(value, path)
            else:
                added.setdefault(at, []).append(f"{_key(key)} = {format_value(value)}")

    walk(new, ())
    return added


def _lookup(data: Any, path: KeyPath) -> tuple[Any, bool]:
    for key in path:
        if not isinstance(data, Mapping) or key not in data:
            return None, False
        data = data[key]
    return data, True


def _apply(text: str, edits: list[tuple[int, int, str]]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end, replacement in sorted(edits, key=lambda edit: (edit[0], edit[1])):
        if start < at:  # inside something that is already cut
            continue
        pieces += [text[at:start], replacement]
        at = end
    return "".join([*pieces, text[at:]])


def _layout(text: str) -> tuple[list[_Statement], list[_Table]] | None:
    """Statements and sections of valid TOML text, or None where it holds arrays of tables."""
    at = 1 if text.startswith("\ufeff") else 0
    statements: list[_Statement] = []
    tables = [_Table((), at, at)]
    while at < len(text):
        blank = _BLANK.match(text, at)
        if blank and blank.end() > at:
            at = blank.end()
            continue
        header = _HEADER.match(text, at)
        if header:
            if header[1] == "[[":
                return None
            path, end = _read_key(text, header.end(), "]")
            end = _line_end(text, end + 1)
            tables.append(_Table(path, at, end))
        else:
            path, equals = _read_key(text, at, "=")
            value = _value_span(text, equals + 1)
            end = _line_end(text, value[1])
            statements.append(_Statement((*tables[-1].path, *path), at, value, end))
            tables[-1].end = end
        at = end
    return statements, tables


def _read_key(text: str, at: int, stop: str) -> tuple[KeyPath, int]:
    parts: list[str] = []
    while text[at] != stop:
        quoted = _STRING.match(text, at)
        bare = _BARE_KEY.match(text, at)
        if quoted:
            parts.append(next(iter(tomllib.loads(quoted[0] + "=0"))))
            at = quoted.end()
        elif bare:
            parts.append(bare[0])
            at = bare.end()
        else:
            at += 1
    return tuple(parts), at


def _value_span(text: str, at: int) -> tuple[int, int]:
    while text[at] in " \t":
        at += 1
    start, end, depth = at, at, 0
    while at < len(text):
        string = _STRING.match(text, at)
        if string:
            at = end = string.end()
            continue
        character = text[at]
        if character == "#":
            at = _line_end(text, at) - 1 if depth else len(text)
            continue
        if character == "\n" and not depth:
            break
        depth += (character in "[{") - (character in "]}")
        at += 1
        if not character.isspace():
            end = at
    return start, end


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1
