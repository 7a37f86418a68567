"""Read and write TOML so that a person's own comments and keys survive.

The standard library reads; tomlkit, imported only where something changes, writes. What it wrote
is read back and compared before anything is kept of it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.regular_file import read_file

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Item

_KEPT = "The file was left as it is."
_LINE_WIDTH = 88

KeyPath = tuple[str, ...]


def read_toml_text(path: Path) -> str:
    """Text of a TOML file.

    Raises
    ------
    WorkbenchError
        If it cannot be opened, or is not UTF-8.
    """
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
        raise _too_deep(path) from None
    except ValueError as error:  # also for a number that is too long
        found = re.search(r" \(at line (\d+), column \d+\)$| \(at end of document\)$", str(error))
        reason = str(error)[: found.start()] if found else str(error)
        line = int(found[1]) if found and found[1] else None
        words = f"it is not TOML ({reason[:1].lower()}{reason[1:]})"
        raise FormatError(words, path=path, line=line, kept=_KEPT) from error


def _too_deep(path: Path | None) -> FormatError:
    return FormatError("it is nested too deeply", path=path, kept=_KEPT)


def patch_toml(
    previous_text: str, data: Mapping[str, Any], *, whole: Iterable[str] = (),
    path: Path | None = None,
) -> str:
    """Return the text of a TOML file with ``data`` set in it.

    Parameters
    ----------
    previous_text
        What the file holds now. Its comments, its order and every key that ``data`` does not name
        are kept, at every depth; text of unchanged values stays as it is.
    data
        Values to set: str, int, float, bool, list and dict. None removes a key.
    whole
        Dotted names of tables that ``data`` gives completely ("colors"): keys of theirs that it
        does not name are removed.
    path
        The file, for messages.

    Raises
    ------
    FormatError
        If ``previous_text`` is not TOML.
    WorkbenchError
        If a text cannot be written as UTF-8.
    """
    old = parse_toml(previous_text, path)
    new = _merged(old, data, (), {tuple(name.split(".")) for name in whole})
    if new == old:
        return previous_text
    try:
        return _patched(previous_text, old, new) or format_toml(new)
    except RecursionError:
        raise _too_deep(path) from None


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


def format_toml(data: Mapping[str, Any]) -> str:
    """Whole TOML text of ``data``: plain keys first, then one section for each table."""
    import tomlkit

    document = tomlkit.document()
    _set(document, {}, data)
    return _dumped(document)


def _patched(text: str, old: dict[str, Any], new: dict[str, Any]) -> str | None:
    """The old text with the differences set in it, or None where tomlkit gets it wrong."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    mark = "\ufeff" if text.startswith("\ufeff") else ""
    try:
        document = tomlkit.parse(text.removeprefix(mark))
        _set(document, old, new)
        patched = _dumped(document)
        if tomllib.loads(patched) != new:
            return None
    except (TOMLKitError, tomllib.TOMLDecodeError, KeyError, IndexError, AttributeError):
        return None  # a layout that tomlkit does not master: the values matter more than comments
    if "\r\n" in text:
        patched = re.sub(r"(?<!\r)\n", "\r\n", patched)
    return mark + patched


def _set(table: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Make ``table`` of tomlkit, which holds ``old``, hold ``new``."""
    for key in old:
        if key not in new:
            del table[key]
    added = {}
    for key, value in new.items():
        before = old.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            _set(table[key], before, value)
        elif key not in old:
            added[key] = value
        elif value != before:
            table[key] = _item(value, table)
    _add(table, added, flat=_is_flat(new))


def _add(table: Any, added: Mapping[str, Any], *, flat: bool) -> None:
    """Add values to a table of tomlkit, all but the first of a flat one without looking through
    all of its rows for each."""
    from tomlkit.items import Table, Whitespace

    keys = iter(added)
    for key in keys:
        table[key] = _item(added[key], table)
        if flat and isinstance(table, Table):
            break
    rows, blank = table.value if isinstance(table, Table) else table, []
    left = list(keys)
    if left:
        while isinstance(rows.body[-1][1], Whitespace):
            blank.append(rows.body.pop())
        rows.parsing(True)
        for key in left:
            table.append(key, _item(added[key], table))
        rows.parsing(False)
        rows.body.extend(reversed(blank))


def _is_flat(data: Mapping[str, Any]) -> bool:
    """Whether there is no table in a table."""
    return not any(isinstance(value, dict | list) for value in data.values())


def _item(value: Any, table: Any) -> Item:
    """``value`` for ``table``; a long list has a line for each item."""
    from tomlkit import item
    from tomlkit.container import Container
    from tomlkit.items import Array, InlineTable, Table, Trivia

    if isinstance(value, Mapping) and not isinstance(table, InlineTable) and _is_flat(value):
        rows = Container(parsed=True)  # else it looks through all of them for each, too
        for key, part in value.items():
            rows.append(key, item(part))
        rows.parsing(False)
        return Table(rows, Trivia(), is_aot_element=False)
    if isinstance(value, list) and not any(isinstance(part, dict | list) for part in value):
        parts: list[Item] = [item(part) for part in value]
        if sum(len(part.as_string()) + 2 for part in parts) > _LINE_WIDTH:
            return Array(parts, Trivia(), multiline=True)  # one by one takes their number squared
    made: Item = item(value, _parent=table)
    if isinstance(made, Array) and len(made.as_string()) > _LINE_WIDTH:
        made.multiline(True)
    return made


def _dumped(document: TOMLDocument) -> str:
    text = document.as_string()
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        bad = text[max(0, error.start - 10): error.end]
        raise WorkbenchError(f"the text {bad!a} cannot be written as UTF-8") from error
    return text
