"""Images made of the pages of stacks: one for each, or of what several show together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.pixel_size import PixelSize
from workbench.core.text import count, tr
from workbench.core.video import frame_name
from workbench.media.images.stack import Stack
from workbench.media.images.stack_kinds import TIFF, stack_kind_of
from workbench.project.imports.files import make_folder, write_numbered

if TYPE_CHECKING:
    from workbench.media.images.stack_pages import StackReader, Values

Slices = Literal["all", "max", "mean"]
Ranges = dict[int, tuple[int, int]]
COLOURS, EACH = "colours", "each"


class PageImage(NamedTuple):
    """One image to be made: of these channels, each of these slices together."""

    suffix: str
    """Of its name, after that of the stack."""
    channels: tuple[int, ...]
    slices: tuple[int, ...]
    frame: int


@dataclass(frozen=True, slots=True)
class PageChoice:
    """Which images are made of a stack."""

    slices: Slices = "all"
    """An image of each slice, or one of all: the largest value of each pixel, or the mean."""
    every: int = 1
    """Of the slices, each n-th alone counts."""
    channels: str = COLOURS
    """:data:`COLOURS` of one picture (up to three), an image of :data:`EACH`, or the number of one,
    from 1."""
    every_frame: int = 1
    """Of the frames, each n-th alone counts."""
    own_range: bool = False
    """Whether each of the channels that become colours is stretched from its smallest to its
    largest value in the images of the stack."""

    def __post_init__(self) -> None:
        known = (COLOURS, EACH)
        if self.channels not in known and not (self.channels.isdecimal() and int(self.channels)):
            raise UsageError(f"channels are “{COLOURS}”, “{EACH}” or the number of one, from 1")
        if self.every < 1 or self.every_frame < 1:
            raise UsageError("every n-th page: n is 1 or more")

    def images(self, stack: Stack) -> list[PageImage]:
        """What is made of a stack; nothing where it lacks the channel that is wanted. Channels that
        cannot be the colours of one picture become an image each."""
        slices = range(0, stack.slices, self.every)
        groups = [(at,) for at in slices] if self.slices == "all" else [tuple(slices)]
        return [PageImage(self._suffix(stack, channels, group, frame), channels, group, frame)
                for frame in range(0, stack.frames, self.every_frame)
                for group in groups for channels in self._channels(stack)]

    def _channels(self, stack: Stack) -> list[tuple[int, ...]]:
        everyone = range(stack.channels)
        if self.channels == COLOURS and stack.mixes:
            return [tuple(everyone)]
        if self.channels in (COLOURS, EACH):
            return [(at,) for at in everyone]
        wanted = int(self.channels) - 1
        return [(wanted,)] if wanted in everyone else []

    def _suffix(self, stack: Stack, channels: tuple[int, ...], group: tuple[int, ...],
                frame: int) -> str:
        """ "-000012", "-max-000001", "-c2-000012": numbers as people count slices, from 1, and on
        through all frames."""
        kind = f"-{self.slices}" if self.slices != "all" else ""
        if stack.channels > 1 and len(channels) == 1:
            kind += f"-c{channels[0] + 1}"
        place = frame if self.slices != "all" else frame * stack.slices + group[0]
        return frame_name(kind, place + 1)


@dataclass(frozen=True, slots=True)
class StackFile:
    """A file with several pages, and what its images are called by."""

    path: Path
    name: str
    stack: Stack
    beside: bool = False
    """Whether its images are made beside it: folders may say what is on them."""

    @property
    def image_name(self) -> str:
        """What the names of its images begin with."""
        title = re.sub(r"[^\w. ]+", "_", self.stack.title)
        name = self.path.name if self.beside else self.name.replace("/", "_")
        return name + (f"-{title}" if title else "")

    @property
    def shown_name(self) -> str:
        """What it is called for a person."""
        return f"{self.name} · {self.stack.title}" if self.stack.title else self.name


@dataclass(slots=True)
class PagesWritten:
    """What became of it."""

    made: list[Path] = field(default_factory=list)
    """Images that are new."""
    there: int = 0
    """Images that were there just so."""
    failed: list[str] = field(default_factory=list)
    """Of each stack that could not be read to its end, a sentence."""

    def words(self) -> str:
        """What is said when it is over."""
        said = [tr("Made {images}.", images=count(len(self.made), "image") if self.made
                   else tr("no image"))]
        if self.there:
            said.append(tr("{images} were there already.", images=count(self.there, "image")))
        return " ".join([*said, *self.failed[:3]])


def find_stacks(files: Iterable[tuple[str, Path]], check: Callable[[], object] = lambda: None,
                failed: list[str] | None = None, images: Path | None = None) -> list[StackFile]:
    """The stacks among files, by name and path: TIFF of several pages, and each image of those of
    which nothing else is shown.

    Parameters
    ----------
    check
        Called before each.
    failed
        Receives a sentence for each that cannot be read.
    images
        The folder of a project's images: of files in it of which nothing else is shown, images are
        made beside them.
    """
    found = []
    for name, path in files:
        check()
        kind = stack_kind_of(path)
        if kind is None:
            continue
        try:
            beside = kind is not TIFF and images is not None and path.is_relative_to(images)
            found += [StackFile(path, name, stack, beside) for stack in kind.read(path)]
        except WorkbenchError as error:
            if failed is not None:
                failed.append(error.sentence())
    return found


def several_pages_text(files: int, project: Path) -> str:
    """What a person should know about files of several pages in a project."""
    return (f"{_first_alone(files)} is used. “Make images of its pages” in Images, or “workbench "
            f"pages {project}”, makes images of all.")


def first_pages_text(number: int) -> str:
    """What a person should know where a model looks at ``number`` files of several pages; "" for
    none."""
    return (f"{_first_alone(number)} is looked at. To look at all, make images of the pages first: "
            "“Make images of its pages” in Images, or “workbench pages”.") if number else ""


def _first_alone(files: int) -> str:
    have, them = ("1 file has", "it") if files == 1 else (f"{files:,} files have", "each")
    return f"{have} several pages: only the first of {them}"


def planned_text(stacks: Sequence[StackFile], choice: PageChoice) -> str:
    """ "30 images of 512 × 512 pixels, 16-bit."; "" where there is none."""
    number = sum(len(choice.images(item.stack)) for item in stacks)
    kinds = {(item.stack.width, item.stack.height, item.stack.bits) for item in stacks}
    if not number:
        return ""
    images = count(number, "image")
    if len(kinds) > 1:
        return tr("{images} of {stacks}.", images=images, stacks=count(len(stacks), "stack"))
    (width, height, bits), = kinds
    return tr("{images} of {width} × {height} pixels, {bits}-bit.", images=images, width=width,
              height=height, bits=max(8, bits))


def write_page_images(
    stacks: Sequence[StackFile], choice: PageChoice, folder: Path,
    size_of: Callable[[StackFile], PixelSize | None], done: PagesWritten,
    progress: Callable[[int, int], object],
) -> None:
    """Write images as TIFF into ``folder``, which is made if need be, or beside the stacks, with
    their bits and the size of their pixels.

    Parameters
    ----------
    done
        What was written is noted there at once.
    progress
        Called before each image with the number that is written and their total; may raise to end
        it.

    Raises
    ------
    WorkbenchError
        If the disk refuses; what was written before stays. A stack that cannot be read costs what
        is left of it alone.
    """
    plans = [(item, choice.images(item.stack)) for item in stacks]
    total, before = sum(len(images) for _, images in plans), 0
    if not all(item.beside for item in stacks):
        make_folder(folder)
    for item, images in plans:
        told = partial(_told, progress, before, total)
        if images:
            size = size_of(item) or item.stack.pixel_size
            _write_stack(item, images, choice, folder, size, done, told)
        before += len(images)


def _told(progress: Callable[[int, int], object], before: int, total: int, at: int) -> None:
    progress(before + at, total)


def _write_stack(item: StackFile, images: Sequence[PageImage], choice: PageChoice, folder: Path,
                 size: PixelSize | None, done: PagesWritten,
                 progress: Callable[[int], object]) -> None:
    from workbench.media.images.stack_pages import tiff_bytes

    kind = stack_kind_of(item.path)
    assert kind is not None
    try:
        reader = kind.open(item.path, item.stack)
    except WorkbenchError as error:
        done.failed.append(error.sentence())
        return
    with reader:
        ranges: Ranges = {}
        for at, image in enumerate(images):
            progress(at)
            try:
                if choice.own_range and not at and len(image.channels) > 1:
                    ranges = _ranges(reader, images, choice.slices, lambda: progress(0))
                values = _picture(reader, image, choice.slices, ranges)
            except WorkbenchError as error:
                done.failed.append(error.sentence())
                return
            place = item.path.parent if item.beside else folder
            path, new = write_numbered(place, f"{item.image_name}{image.suffix}.tif",
                                       tiff_bytes(values, size))
            if new:
                done.made.append(path)
            else:
                done.there += 1


def _ranges(reader: StackReader, images: Sequence[PageImage], how: Slices,
            check: Callable[[], object]) -> Ranges:
    """The smallest and largest value of each channel in all images."""
    found: Ranges = {}
    for image in images:
        check()
        for channel in image.channels:
            values = _projected(reader, channel, image, how)
            low, high = int(values.min()), int(values.max())
            before = found.get(channel, (low, high))
            found[channel] = min(low, before[0]), max(high, before[1])
    return found


def _stretched(values: Values, low: int, high: int) -> Values:
    """``values`` from 0 to the largest that there can be."""
    import numpy as np

    most = np.iinfo(values.dtype).max
    return np.rint((values - float(low)) * (most / max(1, high - low))).astype(values.dtype)


def _picture(reader: StackReader, image: PageImage, how: Slices, ranges: Ranges) -> Values:
    """(H, W) values of one channel, or (H, W, 3) colours, in ``ranges`` where there are some."""
    import numpy as np

    channels = [_projected(reader, channel, image, how) for channel in image.channels]
    if ranges:
        channels = [_stretched(values, *ranges[channel])
                    for channel, values in zip(image.channels, channels, strict=True)]
    if len(channels) == 1:
        return channels[0]
    for values in channels[1:]:
        _check_alike(reader, channels[0], values)
    black = [np.zeros_like(channels[0])] * (3 - len(channels))
    return np.stack([*channels, *black], axis=-1)


def _check_alike(reader: StackReader, one: Values, other: Values) -> None:
    if one.shape != other.shape:
        raise WorkbenchError("its pages are of several sizes", path=reader.path)
    if one.dtype.newbyteorder("=") != other.dtype.newbyteorder("="):
        raise WorkbenchError("its pages have values of several kinds", path=reader.path)


def _projected(reader: StackReader, channel: int, image: PageImage, how: Slices) -> Values:
    """A channel of the slices together."""
    import numpy as np

    first = reader.plane(channel, image.slices[0], image.frame)
    if len(image.slices) == 1:
        return first
    found = first.astype(np.float64) if how == "mean" else first.copy()
    for slice in image.slices[1:]:
        values = reader.plane(channel, slice, image.frame)
        _check_alike(reader, first, values)
        if how == "mean":
            found += values
        else:
            np.fmax(found, values, out=found)  # what has no value in one slice may have in others
    if how == "max":
        return found
    found /= len(image.slices)
    whole = np.issubdtype(first.dtype, np.integer)
    return (np.rint(found) if whole else found).astype(first.dtype)
