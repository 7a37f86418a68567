"""A project of image classes made of the events in another project's videos: frames, each with the
class of the event that runs.

With it a model learns to tell what happens, and Predict says it of a video by time. Frames in which
several events run at once have no one class and are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.annotation import LabeledObject
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.events import EventClasses, span_of
from workbench.core.progress import ProgressCallback
from workbench.core.text import count, listed
from workbench.core.video import VIDEO_SUFFIXES, frame_name
from workbench.formats.atomic import new_folder
from workbench.formats.label_table import LabelTable
from workbench.media.video.reader import VideoReader
from workbench.project.library.events import TABLE, read_events_beside
from workbench.project.library.scan import find_media, sort_naturally
from workbench.project.manifest import Manifest
from workbench.project.measurements.film_labels import times_of
from workbench.project.video_frames import write_frame
from workbench.tasks.image_classification.formats.pixels import file_name
from workbench.tasks.image_classification.kind import ID

EVERY = 10
"""Frames from one that is written to the next, if nothing else is said."""
NOTHING = "nothing"
"""The class of frames in which no event runs."""
_STEPS = 1000  # of each video in the progress


@dataclass(slots=True)
class EventFrames:
    """What was made."""

    folder: Path
    counts: Counter[str] = field(default_factory=Counter)
    """Frames of each class."""
    several: int = 0
    """Frames in which several events run at once."""
    noted: set[str] = field(default_factory=set)
    """All classes of the events."""
    problems: list[Problem] = field(default_factory=list)
    """Videos and tables that could not be read."""

    def words(self) -> str:
        """A few sentences for people."""
        number = sum(self.counts.values())
        said = (f"{count(number, 'frame')} of {count(len(self.counts), 'class', 'classes')} "
                f"{'is' if number == 1 else 'are'} in “{self.folder.name}”.")
        if self.several:
            said += f" {count(self.several, 'frame')} with several events at once left out."
        unseen = sorted(self.noted - set(self.counts))
        if unseen:
            said += f" No frame that was taken has only {listed(unseen)}."
        if self.problems:
            said += f" {count(len(self.problems), 'video')} could not be used."
        return said


def class_at(events: Sequence[LabeledObject], time: float, until: float) -> str | None:
    """The class of the event that runs at the time of a frame, which is shown ``until`` the next
    one; "" for none, None for several. A moment is that of the frame in which it lies."""
    there = {item.label for item in events for span in [span_of(item)]
             if (span.moment and time <= span.start < until) or (not span.moment
                                                                 and span.is_on(time))}
    return None if len(there) > 1 else next(iter(there), "")


def make_event_frames(project: Path, target: Path, *, every: int = EVERY, nothing: str = NOTHING,
                      tick: ProgressCallback = lambda done, of: None) -> EventFrames:
    """Make the project ``target`` of the frames of events of ``project``, which stays as it is.

    Parameters
    ----------
    target
        Must not exist, or be empty. It appears only when all is written.
    every
        Every so many-th frame is written.
    nothing
        The class of frames in which no event runs, in videos in which some do; "" for leaving
        them out.
    tick
        Called with how much is done, and the total; it may raise to end the work.

    Raises
    ------
    UsageError
        If there is no such frame, or ``target`` lies in the project.
    WorkbenchError
        If ``target`` cannot be written.
    """
    if target.resolve().is_relative_to(project.resolve()):
        raise UsageError("it lies in the project; name a folder elsewhere", path=target)
    source, made = Manifest.load(project), EventFrames(target)
    keys = sort_naturally(find_media(project, VIDEO_SUFFIXES))
    labels: dict[str, str] = {}
    with new_folder(target, "the project of frames") as unfinished:
        for number, key in enumerate(keys):
            def tell(share: float, number: int = number) -> None:
                tick(int((number + share) * _STEPS), len(keys) * _STEPS)

            try:
                labels |= _write(project, key, unfinished, every, nothing, made, tell)
            except WorkbenchError as error:
                made.problems.append(Problem(str(project / key), "unreadable-video",
                                             error.sentence()))
        if not set(labels.values()) - {nothing}:
            raise UsageError("no event runs in any frame of its videos", path=project)
        known = EventClasses.from_json(source.settings.get(TABLE, {})).names
        classes = [name for name in known if name in made.counts]
        classes += sorted(set(made.counts) - set(classes))
        Manifest(f"{source.name}, events", task=ID, classes=classes,
                 images="images").save(unfinished)
        (unfinished / "labels.csv").write_bytes(LabelTable.new().render(labels))
    return made


def _write(project: Path, key: str, folder: Path, every: int, nothing: str, made: EventFrames,
           tell: Callable[[float], object]) -> dict[str, str]:
    """Write the frames of one video; returns the class of each by its key."""
    tell(0.0)
    events = read_events_beside(project / key)
    if not events:
        return {}
    made.noted |= {item.label for item in events}
    times = times_of(project / key, project, lambda _share: tell(0.0), made.problems).tolist()
    labels: dict[str, str] = {}
    with VideoReader(project / key) as reader:
        for number in range(0, len(times), every):
            tell(number / len(times))
            until = times[number + 1] if number + 1 < len(times) else float("inf")
            label = class_at(events, times[number], until)
            if label is None:
                made.several += 1
            label = nothing if label == "" else label
            if not label:
                continue
            place = folder / "images" / file_name(label)
            place.mkdir(parents=True, exist_ok=True)
            path = write_frame(place, f"{frame_name(key.replace('/', '_'), number)}.jpg",
                               reader.frame(number, times[number]).pixels)
            labels[path.relative_to(folder).as_posix()] = label
            made.counts[label] += 1
    return labels
