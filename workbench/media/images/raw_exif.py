"""What a RAW photo says of itself, as Exif for the JPEG that is made of it.

Nearly all are TIFF files with the tags of Exif, some under a mark of their own (Olympus,
Panasonic); CR3 has such a TIFF for each directory, in boxes; of Fujifilm's the JPEG inside says it.
What belongs to the RAW data, and the makers' own notes, whose places would be wrong, stay behind.

Sources: CIPA DC-008 (Exif); the boxes of CR3 as readers of it have them.
"""

from __future__ import annotations

import io
from contextlib import suppress
from datetime import datetime
from typing import Any

from PIL import Image

from workbench.media.images.jpeg_segments import exif_in

ORIENTATION = 0x0112
_EXIF, _GPS, _ORIGINAL, _DIGITIZED = 0x8769, 0x8825, 0x9003, 0x9004
_TIFF_MARKS = {b"II*\0": b"II*\0", b"MM\0*": b"MM\0*", b"IIRO": b"II*\0", b"IIRS": b"II*\0",
               b"MMOR": b"MM\0*", b"IIU\0": b"II*\0"}
"""What files begin with, and what they would begin with as plain TIFF files."""
_OF_PICTURE = frozenset({0x010F, 0x0110, 0x0132, 0x013B, 0x8298})  # maker, model, time, whose
_OF_PHOTO = frozenset({0x829A, 0x829D, 0x8822, 0x8827, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012,
                       0x9201, 0x9202, 0x9204, 0x9207, 0x9209, 0x920A, 0x9290, 0x9291, 0x9292,
                       0xA405, 0xA432, 0xA433, 0xA434, 0xA431})
_BOX_OF = {b"CMT2": _EXIF, b"CMT4": _GPS}


def exif_bytes(head: bytes, jpeg: bytes, orientation: int, taken: datetime | None) -> bytes:
    """A small TIFF with what ``head``, the beginning of the photo, says, or else the ``jpeg`` in
    it.

    Parameters
    ----------
    orientation
        How the picture is turned, 1..8.
    taken
        When, in case that neither says it.
    """
    made = Image.Exif()
    for block in _blocks(head, jpeg):
        with suppress(Exception):  # what is damaged is left out, as viewers do
            _take(made, block)
    photo = made.get_ifd(_EXIF)
    if _ORIGINAL not in photo and taken is not None:
        photo[_ORIGINAL] = photo[_DIGITIZED] = f"{taken:%Y:%m:%d %H:%M:%S}"
    made[ORIENTATION] = orientation
    try:
        return made.tobytes()[6:]
    except Exception:  # a value that Pillow read, but cannot write
        least = Image.Exif()
        least[ORIENTATION] = orientation
        return least.tobytes()[6:]


def orientation_in(jpeg: bytes) -> int:
    """How a JPEG says that it is turned; 0 where it does not."""
    try:
        found = _read(exif_in(jpeg)).get(ORIENTATION, 0)
    except Exception:  # Pillow does not say what it raises for damaged Exif
        return 0
    return found if isinstance(found, int) and 1 <= found <= 8 else 0


def _blocks(head: bytes, jpeg: bytes) -> list[Image.Exif]:
    """What there is, the best first."""
    found = []
    with suppress(Exception):
        if head[4:12] == b"ftypcrx ":
            found.append(_of_boxes(head))
        elif head[:4] in _TIFF_MARKS:
            found.append(_read(_TIFF_MARKS[head[:4]] + head[4:]))
    with suppress(Exception):
        if inside := exif_in(jpeg):
            found.append(_read(inside))
    return found


def _read(block: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load_from_fp(io.BytesIO(block))
    return exif


def _of_boxes(head: bytes) -> Image.Exif:
    """CR3: a TIFF in the box CMT1, others for two directories below it."""
    blocks = {name: head[at + 4:at - 4 + int.from_bytes(head[at - 4:at], "big")]
              for name in (b"CMT1", *_BOX_OF) if (at := head.find(name)) >= 4}
    exif = _read(blocks[b"CMT1"]) if b"CMT1" in blocks else Image.Exif()
    for name, directory in _BOX_OF.items():
        if name in blocks:
            exif.get_ifd(directory).update(dict(_read(blocks[name])))
    return exif


def _take(made: Image.Exif, found: Image.Exif) -> None:
    """Add what is wanted of ``found`` and not there yet."""
    _add(made, {tag: found.get(tag) for tag in _OF_PICTURE})
    photo = found.get_ifd(_EXIF)
    _add(made.get_ifd(_EXIF), {tag: photo.get(tag) for tag in _OF_PHOTO})
    _add(made.get_ifd(_GPS), dict(found.get_ifd(_GPS)))


def _add(to: Any, values: dict[int, Any]) -> None:
    for tag, value in values.items():
        if isinstance(value, str):
            value = value.strip("\0 ")
        if value not in (None, "") and tag not in to:
            to[tag] = value
