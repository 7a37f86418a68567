"""When a picture or a recording was made: by what the camera wrote into it, or by its name.

Times are those of the clock that was looked at, whatever its zone: in seconds since 1970 as if
that clock showed UTC. Sources: CIPA DC-008 (Exif); names as cameras, camera traps and AudioMoth
give them.
"""

from __future__ import annotations

import calendar
import re
import struct
from datetime import datetime
from pathlib import Path

from workbench.formats.regular_file import open_regular

_HEAD = 1 << 17  # bytes: Exif has 64 kB at most, and stands near the beginning
_EXIF, _ORIGINAL, _DIGITIZED = 0x8769, 0x9003, 0x9004
_MOST_TAGS = 4096
_NAME = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:[-_T. ]{0,3}([01]\d|2[0-3])[-_.]?([0-5]\d)[-_.]?([0-5]\d)\d{0,3})?(?!\d)")


def time_in_name(key: str) -> float:
    """The time that a file's name says (``20240521_063000.WAV``, ``IMG-2024-05-21.jpg``); 0 where
    it says none."""
    found = _NAME.search(key.rpartition("/")[2])
    if found is None:
        return 0.0
    year, _, month, day, hour, minute, second = found.groups(default="0")
    try:
        return _seconds(datetime(int(year), int(month), int(day),
                                 int(hour), int(minute), int(second)))
    except ValueError:  # 31 February
        return 0.0


def time_in_picture(path: Path) -> float:
    """When the camera took a picture, as the header of the file says; 0 where it does not."""
    try:
        with open_regular(path) as stream:
            head = stream.read(4)
            if not head.startswith((b"\xff\xd8", b"II*\0", b"MM\0*")):
                return 0.0
            head += stream.read(_HEAD)
        start = head.find(b"Exif\0\0") + 6 if head.startswith(b"\xff\xd8") else 0
        block = head[start:] if start != 5 else b""
        text = _original(block) if block[:4] in (b"II*\0", b"MM\0*") else b""
        date = datetime.strptime(text.decode("ascii"), "%Y:%m:%d %H:%M:%S")
    except (OSError, struct.error, ValueError):
        return 0.0
    return _seconds(date)


def _seconds(date: datetime) -> float:
    return float(max(0, calendar.timegm(date.timetuple())))


def _original(block: bytes) -> bytes:
    """The text of the tag that says when."""
    end = "<" if block[:2] == b"II" else ">"
    tags = _tags(block, struct.unpack_from(f"{end}I", block, 4)[0], end)
    inner = _tags(block, tags.get(_EXIF, 0), end) if _EXIF in tags else {}
    at = inner.get(_ORIGINAL) or inner.get(_DIGITIZED) or 0
    return block[at:at + 19] if at else b""


def _tags(block: bytes, offset: int, end: str) -> dict[int, int]:
    """The last four bytes of each entry of a directory, by its tag: a value, or where it stands."""
    (count,) = struct.unpack_from(f"{end}H", block, offset)
    entries = (struct.unpack_from(f"{end}H6xI", block, offset + 2 + 12 * place)
               for place in range(min(count, _MOST_TAGS)))
    return dict(entries)
