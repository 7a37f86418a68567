"""The process that opens RAW photos; see :mod:`workbench.media.images.raw_photos`.

What decodes them (LibRaw, by rawpy) is imported here alone, when a photo comes.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
from math import inf
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import rawpy

IDLE_S = 30.0
"""Without work for so long, the process ends."""
_ENOUGH = 0.75  # of the sides of what the sensor saw: such a JPEG is taken as it is
_QUALITY = 93
_BYTES_A_PIXEL = 24  # of a photo that is developed: what was read, four colours of 16 bits, 8 bits
_HEAD = 1 << 20
_TURNED = {3: 3, 5: 8, 6: 6}  # as LibRaw says it, and as Exif does
DAMAGED = "it is damaged, or of a kind of RAW photo that is not supported"
_TOO_LARGE = "it does not fit into the free memory"
_KNOWN = {"LibRawTooBigError": _TOO_LARGE, "LibRawUnsufficientMemoryError": _TOO_LARGE,
          "LibRawIOError": "it is cut off"}


def main() -> None:
    """Answer each line [path, answer]: that file becomes a JPEG, or says why there is none."""
    watch = _Watch()
    Thread(target=watch.end_when_idle, daemon=True).start()
    for line in sys.stdin.buffer:
        path, answer = map(Path, json.loads(line))
        watch.idle_since = inf
        part = answer.with_suffix(".part")
        part.write_bytes(_answer(path))
        part.replace(answer)
        watch.idle_since = time.monotonic()


class _Watch:
    """Ends the process when it had nothing to do for long."""

    def __init__(self) -> None:
        self.idle_since = time.monotonic()

    def end_when_idle(self) -> None:
        while time.monotonic() - self.idle_since < IDLE_S:
            time.sleep(1)
        os._exit(0)


def _answer(path: Path) -> bytes:
    try:
        return jpeg_of(path)
    except ImportError:
        return b"rawpy, which reads it, cannot be loaded here"
    except MemoryError:
        return _TOO_LARGE.encode()
    except Exception as error:  # a damaged file may raise anything
        return _KNOWN.get(type(error).__name__, DAMAGED).encode()


def jpeg_of(path: Path) -> bytes:
    """The JPEG that a photo becomes, with Exif.

    Raises
    ------
    Exception
        If it cannot be read: LibRaw's errors, and others.
    """
    import rawpy

    from workbench.formats.regular_file import open_regular
    from workbench.media.images.jpeg_segments import with_exif
    from workbench.media.images.raw_exif import exif_bytes

    with open_regular(path) as stream:
        head = stream.read(_HEAD)
    with rawpy.imread(str(path)) as raw:
        inside, size = _preview(raw)
        sizes = raw.sizes
        enough = max(size) >= _ENOUGH * max(sizes.width, sizes.height)
        jpeg = inside if enough else _developed(raw)
        orientation = _orientation(inside, size, sizes) if enough else 1
        exif = exif_bytes(head, inside, orientation, raw.other.timestamp)
    return with_exif(jpeg, exif)


def _preview(raw: rawpy.RawPy) -> tuple[bytes, tuple[int, int]]:
    """The largest JPEG in a photo that is whole, and its size; b"" for none."""
    import rawpy
    from PIL import Image

    try:
        found = raw.extract_thumb()
        if found.format != rawpy.ThumbFormat.JPEG or not isinstance(found.data, bytes):
            return b"", (0, 0)
        with Image.open(io.BytesIO(found.data), formats=("JPEG",)) as image:
            size = image.size
            image.draft("RGB", (size[0] // 8, size[1] // 8))  # an eighth tells whether it is whole
            image.load()
    except Exception:  # none, or a damaged one: what the sensor saw may be whole
        return b"", (0, 0)
    return found.data, size


def _orientation(jpeg: bytes, size: tuple[int, int], sizes: Any) -> int:
    """How the JPEG in a photo is turned: as it says itself, or else as the photo does.

    One that lies as it is to be seen already is told by its sides: where it says nothing itself,
    LibRaw writes into it how the sensor lay.
    """
    from workbench.media.images.raw_exif import orientation_in

    quarter = sizes.flip in (5, 6)
    if quarter and (size[0] < size[1]) != (sizes.width < sizes.height):
        return 1
    return orientation_in(jpeg) or _TURNED.get(sizes.flip, 1)


def _developed(raw: rawpy.RawPy) -> bytes:
    """What the sensor saw, as its camera would have balanced it, upright."""
    from PIL import Image

    from workbench.media.images.readable import memory_ceiling

    sizes = raw.sizes
    if sizes.raw_width * sizes.raw_height * _BYTES_A_PIXEL > memory_ceiling():
        raise MemoryError
    made = io.BytesIO()
    values = raw.postprocess(use_camera_wb=True)
    if values.min() == values.max():  # LibRaw does not always say that there was nothing to read
        raise ValueError(DAMAGED)
    Image.fromarray(values).save(
        made, "JPEG", quality=_QUALITY, subsampling=0)
    return made.getvalue()


if __name__ == "__main__":
    main()
