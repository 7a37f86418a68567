"""The parts of a split in ``data.yaml``, set in its text: comments and all other keys stay."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.formats.class_file import load_yaml
from workbench.formats.label_text import KEPT, decode

_OTHER_NAMES = {"val": ("valid", "validation")}
_LINE_END = re.compile(r"(\r\n|\n|\r)")
_COMMENT = re.compile(r"(?<=\s)#.*[^\s]")
_Edit = tuple[int, int, str]  # from, to, what is there instead


def with_parts(data: bytes, path: Path, parts: Mapping[str, str]) -> bytes:
    """The bytes of a data.yaml whose ``parts`` ("train", "val", "test") are these lists; "" for
    none.

    Raises
    ------
    WorkbenchError
        If that cannot be done without changing anything else in it.
    """
    import yaml

    text, encoding = decode(data, path)
    before = load_yaml(text, path)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    entries = {key.value: (key, value) for key, value in root.value}
    named = {next((name for name in (part, *_OTHER_NAMES.get(part, ())) if name in entries), part):
             value for part, value in parts.items()}
    ending = "\r\n" if "\r\n" in text else "\n"
    edits = [_edit(*entries[name], text, value) for name, value in named.items() if name in entries]
    if more := [f"{name}: {value}{ending}" for name, value in named.items()
                if name not in entries and value]:
        at = entries.get("names", root.value[0])[0].start_mark.index
        edits.append((at, at, "".join(more)))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + re.sub("\r?\n", ending, new) + text[end:]
    wanted = {**before, **{name: value or None for name, value in named.items()
                           if value or name in before}}
    if load_yaml(text, path) != wanted:
        raise WorkbenchError("its parts cannot be changed without changing what else is in it",
                             path=path, kept=KEPT)
    return encoding.encode(text)


def _edit(key: Any, node: Any, text: str, value: str) -> _Edit:
    if node.id == "sequence" and not node.flow_style and node.value:
        start, end, value = key.end_mark.index, node.value[-1].end_mark.index, f": {value}".rstrip()
    else:
        start, end = node.start_mark.index, node.end_mark.index
        value = f" {value}" if value and text[start - 1:start] == ":" else value
    return start, end, "\n  ".join([value, *_COMMENT.findall(text[start:end])])


def list_lines(data: bytes | None) -> list[str]:
    """The lines of a list of images; one that is there several times counts so often for some."""
    text = (data or b"").decode("utf-8-sig", "surrogateescape")
    return [line for line in map(str.strip, _LINE_END.split(text)) if line]


def with_lines(data: bytes, names: Mapping[str, str]) -> bytes:
    """The bytes of a list of images, some of whose lines are others; all else stays."""
    text = data.decode("utf-8", "surrogateescape")
    mark = "\ufeff" * text.startswith("\ufeff")
    lines = [line.replace(name, names[name]) if (name := line.strip()) in names else line
             for line in _LINE_END.split(text.removeprefix(mark))]
    return (mark + "".join(lines)).encode("utf-8", "surrogateescape")


def line_after(line: str, old: str, new: str, folder: str) -> str:
    """What a line of a list in ``folder`` says when the image that it names was moved.

    As much as can be stays as it is written: ``./ant/1.png`` is ``./bee/1.png`` then. All
    but the line itself are posix paths in the data set.
    """
    plain, parts = line.replace("\\", "/"), old.split("/")
    for at in range(len(parts)):
        head, tail = "".join(f"{part}/" for part in parts[:at]), "/".join(parts[at:])
        if f"/{plain}".endswith(f"/{tail}") and new.startswith(head):
            return line[:len(line) - len(tail)] + new[len(head):]
    return "./" * line.startswith("./") + posixpath.relpath(new, folder or ".")
