"""When a picture or a recording was made: by what the camera wrote into it, or by its name.

Times are those of the clock that was looked at, whatever its zone: in seconds since 1970 as if
that clock showed UTC. Sources: CIPA DC-008 (Exif); EBU Tech 3285 (bext), GUANO 1.0 and the comment
that AudioMoth writes; names as cameras, camera traps and recorders give them.
"""

from __future__ import annotations

import calendar
import re
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from workbench.formats.regular_file import open_regular
from workbench.media.images.header import IMAGE_SUFFIXES
from workbench.media.images.heif_header import BRANDS, exif_of

_NOON = 12 * 3600  # seconds
_HEAD = 1 << 17  # bytes: Exif has 64 kB at most, and stands near the beginning
_EXIF, _ORIGINAL, _DIGITIZED = 0x8769, 0x9003, 0x9004
_MOST_TAGS = 4096
_NAME = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:[-_T. ]{0,3}(?P<hour>[01]\d|2[0-3])[-_.]?([0-5]\d)[-_.]?([0-5]\d)\d{0,3})?(?!\d)")
_AFTER_TIME = re.compile(r"(T|Z|[+-]\d{4})?(_\d{3}|_REC\b.*)?", re.IGNORECASE)

_CHUNKS, _CHUNK = 64, 1 << 16  # of a WAV file, looked through; bytes of one that says something
_COMMENT = re.compile(rb"Recorded at (\d\d:\d\d:\d\d) (\d\d)/(\d\d)/(\d{4})")
_GUANO = re.compile(rb"^Timestamp: *(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)", re.MULTILINE)
_BEXT = re.compile(rb"(\d{4})\D(\d\d)\D(\d\d)(\d\d)\D(\d\d)\D(\d\d)")
_BEXT_DATE = 320  # bytes before it


class Moment(NamedTuple):
    """When something was made, in seconds since 1970 as its clock showed; not ``exact`` where only
    the day is known."""

    seconds: float
    exact: bool

    @property
    def words(self) -> str:
        """ "2024-05-21 06:30:00", or the day alone."""
        return f"{datetime.fromtimestamp(self.seconds, UTC):%Y-%m-%d{' %H:%M:%S' * self.exact}}"

    @property
    def evening(self) -> str:
        """The day on whose evening the night began ("2024-05-20"), from noon to noon; where only
        the day is known, that."""
        return f"{datetime.fromtimestamp(self.seconds - _NOON * self.exact, UTC):%Y-%m-%d}"


def recorded_at(path: Path) -> Moment | None:
    """When a picture or a recording was made: by what the camera wrote into it, by its name, or by
    what the recorder wrote into it; None where nothing says it. Reads the head of the file."""
    taken = time_in_picture(path) if path.suffix.lower() in IMAGE_SUFFIXES else 0.0
    if taken:
        return Moment(taken, True)
    named = time_in_name(path.name)
    if named and says_clock(path.name):
        return Moment(named, True)
    written = time_in_recording(path)
    if written:
        return Moment(written, True)
    return Moment(named, False) if named else None


def says_clock(key: str) -> bool:
    """Whether the date in a file's name has a time of day."""
    found = _NAME.search(key.rpartition("/")[2])
    return found is not None and found["hour"] is not None


def is_recorders(key: str) -> bool:
    """Whether a recorder named the file: a date and a time of day stand at the end of its name, as
    in ``20240521_063000.WAV``, ``SMA01_20240521_063000.wav`` or ``20240521T063000+1000_REC.flac``.
    Of a clip that was cut out of it a number follows."""
    stem = key.rpartition("/")[2].rpartition(".")[0]
    found = _NAME.search(stem)
    return found is not None and found["hour"] is not None \
        and _AFTER_TIME.fullmatch(stem, found.end()) is not None


def recorder_in_name(key: str) -> str:
    """What stands before the date in the name that a recorder gave ("SMA01"); "" for nothing."""
    name = key.rpartition("/")[2]
    found = _NAME.search(name) if is_recorders(key) else None
    return name[:found.start()].strip(" _-.") if found is not None else ""


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
            block = _exif(stream)
        text = _original(block) if block[:4] in (b"II*\0", b"MM\0*") else b""
        date = datetime.strptime(text.decode("ascii"), "%Y:%m:%d %H:%M:%S")
    except (OSError, struct.error, ValueError):
        return 0.0
    return _seconds(date)


def _exif(stream: BinaryIO) -> bytes:
    """The Exif of a JPEG, HEIC or AVIF, or the TIFF itself; b"" where there is none."""
    head = stream.read(12)
    if head[4:8] == b"ftyp":
        return exif_of(stream) if head[8:] in BRANDS else b""
    if head.startswith((b"II*\0", b"MM\0*")):
        return head + stream.read(_HEAD)
    head += stream.read(_HEAD) if head.startswith(b"\xff\xd8") else b""
    _, _, block = head.partition(b"Exif\0\0")
    return block


def time_in_recording(path: Path) -> float:
    """When a recorder says that it began a WAV file; 0 where it does not."""
    try:
        with open_regular(path) as stream:
            head = stream.read(12)
            if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
                return 0.0
            text = _said_in_chunks(stream)
        return _seconds(datetime.strptime(text.decode("ascii"), "%Y-%m-%d %H:%M:%S"))
    except (OSError, struct.error, ValueError):
        return 0.0


def _said_in_chunks(stream: BinaryIO) -> bytes:
    """The first "2024-05-21 06:30:00" that a chunk after the head of a WAV file says."""
    for _ in range(_CHUNKS):
        name, size = struct.unpack("<4sI", stream.read(8))
        following = stream.tell() + size + size % 2
        if name in (b"LIST", b"bext", b"guan"):
            body = stream.read(min(size, _CHUNK))
            if name == b"LIST" and (found := _COMMENT.search(body)):
                clock, day, month, year = found.groups()
                return b"%b-%b-%b %b" % (year, month, day, clock)
            if name == b"bext" and (found := _BEXT.match(body, _BEXT_DATE)):
                return b"%b-%b-%b %b:%b:%b" % found.groups()
            if name == b"guan" and (found := _GUANO.search(body)):
                return b" ".join(found.groups())
        stream.seek(following)
    return b""


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
