"""What is wrong with the videos of a project, and with the files of their tracks and events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from workbench.core.annotation import LabeledObject
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.events import EVENTS_SUFFIX, span_of
from workbench.core.paths import is_file
from workbench.core.shapes import Box
from workbench.core.text import count
from workbench.core.tracks import Track, TrackKey, track_of
from workbench.core.video import TRACKS_SUFFIX, VIDEO_SUFFIXES, is_video
from workbench.formats.label_checks import TOLERANCE
from workbench.project.library.events import events_path, read_events_beside
from workbench.project.library.scan import find_media, sort_naturally
from workbench.project.library.videos import tracks_path

Size = tuple[int, int]
_LATE = 1.0  # seconds behind its end that an event may end: a player stops it late


def find_tracks(folder: Path) -> list[str]:
    """The files of tracks in a project."""
    return [key for key in sort_naturally(find_media(folder, frozenset({".xml"})))
            if key.endswith(TRACKS_SUFFIX)]


def find_events(folder: Path) -> list[str]:
    """The tables of events in a project."""
    return [key for key in sort_naturally(find_media(folder, frozenset({".csv"})))
            if key.endswith(EVENTS_SUFFIX)]


def video_of(file: Path) -> Path:
    """The video that a file of tracks, or of events, is about, by its name."""
    return file.with_name(file.name.removesuffix(TRACKS_SUFFIX).removesuffix(EVENTS_SUFFIX))


def read_tracks_beside(video: Path) -> tuple[tuple[LabeledObject, ...], int]:
    """The tracks of a video, and how many of other shapes its file holds; none without a file.

    Raises
    ------
    WorkbenchError
        If the file cannot be read.
    """
    from workbench.formats.cvat_video import parse
    from workbench.project.edits.saver import read_or_none

    path = tracks_path(video)
    data = read_or_none(path)
    if data is None:
        return (), 0
    found = parse(data, path)
    return found.annotation.objects, found.other


def video_problems(folder: Path, check: Callable[[], object] = lambda: None,
                   ) -> Iterator[Problem | None]:
    """What is wrong, and None after each video; what ``check`` raises ends it, also within one."""
    for key in sort_naturally(find_media(folder, VIDEO_SUFFIXES)):
        yield from _of_video(folder / key, check)
        yield from _of_events(folder / key, check)
        yield None
    yield from tracks_without_video(folder)
    yield from events_without_video(folder)


def tracks_without_video(folder: Path) -> Iterator[Problem]:
    """The files of tracks whose video is gone, or is called otherwise now."""
    return _without_video(folder, find_tracks(folder), "tracks-without-video")


def events_without_video(folder: Path) -> Iterator[Problem]:
    """The tables of events whose video is gone, or is called otherwise now."""
    return _without_video(folder, find_events(folder), "events-without-video")


def _without_video(folder: Path, keys: Iterable[str], kind: str) -> Iterator[Problem]:
    for key in keys:
        path = folder / key
        if is_video(video_of(path)) and not is_file(video_of(path)):
            yield Problem(str(path), kind,
                          f"There is no video {video_of(path).name} that {path.name} belongs to.",
                          "warning")


def _of_events(video: Path, check: Callable[[], object]) -> Iterator[Problem]:
    from workbench.media.video.reader import VideoReader

    path = events_path(video)
    try:
        events = read_events_beside(video)
    except WorkbenchError as error:
        yield Problem(str(path), "unreadable-events", _sentence(path, error))
        return
    latest = max((span_of(item).end for item in events), default=0.0)
    if not latest:
        return
    try:
        with VideoReader(video) as reader:
            duration = reader.frame_count / reader.rate
            if latest > duration + _LATE:  # which is an estimate
                duration = reader.times(check)[-1] + 1 / reader.rate
    except WorkbenchError:
        return  # it is told of the video
    late = [item for item in events if span_of(item).end > duration + _LATE]
    if late:
        yield Problem(str(path), "events-beyond-end",
                      f"{count(len(late), 'event')} of {path.name} end after the video, which is "
                      f"{duration:.2f} s long.", "warning")


def _of_video(path: Path, check: Callable[[], object]) -> Iterator[Problem]:
    from workbench.media.video.packets import count_packets
    from workbench.media.video.reader import CutOffVideo, VideoReader, require_whole

    tracks: tuple[LabeledObject, ...] = ()
    try:
        tracks, other = read_tracks_beside(path)
        if other:
            yield Problem(str(tracks_path(path)), "other-shapes",
                          f"{count(other, 'track')} of other shapes than boxes: they are not "
                          "shown, and stay in the file.", "warning")
    except WorkbenchError as error:
        yield Problem(str(tracks_path(path)), "unreadable-tracks", _sentence(tracks_path(path),
                                                                             error))
    try:
        with VideoReader(path) as reader:
            reader.frame(0)
            size, frames = reader.size, reader.frame_count
            latest = max((key.frame for item in tracks for key in _seen(item)), default=-1)
            if latest >= 0:  # what the file says of its frames is an estimate
                frames = min(frames, count_packets(path, check)[0] or frames)
            if latest >= frames:
                frames = len(reader.times(check))
        require_whole(path, frames)
    except CutOffVideo:
        yield Problem(str(path), "truncated-video",
                      f"{path.name} breaks off: its end is missing.", "warning")
        return
    except WorkbenchError as error:
        yield Problem(str(path), "unreadable-video", _sentence(path, error))
        return
    yield from _of_tracks(tracks_path(path), tracks, frames, size)


def _of_tracks(path: Path, tracks: tuple[LabeledObject, ...], frames: int, size: Size,
               ) -> Iterator[Problem]:
    for item in tracks:
        name = f"{item.label} {track_of(item).id}"
        late = [key.frame for key in _seen(item) if key.frame >= frames]
        if late:
            yield Problem(str(path), "tracks-beyond-end",
                          f"{name} has boxes up to frame {max(late):,}, but the video ends with "
                          f"frame {frames - 1:,}.", "warning", names=(name,), frames=frames)
        out = [key.frame for key in _seen(item) if not _is_inside(key.box, size)]
        if out:
            yield Problem(str(path), "tracks-outside",
                          f"{name} reaches outside the picture of {size[0]:,} × {size[1]:,} px on "
                          f"{count(len(out), 'key frame')}, first on frame {out[0]:,}.",
                          "warning", names=(name,))


def _seen(item: LabeledObject) -> list[TrackKey]:
    return [key for key in track_of(item).keys if not key.outside]


def _is_inside(box: Box, size: Size) -> bool:
    x1, y1, x2, y2 = box
    return min(x1, y1) >= -TOLERANCE and x2 <= size[0] + TOLERANCE and y2 <= size[1] + TOLERANCE


def cut_to_picture(video: Path, tracks: tuple[LabeledObject, ...]) -> tuple[LabeledObject, ...]:
    """Tracks whose boxes end at the picture's edge; where nothing is left of one it is not seen."""
    from workbench.media.video.reader import VideoReader

    with VideoReader(video) as reader:
        size = reader.size

    def cut(key: TrackKey) -> TrackKey:
        if _is_inside(key.box, size):
            return key
        box = key.box.clipped(size)
        empty = box.xmin >= box.xmax or box.ymin >= box.ymax
        return replace(key, outside=True) if empty else replace(key, box=box)

    made = (replace(item, shape=replace(track_of(item), keys=tuple(map(cut, track_of(item).keys))))
            for item in tracks)
    return tuple(item for item in made if _seen(item))


def cut_to_end(frames: int, tracks: tuple[LabeledObject, ...]) -> tuple[LabeledObject, ...]:
    """Tracks that end with the last of the frames; those that begin later are left out."""
    last = frames - 1

    def cut(track: Track) -> Track:
        kept = replace(track, keys=tuple(key for key in track.keys if key.frame <= last))
        there = track.at(last)
        return kept if there is None or kept.keys == track.keys else kept.with_key(there)

    made = (replace(item, shape=cut(track_of(item))) for item in tracks)
    return tuple(item for item in made if _seen(item))


def _sentence(path: Path, error: WorkbenchError) -> str:
    where = f"line {error.line}, " if error.line is not None else ""
    return f"{path.name} could not be read: {where}{error.message.rstrip('.')}."
