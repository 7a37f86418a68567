"""Which files are videos, and which frames of them are wanted or shown; nothing is decoded here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

VIDEO_SUFFIXES = frozenset({
    ".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".mts", ".m2ts", ".wmv",
    ".flv", ".3gp", ".ogv",
})


TRACKS_SUFFIX = ".tracks.xml"
"""Of the file with a video's tracks; before it stands the video's whole name."""


def is_video(path: Path) -> bool:
    """Whether a file is called as videos are."""
    return path.suffix.lower() in VIDEO_SUFFIXES


class VideoFrames(NamedTuple):
    """Frames of a video that are wanted."""

    path: Path
    """The video."""
    first: int = 0
    """The number of the first one, from 0."""
    every: int = 1
    """1 for each frame after it, 2 for every other …"""


Source = Path | VideoFrames
"""A picture, or frames of a video; a video's path alone stands for all of its frames."""


def path_of(source: Source) -> Path:
    """The file of a picture or of frames."""
    return source.path if isinstance(source, VideoFrames) else source


def wanted_frames(source: Source) -> VideoFrames | None:
    """The frames that are meant; None for a picture."""
    if isinstance(source, VideoFrames):
        return source
    return VideoFrames(source) if is_video(source) else None


class Shown(NamedTuple):
    """Where a picture comes from: a file, and if that is a video, the frame's number (from 0) and
    its time in seconds."""

    path: Path
    frame: int = -1
    time: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """How answers about it begin: "file", and of a frame "frame" and "time"."""
        data: dict[str, Any] = {"file": str(self.path)}
        return data if self.frame < 0 else {**data, "frame": self.frame, "time": self.time}


def shown_in(answer: Mapping[str, Any]) -> Shown:
    """What an answer is about."""
    return Shown(Path(answer["file"]), int(answer.get("frame", -1)), float(answer.get("time", 0)))


def time_text(seconds: float) -> str:
    """A place in a video for a person: "1:02:03.40", "0:07.24"."""
    minutes, rest = divmod(round(seconds * 100), 6000)
    hours, minutes = divmod(minutes, 60)
    front = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{front}:{rest // 100:02d}.{rest % 100:02d}"


PLACE = ("file", "frame", "time")
"""The first columns of a table of answers in which there are frames of videos."""


def place_row(answer: Mapping[str, Any], frames: bool) -> tuple[str | int | float, ...]:
    """Where an answer belongs, for a table with the columns :data:`PLACE`, or "file" alone."""
    shown = shown_in(answer)
    if not frames:
        return (str(shown.path),)
    return (str(shown.path), *((shown.frame, shown.time) if shown.frame >= 0 else ("", "")))


def place_text(answer: Mapping[str, Any]) -> str:
    """Where an answer belongs, for a person: "film.mp4, frame 120 (0:04.80)"."""
    shown = shown_in(answer)
    if shown.frame < 0:
        return str(shown.path)
    return f"{shown.path}, frame {shown.frame} ({time_text(shown.time)})"


def frame_name(name: str, frame: int) -> str:
    """What a frame of the video ``name`` is called as a file, without a suffix."""
    return f"{name}-{frame:06d}" if frame >= 0 else name
