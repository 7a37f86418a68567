"""Which of two images with one stem an annotation file belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from workbench.core.errors import Problem
from workbench.core.lazy_pattern import lazy_pattern
from workbench.project.layout import Placement

_FILENAME = lazy_pattern(rb"<filename[^>]*>([^<]*)</filename>")
_FOLDER = lazy_pattern(rb"<folder[^>]*>([^<]*)</folder>")


def shared_files(
    keys: Iterable[str], placement: Placement, throttle: Callable[[], None] = lambda: None
) -> dict[str, tuple[str, ...]]:
    """Return, for each image that shares its annotation file, all images that do, in order."""
    first: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for number, key in enumerate(keys):
        annotation = placement.annotation(key)
        if annotation in first:
            groups.setdefault(annotation, [first[annotation]]).append(key)
        else:
            first[annotation] = key
        if not number % 256:
            throttle()
    return {key: tuple(group) for group in groups.values() for key in group}


def owner(sharing: Sequence[str], data: bytes | None) -> str:
    """Return the one of ``sharing`` that the annotation file with content ``data`` belongs to.

    It is the image that ``<filename>`` (and, among equal names, ``<folder>``) names, else the
    first; ``data`` is None where there is no file yet.
    """
    if data is None:
        return sharing[0]
    name = _text(_FILENAME, data)
    named = [key for key in sharing if key.rpartition("/")[2] == name]
    if len(named) > 1:
        parent = _text(_FOLDER, data)
        named = [key for key in named if _parent(key) == parent] or named
    return named[0] if named else sharing[0]


def other_owner_text(key: str, owner_key: str, annotation: str) -> str:
    """Sentence on why the boxes of ``key`` cannot be kept."""
    name, other = (path.rpartition("/")[2] for path in (key, owner_key))
    if name == other:
        name, other = key, owner_key
    file = annotation.rpartition("/")[2]
    return (f"{name} and {other} would share one annotation file, {file}, which belongs to "
            f"{other}. Rename one of the two images to label both.")


def sharing_problem(sharing: Sequence[str], placement: Placement) -> Problem:
    file = placement.annotation(sharing[0]).rpartition("/")[2]
    names = " and ".join(sharing)
    return Problem(
        str(placement.path(sharing[1])), "one-stem",
        f"{names} share the annotation file {file}; only one of them can be labelled.", "warning",
    )


def _text(pattern: re.Pattern[bytes], data: bytes) -> str:
    from html import unescape  # rarely needed, and a large table

    found = pattern.search(data)
    return unescape(found[1].decode("utf-8", "replace")).strip() if found else ""


def _parent(key: str) -> str:
    return key.rpartition("/")[0].rpartition("/")[2]
