"""Which pictures are read, and at which size: the one rule of window, shell and engine.

What a picture *looks like* is decided in :mod:`workbench.media.images.pixels`; this module is
light, so that the first image in a window does not wait for numpy and Pillow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from workbench.core.errors import FormatError
from workbench.media.images.header import ImageInfo, read_image_info

_SHARE = 4  # of the free memory: two decoders, what else is kept of a picture, and other programs
_ALWAYS = 256 * 2**20  # bytes that are never asked about
_ALONE = 30_000_000  # pixels from which on a process decodes one picture at a time
_one_at_a_time = Lock()


def picture_info(path: Path) -> ImageInfo:
    """The header of a picture that can be shown and learned from.

    Raises
    ------
    WorkbenchError
        If the file cannot be opened.
    FormatError
        If it is no image, of a kind that is not supported, or larger than the memory that is free
        allows. Nothing but the header was read then.
    """
    info = read_image_info(path)
    if decoded_bytes(info) > _ALWAYS and decoded_bytes(info) > memory_ceiling():
        raise FormatError(f"the image says that it is {info.width:,} × {info.height:,} pixels, "
                          "which do not fit into the free memory", path=path)
    return info


def decoded_bytes(info: ImageInfo) -> int:
    """Memory that decoding takes at most, in bytes: Pillow's picture and the window's copy of it,
    and where there are more than 8 bits, all of them."""
    if info.plain:
        return 4 * info.width * info.height
    return (12 if info.bits <= 8 else 20 if info.depth == 1 else 28) * info.width * info.height


def memory_ceiling() -> int:
    """The most that one picture may take, in bytes: a quarter of the memory that is free now."""
    import psutil  # not needed for any picture of usual size

    return max(_ALWAYS, psutil.virtual_memory().available // _SHARE)


def stretched_text(count: int) -> str:
    """What a person should know about images of more than 8 bits, as a sentence."""
    images, each = ("1 image has", "it") if count == 1 else (f"{count:,} images have", "each")
    return (f"{images} more than 8 bits: {each} is shown, and learned from, with its darkest value "
            "as black and its brightest as white.")


@contextmanager
def in_turn(info: ImageInfo) -> Iterator[None]:
    """Decode in this block; huge pictures wait for each other."""
    if info.width * info.height < _ALONE:
        yield
    else:
        with _one_at_a_time:
            yield
