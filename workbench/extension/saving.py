"""How the answers of a task's models are kept as files, from the shell and from the window.

An answer is what :meth:`workbench.extension.engine_task.EngineTask.predict_each` gives: plain data
with its "file". Functions here run on any thread, and import neither Qt nor torch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from workbench.core.annotation import Annotation

Answer = Mapping[str, Any]
Row = Sequence[str | float | int]
Color = Callable[[str], str]
"""From the name of a class to "#rrggbb"."""
Draw = Callable[[Any, Answer, Color], object]
_LONGEST = 120  # bytes
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # Windows' own
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')  # what some file system does not take


def folder_of(label: str) -> str:
    """The name of a folder for a class, one that any system takes."""
    name = _UNFIT.sub("_", label).encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore")
    name = name.strip(". ") or "_"
    return f"{name}_" if _DEVICE.fullmatch(name) else name


@dataclass(frozen=True, slots=True)
class FilesOfAnswer:
    """Files that are made of one answer.

    Parameters
    ----------
    folder
        What their folder is called ("drawn").
    title
        Words for a person ("Annotated images").
    write
        Called with the answer, the folder, a name that no other file has ("night/0041", a posix
        path without suffix) and the colours of the classes. It raises WorkbenchError where the
        file that was looked at cannot be read.
    draw
        For pictures with something drawn on them: called with a Pillow image, the answer and the
        colours, it draws. The frames of a video become one video by it.
    """

    folder: str
    title: str
    write: Callable[[Answer, Path, str, Color], object]
    draw: Draw | None = None


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


@dataclass(frozen=True, slots=True)
class Saving:
    """What can be kept of the answers of one task.

    Parameters
    ----------
    columns, rows
        Of a table with a row for each thing that was found, behind the file's name.
    sums, sum_row
        Of a table with a row for each file, behind its name; both are given the classes.
    annotation
        An answer as labels, for any format of labels that the program writes; None where it says
        nothing that could be one.
    files
        What else can be made, by id ("draw", "crops").
    tracks
        Follows things through the frames of one video: called with the answers in the order of the
        frames and the score from which on something new is believed; None where nothing can be
        followed.
    """

    columns: tuple[str, ...]
    rows: Callable[[Answer], Iterable[Row]]
    sums: Callable[[Sequence[str]], Sequence[str]]
    sum_row: Callable[[Answer, Sequence[str]], Row]
    annotation: Callable[[Answer], Annotation] | None = None
    files: Mapping[str, FilesOfAnswer] = field(default_factory=dict)
    tracks: Callable[[Sequence[Answer], float], Sequence[TrackRow]] | None = None
