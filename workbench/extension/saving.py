"""How the answers of a task's models are kept as files, from the shell and from the window.

An answer is what :meth:`workbench.extension.engine_task.EngineTask.predict_each` gives: plain data
with its "file". Functions here run on any thread, and import neither Qt nor torch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from workbench.core.annotation import Annotation
from workbench.core.paths import DEVICE_NAME

Prediction = Mapping[str, Any]
Row = Sequence[str | float | int]
Color = Callable[[str], str]
"""From the name of a class to "#rrggbb"."""
Draw = Callable[[Any, Prediction, Color], object]
Limits = Mapping[str, float]
"""Least score and the like by id, and those of a class by :func:`of_class`."""
SMALLEST, SMOOTH = "smallest", "smooth"
"""In an answer: of how many pixels of the image an area is at least, to be one of its own; whether
borders are smoothed."""
SCORE, LOW, HIGH, SPLIT = "score", "low", "high", "split"
"""Ids of limits: the least score, the frequencies in Hz between which a class is heard, and how
narrow a neck is, beside the things that it joins, where these are split (0 for not at all)."""
_LONGEST = 120  # bytes
_DEVICE = re.compile(DEVICE_NAME, re.IGNORECASE)
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')  # what some file system does not take


def of_class(limit: str, label: str) -> str:
    """The id of a limit of one class."""
    return f"{limit} of {label}"


def least_score(limits: Limits, label: str) -> float:
    """From which score on things of a class count: that of the class, else that of all."""
    return limits.get(of_class(SCORE, label), limits.get(SCORE, 0.0))


def unsure(item: Prediction, limits: Limits) -> dict[str, Any]:
    """An answer about a whole file; without "sure" where its class has too low a score, or where it
    has none (""). Tags ("labels") count from the thresholds of their model on, a number ("value")
    has no score."""
    score = item.get("scores", {}).get(item.get("label"), -1.0)
    return {**item, "sure": "scores" not in item or "labels" in item
            or float(score) >= least_score(limits, item["label"])}


def folder_of(label: str) -> str:
    """The name of a folder for a class, one that any system takes."""
    name = _UNFIT.sub("_", label).encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
    name = name.strip(". ") or "_"
    return f"{name}_" if _DEVICE.fullmatch(name) else name


@dataclass(frozen=True, slots=True)
class PredictionFiles:
    """Files that are made of one answer."""

    folder: str
    """What their folder is called ("drawn")."""
    title: str
    """Words for a person ("Annotated images")."""
    write: Callable[[Prediction, Path, str, Color], int | None]
    """Called with the answer, the folder, a name that no other file has ("night/0041", a posix path
    without suffix) and the colours of the classes. It returns how many files it wrote (None is
    one), and raises WorkbenchError where the file that was looked at cannot be read."""
    draw: Draw | None = None
    """For pictures with something drawn on them: called with a Pillow image, the answer and the
    colours, it draws. The frames of a video become one video by it."""
    whole: Callable[[Iterable[Prediction], Path], int | None] | None = None
    """Writes a file about all answers into the folder, besides; called at the end. It returns as
    ``write`` does, without files that nobody would count."""
    noun: str = "file"
    """What one of its files is called in sentences ("crop")."""


class TrackRow(NamedTuple):
    """One thing that was followed through a video: its number, class, when it was seen first and
    last (frame and seconds), in how many frames, and its mean score."""

    track: int
    label: str
    first_frame: int
    first_time: float
    last_frame: int
    last_time: float
    frames: int
    score: float


class Sighting(NamedTuple):
    """Where something was seen: the place of the answer among those that were given, that of the
    thing in its lists, and its box (xyxy) in pixels of the frame."""

    answer: int
    row: int
    box: tuple[float, float, float, float]


class FollowedThing(NamedTuple):
    """One thing that was followed, and all that was seen of it, in the order of the frames."""

    row: TrackRow
    seen: Sequence[Sighting]


class LiveTracks(Protocol):
    """Follows things in pictures that come one after the other."""

    def step(self, answer: Prediction, sure: float, time: float) -> Sequence[int]:
        """The numbers of the things in the lists of an answer, 0 for what is not followed (yet);
        ``sure`` is the score from which on something new is believed, ``time`` in seconds."""


@dataclass(frozen=True, slots=True)
class Saving:
    """What can be kept of the answers of one task."""

    columns: tuple[str, ...]
    rows: Callable[[Prediction], Iterable[Row]]
    """Of a table with a row for each thing that was found, behind the file's name."""
    sums: Callable[[Sequence[str]], Sequence[str]]
    sum_row: Callable[[Prediction, Sequence[str]], Row]
    """Of a table with a row for each file, behind its name; both are given the classes."""
    annotation: Callable[[Prediction], Annotation] | None = None
    """An answer as labels, for any format of labels that the program writes; None where it says
    nothing that could be one."""
    masks: Callable[[Prediction], tuple[Annotation, tuple[int, int]]] | None = None
    """The same as masks, to be measured, and the (width, height) of the picture that they are on,
    which lies over the image; None where ``annotation`` says it as exactly."""
    listed: Callable[[Prediction], Prediction] | None = None
    """An answer with what was found as lists of one length, "boxes", "labels", "scores" and perhaps
    "outlines" (see :attr:`workbench.extension.tasks.Task.boxes`), for suggestions; None where an
    answer has them itself."""
    limited: Callable[[Prediction, Limits], Prediction] | None = None
    """An answer without what has a lower score than its class needs, and with what is said of its
    frequencies; None where classes have no limits of their own."""
    usual: float | None = None
    """The least score in the shell where nobody says one; None for that of boxes."""
    bands: bool = False
    """Whether what is found has frequencies."""
    splits: bool = False
    """Whether things that touch can be split."""
    whole: bool = False
    """Whether these are labels of images as a whole, and not objects in them."""
    files: Mapping[str, PredictionFiles] = field(default_factory=dict)
    """What else can be made, by id ("draw", "crops")."""
    then_columns: tuple[str, ...] = ()
    """More of these where a second model was asked about boxes: what it says of one."""
    live_tracks: Callable[[], LiveTracks] | None = None
    """Makes what follows things in the pictures of a camera; None where nothing can be."""
    tracks: Callable[[Sequence[Prediction], float], Sequence[FollowedThing]] | None = None
    """Follows things through the frames of one video: called with the answers in the order of the
    frames and the score from which on something new is believed; None where nothing can be
    followed. What draws such an answer says the numbers in its "tracks", where it has that: as long
    as its other lists, 0 for none."""
