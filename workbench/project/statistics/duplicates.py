"""Images that look nearly the same: copies that were resized, saved again, brightened.

Each image is remembered as 16 × 16 grey values. Two are alike where the signs of their low
frequencies differ in few places (the perceptual hash of Zauner, 2010, on a DCT-II) and the grey
values correlate; both say nothing of brightness and contrast. On microscope photos, photos of
animals on the web and photos of insects (701 images in all) copies at half the size, as JPEG of
quality 25, grey, 30 % brighter or darker or with 40 % more contrast differ in 8 of 64 places and
correlate with 0.945 at most and least; different images correlate with 0.90 at most.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import Problem, WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.formats.arrays import read_arrays, write_arrays
from workbench.formats.regular_file import MB, read_regular
from workbench.project.cache import cache_folder
from workbench.project.datasets.splits import PARTS, Split, declared_split
from workbench.project.layout import Placement
from workbench.project.library.scan import Scan, sort_naturally
from workbench.project.manifest import Manifest

Grey = NDArray[np.uint8]

AT_ONCE = 20_000
"""Images that are compared before a training: two seconds."""
MOST_BITS, LEAST_LIKE = 10, 0.92
"""Of 64 places of the hash, and correlation of the grey values, of images that are alike."""
SIDE = 16
_LOW = 8  # frequencies in each direction
_DRAFT = 4 * SIDE  # a JPEG is decoded no larger than needed
_FILE, _VERSION, _LARGEST = "looks.npz", 1, 2000 * MB
_BLOCK = 64  # images that are compared with all others at once
_SAVE_EVERY = 2000


class SimilarPair(NamedTuple):
    """Two images that look nearly the same; ``like`` is the correlation of their grey values."""

    first: str
    second: str
    like: float


@dataclass(frozen=True, slots=True)
class GreyThumbnails:
    """What images look like."""

    keys: tuple[str, ...]
    """In natural order; images that cannot be read are left out."""
    stamps: NDArray[np.int64]
    """Of each file, by which a change is noticed."""
    grey: Grey
    """uint8 (n, 16, 16)."""


def read_thumbnails(
    folder: Path, progress: ProgressCallback = lambda done, total: None
) -> GreyThumbnails:
    """Look at every image of a project; what did not change since is remembered.

    Parameters
    ----------
    progress
        Called with the number of images looked at and their total; what it raises ends the work,
        and what was seen until then is remembered all the same.
    """
    known, found = _remembered(folder), _NewThumbnails()
    keys, placement = _images(folder)
    try:
        for number, key in enumerate(keys, start=1):
            stamp = _stamp(placement.path(key))
            grey = known.get(key, stamp)
            if grey is None:
                grey = _grey(placement.path(key))
                found.fresh += 1
            if grey is not None:
                found.add(key, stamp, grey)
            if found.fresh and found.fresh % _SAVE_EVERY == 0:
                _remember(folder, found.thumbnails(), known)
                found.fresh += 1
            progress(number, len(keys))
    except BaseException:
        _remember(folder, found.thumbnails(), known)
        raise
    thumbnails = found.thumbnails()
    if found.fresh or len(thumbnails.keys) != len(known.row):
        _remember(folder, thumbnails, None)
    return thumbnails


def known_thumbnails(folder: Path) -> GreyThumbnails:
    """What is remembered of images that are still as they were; no picture is decoded."""
    known, found = _remembered(folder), _NewThumbnails()
    if known.row:
        keys, placement = _images(folder)
        for key in keys:
            if key in known.row:
                stamp = _stamp(placement.path(key))
                grey = known.get(key, stamp)
                if grey is not None:
                    found.add(key, stamp, grey)
    return found.thumbnails()


def near_duplicates(
    thumbnails: GreyThumbnails, progress: ProgressCallback = lambda done, total: None,
) -> list[SimilarPair]:
    """Pairs of images that look nearly the same, the most alike first.

    Of several that are alike each is paired with the first of them.
    """
    if len(thumbnails.keys) < 2:
        return []
    hashes, unit = _hashes(thumbnails.grey), _unit(thumbnails.grey)
    home: dict[int, int] = {}
    # without a pair so far; what is all one colour gets none
    alone: NDArray[np.bool_] = np.abs(unit).sum(axis=1) > 0
    pairs = []
    for start in range(0, len(hashes), _BLOCK):
        rows = slice(start, start + _BLOCK)
        near = np.bitwise_count(hashes[rows, None] ^ hashes[None, start:]) <= MOST_BITS
        near &= alone[None, start:]
        for row, column in np.argwhere(near).tolist():
            first, second = start + row, start + column
            if second <= first or not alone[second]:
                continue
            like = float(unit[first] @ unit[second])
            if like >= LEAST_LIKE:
                home[second] = first = home.get(first, first)
                alone[second] = False
                pairs.append(SimilarPair(thumbnails.keys[first], thumbnails.keys[second], like))
        progress(min(start + _BLOCK, len(hashes)), len(hashes))
    return sorted(pairs, key=lambda pair: -pair.like)


def parts_of(split: Split | None) -> dict[str, str]:
    """The part that each member of a split is in."""
    return {} if split is None or split.val_is_train else {
        key: part for part in reversed(PARTS) for key in split.members(part)}


def members_first(thumbnails: GreyThumbnails, parts: Mapping[str, str]) -> GreyThumbnails:
    """The same with the images of a split before the others: of several that are alike each is
    paired with the first, which says nothing of a split where it is in none."""
    order = sorted(range(len(thumbnails.keys)), key=lambda at: thumbnails.keys[at] not in parts)
    return GreyThumbnails(tuple(thumbnails.keys[at] for at in order), thumbnails.stamps[order],
                          thumbnails.grey[order])


def across(pairs: Iterable[SimilarPair], parts: Mapping[str, str]) -> list[SimilarPair]:
    """The pairs whose images lie in two parts of a split."""
    return [pair for pair in pairs
            if pair.first in parts and pair.second in parts
            and parts[pair.first] != parts[pair.second]]


def split_problems(folder: Path, split: Split | None = None,
                   most: int | None = None) -> list[Problem]:
    """A warning for each pair that lies in two parts of a split, of the images that were looked at
    before (:func:`read_thumbnails`).

    Parameters
    ----------
    split
        None for the one that files or folders of the project say.
    most
        Images that are compared at most; with more of them nothing is said.
    """
    thumbnails = known_thumbnails(folder)
    if len(thumbnails.keys) < 2 or (most is not None and len(thumbnails.keys) > most):
        return []
    try:
        parts = parts_of(split if split is not None else declared_split(folder, thumbnails.keys))
    except WorkbenchError:
        return []  # reported elsewhere
    found = across(near_duplicates(members_first(thumbnails, parts)), parts) if parts else []
    return [Problem(str(folder / pair.second), "duplicate-across-split",
                    f"{pair.second} ({parts[pair.second]}) looks nearly the same as {pair.first} "
                    f"({parts[pair.first]}): scores will be better than the model is.", "warning",
                    names=(pair.first, pair.second)) for pair in found]


# --- pictures -------------------------------------------------------------------------------------


def _grey(path: Path) -> Grey | None:
    """uint8 (16, 16) of a picture, upright; None where it cannot be read."""
    from PIL import Image

    from workbench.media.images.pixels import open_picture, to_rgb, turns

    try:
        with open_picture(path) as (image, info):
            if info.format == "jpeg":
                image.draft("RGB", (_DRAFT, _DRAFT))
            small = to_rgb(image, info, path).convert("L")
            for step in turns(info):
                small = small.transpose(step)
            return np.asarray(small.resize((SIDE, SIDE), Image.Resampling.BOX), np.uint8)
    except (WorkbenchError, OSError):
        return None


def _hashes(grey: Grey) -> NDArray[np.uint64]:
    """64 bits of each: whether a low frequency is above their median."""
    places = np.arange(SIDE)
    waves = np.cos(np.pi * (2 * places[None] + 1) * np.arange(_LOW)[:, None] / (2 * SIDE))
    found = np.empty(len(grey), np.uint64)
    for start in range(0, len(grey), 4096):
        part = grey[start:start + 4096].astype(np.float64)
        low = (waves @ part @ waves.T).reshape(len(part), -1)
        signs = low > np.median(low[:, 1:], axis=1, keepdims=True)
        signs[:, 0] = False  # the mean
        found[start:start + 4096] = np.packbits(signs, axis=1).view(np.uint64).ravel()
    return found


def _unit(grey: Grey) -> NDArray[np.float32]:
    """Grey values without mean, of length 1; 0 of a picture that is all one colour."""
    values = grey.reshape(len(grey), -1).astype(np.float32)
    values -= values.mean(axis=1, keepdims=True)
    return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1.0))


# --- what is remembered ---------------------------------------------------------------------------


class _NewThumbnails:
    def __init__(self) -> None:
        self.fresh = 0
        self._keys: list[str] = []
        self._stamps: list[int] = []
        self._grey: list[Grey] = []

    def add(self, key: str, stamp: int, grey: Grey) -> None:
        self._keys.append(key)
        self._stamps.append(stamp)
        self._grey.append(grey)

    def thumbnails(self) -> GreyThumbnails:
        grey = np.stack(self._grey) if self._grey else np.zeros((0, SIDE, SIDE), np.uint8)
        return GreyThumbnails(tuple(self._keys), np.array(self._stamps, np.int64), grey)


class _KnownThumbnails:
    def __init__(self, thumbnails: GreyThumbnails) -> None:
        self.thumbnails = thumbnails
        self.row = {key: number for number, key in enumerate(thumbnails.keys)}

    def get(self, key: str, stamp: int) -> Grey | None:
        row = self.row.get(key)
        if row is None or not stamp or self.thumbnails.stamps[row] != stamp:
            return None
        found: Grey = self.thumbnails.grey[row]
        return found


def _remembered(folder: Path) -> _KnownThumbnails:
    nothing = GreyThumbnails((), np.zeros(0, np.int64), np.zeros((0, SIDE, SIDE), np.uint8))
    try:
        arrays = read_arrays(read_regular(cache_folder(folder) / _FILE, _LARGEST),
                             ("version", "names", "stamps", "grey"))
        names: NDArray[Any] = arrays["names"]
        keys = tuple(os.fsdecode(names.tobytes()).split("\0")) if len(names) else ()
        if int(arrays["version"][0]) != _VERSION or arrays["grey"].shape != (
                len(keys), SIDE, SIDE) or len(arrays["stamps"]) != len(keys):
            return _KnownThumbnails(nothing)
        return _KnownThumbnails(GreyThumbnails(keys, arrays["stamps"], arrays["grey"]))
    except (WorkbenchError, OSError, ValueError, IndexError):
        return _KnownThumbnails(nothing)  # only a cache


def _remember(folder: Path, thumbnails: GreyThumbnails, known: _KnownThumbnails | None) -> None:
    """Keep ``thumbnails``, with what is ``known`` of images that were not looked at yet."""
    keys, stamps, grey = list(thumbnails.keys), [thumbnails.stamps], [thumbnails.grey]
    if known is not None:
        seen = set(keys)
        rows = [row for key, row in known.row.items() if key not in seen]
        keys += [known.thumbnails.keys[row] for row in rows]
        stamps.append(known.thumbnails.stamps[rows])
        grey.append(known.thumbnails.grey[rows])
    with suppress(WorkbenchError):
        write_arrays(cache_folder(folder) / _FILE, version=np.array([_VERSION], np.int32),
                     names=np.frombuffer(os.fsencode("\0".join(keys)), np.uint8),
                     stamps=np.concatenate(stamps), grey=np.concatenate(grey))


def _images(folder: Path) -> tuple[list[str], Placement]:
    layout = Manifest.load(folder).layout
    return sort_naturally(Scan(folder, layout).run().keys), Placement(folder, layout)


def _stamp(path: Path) -> int:
    try:
        state = path.stat()
    except OSError:
        return 0
    digest = hashlib.blake2b(f"{state.st_mtime_ns},{state.st_size}".encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "little", signed=True) or 1
