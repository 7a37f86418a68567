"""The one way from a file to a model's input, and a store of what was read.

Training, validation, prediction and previews all take their pixels from a :class:`ModelImage`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from workbench.core.arrays import FloatArray
from workbench.core.errors import WorkbenchError
from workbench.engine.data.letterbox import FILL, Letterbox, View, Window
from workbench.media.images.header import ImageInfo
from workbench.media.images.pixels import open_picture, to_rgb, turns

Pixels = NDArray[np.uint8]
Cut = Callable[[tuple[int, int], tuple[int, int]], list[View]] | None
"""From the size of an image and of the model's input, (width, height) each, to the views of it;
None shows all of it."""

_LARGE_AT_ONCE = 2  # decoded images of which tiles are being cut for a store


class StoredImage(Protocol):
    """An image that is learned from, or a tile of one; see :class:`ImageStore`."""

    @property
    def path(self) -> Path: ...
    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the displayed image, or of the tile, in pixels."""
    @property
    def window(self) -> Window | None:
        """The tile in pixels of the displayed image; None is all of it."""
    @property
    def boxes(self) -> FloatArray:
        """float32 (M, 4) of the objects, in pixels; what shows them is never painted over."""
    @property
    def hidden(self) -> FloatArray:
        """float32 (K, 4): what is painted over."""


class ModelImage:
    """A decoded image and what a model is shown of it."""

    def __init__(self, size: tuple[int, int], views: Sequence[View], source: _Source) -> None:
        self.size = size
        """(width, height) of the displayed image in pixels."""
        self.views = views
        """All of it, or its tiles."""
        self._source = source

    @classmethod
    def ready(cls, pixels: Pixels, letterbox: Letterbox) -> ModelImage:
        """A whole image that was letterboxed before."""
        return cls(letterbox.image, [View.whole(letterbox)], _Ready(pixels))

    @classmethod
    def unreadable(cls, size: tuple[int, int]) -> ModelImage:
        """Nothing to be seen."""
        return cls(size, [], _Source())

    def pixels(self, place: int) -> Pixels:
        """uint8 (3, H, W) RGB of the view at ``place``."""
        return self._source.cut(self.views[place])


class _Source:
    """Where the pixels of views come from."""

    def cut(self, view: View) -> Pixels:
        raise NotImplementedError


class _Ready(_Source):
    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels

    def cut(self, view: View) -> Pixels:
        return self._pixels


class _Decoded(_Source):
    """An upright RGB image, perhaps decoded at a fraction of its size.

    Parameters
    ----------
    size
        (width, height) of the displayed image.
    extent
        (width, height) that it has in ``image``; fractions where a JPEG was decoded smaller.
    """

    def __init__(
        self, image: Image.Image, size: tuple[int, int], extent: tuple[float, float]
    ) -> None:
        self._image = image
        self._size = size
        self._scale = (extent[0] / size[0], extent[1] / size[1])

    def cut(self, view: View) -> Pixels:
        window = view.window or (0, 0, *self._size)
        seen = (min(window[2], self._size[0]), min(window[3], self._size[1]))
        letterbox = view.letterbox
        span = (window[2] - window[0], window[3] - window[1])
        inner = (
            max(1, round((seen[0] - window[0]) * letterbox.inner[0] / span[0])),
            max(1, round((seen[1] - window[1]) * letterbox.inner[1] / span[1])),
        )
        x, y = self._scale
        region = (window[0] * x, window[1] * y, min(seen[0] * x, self._image.width),
                  min(seen[1] * y, self._image.height))
        small = self._image.resize(inner, Image.Resampling.BILINEAR, box=region)
        return _on_grey(small, letterbox)


def _on_grey(small: Image.Image, letterbox: Letterbox) -> Pixels:
    """The input that shows an image of its final size."""
    (left, top), (width, height) = letterbox.offset, letterbox.target
    canvas = np.full((height, width, 3), FILL, np.uint8)
    canvas[top : top + small.height, left : left + small.width] = np.asarray(small)
    return np.ascontiguousarray(canvas.transpose(2, 0, 1))


def load_picture(path: Path, input_size: tuple[int, int], cut: Cut = None) -> ModelImage:
    """Decode an image for a model that sees all of it, or tiles of it.

    A whole image is brought to the input's size at once; tiles are made from the decoded image one
    by one as they are asked for. What it looks like is decided in
    :mod:`workbench.media.images.pixels`, as for the window.

    Parameters
    ----------
    input_size
        (width, height) of the model's input in pixels.
    cut
        How it is cut into views of one size; None for all of it.

    Raises
    ------
    WorkbenchError
        If the file cannot be read, is of a kind that is not supported, is too large for the memory
        that is free, or its picture is broken off.
    """
    with open_picture(path) as (image, info):
        return _prepare(path, image, info, input_size, cut)


