"""Sound files that say the wrong length, shown to libsndfile as if they said the right one.

A recorder that lost power leaves 0 or 0xFFFFFFFF where the size of the sound stands. An MP3 without
a Xing header, or two that were joined, has no true length at all, and libsndfile neither says nor
reads more than its guess; it also guesses where a time lies. So its frames are counted, and read
from the one that is wanted. The file itself is never changed: what is read is a view, in which a
few bytes are others or left out.

Sources: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0" (RIFF);
ISO/IEC 11172-3 and 13818-3 (frames of MPEG audio); the "Xing" and "Info" headers as mpg123 reads
them.
"""

from __future__ import annotations

import io
import mmap
import struct
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from workbench.formats.regular_file import open_regular

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Piece = bytes | tuple[int, int]
"""Bytes that stand there, or ``(start, stop)`` of the file."""

_UNKNOWN_SIZES = frozenset({0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF})
_MOST_CHUNKS = 64
_WARM_UP = 12  # frames before the first that is wanted: each takes up what the last ones left
_DECODER_DELAY = 529  # samples by which every decoder is late; mpg123 leaves them out


class FileView(io.RawIOBase):
    """Pieces of an open file, and bytes of our own, as one file that can be read."""

    def __init__(self, file: BinaryIO, pieces: Sequence[Piece]) -> None:
        self._file = file
        self._pieces = list(pieces)
        lengths = [len(item) if isinstance(item, bytes) else item[1] - item[0] for item in pieces]
        self._starts = [0, *accumulate(lengths)]
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._starts[-1]}[whence]
        self._position = max(0, base + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        target = memoryview(buffer).cast("B")
        done = 0
        while done < len(target) and self._position < self._starts[-1]:
            place = bisect_right(self._starts, self._position) - 1
            inside = self._position - self._starts[place]
            count = min(len(target) - done, self._starts[place + 1] - self._position)
            piece = self._pieces[place]
            if isinstance(piece, bytes):
                part = piece[inside : inside + count]
            else:
                self._file.seek(piece[0] + inside)
                part = self._file.read(count)
            if not part:
                break
            target[done : done + len(part)] = part
            done += len(part)
            self._position += len(part)
        return done

    def close(self) -> None:
        self._file.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Mended:
    """How a file is to be read."""

    pieces: tuple[Piece, ...] = field(default=())
    """Of the view; empty where libsndfile can read the file itself."""
    unclosed: bool = False
    """Whether the recording was never closed: its header does not say how long it is."""
    missing: int = 0
    """Bytes that its header promises and that are not there."""
    mp3: Mp3 | None = None

    def open(self, file: BinaryIO, sample: int = 0) -> tuple[FileView, int]:
        """A view that begins somewhere before ``sample``, and how many samples before.

        A recording that was walked through begins there; any other at its beginning.
        """
        if self.mp3 is None:
            return FileView(file, self.pieces), sample
        first, before = self.mp3.place(sample)
        return FileView(file, self.mp3.pieces(first, self.pieces)), before


@dataclass(frozen=True, slots=True)
class Mp3:
    """The frames of an MP3."""

    header: bytes
    """Of the first."""
    starts: array[int]
    """Where each begins in the file."""
    each: int
    """Samples of one, for each channel."""
    lead: int = _DECODER_DELAY
    tail: int = 0
    """Samples that encoder and decoder added before the sound and behind it."""

    @property
    def samples(self) -> int:
        """Samples of the sound for each channel."""
        return max(0, len(self.starts) * self.each - self.lead - self.tail)

    def place(self, sample: int) -> tuple[int, int]:
        """Frame to begin with so that ``sample`` is decoded rightly, and samples before it."""
        wanted = sample + self.lead
        first = max(0, min(wanted // self.each, len(self.starts) - 1) - _WARM_UP)
        return first, wanted - first * self.each - _DECODER_DELAY

    def pieces(self, first: int, whole: Sequence[Piece]) -> list[Piece]:
        """The file from frame ``first`` on, behind a header that says how many there are."""
        begin = self.starts[first]
        rest: list[Piece] = [(max(begin, item[0]), item[1]) for item in whole
                             if not isinstance(item, bytes) and item[1] > begin]
        return [_info_frame(self.header, len(self.starts) - first), *rest]


def mended(path: Path) -> Mended:
    """Find out how ``path`` is to be read; raises :class:`OSError` as opening it does."""
    with open_regular(path) as file:
        head = file.read(12)
        if head[:4] == b"RIFF" and head[8:] == b"WAVE":
            return _mended_wav(file)
        if head[:3] == b"ID3" or (len(head) > 2 and head[0] == 0xFF and head[1] >= 0xE0):
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _mended_mp3(data)
    return Mended()


# --- WAV ------------------------------------------------------------------------------------------


def _mended_wav(file: BinaryIO) -> Mended:
    end = file.seek(0, io.SEEK_END)
    position = 12
    for _ in range(_MOST_CHUNKS):
        file.seek(position)
        header = file.read(8)
        if len(header) < 8:
            break
        size = int.from_bytes(header[4:], "little")
        if header[:4] == b"data":
            return _mended_data(file, position + 8, size, end)
        position += 8 + size + size % 2
    return Mended()


def _mended_data(file: BinaryIO, start: int, size: int, end: int) -> Mended:
    there = end - start
    if size not in _UNKNOWN_SIZES:
        return Mended(missing=max(0, size - there))
    if there <= 0 or (size == 0 and _are_chunks(file, start, end)):
        return Mended()
    file.seek(0)
    header = bytearray(file.read(start))
    header[4:8] = struct.pack("<I", min(end - 8, 0xFFFFFFFE))
    header[start - 4 : start] = struct.pack("<I", min(there, 0xFFFFFFFE))
    return Mended((bytes(header), (start, end)), unclosed=True)


def _are_chunks(file: BinaryIO, position: int, end: int) -> bool:
    """Whether further chunks follow to the very end, so that the sound is really empty."""
    for _ in range(_MOST_CHUNKS):
        file.seek(position)
        header = file.read(8)
        if len(header) < 8 or not header[:4].isascii() or not header[:4].decode().isprintable():
            return False
        size = int.from_bytes(header[4:], "little")
        position += 8 + size + size % 2
        if position >= end:
            return position - end <= 1
    return False


# --- MP3 ------------------------------------------------------------------------------------------

_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_KBIT_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBIT_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_ROOMY = 9  # place in these tables of a frame that has room for a Xing header


@dataclass(frozen=True, slots=True)
class _Frame:
    """Header of a frame of layer III: its four bytes, its length, its rate, where side
    information ends, and its samples for each channel."""

    header: bytes
    size: int
    rate: int
    body: int
    samples: int


def _frame(data: mmap.mmap | bytes, position: int) -> _Frame | None:
    header = data[position : position + 4]
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bits, rate = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer != 1 or bits in (0, 15) or rate == 3:
        return None
    first = version == 3
    hertz = _RATES[version][rate]
    kbit = (_KBIT_1 if first else _KBIT_2)[bits]
    size = (144 if first else 72) * kbit * 1000 // hertz + (header[2] >> 1 & 1)
    mono = header[3] >> 6 == 3
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return _Frame(header, size, hertz, 4 + side, 1152 if first else 576)


def _mended_mp3(data: mmap.mmap) -> Mended:
    """Walk through all frames; what is none is left out of the view."""
    position, end = _after_tags(data, 0), len(data)
    first: _Frame | None = None
    lead, tail, promised = _DECODER_DELAY, 0, 0
    starts, pieces = array("Q"), list[list[int]]()
    while position < end:
        frame = _frame(data, position)
        if frame is None or (first is not None and frame.rate != first.rate):
            position = _next_frame(data, position, first)
            continue
        if position + frame.size > end:
            break  # the last one is cut off
        if _is_information(data, position, frame):
            if first is None:
                promised, lead, tail = _promise(data, position, frame)
        else:
            starts.append(position)
            if pieces and pieces[-1][1] == position:
                pieces[-1][1] = position + frame.size
            else:
                pieces.append([position, position + frame.size])
        first = first or frame
        position += frame.size
    if first is None or not starts:
        return Mended()  # of another layer, or no MP3: libsndfile decides
    whole = promised == len(starts)
    return Mended(tuple((start, stop) for start, stop in pieces),
                  mp3=Mp3(first.header, starts, first.samples, lead, tail if whole else 0))


def _after_tags(data: mmap.mmap, position: int) -> int:
    """Where ID3 tags that begin at ``position`` end."""
    while data[position : position + 3] == b"ID3" and position + 10 <= len(data):
        size = 0
        for byte in data[position + 6 : position + 10]:
            size = size << 7 | byte & 0x7F
        position += 10 + size
    return position


def _next_frame(data: mmap.mmap, position: int, first: _Frame | None) -> int:
    """Where the next frame begins that is followed by another; the end if there is none."""
    after = _after_tags(data, position)
    if after > position:
        return min(after, len(data))
    while (position := data.find(b"\xff", position + 1)) >= 0:
        frame = _frame(data, position)
        if frame is not None and (first is None or frame.rate == first.rate):
            follower = _frame(data, position + frame.size)
            if follower is not None and follower.rate == frame.rate:
                return position
    return len(data)


def _is_information(data: mmap.mmap, position: int, frame: _Frame) -> bool:
    """Whether a frame holds no sound but what is known of the file."""
    body = position + frame.body
    return (data[body : body + 4] in (b"Xing", b"Info")
            or data[position + 36 : position + 40] == b"VBRI")


def _promise(data: mmap.mmap, position: int, frame: _Frame) -> tuple[int, int, int]:
    """Frames that an information frame promises, and samples that the encoder added before and
    after the sound, the decoder's own delay included."""
    body = data[position + frame.body : position + frame.size]
    if len(body) < 12 or body[:4] not in (b"Xing", b"Info"):
        return 0, _DECODER_DELAY, 0
    flags = int.from_bytes(body[4:8], "big")
    place = 8 + sum(size for bit, size in enumerate((4, 4, 100, 4)) if flags >> bit & 1)
    count = int.from_bytes(body[8:12], "big") if flags & 1 else 0
    added = body[place + 21 : place + 24]
    if body[place : place + 4] not in (b"LAME", b"Lavf", b"Lavc") or len(added) < 3:
        return count, _DECODER_DELAY, 0
    both = int.from_bytes(added, "big")
    before, after = both >> 12, both & 0xFFF
    return count, before + _DECODER_DELAY, max(0, after - _DECODER_DELAY)


def _info_frame(first: bytes, count: int) -> bytes:
    """A silent frame with an Info header, which says that ``count`` frames follow."""
    frame = _frame(bytes([0xFF, first[1] | 1, _ROOMY << 4 | first[2] & 0x0C, first[3]]), 0)
    assert frame is not None  # it has the version and rate of a frame that was read
    text = bytes(frame.body - 4) + b"Info" + struct.pack(">II", 1, count)
    return frame.header + text + bytes(frame.size - 4 - len(text))
