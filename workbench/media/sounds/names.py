"""Names for recordings and for copies that never take the place of another file."""

from __future__ import annotations

import re
from collections.abc import Collection

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
LONGEST = 60


def plain(text: str) -> str:
    """``text`` as a part of a file name on every system; "" where nothing is left."""
    return _FORBIDDEN.sub("-", text).strip(" .")[:LONGEST].strip(" .")


def recording_name(label: str, group: str, taken: Collection[str], moment: str = "") -> str:
    """``{label}_{group}_{n}.wav`` with the first number that is free.

    Parameters
    ----------
    label
        The class; without one the name is made of ``moment`` and matches no pattern.
    group
        Speaker or recording; underscores in it become hyphens, as they part the name.
    taken
        Names that exist, without their folder; their case says nothing, as on many disks.
    """
    who = plain(group).replace("_", "-") or "unknown"
    what = plain(label)
    stem = f"{what}_{who}" if what else f"recording-{moment}"
    there = {name.casefold() for name in taken}
    if not what and f"{stem}.wav" not in there:
        return f"{stem}.wav"
    number = 0
    joint = "_" if what else "-"
    while f"{stem}{joint}{number}.wav".casefold() in there:
        number += 1
    return f"{stem}{joint}{number}.wav"