def picture_of_frame(pixels: Pixels, input_size: tuple[int, int], cut: Cut = None) -> ModelImage:
    """A decoded frame of a video, uint8 (H, W, 3) RGB, as :func:`load_picture` gives an image."""
    image = Image.fromarray(pixels)
    size = image.size
    source = _Decoded(image, size, (float(size[0]), float(size[1])))
    if cut is not None:
        return ModelImage(size, cut(size, input_size), source)
    letterbox = Letterbox.fit(size, input_size)
    return ModelImage.ready(source.cut(View.whole(letterbox)), letterbox)


def _prepare(
    path: Path, image: ImageFile.ImageFile, info: ImageInfo, input_size: tuple[int, int], cut: Cut
) -> ModelImage:
    size = (info.width, info.height)
    steps = turns(info)
    turned = bool(steps) and info.orientation >= 5
    stored = size[::-1] if turned else size
    if cut is not None:
        views = cut(size, input_size)
        tile = views[0].letterbox
        scale = max(tile.inner[0] / tile.image[0], tile.inner[1] / tile.image[1])
        extent = drafted_extent(image, (round(stored[0] * scale), round(stored[1] * scale)))
        upright = to_rgb(image, info, path)
        for step in steps:
            upright = upright.transpose(step)
        return ModelImage(size, views, _Decoded(upright, size, extent[::-1] if turned else extent))
    letterbox = Letterbox.fit(size, input_size)
    inner = letterbox.inner[::-1] if turned else letterbox.inner
    extent = drafted_extent(image, inner)
    # made small before it is turned: that is less to turn
    small = to_rgb(image, info, path).resize(inner, Image.Resampling.BILINEAR, box=(0, 0, *extent))
    for step in steps:
        small = small.transpose(step)
    return ModelImage.ready(_on_grey(small, letterbox), letterbox)


def tiles(windows: Sequence[Window]) -> Cut:
    """The very tiles that are wanted, all of one size."""

    def views(size: tuple[int, int], input_size: tuple[int, int]) -> list[View]:
        return [View(size, Letterbox.fit((window[2] - window[0], window[3] - window[1]),
                                         input_size), window) for window in windows]

    return views


def drafted_extent(image: ImageFile.ImageFile, needed: tuple[int, int]) -> tuple[float, float]:
    """Have a JPEG decoded at 1/2, 1/4 or 1/8 where that is still larger than what is needed;
    returns the size that it will have."""
    drafted = image.draft(None, needed)
    if drafted is None:
        return (float(image.size[0]), float(image.size[1]))
    return (drafted[1][2], drafted[1][3])


