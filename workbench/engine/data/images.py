"""The one way from a file to a model's input, and a store of what was read.

Training, validation, prediction and previews all take their pixels from :func:`load_image`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from workbench.core.errors import WorkbenchError
from workbench.engine.data.letterbox import FILL, Letterbox
from workbench.formats.atomic import disk_reason

Pixels = NDArray[np.uint8]

# A person's own large microscope image is no attack.
Image.MAX_IMAGE_PIXELS = None

_ORIENTATION = 0x0112
_UPRIGHT: dict[int, tuple[Image.Transpose, ...]] = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}
_TURNED_FORMATS = frozenset({"JPEG", "MPO", "TIFF"})  # the window turns only these


def load_image(path: Path, input_size: tuple[int, int]) -> tuple[Pixels, Letterbox]:
    """Decode an image and letterbox it.

    Parameters
    ----------
    path
        Any image that Pillow reads. Orientation by Exif is applied as the window does.
    input_size
        (width, height) of the model's input in pixels.

    Returns
    -------
    pixels
        uint8 (3, H, W) RGB.
    letterbox
        Where the image lies in them.

    Raises
    ------
    WorkbenchError
        If the file cannot be read or its picture is broken off.
    """
    try:
        with Image.open(path) as image:
            return _prepare(image, input_size)
    except OSError as error:
        reason = disk_reason(error, "read") if error.errno else "the image is damaged or cut off"
        raise WorkbenchError(reason, path=path) from error
    except (SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        # Pillow's decoders raise these for a damaged header
        raise WorkbenchError("the image is damaged", path=path) from error


def _prepare(image: ImageFile.ImageFile, input_size: tuple[int, int]) -> tuple[Pixels, Letterbox]:
    orientation = _orientation(image)
    stored = image.size
    turned = orientation >= 5
    letterbox = Letterbox.fit(stored[::-1] if turned else stored, input_size)
    inner = letterbox.inner[::-1] if turned else letterbox.inner
    # A JPEG is decoded at 1/2, 1/4 or 1/8 where that is still larger than what is needed.
    drafted = image.draft(None, inner)
    region = drafted[1] if drafted is not None else (0, 0, *image.size)
    small = _to_rgb(image).resize(inner, Image.Resampling.BILINEAR, box=region)
    for step in _UPRIGHT.get(orientation, ()):
        small = small.transpose(step)
    canvas = np.full((input_size[1], input_size[0], 3), FILL, np.uint8)
    (left, top), (width, height) = letterbox.offset, letterbox.inner
    canvas[top : top + height, left : left + width] = np.asarray(small)
    return np.ascontiguousarray(canvas.transpose(2, 0, 1)), letterbox


def _orientation(image: ImageFile.ImageFile) -> int:
    if image.format not in _TURNED_FORMATS:
        return 1
    try:
        value: Any = image.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, KeyError):  # broken Exif in a good picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, np.float64)
        if image.mode.startswith("I") and (values.max(initial=0) > 255 or "16" in image.mode):
            values = values / 256
        return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8)).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


class ImageStore:
    """Letterboxed images of a run, each decoded once, at its first use.

    Parameters
    ----------
    paths
        The files; an index into them names an image.
    sizes
        (width, height) of each displayed image.
    input_size
        (width, height) of the model's input.
    memory
        Bytes that may be held in memory; above that they go to a file under ``folder``, and
        where the disk has no room either, images are decoded every time.
    folder
        For that file, which nothing else reads; it vanishes with the store.
    workers
        Decoding threads.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        sizes: Sequence[tuple[int, int]],
        input_size: tuple[int, int],
        *,
        memory: int,
        folder: Path,
        workers: int,
    ) -> None:
        self.paths = list(paths)
        self.input_size = input_size
        self.letterboxes = [Letterbox.fit(size, input_size) for size in sizes]
        self.broken: dict[int, str] = {}
        self._shape = (3, input_size[1], input_size[0])
        self._known = np.zeros(len(self.paths), np.bool_)
        self._file: Any = None
        self._pixels = self._allocate(memory, folder)
        self._pool = ThreadPoolExecutor(max(1, workers), thread_name_prefix="decode")
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def place(self) -> str:
        """Where the images are kept: ``memory``, ``disk`` or ``nowhere``."""
        if self._pixels is None:
            return "nowhere"
        return "disk" if self._file is not None else "memory"

    @property
    def nbytes(self) -> int:
        """Bytes that all images take."""
        return int(np.prod(self._shape)) * len(self.paths)

    def get(self, indices: Iterable[int]) -> Pixels:
        """Images as uint8 (B, 3, H, W); a broken one is grey and noted in ``broken``."""
        wanted = list(indices)
        if self._pixels is None:
            return np.stack(list(self._pool.map(self._decode, wanted)))
        missing = [index for index in dict.fromkeys(wanted) if not self._known[index]]
        for index, pixels in zip(missing, self._pool.map(self._decode, missing), strict=True):
            self._pixels[index] = pixels
            self._known[index] = True
        return self._pixels[wanted]

    def close(self) -> None:
        """Give memory and disk back."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pixels = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def _decode(self, index: int) -> Pixels:
        try:
            pixels, letterbox = load_image(self.paths[index], self.input_size)
        except WorkbenchError as error:
            with self._lock:
                self.broken[index] = f"{error} It is left out."
            return np.full(self._shape, FILL, np.uint8)
        self.letterboxes[index] = letterbox
        return pixels

    def _allocate(self, memory: int, folder: Path) -> Pixels | None:
        shape = (len(self.paths), *self._shape)
        if self.nbytes <= memory:
            return np.empty(shape, np.uint8)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(folder).free < 2 * self.nbytes:
                return None
            self._file = tempfile.TemporaryFile(dir=folder, prefix="images-")  # noqa: SIM115
            return np.memmap(self._file, np.uint8, "w+", shape=shape)
        except OSError:
            return None  # slower, but nothing is lost
