"""The file that numbers the classes of a data set: ``data.yaml`` or ``classes.txt``.

Names are set in the text of the file, so that comments, spelling and all other keys stay. The
number of a class never changes: new ones go to the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from workbench.core.errors import FormatError, WorkbenchError
from workbench.formats.label_text import KEPT, Encoding, decode

NAME_FILES = ("classes.txt", "obj.names", "_darknet.labels", "labels.txt", "predefined_classes.txt")
NO_LABELS = frozenset({*NAME_FILES, "readme.txt", "train.txt", "val.txt", "valid.txt", "test.txt",
                       "requirements.txt", "notes.txt"})
"""Text files that are no labels of an image; see :func:`is_label_name`."""

_PLAIN = re.compile(r"[A-Za-z_](?:[\w ./()+-]*[\w.)+])?", re.ASCII)
_DEEP = 50
_Edit = tuple[int, int, str]  # from, to, what is there instead


@dataclass(frozen=True, slots=True)
class ClassFile:
    """A file as it was read."""

    data: bytes
    path: Path
    names: tuple[str, ...]
    """By number; "" for a number without a name."""
    _text: str
    _encoding: Encoding

    def with_names(self, names: Sequence[str]) -> bytes:
        """The file's bytes with other ``names``, as many or more than there are.

        Raises
        ------
        WorkbenchError
            If that cannot be done without changing anything else in it.
        """
        if tuple(names) == self.names:
            return self.data
        assert len(names) >= len(self.names)
        if is_yaml(self.path):
            text = _yaml_with(self._text, self.names, names, self.path)
        else:
            text = _lines_with(self._text, names)
        data = self._encoding.encode(text)
        found = read_class_file(data, self.path)
        if found.names != tuple(names) or _others(found) != _others(self):
            raise WorkbenchError("its classes cannot be changed without changing what else is in "
                                 "it", path=self.path, kept=KEPT)
        return data


def is_label_name(name: str) -> bool:
    """Whether the text file ``name``, a posix path, may hold the labels of an image.

    In a folder "labels" only lists of classes do not: there "train.txt" is about an image.
    """
    folder, _, last = name.lower().rpartition("/")
    return last not in NO_LABELS or (last not in NAME_FILES and "labels" in folder.split("/"))


def is_yaml(path: Path) -> bool:
    return path.suffix.lower() in (".yaml", ".yml")


def read_class_file(data: bytes, path: Path) -> ClassFile:
    """Read the bytes of such a file.

    Raises
    ------
    FormatError
        If it names no classes.
    """
    text, encoding = decode(data, path)
    if is_yaml(path):
        return ClassFile(data, path, tuple(class_names(load_yaml(text, path).get("names"), path)),
                         text, encoding)
    return ClassFile(data, path, tuple(line.strip() for line in text.strip().splitlines()), text,
                     encoding)


def _is_deep(text: str) -> bool:
    """Whether brackets are nested, or lists begin within lists, as nowhere in such a file."""
    depth = accumulate(1 if mark in "[{" else -1 for mark in re.findall(r"[\[\]{}]", text))
    return max(depth, default=0) > _DEEP or re.search(rf"(?:[-?] ){{{_DEEP}}}", text) is not None


def load_yaml(text: str, path: Path) -> dict[Any, Any]:
    """The table that a YAML file holds, as plain data only.

    Raises
    ------
    FormatError
        If it is none.
    """
    import yaml

    if _is_deep(text):  # the parser would take seconds to find that
        raise FormatError("it is nested too deeply", path=path)
    try:
        found = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        reason = ("it holds Python objects, which are not made"
                  if "could not determine a constructor" in str(error.problem) else
                  f"it is no YAML ({error.problem})")
        raise FormatError(reason, path=path, line=None if mark is None else mark.line + 1) from None
    except (yaml.YAMLError, ValueError) as error:
        raise FormatError(f"it is no YAML ({error})", path=path) from None
    except RecursionError:
        raise FormatError("it is nested too deeply", path=path) from None
    if not isinstance(found, dict):
        raise FormatError("it does not name classes", path=path)
    return found


def class_names(value: Any, path: Path) -> list[str]:
    """The names that ``names`` of a data.yaml says, by number."""
    if isinstance(value, dict):
        if not all(type(key) is int and 0 <= key < 100_000 for key in value):
            raise FormatError("the numbers of its classes are no whole numbers from 0", path=path)
        named = {key: str(name) for key, name in value.items()}
        return [named.get(number, "") for number in range(max(named, default=-1) + 1)]
    if isinstance(value, list) and all(isinstance(name, str | int | float) for name in value):
        return [str(name) for name in value]
    raise FormatError("its names are neither a list nor numbered", path=path)


def _others(file: ClassFile) -> object:
    """What else a file says."""
    if not is_yaml(file.path):
        return None
    return {key: value for key, value in load_yaml(file._text, file.path).items()
            if key not in ("names", "nc")}


# classes.txt


def _lines_with(text: str, names: Sequence[str]) -> str:
    lines = text.splitlines(keepends=True)
    filled = [at for at, line in enumerate(lines) if line.strip()]
    first, last = (filled[0], filled[-1]) if filled else (0, -1)
    ending = "\r\n" if "\r\n" in text else "\n"
    for at, name in zip(range(first, last + 1), names, strict=False):
        old = lines[at].strip()
        if old and old != name:
            lines[at] = lines[at].replace(old, name, 1)
    more = [f"{name}{ending}" for name in names[last + 1 - first:]]
    if more and last >= 0 and not lines[last].endswith(("\n", "\r")):
        lines[last] += ending
    return "".join([*lines[:last + 1], *more, *lines[last + 1:]])


# data.yaml


def _yaml_with(text: str, old: Sequence[str], names: Sequence[str], path: Path) -> str:
    """The text with names set in it; whether nothing else changed is looked at afterwards."""
    import yaml

    root = yaml.compose(text, Loader=yaml.SafeLoader)
    nodes = {key.value: node for key, node in root.value}
    edits = list(_name_edits(nodes["names"], text, old, names))
    total = nodes.get("nc")
    if total is not None and total.value == str(len(old)):
        edits.append((total.start_mark.index, total.end_mark.index, str(len(names))))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _name_edits(node: Any, text: str, old: Sequence[str], names: Sequence[str]) -> Iterator[_Edit]:
    numbered = node.id == "mapping"
    entries = ({int(key.value): value for key, value in node.value} if numbered
               else dict(enumerate(node.value)))
    for number, entry in entries.items():
        if old[number] != names[number]:
            yield (entry.start_mark.index, entry.end_mark.index,
                   _quoted(names[number], entry.style))
    last = max(entries.values(), key=lambda entry: entry.end_mark.index, default=None)
    style = last.style if last is not None else None
    said = [f"{number}: {_quoted(names[number], style)}" if numbered
            else _quoted(names[number], style) for number in range(len(old), len(names))
            if names[number] or not numbered]
    if said:
        yield _appended(node, last, text, said, "" if numbered else "- ")


def _appended(node: Any, last: Any, text: str, said: Sequence[str], mark: str) -> _Edit:
    """Where more entries go, and what is written there."""
    if node.flow_style and last is None:
        at = node.end_mark.index - 1
        return at, at, ", ".join(said)
    if node.flow_style:
        at = last.end_mark.index
        return at, at, "".join(f", {item}" for item in said)
    found = re.compile(r"\r\n|\n|\r").search(text, last.end_mark.index)
    at = found.end() if found else len(text)
    ending = "\r\n" if "\r\n" in text else "\n"
    indent = " " * node.start_mark.column
    lines = "".join(f"{indent}{mark}{item}{ending}" for item in said)
    return at, at, lines if found else ending + lines


def _quoted(name: str, style: str | None) -> str:
    """A name as YAML writes it, quoted like the one that was there."""
    import yaml

    if style == "'":
        return "'" + name.replace("'", "''") + "'"
    if style is None and _PLAIN.fullmatch(name) and yaml.safe_load(name) == name:
        return name
    return json.dumps(name, ensure_ascii=False)