class ImageStore:
    """Letterboxed images and tiles of a run, each decoded once, at its first use.

    Parameters
    ----------
    samples
        What is wanted of which file; an index into them names an image or a tile.
    input_size
        (width, height) of the model's input.
    memory
        Bytes that may be held in memory; above that they go to a file under ``folder``, and
        where the disk has no room either, images are decoded every time.
    folder
        For that file, which nothing else reads; it vanishes with the store.
    workers
        Decoding threads.
    passing
        Indices of samples that are decoded at every use and never kept: large images that are
        looked at whole now and then.

    Notes
    -----
    When a tile is first asked for, all tiles of its image are cut, so that a large image is decoded
    once and not for each of its tiles.
    """

    def __init__(
        self, samples: Sequence[StoredImage], input_size: tuple[int, int], *, memory: int,
        folder: Path, workers: int, passing: Iterable[int] = (),
    ) -> None:
        self.samples = list(samples)
        self.input_size = input_size
        self.letterboxes = [Letterbox.fit(item.size, input_size) for item in self.samples]
        self.broken: dict[int, str] = {}
        self._shape = (3, input_size[1], input_size[0])
        kept = np.ones(len(self.samples), np.bool_)
        kept[list(passing)] = False
        self._rows = np.where(kept, np.cumsum(kept) - 1, -1)
        self._known = np.zeros(len(self.samples), np.bool_)
        self._tiles: dict[Path, list[int]] = {}
        for index, item in enumerate(self.samples):
            if item.window is not None:
                self._tiles.setdefault(item.path, []).append(index)
        self._file: Any = None
        self._pixels = self._allocate(int(kept.sum()), memory, folder)
        self._pool = ThreadPoolExecutor(max(1, workers), thread_name_prefix="decode")
        self._lock = Lock()
        self._few = BoundedSemaphore(_LARGE_AT_ONCE)

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def place(self) -> str:
        """Where the images are kept: ``memory``, ``disk`` or ``nowhere``."""
        if self._pixels is None:
            return "nowhere"
        return "disk" if self._file is not None else "memory"

    def get(self, indices: Iterable[int]) -> Pixels:
        """Images as uint8 (B, 3, H, W); a broken one is grey and noted in ``broken``."""
        wanted = list(indices)
        missing = [index for index in dict.fromkeys(wanted) if not self._known[index]]
        found: dict[int, Pixels] = {}
        for part in self._pool.map(self._read, self._groups(missing)):
            found.update(part)
        if self._pixels is None or found:
            return np.stack([found[index] if index in found else self._kept(index)
                             for index in wanted])
        chosen: Pixels = self._pixels[self._rows[wanted]]
        return chosen

    def note(self, index: int, error: WorkbenchError) -> None:
        """Remember that a file cannot be read."""
        with self._lock:
            self.broken[index] = f"{error} It is left out."

    def close(self) -> None:
        """Give memory and disk back."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pixels = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def _kept(self, index: int) -> Pixels:
        assert self._pixels is not None
        pixels: Pixels = self._pixels[self._rows[index]]
        return pixels

    def _groups(self, missing: Sequence[int]) -> list[list[int]]:
        """Indices to be read at once: whole images alone, tiles with all others of their image."""
        groups: dict[Path | int, list[int]] = {}
        for index in missing:
            item = self.samples[index]
            groups.setdefault(index if item.window is None else item.path, []).append(index)
        return list(groups.values())

    def _read(self, wanted: Sequence[int]) -> dict[int, Pixels]:
        """Decode a file; keep what is kept of it, and return what is not."""
        item = self.samples[wanted[0]]
        with nullcontext() if item.window is None else self._few:
            return self._cut(list(wanted), item)

    def _cut(self, group: list[int], item: StoredImage) -> dict[int, Pixels]:
        if item.window is not None and self._pixels is not None:
            group = [index for index in self._tiles[item.path] if not self._known[index]]
        try:
            picture = load_picture(item.path, self.input_size, self._tiles_of(group))
        except WorkbenchError as error:
            for index in group:
                self.note(index, error)
            picture = None
        left: dict[int, Pixels] = {}
        for place, index in enumerate(group):
            pixels = self._prepared(picture, place, index)
            if self._pixels is None or self._rows[index] < 0:
                left[index] = pixels
            else:  # rows of different threads are different ones
                self._pixels[self._rows[index]] = pixels
                self._known[index] = True
        return left

    def _tiles_of(self, group: Sequence[int]) -> Cut:
        windows = [self.samples[index].window for index in group]
        return None if windows[0] is None else tiles([item for item in windows if item])

    def _prepared(self, picture: ModelImage | None, place: int, index: int) -> Pixels:
        if picture is None:
            return np.full(self._shape, FILL, np.uint8)
        item = self.samples[index]
        pixels = picture.pixels(place)
        self.letterboxes[index] = picture.views[place].letterbox
        if len(item.hidden):
            paint_over(pixels, self.letterboxes[index], item.hidden, item.boxes)
        return pixels

    def _allocate(self, count: int, memory: int, folder: Path) -> Pixels | None:
        shape = (count, *self._shape)
        nbytes = int(np.prod(shape))
        if nbytes <= memory:
            return np.empty(shape, np.uint8)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(folder).free < 2 * nbytes:
                return None
            self._file = tempfile.TemporaryFile(dir=folder, prefix="images-")  # noqa: SIM115
            return np.memmap(self._file, np.uint8, "w+", shape=shape)
        except OSError:
            return None  # slower, but nothing is lost


def paint_over(pixels: Pixels, letterbox: Letterbox, hidden: FloatArray, kept: FloatArray) -> None:
    """Make the pieces ``hidden`` (K, 4) grey, but for what lies in boxes ``kept`` (M, 4)."""

    def spans(boxes: FloatArray) -> list[list[int]]:
        found = letterbox.to_input(boxes).clip(0)
        whole = np.concatenate([np.floor(found[:, :2]), np.ceil(found[:, 2:])], 1)
        return [[int(value) for value in row] for row in whole]

    grey = np.zeros(pixels.shape[1:], np.bool_)
    for left, top, right, bottom in spans(hidden):
        grey[top:bottom, left:right] = True
    for left, top, right, bottom in spans(kept):
        grey[top:bottom, left:right] = False
    pixels[:, grey] = FILL
