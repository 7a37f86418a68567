"""The categories of COCO files, and what the project calls them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from workbench.core.errors import ConflictError

Names = Mapping[int, str]
"""Of categories, by their number."""

KEPT = "Nothing is written to it; your labels are kept."


def matched(said: Mapping[Path, Names], before: Mapping[Path, Names], ours: Names | None,
            path: Path, *, edited: bool) -> dict[int, str]:
    """The names on which all agree.

    Parameters
    ----------
    said, before
        The categories of each COCO file, and when it was last looked at.
    ours, path
        The names here, None before there are any, and where they are kept.
    edited
        Whether labels here wait to be written, which have the numbers of before.

    Raises
    ------
    ConflictError
        If there are none.
    """
    base = {number: name for names in before.values() for number, name in names.items()}
    if ours is None:
        ours = {number: name for names in [*said.values()][::-1] for number, name in names.items()}
    theirs = {number: name for file, names in said.items() for number, name in names.items()
              if name not in (before.get(file, {}).get(number), ours.get(number))}
    for number, name in theirs.items():
        for file, names in said.items():
            if names.get(number, name) != name:
                raise ConflictError(f"it calls category {number} “{names[number]}”, and another "
                                    f"file “{name}”", path=file, kept=KEPT)
        if ours.get(number) not in (base.get(number), None):
            raise ConflictError(f"another program calls category {number} “{name}”, which is "
                                f"“{ours[number]}” here", path=path, kept=KEPT)
    merged = {**ours, **theirs}
    if any(number != other and name == theirs.get(other)
           for number, name in base.items() for other in theirs):
        if edited:
            raise ConflictError("another program numbered the categories anew, and labels that "
                                "were changed here have the old numbers", path=next(iter(said)),
                                kept=KEPT)
        listed = {number for names in said.values() for number in names}
        merged = {number: name for number, name in merged.items()
                  if number in listed or name not in theirs.values()}
    for name, many in Counter(merged.values()).items():
        if many > 1:
            raise ConflictError(f"two categories are called “{name}”", path=path, kept=KEPT)
    return merged
