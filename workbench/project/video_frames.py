"""Frames of a project's videos as images of the project, with the boxes of the tracks as labels."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.core.annotation import Annotation, LabeledObject
from workbench.core.background import BackgroundThread
from workbench.core.shapes import Box
from workbench.core.tracks import objects_at, track_of
from workbench.core.video import frame_name
from workbench.extension.holds import Losses, fit
from workbench.formats.atomic import write_atomic
from workbench.project.imports.files import make_folder, write_numbered
from workbench.project.library.document import State
from workbench.project.library.images import annotation_content

if TYPE_CHECKING:
    from workbench.core.arrays import Rgb
    from workbench.media.video.reader import Frame, VideoReader
    from workbench.project.session import Session

Which = Literal["every", "different", "keys"]
_QUALITY = 95


@dataclass(frozen=True, slots=True)
class FrameChoice:
    """Which frames are wanted."""

    which: Which = "every"
    """Every n-th, those that differ from the last one that was taken, or all key frames."""
    every: int = 10
    """For "every"."""
    only_labelled: bool = True
    """Leave frames out on which there is no box."""

    def numbers(self, tracks: Sequence[LabeledObject], count: int) -> list[int]:
        """The frames, of a video of ``count``, as far as that is known without looking at them."""
        if self.which == "keys":
            found: Iterable[int] = sorted({
                key.frame for item in tracks for key in track_of(item).keys
                if not key.outside and key.frame < count})
        else:
            found = range(0, count, self.every if self.which == "every" else 1)
        return [frame for frame in found if not self.only_labelled or objects_at(tracks, frame)]


@dataclass(slots=True)
class FramesWritten:
    """What became of it: images and boxes that were written, and images that had labels before,
    which stay."""

    images: int = 0
    boxes: int = 0
    kept: int = 0
    losses: Losses = field(default_factory=Losses)
    """What has no place in the format of the project's labels."""


def write_labelled_frames(
    session: Session, key: str, tracks: Sequence[LabeledObject], times: Sequence[float],
    choice: FrameChoice, thread: BackgroundThread, progress: Callable[[float], object],
) -> FramesWritten:
    """Write frames of the video ``key`` to the project's images, as JPEG, and labels of each with
    boxes, in whole pixels, as the project keeps them. Classes must have their numbers, where they
    need some (:meth:`Numbering.need`).

    Parameters
    ----------
    times
        Of all frames, in seconds.
    progress
        Called on the owner's thread with the share that is done.

    Raises
    ------
    WorkbenchError
        If the video cannot be read or the disk refuses; what was written before stays.
    """
    from workbench.media.video.reader import VideoReader

    session.saver.wait_until_written()  # the numbers of classes
    folder = session.folder / session.manifest.new_images
    make_folder(folder)
    done = FramesWritten()
    numbers = choice.numbers(tracks, len(times))
    with VideoReader(session.videos.path(key)) as reader:
        for place, frame in enumerate(_read(reader, numbers, times, choice.which, thread)):
            path = write_frame(folder, f"{frame_name(key.replace('/', '_'), frame.number)}.jpg",
                               frame.pixels)
            _label(session, path, _whole_pixels(objects_at(tracks, frame.number), reader.size),
                   done)
            share = frame.number / len(times) if choice.which == "different" else \
                (place + 1) / len(numbers)
            thread.post(partial(progress, share))
    return done


def _read(reader: VideoReader, numbers: Sequence[int], times: Sequence[float], which: Which,
          thread: BackgroundThread) -> Iterator[Frame]:
    from workbench.media.video.differing import ChangeDetector

    differs = ChangeDetector()
    for number in numbers:
        thread.check()
        frame = reader.frame(number, times[number])
        if which != "different" or differs(frame.pixels):
            yield frame


def _label(session: Session, image: Path, objects: Sequence[LabeledObject],
           done: FramesWritten) -> None:
    index = session.index
    labels = index.annotation_path(image.relative_to(session.folder).as_posix())
    if labels.exists():
        done.kept += 1
        return
    done.images += 1
    if objects:
        annotation = Annotation(tuple(objects))
        if session.store.id != "voc":
            annotation = fit(annotation, session.store.holds, done.losses)
        data = annotation_content(State(None, annotation, True), image, session.store)
        assert data is not None
        make_folder(labels.parent)
        write_atomic(labels, data)
        done.boxes += len(objects)


def _whole_pixels(objects: Iterable[LabeledObject], size: tuple[int, int]) -> list[LabeledObject]:
    """The parts of boxes in the frame, as people draw them; none without area."""
    found = []
    for item in objects:
        box = Box(*(float(round(value)) for value in Box(*item.box).clipped(size)))
        if box.xmin < box.xmax and box.ymin < box.ymax:
            found.append(LabeledObject(item.label, box, item.attributes))
    return found


def write_frame(folder: Path, name: str, pixels: Rgb) -> Path:
    """Write a picture as JPEG; a file that holds just this one is taken as it is, beside another
    one of this name it gets a number.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=_QUALITY)
    return write_numbered(folder, name, data.getvalue())[0]
